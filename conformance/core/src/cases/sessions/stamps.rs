//! Stamps: a commit that is repeated answers what it answered first.

use wirt_contract::SessionId;
use wirt_contract::batching::Batching;
use wirt_contract::sessions::{
    Committed, GraphChange, NewCommit, Part, Parts, Refusal, Sessions, Usage,
};

use super::stage::{
    append, collect, commit, entries, grow, held, loaded, part, plain, planted, queued, refuses,
    replace, seen, session_id, stamp, unchanged, used,
};
use super::{batched, case};
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Reopen, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/replay-after-the-head-moved", "sessions.commit.stamp-replay", "wirt", moved),
    case("sessions/replay-after-gc", "sessions.commit.stamp-replay", "wirt", after_gc),
    case("sessions/replay-after-a-new-graph", "sessions.commit.stamp-replay", "wirt", new_graph),
    case("sessions/replay-without-the-claim", "sessions.commit.stamp-replay", "seed 43", no_claim),
    case("sessions/replay-writes-nothing", "sessions.commit.stamp-replay", "wirt", writes_nothing),
    case("sessions/replay-of-each-turn", "sessions.commit.stamp-replay", "wirt", each_turn)
        .extended(),
    case("sessions/replay-in-a-fresh-instance", "sessions.commit.stamp-replay", "wirt", fresh)
        .durable(),
    batched("sessions/replay-in-one-batch", "sessions.commit.stamp-replay", "wirt", in_batch),
    case("sessions/stamp-hash-conflicts", "sessions.commit.stamp-conflict", "wirt", other_hash),
    case("sessions/stamp-session-conflicts", "sessions.commit.stamp-conflict", "wirt", other_one),
    case("sessions/stamp-of-a-refusal-is-free", "sessions.commit.all-or-nothing", "wirt", free),
    case("sessions/stamps-of-store-ids-apart", "store.id.isolation", "wirt", elsewhere),
];

/// A stamped commit that adds a node of the turn's name, for a session that has a node `root`.
fn turn(probe: &mut Probe<'_>, session: &SessionId, name: &str) -> NewCommit {
    NewCommit {
        graph: append(&[(name, Some("root"))], Some(name)),
        checkpoint: Parts { tool_state: Some(part(probe)), ..plain(probe, session).checkpoint },
        usage: usage(),
        stamp: Some(stamp(session, name, &format!("hash of {name}"))),
        ..plain(probe, session)
    }
}

fn usage() -> Vec<Usage> {
    vec![used("turn", "m", [1, 2, 3, 4])]
}

/// The commit again, which has to answer as it did.
fn replays(
    probe: &mut Probe<'_>,
    store: &wirt_contract::StoreId,
    turn: &NewCommit,
    first: &Committed,
) -> Result<(), Stop> {
    same("the replay", &commit(probe, store, turn)?, first)
}

fn moved(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let stamped = NewCommit { expected_revision: Some(1), ..turn(probe, &session, "t") };
    let first = commit(probe, &store, &stamped)?;
    for _ in 0..3 {
        grow(probe, &store, &session, GraphChange::Unchanged(None))?;
        replays(probe, &store, &stamped, &first)?;
    }
    same("the head's revision", &loaded(probe, &store)?.revision, &5)
}

fn after_gc(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let stamped = turn(probe, &session, "t");
    let first = commit(probe, &store, &stamped)?;
    grow(probe, &store, &session, GraphChange::Unchanged(None))?;
    collect(probe, &store, 50)?;
    let gone = &first.checkpoint.parts.turn_state;
    refused("a collected blob", probe.load_blob(&store, gone), Kind::NotFound)?;
    replays(probe, &store, &stamped, &first)?;
    // Nothing is written, so its blobs do not come back.
    refused("a collected blob", probe.load_blob(&store, gone), Kind::NotFound)?;
    let kept = NewCommit {
        checkpoint: Parts { turn_state: Part::Kept(gone.clone()), ..stamped.checkpoint.clone() },
        ..stamped
    };
    replays(probe, &store, &kept, &first)
}

fn new_graph(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let stamped = turn(probe, &session, "t");
    let first = commit(probe, &store, &stamped)?;
    grow(probe, &store, &session, replace(&[("new", None)], Some("new")))?;
    // Its node's parent is gone by now, and the node's id is free.
    replays(probe, &store, &stamped, &first)?;
    same("its node", &probe.load_node(&store, &"t".into())?, &None)
}

fn no_claim(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let claim = held(probe, &store, &session)?;
    let stays = queued(probe, &store, &session)?;
    let stamped = NewCommit { completed: vec![claim.claim], ..turn(probe, &session, "t") };
    let first = commit(probe, &store, &stamped)?;
    for _ in 0..2 {
        replays(probe, &store, &stamped, &first)?;
    }
    same("the queue", &entries(probe, &store, &session)?, &vec![stays])
}

