//! What the benchmarks of sessions commit: turns, each as large as the one before, and the same in
//! every run.

use wirt_contract::sessions::{
    Frame, GraphChange, NewCommit, Node, Nodes, Part, Parts, Stamp, Tokens, Usage, UsageCursor,
};
use wirt_contract::{BlobName, EpochMs, NodeId, SessionId, StoreId};

use crate::words::Words;

/// What a turn's commit writes.
pub(crate) const ROWS: &str = "9 rows a commit in the ledger: head, turn state (300 bytes) and \
     execution state (1 KiB) as blobs, a sum of usage, 2 nodes (bodies of 500 bytes) and their 2 \
     places, the stamp; frames, tool state and plugins stay as they are";

/// Nodes of a turn.
pub(crate) const NODES: usize = 2;
const BODY_BYTES: usize = 500;
const TURN_STATE_BYTES: usize = 300;
const EXECUTION_STATE_BYTES: usize = 1 << 10;
/// Every so many nodes one lies beside the path: it has no child.
const BESIDE: u64 = 5;
const AT: EpochMs = EpochMs(1_767_225_600_000);

/// A session, under a store id of its own, as far as it has come.
pub(crate) struct Turns {
    pub(crate) store: StoreId,
    session: SessionId,
    words: Words,
    revision: u64,
    nodes: u64,
    leaf: Option<NodeId>,
}

impl Turns {
    /// Those of the session of this number and name.
    pub(crate) fn new(name: &str, number: usize) -> Self {
        let id = format!("{name}-{number:03}");
        Self {
            store: StoreId::new(id.clone()),
            session: SessionId::new(id),
            words: Words::new(number as u64),
            revision: 0,
            nodes: 0,
            leaf: None,
        }
    }

    /// The next turn.
    pub(crate) fn next(&mut self) -> NewCommit {
        self.next_with(NODES)
    }

    /// The next turn, with so many nodes.
    pub(crate) fn next_with(&mut self, nodes: usize) -> NewCommit {
        let seldom = |text: &str| match self.revision {
            0 => Part::Bytes(text.into()),
            _ => Part::Kept(BlobName::of(text.as_bytes())),
        };
        let (tool_state, plugins) = (seldom("the tools' state"), seldom("the plugins' snapshot"));
        let expected_revision = Some(self.revision);
        self.revision += 1;
        let turn = self.revision;
        NewCommit {
            session_id: self.session.clone(),
            expected_revision,
            config: r#"{"provider":"bench","model":{"id":"m","limits":{"context":200000}}}"#.into(),
            frames: frames(),
            current_frame_id: "frame-2".into(),
            checkpoint: Parts {
                turn_state: self.bytes(TURN_STATE_BYTES),
                tool_state: Some(tool_state),
                plugins: Some(plugins),
                plugin_revision: Some(1),
                execution_state: Some(self.bytes(EXECUTION_STATE_BYTES)),
            },
            usage: vec![Usage {
                of: UsageCursor { source: "turn".into(), model: "m".into() },
                tokens: Tokens { input: 9_000, output: 400, cached_input: 8_000, reasoning: 100 },
            }],
            graph: GraphChange::Append(Nodes {
                nodes: (0..nodes).map(|_| self.node()).collect(),
                leaf: self.leaf.clone(),
            }),
            completed: Vec::new(),
            attachments: Vec::new(),
            stamp: Some(Stamp {
                session_id: self.session.clone(),
                turn_id: format!("turn-{turn:08}").into(),
                turn_hash: format!("{turn:064x}"),
            }),
        }
    }

    /// Nodes so far.
    pub(crate) fn nodes(&self) -> u64 {
        self.nodes
    }

    /// The id of the node of this number, counted from 0. Drawn like a UUID: ids that ascend would
    /// lie side by side in a store, as no caller promises.
    pub(crate) fn node_id(number: u64) -> NodeId {
        let mut drawn = Words::new(number);
        NodeId::new(format!("{:016x}{:016x}", drawn.below(u64::MAX), drawn.below(u64::MAX)))
    }

    /// Bytes as no turn before had them.
    fn bytes(&mut self, bytes: usize) -> Part {
        let mut text = format!("{} ", self.revision);
        text.push_str(&self.words.text(bytes));
        text.truncate(bytes);
        Part::Bytes(text.into_bytes())
    }

    fn node(&mut self) -> Node {
        let node_id = Self::node_id(self.nodes);
        self.nodes += 1;
        let parent_node_id = match self.nodes % BESIDE {
            0 => self.leaf.clone(),
            _ => self.leaf.replace(node_id.clone()),
        };
        let mut text = self.words.text(BODY_BYTES);
        text.truncate(BODY_BYTES);
        Node {
            node_id,
            parent_node_id,
            agent_frame_id: Some("frame-2".into()),
            at: AT,
            body: serde_json::Value::String(text).to_string(),
        }
    }
}

/// What a session's frames are, turn after turn.
fn frames() -> Vec<Frame<Part>> {
    let frame = |frame_id: &str, previous: Option<&str>, superseded| Frame {
        frame_id: frame_id.into(),
        previous_frame_id: previous.map(Into::into),
        superseded,
        reason: "begun".into(),
        created_at: AT,
        body: r#"{"assignment":"measure","options":{"protocol":"turns"},"cause":null}"#.into(),
        execution_state: None,
    };
    vec![frame("frame-1", None, true), frame("frame-2", Some("frame-1"), false)]
}
