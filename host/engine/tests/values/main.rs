//! Every value of the persistence contracts on its way through a component: as it goes in, so it
//! comes out. The values differ from each other, so that two that are exchanged on the way show.
//!
//! Not here: the rules, which the conformance suite asks after.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test panics where it fails")]

mod rows;

use wirt_contract::artifacts::{Artifact, ProcessExport};
use wirt_contract::attachment_manifest::{Intent, IntentCursor, ManifestRow};
use wirt_contract::sessions::{
    Checkpoint, CommitAnswer, Committed, Frame, GraphChange, Meta, NewCommit, Node, Nodes, Part,
    Parts, Refusal, Relation, Session, Stamp, Tokens, Usage, UsageCursor,
};
use wirt_contract::work_queue::{
    Boundary, ClaimRef, Claimant, Delivery, Entry, Item, MergeKey, NewEntry, Slot, Work, WorkKind,
};
use wirt_contract::{AttachmentId, BlobName, EpochMs, Error, Failure, ModuleRef, Plugin, StoreId};
use wirt_engine::{Clock, Engine, Grant, Instance, Limits, Seed, VirtualClock};

/// What the store's clock shows.
const NOW: EpochMs = EpochMs(50_000);

fn plugin() -> Instance {
    let grant = Grant {
        clock: Clock::Virtual(VirtualClock::at(NOW)),
        seed: Seed::from_number(7),
        ..Grant::nothing().unwrap()
    };
    let bytes = wirt_bundled::plugin("store-memory").unwrap().bytes;
    let component = Engine::new(None).unwrap().load("store-memory", bytes).unwrap();
    Instance::new(component, grant, Limits::default())
}

fn store() -> StoreId {
    "store".into()
}

fn parts() -> Parts<Part> {
    let bytes = |text: &str| Part::Bytes(text.into());
    Parts {
        turn_state: bytes("turn"),
        tool_state: Some(bytes("tool")),
        plugins: Some(bytes("plugins")),
        plugin_revision: Some(11),
        execution_state: Some(bytes("execution")),
    }
}

/// The same by their names.
fn named(parts: &Parts<Part>) -> Parts<BlobName> {
    Parts {
        turn_state: parts.turn_state.name(),
        tool_state: parts.tool_state.as_ref().map(Part::name),
        plugins: parts.plugins.as_ref().map(Part::name),
        plugin_revision: parts.plugin_revision,
        execution_state: parts.execution_state.as_ref().map(Part::name),
    }
}

fn checkpoint() -> Checkpoint {
    let parts = named(&parts());
    Checkpoint { checkpoint_ref: parts.checkpoint_ref(), parts }
}

fn frames<P>(state: P) -> Vec<Frame<P>> {
    let first = Frame {
        frame_id: "frame-1".into(),
        previous_frame_id: None,
        superseded: true,
        reason: "begun".into(),
        created_at: EpochMs(21),
        body: r#"{"frame":1}"#.into(),
        execution_state: None,
    };
    let second = Frame {
        frame_id: "frame-2".into(),
        previous_frame_id: Some("frame-1".into()),
        superseded: false,
        reason: "handed over".into(),
        created_at: EpochMs(22),
        body: r#"{"frame":2}"#.into(),
        execution_state: Some(state),
    };
    vec![first, second]
}

fn session() -> Session {
    Session {
        session_id: "session".into(),
        revision: 1,
        config: r#"{"model":"m"}"#.into(),
        frames: frames(BlobName::of(b"frame")),
        current_frame_id: "frame-2".into(),
        checkpoint: checkpoint(),
        leaf: Some("node-2".into()),
    }
}

