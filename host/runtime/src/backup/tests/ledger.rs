//! The stores' own logic, over memory: what a backup carries, and what an import that was not
//! finished leaves.

use wirt_contract::artifacts::Module;
use wirt_contract::attachment_manifest::{Intent, Retention};
use wirt_contract::attachments::Metadata;
use wirt_contract::sessions::{
    Frame, GraphChange, Meta, NewCommit, Node, Nodes, Part, Parts, Relation, Stamp, Tokens, Usage,
    UsageCursor,
};
use wirt_contract::store::Durability;
use wirt_contract::tasks::{NewEvent, NewTask};
use wirt_contract::transfer::{Data, Row};
use wirt_contract::work_queue::{
    Boundary, Claimant, Delivery, MergeKey, NewEntry, Slot, Work, WorkKind,
};
use wirt_contract::{EpochMs, Error, Failure, Plugin, StoreId};
use wirt_ledger::{Clock, Identity, Ledger, Memory};

use super::{verified, written};
use crate::backup::{LoadError, load, save};

fn ledger() -> Ledger<Memory> {
    let identity = Identity {
        name: "test".into(),
        version: "0".into(),
        durability: Durability::Inline,
        retention: Retention::Kept,
    };
    Ledger::new(identity, Clock::new(|| EpochMs(1_000)), || Ok(Memory::default()))
}

fn backup(store: &mut dyn Plugin) -> Vec<u8> {
    save(store.transfer().unwrap(), Vec::new(), |_| ()).unwrap().1
}

fn restored(file: &[u8]) -> Ledger<Memory> {
    let mut store = ledger();
    let limits = store.store().unwrap().describe().unwrap().limits;
    load(store.transfer().unwrap(), &limits, file, &verified(file), |_| ()).unwrap();
    store
}

fn tasks(store: &mut dyn Plugin, id: &StoreId, number: usize) {
    let tasks = store.tasks().unwrap();
    for number in 0..number {
        let task = format!("t{number}").into();
        let new = NewTask {
            task_id: format!("t{number}").into(),
            op: "op".into(),
            params_digest: String::new(),
            created_at: EpochMs(1),
        };
        tasks.create(id, &new).unwrap();
        tasks.start(id, &task, EpochMs(2), "{\"ü\":1}").unwrap();
        let event = NewEvent {
            kind: wirt_contract::tasks::EventKind::Log,
            at: EpochMs(3),
            payload: "\"\\u0001\"".into(),
        };
        tasks.append_event(id, &task, &event).unwrap();
    }
}

fn session(store: &mut dyn Plugin, id: &StoreId) {
    let bytes = |bytes: &[u8]| Part::Bytes(bytes.to_vec());
    let node = |name: &str, parent: Option<&str>| Node {
        node_id: name.into(),
        parent_node_id: parent.map(Into::into),
        agent_frame_id: None,
        at: EpochMs(4),
        body: "{}".into(),
    };
    let meta = Meta {
        session_id: "s".into(),
        name: "n".into(),
        created_at: EpochMs(5),
        model: "m".into(),
        cwd: None,
        relation: Relation::Root,
    };
    let commit = NewCommit {
        session_id: "s".into(),
        expected_revision: Some(0),
        config: "{}".into(),
        frames: vec![Frame {
            frame_id: "f".into(),
            previous_frame_id: None,
            superseded: false,
            reason: "start".into(),
            created_at: EpochMs(6),
            body: "null".into(),
            execution_state: Some(bytes(b"frame")),
        }],
        current_frame_id: "f".into(),
        checkpoint: Parts {
            turn_state: bytes(&(0..=u8::MAX).collect::<Vec<u8>>()),
            tool_state: Some(bytes(b"")),
            plugins: None,
            plugin_revision: Some(3),
            execution_state: None,
        },
        usage: vec![Usage {
            of: UsageCursor { source: "x".into(), model: "m".into() },
            tokens: Tokens { input: 7, ..Tokens::default() },
        }],
        graph: GraphChange::Append(Nodes {
            nodes: vec![node("a", None), node("b", Some("a")), node("c", Some("b"))],
            leaf: Some("b".into()),
        }),
        completed: Vec::new(),
        attachments: Vec::new(),
        stamp: Some(Stamp {
            session_id: "s".into(),
            turn_id: "turn".into(),
            turn_hash: "h".into(),
        }),
    };
    let sessions = store.sessions().unwrap();
    sessions.save_meta(id, &meta).unwrap();
    sessions.commit(id, &commit).unwrap();
    sessions.tombstone_nodes(id, &["c".into()]).unwrap();
}

