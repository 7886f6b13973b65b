//! The document's own cases, each with everything it observes.

use wirt_contract::attachment_manifest::AttachmentManifest;
use wirt_contract::sessions::{
    Frame, GraphChange, Meta, NewCommit, Part, Parts, Refusal, Relation, Sessions,
};
use wirt_contract::store::Durability;
use wirt_contract::work_queue::{
    Boundary, ClaimRef, Claimant, Delivery, Entry, MergeKey, NewEntry, Slot, Work, WorkKind,
    WorkQueue,
};
use wirt_contract::{AttachmentId, EpochMs, NodeId, SessionId, StoreId};

use super::case;
use super::stage::{
    MINUTE, PAGE, collect, commit, entries, frame, graph, ids, intent, keeps_intents, loaded,
    nodes, path, plain, planted, refuses, replace, seen, stamp, turn_hash, unchanged, usage, used,
};
use crate::expect::{failed, holds, present, same};
use crate::{Case, Probe, Reopen, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case(
        "sessions/runtime-persistence-reports-declared-durability",
        "store.describe.tier",
        "seed 28",
        declared_durability,
    ),
    case(
        "sessions/commit-increments-head-and-round-trips-agent-frames",
        "sessions.load.round-trip",
        "seed 29",
        agent_frames,
    ),
    case(
        "sessions/commit-rejects-a-different-session-id",
        "sessions.commit.binding",
        "seed 30",
        different_session,
    ),
    case(
        "sessions/load-hydrates-checkpoint-and-usage",
        "sessions.load.round-trip",
        "seed 31",
        hydrates,
    ),
    case(
        "sessions/active-path-read-scope-selects-only-requested-ancestry",
        "sessions.path.ancestry",
        "seed 32",
        active_path,
    ),
    case(
        "sessions/queue-completion-and-turn-commit-stamp-are-atomic",
        "sessions.commit.all-or-nothing",
        "seed 43",
        atomic,
    ),
    case("sessions/session-metadata-round-trips", "sessions.meta", "seed 44", metadata),
    case(
        "sessions/tombstone-vacuum-and-gc-are-minimally-consistent",
        "sessions.tombstone.hides",
        "seed 45",
        minimally_consistent,
    ),
    case(
        "sessions/final-commit-stamp-is-idempotent-and-conflicts-on-changed-hash",
        "sessions.commit.stamp-replay",
        "seed 46",
        idempotent_stamp,
    ),
    case(
        "sessions/runtime-persistence-survives-reopen",
        "store.close.keeps",
        "seed 47",
        survives_reopen,
    )
    .durable(),
];

/// 2026-06-02T00:00:00Z, the document's own time.
const CREATED_AT: EpochMs = EpochMs(1_780_358_400_000);

fn declared_durability(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        let session = planted(probe, &store, replace(&[("a", None), ("b", Some("a"))], Some("b")))?;
        let before = seen(probe, &store, &session)?;
        probe.reopen(how)?;
        match probe.durability() {
            Durability::Durable => {
                unchanged(probe, &store, &session, &before)?;
            }
            Durability::Inline => {
                let found = probe.load(&store)?;
                same("an inline store's session after its instance ended", &found, &None)?;
            }
        }
    }
    Ok(())
}

fn agent_frames(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let first = Frame { superseded: true, ..frame(probe, "frame-1") };
    let second = Frame {
        previous_frame_id: Some("frame-1".into()),
        reason: "plan_mode".into(),
        execution_state: Some(Part::Bytes(b"frame-vm".to_vec())),
        ..frame(probe, "frame-2")
    };
    let base = plain(probe, &"root".into());
    let turn = NewCommit {
        config: r#"{"model":"gpt-5.4-mini","context":200000}"#.into(),
        frames: vec![first, second],
        current_frame_id: "frame-2".into(),
        checkpoint: Parts {
            execution_state: Some(Part::Bytes(b"frame-vm".to_vec())),
            ..base.checkpoint.clone()
        },
        ..base
    };
    let committed = commit(probe, &store, &turn)?;
    same("the revision", &committed.revision, &1)?;
    let read = loaded(probe, &store)?;
    same("the revision", &read.revision, &1)?;
    same("the current frame", &read.current_frame_id, &"frame-2".into())?;
    same("frames", &read.frames.len(), &2)?;
    let current = read.frames.iter().find(|frame| frame.frame_id.as_str() == "frame-2");
    let current = present("frame-2", current)?;
    same("its reason", current.reason.as_str(), "plan_mode")?;
    let states = [
        ("the frame's execution state", current.execution_state.clone()),
        ("the checkpoint's execution state", read.checkpoint.parts.execution_state.clone()),
    ];
    for (what, name) in states {
        let name = present(what, name)?;
        same(what, &probe.load_blob(&store, &name)?, &b"frame-vm".to_vec())?;
    }
    same("the revision of the next", &commit(probe, &store, &turn)?.revision, &2)
}