fn node(id: &str, parent: Option<&str>, at: u64) -> Node {
    Node {
        node_id: id.into(),
        parent_node_id: parent.map(Into::into),
        agent_frame_id: parent.map(|_| "frame-2".into()),
        at: EpochMs(at),
        body: format!(r#"{{"node":"{id}"}}"#),
    }
}

fn usage() -> Usage {
    Usage {
        of: UsageCursor { source: "source".into(), model: "model".into() },
        tokens: Tokens { input: 31, output: 32, cached_input: 33, reasoning: 34 },
    }
}

fn meta(relation: Relation) -> Meta {
    Meta {
        session_id: "session".into(),
        name: "name".into(),
        created_at: EpochMs(41),
        model: "a model".into(),
        cwd: Some("/work".into()),
        relation,
    }
}

fn child() -> Relation {
    Relation::Child { session_id: "parent".into(), caused_by: Some("{}".into()) }
}

fn items(entry: &str) -> Vec<Item> {
    [WorkKind::TurnInput, WorkKind::ProcessWake, WorkKind::SessionCommand]
        .into_iter()
        .enumerate()
        .map(|(place, kind)| Item {
            item_id: format!("{entry}:item:{place}"),
            work: Work { kind, body: format!("{place}") },
        })
        .collect()
}

fn intent(attachment: &[u8]) -> Intent {
    Intent {
        attachment_id: AttachmentId::of(attachment),
        session_id: "session".into(),
        canonical_uri: "uri:here".into(),
        intent_at: EpochMs(61),
    }
}

fn artifact() -> Artifact {
    let export = |name: &str, process_ref: &str| ProcessExport {
        name: name.into(),
        process_ref: process_ref.into(),
    };
    Artifact {
        module_ref: ModuleRef::of(b"\0module\xff"),
        required_surface_ref: "surface".into(),
        exports: vec![export("z", "process-1"), export("a", "process-2")],
        content: b"\0module\xff".to_vec(),
    }
}

fn commit(graph: GraphChange) -> NewCommit {
    let Session { session_id, config, current_frame_id, .. } = session();
    NewCommit {
        session_id,
        expected_revision: None,
        config,
        frames: frames(Part::Bytes(b"frame".to_vec())),
        current_frame_id,
        checkpoint: parts(),
        usage: vec![usage()],
        graph,
        completed: vec![],
        attachments: vec![AttachmentId::of(b"picture")],
        stamp: None,
    }
}

fn two_nodes() -> GraphChange {
    let nodes = vec![node("node-1", None, 51), node("node-2", Some("node-1"), 52)];
    GraphChange::Append(Nodes { nodes, leaf: Some("node-2".into()) })
}

#[test]
fn what_a_commit_brings_is_what_the_loads_give() {
    let mut plugin = plugin();
    let picture = intent(b"picture");
    plugin.attachment_manifest().unwrap().record_intent(&store(), &picture).unwrap();
    let sessions = plugin.sessions().unwrap();
    assert_eq!(sessions.load(&store()), Ok(None));
    assert_eq!(
        sessions.commit(&store(), &commit(two_nodes())),
        Ok(CommitAnswer::Committed(Committed { revision: 1, checkpoint: checkpoint() }))
    );
    assert_eq!(sessions.load(&store()), Ok(Some(session())));
    let graph = sessions.load_graph(&store(), None, 1).unwrap();
    assert_eq!((graph.nodes, graph.next), (vec![node("node-1", None, 51)], Some("node-1".into())));
    let graph = sessions.load_graph(&store(), Some(&"node-1".into()), 9).unwrap();
    assert_eq!(graph.nodes, [node("node-2", Some("node-1"), 52)]);
    let path = sessions.load_path(&store(), Some(&"node-1".into()), 9).unwrap();
    assert_eq!((path.nodes, path.next), (vec![node("node-1", None, 51)], None));
    let found = sessions.load_node(&store(), &"node-2".into()).unwrap();
    assert_eq!(found, Some(node("node-2", Some("node-1"), 52)));
    assert_eq!(sessions.load_blob(&store(), &BlobName::of(b"tool")), Ok(b"tool".to_vec()));
    assert_eq!(sessions.load_usage(&store(), None, 9), Ok(vec![usage()]));
    assert_eq!(sessions.load_usage(&store(), Some(&usage().of), 9), Ok(vec![]));
    sessions.save_meta(&store(), &meta(child())).unwrap();
    assert_eq!(sessions.load_meta(&store()), Ok(Some(meta(child()))));

    // A smaller checkpoint and no frames leave blobs behind; a replaced graph leaves nodes.
    let kept = Part::Kept(BlobName::of(b"turn"));
    let smaller = Parts {
        turn_state: kept,
        tool_state: None,
        plugins: None,
        plugin_revision: None,
        execution_state: None,
    };
    let replaced = NewCommit {
        frames: vec![],
        checkpoint: smaller,
        expected_revision: Some(1),
        ..commit(GraphChange::Replace(Nodes { nodes: vec![node("new", None, 53)], leaf: None }))
    };
    assert!(matches!(
        sessions.commit(&store(), &replaced),
        Ok(CommitAnswer::Committed(Committed { revision: 2, .. }))
    ));
    let mut vacuumed = sessions.vacuum(&store(), 1).unwrap();
    assert!(vacuumed.more && vacuumed.removed > 0, "{vacuumed:?}");
    while vacuumed.more {
        vacuumed = sessions.vacuum(&store(), 100).unwrap();
    }
    let collected = sessions.gc_unreachable(&store(), None, 100).unwrap();
    let numbers = (collected.roots, collected.retained, collected.deleted, collected.next);
    assert_eq!(numbers, (1, 1, 4, None));
    sessions.tombstone_nodes(&store(), &["new".into()]).unwrap();
    assert_eq!(sessions.load_node(&store(), &"new".into()), Ok(None));

    let manifest = plugin.attachment_manifest().unwrap();
    let row = manifest.get(&store(), &picture.session_id, &picture.attachment_id).unwrap();
    assert_eq!(row, Some(ManifestRow { intent: picture.clone(), committed_at: Some(NOW) }));
    let other = Intent { intent_at: EpochMs(63), ..intent(b"other") };
    let last = Intent { intent_at: EpochMs(64), ..intent(b"last") };
    manifest.record_intent(&store(), &other).unwrap();
    manifest.record_intent(&store(), &last).unwrap();
    let uncommitted = |intent: &Intent| ManifestRow { intent: intent.clone(), committed_at: None };
    let listed = manifest.list_uncommitted(&store(), EpochMs(63), None, 9);
    assert_eq!(listed, Ok(vec![uncommitted(&other)]));
    let after: IntentCursor = other.cursor();
    let listed = manifest.list_uncommitted(&store(), EpochMs(64), Some(&after), 9);
    assert_eq!(listed, Ok(vec![uncommitted(&last)]));
    manifest
        .commit_refs(&store(), &last.session_id, std::slice::from_ref(&last.attachment_id))
        .unwrap();
    assert_eq!(manifest.list_uncommitted(&store(), NOW, Some(&after), 9), Ok(vec![]));
    manifest.forget(&store(), &last.session_id, &last.attachment_id).unwrap();
    assert_eq!(manifest.is_referenced(&store(), &last.attachment_id), Ok(false));
    assert_eq!(manifest.is_referenced(&store(), &other.attachment_id), Ok(true));
}

#[test]
fn every_refusal_comes_out_by_its_name() {
    let mut plugin = plugin();
    let sessions = plugin.sessions().unwrap();
    let stamp = |hash: &str| Stamp {
        session_id: "session".into(),
        turn_id: "turn".into(),
        turn_hash: hash.into(),
    };
    let first = NewCommit { stamp: Some(stamp("hash")), ..commit(two_nodes()) };
    sessions.commit(&store(), &first).unwrap();
    let same = || commit(GraphChange::Unchanged(Some("node-1".into())));
    let lost = ClaimRef {
        session_id: "session".into(),
        claim_id: "claim".into(),
        fencing_token: 1,
        lease_token: "lease".into(),
    };
    let missing = BlobName::of(b"never");
    let full = Tokens { reasoning: u64::MAX, ..usage().tokens };
    let appended = |nodes: Vec<Node>, leaf: &str| {
        commit(GraphChange::Append(Nodes { nodes, leaf: Some(leaf.into()) }))
    };
    for (commit, expected) in [
        (NewCommit { session_id: "other".into(), ..same() }, Refusal::BoundTo("session".into())),
        (NewCommit { stamp: Some(stamp("another")), ..same() }, Refusal::StampConflict),
        (NewCommit { expected_revision: Some(0), ..same() }, Refusal::HeadMoved(1)),
        (NewCommit { completed: vec![lost], ..same() }, Refusal::ClaimLost("claim".into())),
        (
            NewCommit {
                checkpoint: Parts { turn_state: Part::Kept(missing.clone()), ..parts() },
                ..same()
            },
            Refusal::BlobUnknown(missing),
        ),
        (
            NewCommit { usage: vec![Usage { tokens: full, ..usage() }], ..same() },
            Refusal::UsageOverflow(usage().of),
        ),
        (appended(vec![node("node-1", None, 1)], "node-1"), Refusal::NodeExists("node-1".into())),
        (
            appended(vec![node("node-3", Some("gone"), 1)], "node-3"),
            Refusal::ParentUnknown("node-3".into()),
        ),
        (appended(vec![], "gone"), Refusal::LeafUnknown("gone".into())),
    ] {
        assert_eq!(sessions.commit(&store(), &commit), Ok(CommitAnswer::Refused(expected)));
    }
}

#[test]
fn a_claim_carries_what_was_enqueued() {
    let mut plugin = plugin();
    let queue = plugin.work_queue().unwrap();
    let new = |source_key: &str, merge_key| NewEntry {
        session_id: "session".into(),
        source_key: Some(source_key.into()),
        delivery: Delivery::EarliestSafeBoundary,
        slot: Slot::Join,
        merge_key,
        available_at: EpochMs(83),
        items: items("x").into_iter().map(|item| item.work).collect(),
    };
    let one = queue.enqueue(&store(), &new("one", MergeKey::Group("g".into()))).unwrap();
    let two = queue.enqueue(&store(), &new("two", MergeKey::PayloadDefault)).unwrap();
    let expected = Entry {
        entry_id: one.entry_id.clone(),
        session_id: "session".into(),
        source_key: Some("one".into()),
        delivery: Delivery::EarliestSafeBoundary,
        slot: Slot::Join,
        merge_key: MergeKey::Group("g".into()),
        available_at: EpochMs(83),
        enqueue_seq: one.enqueue_seq,
        enqueued_at: NOW,
        items: items(one.entry_id.as_str()),
    };
    assert_eq!(one, expected);
    let claimant = |boundary| Claimant {
        session_id: "session".into(),
        owner: "owner".into(),
        boundary,
        ttl: 1_000,
    };
    let claim = queue.claim(&store(), &claimant(Boundary::ActiveTurnCheckpoint), 9);
    let claim = claim.unwrap().unwrap();
    assert_eq!((claim.owner.as_str(), claim.claimed_at), ("owner", NOW));
    assert_eq!((claim.expires_at, &claim.entries), (EpochMs(NOW.0 + 1_000), &vec![one.clone()]));
    assert!(claim.claim.fencing_token > 0);
    let exact = [two.entry_id.clone()];
    let other = queue.claim_exact(&store(), &claimant(Boundary::Idle), &exact).unwrap().unwrap();
    assert_eq!(other.entries, vec![two.clone()]);
    let session = "session".into();
    let all = queue.list_entries(&store(), &session, None, 9);
    assert_eq!(all, Ok(vec![one.clone(), two.clone()]));
    let rest = queue.list_entries(&store(), &session, Some(one.enqueue_seq), 9);
    assert_eq!(rest, Ok(vec![two.clone()]));
    assert_eq!(queue.list_pending(&store(), &session, None, 9), Ok(vec![]));
    let renewed = queue.renew(&store(), &claim.claim, 5_000).unwrap();
    assert_eq!((renewed.expires_at, renewed.claim), (EpochMs(NOW.0 + 5_000), claim.claim.clone()));
    assert_eq!(queue.abandon(&store(), &other.claim), Ok(true));
    assert_eq!(queue.abandon(&store(), &other.claim), Ok(false));
    assert_eq!(queue.list_pending(&store(), &session, None, 9), Ok(vec![two.clone()]));
    assert_eq!(queue.cancel(&store(), &session, &two.entry_id), Ok(Some(two)));

    let completing = NewCommit { completed: vec![claim.claim.clone()], ..commit(two_nodes()) };
    let answer = plugin.sessions().unwrap().commit(&store(), &completing).unwrap();
    assert!(matches!(answer, CommitAnswer::Committed(_)), "{answer:?}");
    let queue = plugin.work_queue().unwrap();
    assert_eq!(queue.list_entries(&store(), &session, None, 9), Ok(vec![]));
    let lost = queue.renew(&store(), &claim.claim, 1);
    assert!(matches!(lost, Err(Failure::Error(Error::Expired(_)))), "{lost:?}");
}

#[test]
fn an_artifact_comes_back_as_it_was_put() {
    let mut plugin = plugin();
    let artifacts = plugin.artifacts().unwrap();
    let artifact = artifact();
    artifacts.put(&store(), &artifact).unwrap();
    assert_eq!(artifacts.get(&store(), &artifact.module_ref), Ok(Some(artifact.clone())));
    assert_eq!(artifacts.list(&store(), None, 9), Ok(vec![artifact.module_ref.clone()]));
    assert_eq!(artifacts.list(&store(), Some(&artifact.module_ref), 9), Ok(vec![]));
    assert_eq!(artifacts.delete(&store(), &artifact.module_ref), Ok(true));
    assert_eq!(artifacts.get(&store(), &artifact.module_ref), Ok(None));
}