fn queue(store: &mut dyn Plugin, id: &StoreId) {
    let queue = store.work_queue().unwrap();
    for slot in [Slot::Exclusive, Slot::Join] {
        let entry = NewEntry {
            session_id: "s".into(),
            source_key: None,
            delivery: Delivery::EarliestSafeBoundary,
            slot,
            merge_key: MergeKey::PayloadDefault,
            available_at: EpochMs(0),
            items: vec![Work { kind: WorkKind::TurnInput, body: "\"hello\"".into() }],
        };
        queue.enqueue(id, &entry).unwrap();
    }
    let claimant = Claimant {
        session_id: "s".into(),
        owner: "o".into(),
        boundary: Boundary::Idle,
        ttl: 1_000,
    };
    assert!(queue.claim(id, &claimant, 1).unwrap().is_some());
}

fn bytes(store: &mut dyn Plugin, id: &StoreId) {
    let metadata =
        Metadata { media_type: "image/png".into(), width: Some(1), height: None, label: None };
    let kept = store.attachments().unwrap().put(id, b"\0\xff bytes", &metadata).unwrap();
    let intent = Intent {
        attachment_id: kept.id,
        session_id: "s".into(),
        canonical_uri: "x:y".into(),
        intent_at: EpochMs(7),
    };
    store.attachment_manifest().unwrap().record_intent(id, &intent).unwrap();
    let module = Module {
        dependencies: Vec::new(),
        exports: [("echo".to_owned(), "p".to_owned())].into(),
        program: serde_json::json!({"finish": "ü"}),
        required_surface: serde_json::json!({}),
    };
    store.artifacts().unwrap().put(id, &module.to_artifact().unwrap()).unwrap();
}

/// Something of every kind, under several store ids, on more than one page.
fn filled() -> Ledger<Memory> {
    let mut store = ledger();
    for (id, number) in [("one", 700), ("two", 1)] {
        let id = id.into();
        tasks(&mut store, &id, number);
        session(&mut store, &id);
        queue(&mut store, &id);
        bytes(&mut store, &id);
    }
    store
}

#[test]
fn a_backup_of_a_restored_store_is_the_same() {
    let mut store = filled();
    let file = backup(&mut store);
    assert_eq!(backup(&mut store), file, "a backup changes nothing");
    let mut again = restored(&file);
    assert_eq!(backup(&mut again), file);
    // More than one page, and every kind.
    assert!(verified(&file).summary().rows > 1_400, "{:?}", verified(&file));
    let text = String::from_utf8(file).unwrap();
    for kind in [
        "task",
        "event",
        "attachment",
        "meta",
        "session",
        "blob",
        "node",
        "used-node-id",
        "usage",
        "turn",
        "counters",
        "queued",
        "manifest",
        "artifact",
    ] {
        assert!(text.contains(&format!("\n{{\"data\":{{\"{kind}\":")), "no row of {kind}");
    }
    let page = again.store().unwrap().check(None, 1_000).unwrap();
    assert_eq!(page.problems, Vec::<String>::new());
}

#[test]
fn an_empty_store_has_a_backup_too() {
    let file = backup(&mut ledger());
    assert_eq!(verified(&file).summary().rows, 0);
    assert_eq!(backup(&mut restored(&file)), file);
}

#[test]
fn a_store_that_holds_something_is_not_restored_into() {
    let mut store = filled();
    let file = backup(&mut store);
    let limits = store.store().unwrap().describe().unwrap().limits;
    let transfer = store.transfer().unwrap();
    let error = load(transfer, &limits, file.as_slice(), &verified(&file), |_| ()).unwrap_err();
    assert!(matches!(error, LoadError::NotEmpty(_)), "{error}");
    assert_eq!(backup(&mut store), file);
}

#[test]
fn a_row_that_no_store_takes_is_named_and_the_store_stays_shut() {
    let rows: Vec<Row> = ["a", "b", "", "c"]
        .map(|node| Row { store: "one".into(), data: Data::UsedNodeId(node.into()) })
        .into();
    let (_, file) = written(&rows);
    let mut store = ledger();
    let limits = store.store().unwrap().describe().unwrap().limits;
    let transfer = store.transfer().unwrap();
    let error = load(transfer, &limits, file.as_slice(), &verified(&file), |_| ()).unwrap_err();
    assert!(matches!(error, LoadError::Row { .. }), "{error}");
    let checked = store.store().unwrap().check(None, 1);
    assert!(matches!(checked, Err(Failure::Error(Error::Conflict(_)))), "{checked:?}");
}
