//! What lies beneath the contract: keys a commit writes, and how damage is named.

use std::collections::BTreeSet;

use wirt_contract::sessions::{
    CommitAnswer, Frame, GraphChange, NewCommit, Node, Nodes, Part, Parts, Sessions as _,
};
use wirt_contract::store::Store as _;
use wirt_contract::{BlobName, EpochMs, Error};

use crate::keys::{Entry, Space, Span};
use crate::tests::{error, ledger_over, store};
use crate::{KeyValue, Memory};

pub(crate) fn node(id: &str, parent: Option<&str>) -> Node {
    Node {
        node_id: id.into(),
        parent_node_id: parent.map(Into::into),
        agent_frame_id: None,
        at: EpochMs(1),
        body: "{}".into(),
    }
}

pub(crate) fn commit(graph: GraphChange) -> NewCommit {
    NewCommit {
        session_id: "s".into(),
        expected_revision: None,
        config: "{}".into(),
        frames: vec![Frame {
            frame_id: "f".into(),
            previous_frame_id: None,
            superseded: false,
            reason: "begin".into(),
            created_at: EpochMs(1),
            body: "{}".into(),
            execution_state: Some(Part::Bytes(b"frame".to_vec())),
        }],
        current_frame_id: "f".into(),
        checkpoint: Parts {
            turn_state: Part::Bytes(b"turn".to_vec()),
            tool_state: None,
            plugins: None,
            plugin_revision: None,
            execution_state: None,
        },
        usage: vec![],
        graph,
        completed: vec![],
        attachments: vec![],
        stamp: None,
    }
}

fn append(nodes: Vec<Node>) -> GraphChange {
    GraphChange::Append(Nodes { nodes, leaf: None })
}

fn keys(memory: &Memory) -> BTreeSet<Vec<u8>> {
    let Span { from, to } = Span::data();
    memory.reopen().keys(&from, &to, usize::MAX).unwrap().into_iter().collect()
}

fn committed(memory: &Memory, graph: GraphChange) {
    let answer = ledger_over(memory).commit(&store(), &commit(graph)).unwrap();
    assert!(matches!(answer, CommitAnswer::Committed(_)), "{answer:?}");
}

#[test]
fn an_append_writes_two_keys_a_node_and_the_head() {
    let memory = Memory::default();
    committed(&memory, append(vec![node("a", None)]));
    let before = keys(&memory);
    committed(&memory, append(vec![node("b", Some("a")), node("c", Some("b"))]));
    let added: Vec<_> = keys(&memory).difference(&before).cloned().collect();
    assert_eq!(added.len(), 4, "{added:?}");
}

#[test]
fn a_replaced_graph_is_gone_after_vacuums_with_every_key() {
    let memory = Memory::default();
    committed(&memory, append(vec![node("a", None), node("b", Some("a")), node("c", Some("a"))]));
    ledger_over(&memory).tombstone_nodes(&store(), &["b".into(), "c".into()]).unwrap();
    ledger_over(&memory).vacuum(&store(), 1).unwrap();
    committed(&memory, GraphChange::Replace(Nodes { nodes: vec![node("a", None)], leaf: None }));
    let mut removed = 0;
    loop {
        let done = ledger_over(&memory).vacuum(&store(), 1).unwrap();
        assert_eq!(crate::check::tests::problems(&memory, 100), Vec::<String>::new());
        removed += done.removed;
        if !done.more {
            break;
        }
    }
    assert_eq!(removed, 2, "b or c was removed before, a and the other one now");
    let fresh = Memory::default();
    committed(&fresh, GraphChange::Replace(Nodes { nodes: vec![node("a", None)], leaf: None }));
    assert_eq!(keys(&memory).len(), keys(&fresh).len());
}

#[test]
fn a_damaged_blob_is_named_and_the_next_commit_of_its_bytes_heals_it() {
    let mut memory = Memory::default();
    committed(&memory, append(vec![]));
    let name = BlobName::of(b"turn");
    let key = Space::new(&store()).unwrap().key(Entry::Blob(name.as_str())).into_bytes();
    memory.write([(key, Some(b"torn".to_vec()))].into()).unwrap();
    memory.commit().unwrap();
    let Error::Backend { message, .. } = error(ledger_over(&memory).load_blob(&store(), &name))
    else {
        panic!("another error");
    };
    assert!(message.contains(name.as_str()) && message.contains("damaged"), "{message}");
    let problems = ledger_over(&memory).check(None, 100).unwrap().problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    committed(&memory, append(vec![]));
    assert_eq!(ledger_over(&memory).load_blob(&store(), &name), Ok(b"turn".to_vec()));
}
