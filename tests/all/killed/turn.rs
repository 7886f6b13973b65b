//! A turn: everything it writes is a function of its session and the revision it leads to, so that
//! whoever finds a folder knows what must be in it.

use wirt_contract::attachment_manifest::Intent;
use wirt_contract::sessions::{
    Checkpoint, Committed, Frame, GraphChange, NewCommit, Node, Nodes, Part, Parts, Stamp, Tokens,
    Usage, UsageCursor,
};
use wirt_contract::work_queue::{
    Boundary, ClaimRef, Claimant, Delivery, MergeKey, NewEntry, Slot, Work, WorkKind,
};
use wirt_contract::{AttachmentId, BlobName, EpochMs, SessionId, StoreId};

/// Sessions at once, each under a store id of its own.
pub(super) const SESSIONS: u64 = 6;
/// Every so many turns one leaves an entry in the queue that nobody claims.
const LEAVES: u64 = 5;
/// When those may be claimed: never in a test's life.
const LATER: EpochMs = EpochMs(u64::MAX / 2);
const TOOL_STATE: &[u8] = b"what the tools keep, the same in every turn";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) session: u64,
    pub(super) revision: u64,
}

impl Turn {
    pub(super) fn store(self) -> StoreId {
        StoreId::new(format!("store-{}", self.session))
    }

    pub(super) fn session_id(self) -> SessionId {
        SessionId::new(format!("session-{}", self.session))
    }

    pub(super) fn hash(self) -> String {
        wirt_contract::json::sha256_hex(self.text("turn").as_bytes())
    }

    /// The turn as a word of its own.
    fn text(self, what: &str) -> String {
        format!("{what}-{}-{}", self.session, self.revision)
    }

    /// The entry that the turn completes.
    pub(super) fn entry(self) -> NewEntry {
        NewEntry {
            session_id: self.session_id(),
            source_key: Some(self.text("work")),
            delivery: Delivery::EarliestSafeBoundary,
            slot: Slot::Exclusive,
            merge_key: MergeKey::Never,
            available_at: EpochMs(0),
            items: vec![Work { kind: WorkKind::TurnInput, body: self.text("input") }],
        }
    }

    pub(super) fn leaves_one(self) -> bool {
        self.revision.is_multiple_of(LEAVES)
    }

    /// The entry that stays.
    pub(super) fn entry_for_later(self) -> NewEntry {
        NewEntry { source_key: Some(self.text("later")), available_at: LATER, ..self.entry() }
    }

    /// Whoever claims the entry. A ttl of 0, so that the next host need not wait.
    pub(super) fn claimant(self) -> Claimant {
        Claimant {
            session_id: self.session_id(),
            owner: "host".into(),
            boundary: Boundary::Idle,
            ttl: 0,
        }
    }

    pub(super) fn attachment(self) -> AttachmentId {
        AttachmentId::of(self.text("attachment").as_bytes())
    }

    pub(super) fn intent(self) -> Intent {
        Intent {
            attachment_id: self.attachment(),
            session_id: self.session_id(),
            canonical_uri: self.text("uri"),
            intent_at: EpochMs(self.revision),
        }
    }

    /// The second stands on the first, the first on the turn before.
    pub(super) fn nodes(self) -> Vec<Node> {
        let before = Self { revision: self.revision - 1, ..self };
        let parent = (before.revision > 0).then(|| before.text("second").into());
        let first = Node {
            node_id: self.text("first").into(),
            parent_node_id: parent,
            agent_frame_id: Some("frame".into()),
            at: EpochMs(self.revision),
            body: self.text("body").repeat(40),
        };
        let second = Node {
            node_id: self.text("second").into(),
            parent_node_id: Some(first.node_id.clone()),
            ..first.clone()
        };
        vec![first, second]
    }

    pub(super) fn frames<P>() -> Vec<Frame<P>> {
        vec![Frame {
            frame_id: "frame".into(),
            previous_frame_id: None,
            superseded: false,
            reason: "begun".into(),
            created_at: EpochMs(1),
            body: "{}".into(),
            execution_state: None,
        }]
    }

    /// What all turns of a session up to this one used.
    pub(super) fn used(self) -> Tokens {
        let turns = self.revision;
        Tokens { input: turns * (turns + 1) / 2, output: 3 * turns, ..Tokens::default() }
    }

    pub(super) fn usage(tokens: Tokens) -> Usage {
        Usage { of: UsageCursor { source: "turn".into(), model: "model".into() }, tokens }
    }

    /// The parts of its checkpoint with their bytes.
    pub(super) fn blobs(self) -> Parts<Vec<u8>> {
        Parts {
            turn_state: self.text("state").repeat(20).into_bytes(),
            tool_state: Some(TOOL_STATE.to_vec()),
            plugins: None,
            plugin_revision: Some(self.revision),
            execution_state: Some(self.text("stack").repeat(80).into_bytes()),
        }
    }

    pub(super) fn commit(self, claim: Option<ClaimRef>) -> NewCommit {
        let blobs = self.blobs();
        let tool_state = match self.revision {
            1 => Part::Bytes(TOOL_STATE.to_vec()),
            _ => Part::Kept(BlobName::of(TOOL_STATE)),
        };
        let nodes = self.nodes();
        let leaf = nodes.last().map(|node| node.node_id.clone());
        NewCommit {
            session_id: self.session_id(),
            expected_revision: Some(self.revision - 1),
            config: "{}".into(),
            frames: Self::frames(),
            current_frame_id: "frame".into(),
            checkpoint: Parts {
                turn_state: Part::Bytes(blobs.turn_state),
                tool_state: Some(tool_state),
                plugins: None,
                plugin_revision: blobs.plugin_revision,
                execution_state: blobs.execution_state.map(Part::Bytes),
            },
            usage: vec![Self::usage(Tokens {
                input: self.revision,
                output: 3,
                ..Tokens::default()
            })],
            graph: GraphChange::Append(Nodes { nodes, leaf }),
            completed: claim.into_iter().collect(),
            attachments: vec![self.attachment()],
            stamp: Some(Stamp {
                session_id: self.session_id(),
                turn_id: self.text("turn").into(),
                turn_hash: self.hash(),
            }),
        }
    }

    /// What its commit answers, also where it is repeated.
    pub(super) fn committed(self) -> Committed {
        let blobs = self.blobs();
        let name = |bytes: Vec<u8>| BlobName::of(&bytes);
        let parts = Parts {
            turn_state: name(blobs.turn_state),
            tool_state: blobs.tool_state.map(name),
            plugins: None,
            plugin_revision: blobs.plugin_revision,
            execution_state: blobs.execution_state.map(name),
        };
        let checkpoint = Checkpoint { checkpoint_ref: parts.checkpoint_ref(), parts };
        Committed { revision: self.revision, checkpoint }
    }
}