fn different_session(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let alpha = plain(probe, &"alpha".into());
    commit(probe, &store, &alpha)?;
    let beta = plain(probe, &"beta".into());
    refuses(probe, &store, &beta, Refusal::BoundTo("alpha".into()))?;
    same("the session", &loaded(probe, &store)?.session_id, &"alpha".into())
}

fn hydrates(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let tools = br#"{"generation":9}"#.to_vec();
    let base = plain(probe, &"hydrated".into());
    let turn = NewCommit {
        checkpoint: Parts {
            tool_state: Some(Part::Bytes(tools.clone())),
            plugins: Some(Part::Bytes(br#"{"plugins":{}}"#.to_vec())),
            plugin_revision: Some(12),
            ..base.checkpoint.clone()
        },
        usage: vec![used("turn", "mock-model", [11, 7, 3, 5])],
        ..base
    };
    commit(probe, &store, &turn)?;
    let read = loaded(probe, &store)?;
    same("the session", &read.session_id, &"hydrated".into())?;
    let parts = read.checkpoint.parts;
    let name = present("the tools' state", parts.tool_state)?;
    same("the tools' state", &probe.load_blob(&store, &name)?, &tools)?;
    let name = present("the plugins' snapshot", parts.plugins)?;
    same("the snapshot", &probe.load_blob(&store, &name)?, &br#"{"plugins":{}}"#.to_vec())?;
    same("its revision", &parts.plugin_revision, &Some(12))?;
    same("the usage", &usage(probe, &store)?, &turn.usage)
}

fn active_path(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let tree = [
        ("root-node", None),
        ("left-node", Some("root-node")),
        ("left-leaf", Some("left-node")),
        ("right-leaf", Some("root-node")),
    ];
    planted(probe, &store, replace(&tree, Some("left-leaf")))?;
    let full = graph(probe, &store)?;
    let expected = ["root-node", "left-node", "left-leaf", "right-leaf"];
    same("the graph", ids(&full).as_slice(), expected.as_slice())?;
    let own = path(probe, &store, None)?;
    let expected = ["left-leaf", "left-node", "root-node"];
    same("the session's own path", ids(&own).as_slice(), expected.as_slice())?;
    same("the leaf", &loaded(probe, &store)?.leaf, &Some("left-leaf".into()))?;
    let right = path(probe, &store, Some("right-leaf"))?;
    let expected = ["right-leaf", "root-node"];
    same("the path of right-leaf", ids(&right).as_slice(), expected.as_slice())?;
    same("the leaf, still", &loaded(probe, &store)?.leaf, &Some("left-leaf".into()))
}

/// An entry as the document enqueues it.
fn enqueue(
    probe: &mut Probe<'_>,
    store: &StoreId,
    text: &str,
    source_key: Option<&str>,
) -> Result<Entry, Stop> {
    let entry = NewEntry {
        session_id: "root".into(),
        source_key: source_key.map(str::to_owned),
        delivery: Delivery::EarliestSafeBoundary,
        slot: Slot::Exclusive,
        merge_key: MergeKey::Never,
        available_at: EpochMs(0),
        items: vec![Work { kind: WorkKind::TurnInput, body: format!("{{\"text\":\"{text}\"}}") }],
    };
    Ok(probe.enqueue(store, &entry)?)
}

fn atomic(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let root = SessionId::from("root");
    let entry = enqueue(probe, &store, "atomic queue", None)?;
    let claimant = Claimant {
        session_id: root.clone(),
        owner: "queue-owner".into(),
        boundary: Boundary::Idle,
        ttl: MINUTE,
    };
    let claim = present("a claim", probe.claim(&store, &claimant, 1)?)?;
    let taken: Vec<_> = claim.entries.iter().map(|entry| entry.entry_id.clone()).collect();
    same("the entries claimed", &taken, &vec![entry.entry_id])?;
    let base = plain(probe, &root);
    let stamp = Some(stamp(&root, "turn-atomic", &turn_hash(&base)?));
    let fresh = claim.claim;
    let stale = ClaimRef { lease_token: format!("{}:stale", fresh.lease_token), ..fresh.clone() };
    let lost = Refusal::ClaimLost(fresh.claim_id.clone());
    let turn = NewCommit { stamp, completed: vec![stale], ..base };
    refuses(probe, &store, &turn, lost)?;
    same("the session after a stale completion", &probe.load(&store)?, &None)?;
    same("its entries", &entries(probe, &store, &root)?.len(), &1)?;
    let turn = NewCommit { completed: vec![fresh], ..turn };
    let first = commit(probe, &store, &turn)?;
    let retry = commit(probe, &store, &turn)?;
    same("the revision of the retry", &retry.revision, &first.revision)?;
    let (found, expected) = (&retry.checkpoint, &first.checkpoint);
    same("its checkpoint", &found.checkpoint_ref, &expected.checkpoint_ref)?;
    holds(probe.load(&store)?.is_some(), "a session", || "none".into())?;
    same("entries after the commit", &entries(probe, &store, &root)?, &Vec::new())
}

fn metadata(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let meta = Meta {
        session_id: "root".into(),
        name: "Conformance Root".into(),
        created_at: CREATED_AT,
        model: "gpt-5.4-mini".into(),
        cwd: Some("/tmp/lash-conformance".into()),
        relation: Relation::Root,
    };
    probe.save_meta(&store, &meta)?;
    same("the description", &probe.load_meta(&store)?, &Some(meta))
}

fn minimally_consistent(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let tree = [("node-live", None), ("node-delete", Some("node-live"))];
    let first = NewCommit {
        graph: GraphChange::Replace(nodes(&tree, Some("node-delete"))),
        ..plain(probe, &"root".into())
    };
    commit(probe, &store, &first)?;
    let gone = NodeId::from("node-delete");
    present("node-delete", probe.load_node(&store, &gone)?)?;
    probe.tombstone_nodes(&store, std::slice::from_ref(&gone))?;
    same("node-delete, tombstoned", &probe.load_node(&store, &gone)?, &None)?;
    let left = graph(probe, &store)?;
    same("the graph", ids(&left).as_slice(), ["node-live"].as_slice())?;
    let done = probe.vacuum(&store, PAGE)?;
    let at_most_one = done.removed <= 1;
    holds(at_most_one, "at most 1 node removed", || done.show())?;
    collect(probe, &store, PAGE)?;
    same("the graph after both", &graph(probe, &store)?, &left)
}

fn idempotent_stamp(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let root = SessionId::from("root");
    let base = plain(probe, &root);
    let hash = turn_hash(&base)?;
    let turn = NewCommit { stamp: Some(stamp(&root, "provider-turn", &hash)), ..base.clone() };
    let first = commit(probe, &store, &turn)?;
    let retry = commit(probe, &store, &turn)?;
    same("the revision of the retry", &retry.revision, &first.revision)?;
    let (found, expected) = (&retry.checkpoint, &first.checkpoint);
    same("its checkpoint", &found.checkpoint_ref, &expected.checkpoint_ref)?;
    // The hash is of what the turn commits, not of the head it builds on.
    let from_new_head = NewCommit { expected_revision: Some(first.revision), ..turn.clone() };
    if turn_hash(&from_new_head)? != hash {
        return failed("one hash whatever revision a turn builds on", "two");
    }
    same("a retry from the new head", &commit(probe, &store, &from_new_head)?, &first)?;
    let changed = plain(probe, &root);
    let stamp = Some(stamp(&root, "provider-turn", &turn_hash(&changed)?));
    let changed = NewCommit { stamp, ..changed };
    refuses(probe, &store, &changed, Refusal::StampConflict)
}

fn survives_reopen(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        let root = SessionId::from("root");
        let meta = Meta {
            session_id: root.clone(),
            name: "Durable Root".into(),
            created_at: CREATED_AT,
            model: "gpt-5.4-mini".into(),
            cwd: Some("/tmp/lash-reopen".into()),
            relation: Relation::Root,
        };
        probe.save_meta(&store, &meta)?;
        let tools = br#"{"generation":77}"#.to_vec();
        let base = plain(probe, &root);
        let checkpoint =
            Parts { tool_state: Some(Part::Bytes(tools.clone())), ..base.checkpoint.clone() };
        commit(probe, &store, &NewCommit { checkpoint, ..base })?;
        let queued = enqueue(probe, &store, "survives reopen", Some("reopen:queued"))?;
        let attachment = AttachmentId::from("reopen-attachment");
        probe.record_intent(&store, &intent(&root, &attachment, 100))?;

        probe.reopen(how)?;
        same("the description", &probe.load_meta(&store)?, &Some(meta))?;
        let read = loaded(probe, &store)?;
        same("the session", &read.session_id, &root)?;
        let name = present("the tools' state", read.checkpoint.parts.tool_state)?;
        same("the tools' state", &probe.load_blob(&store, &name)?, &tools)?;
        same("the queue", &entries(probe, &store, &root)?, &vec![queued])?;
        let rows = probe.list_uncommitted(&store, EpochMs(200), None, PAGE)?;
        let there = rows.iter().any(|row| row.intent.attachment_id == attachment);
        let kept = keeps_intents(probe)?;
        same("whether the intent is there", &there, &kept)?;
    }
    Ok(())
}
