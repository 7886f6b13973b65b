//! What the rows of an import rest on, where no conformant export would show it.

use wirt_contract::sessions::{Checkpoint, GraphChange, Nodes, Parts, Session, Sessions as _};
use wirt_contract::transfer::{Data, Row, Transfer as _};
use wirt_contract::{BlobName, Error};

use crate::Memory;
use crate::sessions::tests::{commit, node};
use crate::tests::{error, ledger_over, store};

fn session() -> Session {
    let parts = Parts {
        turn_state: BlobName::of(b"turn"),
        tool_state: None,
        plugins: None,
        plugin_revision: None,
        execution_state: None,
    };
    Session {
        session_id: "s".into(),
        revision: 1,
        config: "{}".into(),
        frames: vec![],
        current_frame_id: "f".into(),
        checkpoint: Checkpoint { checkpoint_ref: parts.checkpoint_ref(), parts },
        leaf: None,
    }
}

fn rows(data: impl IntoIterator<Item = Data>) -> Vec<Row> {
    data.into_iter().map(|data| Row { store: store(), data }).collect()
}

fn refused(data: Vec<Data>) -> String {
    let memory = Memory::default();
    ledger_over(&memory).begin_import().unwrap();
    let answer = ledger_over(&memory).import_rows(&rows(data));
    let Error::Invalid(message) = error(answer) else { panic!("another error") };
    message
}

#[test]
fn rows_without_what_they_rest_on_are_refused() {
    let blob = || Data::Blob(b"turn".to_vec());
    let nodes = |parent| Data::Node(node("n", parent));
    for (data, expected) in [
        (vec![nodes(None)], "has no session"),
        (vec![Data::Session(session()), blob(), nodes(Some("gone"))], "ParentUnknown"),
        (vec![Data::Session(session()), nodes(None)], "did not come"),
        (vec![Data::Session(session()), Data::Blob(b"other".to_vec())], "none that a head names"),
        (vec![Data::Session(Session { revision: 0, ..session() })], "no commit leaves"),
        (vec![Data::Session(session()), blob(), blob()], "none that a head names"),
    ] {
        let message = refused(data);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn an_import_whose_blobs_are_missing_does_not_finish() {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    ledger.begin_import().unwrap();
    ledger.import_rows(&rows([Data::Session(session())])).unwrap();
    assert!(error(ledger.finish_import(1)).to_string().contains("did not come"));
    ledger.import_rows(&rows([Data::Blob(b"turn".to_vec())])).unwrap();
    ledger.finish_import(2).unwrap();
}

#[test]
fn a_child_of_a_tombstoned_node_comes_back_and_its_parents_id_stays_used() {
    let memory = Memory::default();
    let graph = vec![node("a", None), node("b", Some("a"))];
    let graph = GraphChange::Append(Nodes { nodes: graph, leaf: Some("b".into()) });
    let mut ledger = ledger_over(&memory);
    ledger.commit(&store(), &commit(graph)).unwrap();
    ledger.tombstone_nodes(&store(), &["a".into()]).unwrap();
    let page = ledger.export(None, 100).unwrap();
    assert_eq!(page.next, None);

    let other = Memory::default();
    let mut restored = ledger_over(&other);
    restored.begin_import().unwrap();
    for row in &page.rows {
        restored.import_rows(std::slice::from_ref(row)).unwrap();
    }
    restored.finish_import(u64::try_from(page.rows.len()).unwrap()).unwrap();
    assert_eq!(restored.export(None, 100), Ok(page));
    assert_eq!(crate::check::tests::problems(&other, 100), Vec::<String>::new());
}
