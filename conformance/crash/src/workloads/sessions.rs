//! A session: turns that complete claims and commit attachments, a graph that grows, is cut and
//! replaced, and what is left over cleared away.

use wirt_contract::attachment_manifest::Intent;
use wirt_contract::sessions::{
    Frame, GraphChange, Meta, NewCommit, Node, Nodes, Part, Parts, Relation, Stamp, Tokens, Usage,
    UsageCursor,
};
use wirt_contract::work_queue::Slot;
use wirt_contract::{EpochMs, NodeId};

use super::bytes::content;
use super::{call, queue};
use crate::{Call, Op, Tag};

const SESSION: &str = "agent";
/// More than a vacuum or a collection has to do.
const ALL: u32 = 100;

/// A commit of a few bytes.
pub(super) fn commit(revision: u64, graph: GraphChange) -> NewCommit {
    let text = |what: &str| Part::Bytes(format!("{what} {revision}").into_bytes());
    let frame = Frame {
        frame_id: "frame-1".into(),
        previous_frame_id: None,
        superseded: false,
        reason: "begun".into(),
        created_at: EpochMs(5),
        body: "{}".into(),
        execution_state: (revision > 0).then(|| text("execution")),
    };
    NewCommit {
        session_id: SESSION.into(),
        expected_revision: Some(revision),
        config: r#"{"model":"small"}"#.into(),
        frames: vec![frame],
        current_frame_id: "frame-1".into(),
        checkpoint: Parts {
            turn_state: text("turn"),
            tool_state: None,
            plugins: Some(Part::Bytes(b"the same every time".to_vec())),
            plugin_revision: Some(revision),
            execution_state: None,
        },
        usage: vec![Usage {
            of: UsageCursor { source: "turn".into(), model: "small".into() },
            tokens: Tokens { input: 100, output: 7, ..Tokens::default() },
        }],
        graph,
        completed: Vec::new(),
        attachments: Vec::new(),
        stamp: Some(Stamp {
            session_id: SESSION.into(),
            turn_id: format!("turn-{revision}").into(),
            turn_hash: format!("hash-{revision}"),
        }),
    }
}

/// A chain of nodes after a parent; the last is the leaf.
pub(super) fn chain(parent: Option<&str>, ids: &[&str]) -> Nodes {
    let mut parent = parent.map(NodeId::from);
    let node = |id: &&str| Node {
        node_id: NodeId::from(*id),
        parent_node_id: parent.replace(NodeId::from(*id)),
        agent_frame_id: Some("frame-1".into()),
        at: EpochMs(7),
        body: format!("{{\"text\":\"{id}\"}}"),
    };
    let nodes = ids.iter().map(node).collect();
    Nodes { nodes, leaf: ids.last().map(|id| NodeId::from(*id)) }
}

pub(super) fn put(commit: NewCommit, completes: &[Tag]) -> Call {
    Call::Commit { commit: Box::new(commit), completes: completes.to_vec() }
}

pub(super) fn ops(store: &str) -> Vec<Op> {
    let attachment = content(31, 30);
    let intent = Intent {
        attachment_id: attachment.id(),
        session_id: SESSION.into(),
        canonical_uri: "attachments/31".into(),
        intent_at: EpochMs(6),
    };
    let meta = Meta {
        session_id: SESSION.into(),
        name: "a talk".into(),
        created_at: EpochMs(5),
        model: "small".into(),
        cwd: None,
        relation: Relation::Root,
    };
    let second = commit(1, GraphChange::Append(chain(Some("a"), &["b", "c"])));
    let second = NewCommit { attachments: vec![attachment.id()], ..second };
    // Its turn was committed with this hash, so it is answered as it was then.
    let again = second.clone();
    let large = {
        let mut commit = commit(2, GraphChange::Unchanged(Some("b".into())));
        commit.checkpoint.tool_state = Some(Part::Bytes(content(32, 5_000).bytes()));
        commit
    };
    let stale = NewCommit { stamp: None, ..commit(1, GraphChange::Unchanged(None)) };
    let claim = |tag| Call::Claim { claimant: queue::claimant(SESSION, "runner"), max: 9, tag };
    let calls = vec![
        Call::SaveMeta(meta.clone()),
        put(commit(0, GraphChange::Append(chain(None, &["a"]))), &[]),
        queue::enqueue(1, SESSION, Some("mail"), Slot::Join),
        Call::RecordIntent(intent),
        claim(10),
        put(second, &[10]),
        put(again, &[10]),
        put(large, &[]),
        // The head has moved.
        put(stale, &[]),
        Call::Tombstone(vec!["c".into()]),
        queue::enqueue(2, SESSION, None, Slot::Join),
        put(commit(3, GraphChange::Replace(chain(None, &["x", "y", "z"]))), &[]),
        Call::Vacuum(1),
        Call::Vacuum(ALL),
        Call::Gc(ALL),
        claim(11),
        put(commit(4, GraphChange::Append(chain(Some("z"), &["a"]))), &[11]),
        Call::SaveMeta(Meta { name: "another name".into(), ..meta }),
    ];
    calls.into_iter().map(|it| call(store, it)).collect()
}