fn writes_nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let stamped = turn(probe, &session, "t");
    let first = commit(probe, &store, &stamped)?;
    // What a caller sends along with a known stamp does not count.
    let claim = held(probe, &store, &session)?;
    let held = seen(probe, &store, &session)?;
    let other = NewCommit {
        config: "{\"other\":1}".into(),
        graph: append(&[("more", Some("t"))], Some("more")),
        completed: vec![claim.claim],
        stamp: stamped.stamp.clone(),
        ..turn(probe, &session, "u")
    };
    replays(probe, &store, &other, &first)?;
    unchanged(probe, &store, &session, &held)?;
    let name = other.checkpoint.turn_state.name();
    refused("a blob of the replay", probe.load_blob(&store, &name), Kind::NotFound)
}

fn each_turn(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let mut turns = Vec::new();
    // Ids of which one begins with another.
    for name in ["t", "t1", "t11", "T"] {
        let stamped = turn(probe, &session, name);
        turns.push((commit(probe, &store, &stamped)?, stamped));
    }
    for (first, stamped) in turns.iter().rev().chain(&turns) {
        replays(probe, &store, stamped, first)?;
    }
    Ok(())
}

fn fresh(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Dropped, Reopen::Closed] {
        let store = probe.store_id();
        let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
        let stamped = NewCommit { expected_revision: Some(1), ..turn(probe, &session, "t") };
        let first = commit(probe, &store, &stamped)?;
        probe.reopen(how)?;
        replays(probe, &store, &stamped, &first)?;
        same("the head's revision", &loaded(probe, &store)?.revision, &2)?;
    }
    Ok(())
}

fn in_batch(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let stamped = NewCommit { expected_revision: Some(1), ..turn(probe, &session, "t") };
    probe.begin()?;
    let first = commit(probe, &store, &stamped)?;
    replays(probe, &store, &stamped, &first)?;
    probe.flush()?;
    replays(probe, &store, &stamped, &first)?;
    same("the head's revision", &loaded(probe, &store)?.revision, &2)
}

fn other_hash(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let stamped = turn(probe, &session, "t");
    let first = commit(probe, &store, &stamped)?;
    let before = seen(probe, &store, &session)?;
    for hash in ["hash of", "hash of t ", "HASH OF T", "another"] {
        let stamp = Some(stamp(&session, "t", hash));
        for changed in [stamped.clone(), turn(probe, &session, "u")] {
            let changed = NewCommit { stamp: stamp.clone(), ..changed };
            refuses(probe, &store, &changed, Refusal::StampConflict)?;
        }
    }
    unchanged(probe, &store, &session, &before)?;
    replays(probe, &store, &stamped, &first)
}

fn other_one(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let (session, other) = (session_id(probe), session_id(probe));
    let strange = NewCommit { stamp: Some(stamp(&other, "t", "hash")), ..plain(probe, &session) };
    refuses(probe, &store, &strange, Refusal::StampConflict)?;
    same("the session", &probe.load(&store)?, &None)?;
    grow(probe, &store, &session, append(&[("root", None)], Some("root")))?;
    refuses(probe, &store, &strange, Refusal::StampConflict)?;
    // The same turn and hash, but for the session.
    let stamped = turn(probe, &session, "t");
    commit(probe, &store, &stamped)?;
    let strange = NewCommit { stamp: Some(stamp(&other, "t", "hash of t")), ..stamped };
    refuses(probe, &store, &strange, Refusal::StampConflict)?;
    same("the head's revision", &loaded(probe, &store)?.revision, &2)
}

fn free(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let stamped = turn(probe, &session, "t");
    let late = NewCommit { expected_revision: Some(0), ..stamped.clone() };
    refuses(probe, &store, &late, Refusal::HeadMoved(1))?;
    let nobody = Refusal::LeafUnknown("nobody".into());
    let lost = GraphChange::Unchanged(Some("nobody".into()));
    refuses(probe, &store, &NewCommit { graph: lost, ..stamped.clone() }, nobody)?;
    let changed = NewCommit { stamp: Some(stamp(&session, "t", "another")), ..stamped };
    same("the turn's revision", &commit(probe, &store, &changed)?.revision, &2)
}

fn elsewhere(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (here, there) = (probe.store_id(), probe.store_id());
    let session = planted(probe, &here, append(&[("root", None)], Some("root")))?;
    let stamped = turn(probe, &session, "t");
    let first = commit(probe, &here, &stamped)?;
    grow(probe, &there, &session, append(&[("root", None)], Some("root")))?;
    grow(probe, &there, &session, GraphChange::Unchanged(None))?;
    let changed =
        NewCommit { stamp: Some(stamp(&session, "t", "another")), ..turn(probe, &session, "t") };
    same("the revision elsewhere", &commit(probe, &there, &changed)?.revision, &3)?;
    replays(probe, &here, &stamped, &first)
}
