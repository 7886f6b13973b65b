//! The head: its revision, what binds it, what it is compared with, and that it reads back.

use wirt_contract::batching::Batching;
use wirt_contract::sessions::{
    Collected, CommitAnswer, Frame, GraphChange, NewCommit, Part, Parts, Refusal, Sessions,
    Vacuumed,
};
use wirt_contract::{EpochMs, NodeId};

use super::stage::{
    PAGE, append, commit, frame, graph, grow, intent, loaded, part, path, plain, planted, queued,
    refuses, replace, seen, session_id, session_of, stamp, unchanged, usage, used,
};
use super::{batched, case};
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Reopen, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/revision-rises-by-one", "sessions.commit.revision", "wirt", revision),
    case("sessions/refusal-takes-no-revision", "sessions.commit.revision", "wirt", no_revision)
        .extended(),
    case("sessions/equal-commits-are-two", "sessions.commit.revision", "wirt", equal_commits),
    case("sessions/load-is-none-at-first", "sessions.load.none", "wirt", none_at_first).extended(),
    case("sessions/load-gives-all-of-it", "sessions.load.round-trip", "wirt", all_of_it).extended(),
    case("sessions/load-gives-the-last-alone", "sessions.load.round-trip", "wirt", last_alone),
    case("sessions/load-with-nothing-set", "sessions.load.round-trip", "wirt", nothing_set),
    case("sessions/load-keeps-frames-in-order", "sessions.load.round-trip", "wirt", frame_order),
    case("sessions/load-keeps-whole-times", "sessions.load.round-trip", "wirt", whole_times),
    case("sessions/head-moves-in-order", "store.close.keeps", "wirt", moves_in_order)
        .extended()
        .durable(),
    case("sessions/binding-stays", "sessions.commit.binding", "wirt", binding_stays),
    case("sessions/refusal-binds-nothing", "sessions.commit.binding", "wirt", binds_nothing),
    case(
        "sessions/concurrent-head-revision-cas-applies-exactly-once",
        "sessions.commit.compare-and-set",
        "head",
        cas_once,
    ),
    batched(
        "sessions/concurrent-cas-in-one-batch-applies-once",
        "sessions.commit.compare-and-set",
        "head",
        cas_once_in_batch,
    ),
    case("sessions/first-builds-on-zero", "sessions.commit.compare-and-set", "wirt", on_zero),
    case("sessions/other-revisions-are-refused", "sessions.commit.compare-and-set", "wirt", others),
    case("sessions/no-revision-is-not-compared", "sessions.commit.compare-and-set", "wirt", none),
    case("sessions/store-ids-apart", "store.id.isolation", "wirt", apart),
    batched(
        "sessions/error-in-a-batch-undoes-itself",
        "batching.error-undoes-itself",
        "wirt",
        error_in_batch,
    ),
    batched("sessions/batch-sees-itself", "batching.order", "wirt", batch_sees_itself),
];

fn revision(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for _ in 0..2 {
        let store = probe.store_id();
        let session = session_id(probe);
        for expected in 1..=5 {
            let builds_on = Some(expected - 1).filter(|_| expected % 2 == 0);
            let next = NewCommit { expected_revision: builds_on, ..plain(probe, &session) };
            same("the revision", &commit(probe, &store, &next)?.revision, &expected)?;
            same("the head's", &loaded(probe, &store)?.revision, &expected)?;
        }
    }
    Ok(())
}

fn no_revision(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, GraphChange::Unchanged(None))?;
    for refusal in [
        NewCommit { expected_revision: Some(9), ..plain(probe, &session) },
        NewCommit {
            graph: GraphChange::Unchanged(Some("nobody".into())),
            ..plain(probe, &session)
        },
    ] {
        let answer = probe.commit(&store, &refusal)?;
        let is_refused = matches!(answer, CommitAnswer::Refused(_));
        same("whether it was refused", &is_refused, &true)?;
    }
    let long = NewCommit { current_frame_id: "".into(), ..plain(probe, &session) };
    refused("a commit without a frame id", probe.commit(&store, &long), Kind::Invalid)?;
    same("the head's revision", &loaded(probe, &store)?.revision, &1)?;
    let next = NewCommit { expected_revision: Some(1), ..plain(probe, &session) };
    same("the next revision", &commit(probe, &store, &next)?.revision, &2)
}

fn equal_commits(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let turn = NewCommit {
        usage: vec![used("turn", "m", [1, 2, 3, 4])],
        ..{
            let session = session_id(probe);
            plain(probe, &session)
        }
    };
    same("the first revision", &commit(probe, &store, &turn)?.revision, &1)?;
    same("the second, without a stamp", &commit(probe, &store, &turn)?.revision, &2)?;
    let twice = vec![used("turn", "m", [2, 4, 6, 8])];
    same("the usage of both", &usage(probe, &store)?, &twice)
}

fn none_at_first(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    same("the session", &probe.load(&store)?, &None)?;
    queued(probe, &store, &session)?;
    let meant = intent(&session, &"attachment".into(), 1);
    wirt_contract::attachment_manifest::AttachmentManifest::record_intent(probe, &store, &meant)?;
    probe.tombstone_nodes(&store, &["nobody".into()])?;
    let moved = NewCommit { expected_revision: Some(1), ..plain(probe, &session) };
    refuses(probe, &store, &moved, Refusal::HeadMoved(0))?;
    same("the session", &probe.load(&store)?, &None)?;
    same("the graph", &graph(probe, &store)?, &Vec::new())?;
    same("the path", &path(probe, &store, None)?, &Vec::new())?;
    same("a node", &probe.load_node(&store, &"nobody".into())?, &None)?;
    same("the usage", &usage(probe, &store)?, &Vec::new())?;
    same("the description", &probe.load_meta(&store)?, &None)?;
    let nothing = Vacuumed { removed: 0, more: false };
    same("a vacuum", &probe.vacuum(&store, PAGE)?, &nothing)?;
    let nothing = Collected { roots: 0, retained: 0, deleted: 0, next: None };
    same("a collection", &probe.gc_unreachable(&store, None, PAGE)?, &nothing)
}

fn all_of_it(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let first = Frame {
        superseded: true,
        reason: String::new(),
        execution_state: Some(Part::Bytes(Vec::new())),
        ..frame(probe, "a\u{0}")
    };
    let second = Frame {
        previous_frame_id: Some("a\u{0}".into()),
        reason: "ü \u{0}\n\"𝄞\"".into(),
        body: String::new(),
        execution_state: Some(part(probe)),
        ..frame(probe, "ü漢")
    };
    let turn = NewCommit {
        config: super::stage::json(probe),
        frames: vec![first, second],
        current_frame_id: "ü漢".into(),
        checkpoint: Parts {
            turn_state: part(probe),
            tool_state: Some(part(probe)),
            plugins: Some(part(probe)),
            plugin_revision: Some(u64::MAX),
            execution_state: Some(part(probe)),
        },
        graph: append(&[("n", None)], Some("n")),
        ..plain(probe, &session)
    };
    let committed = commit(probe, &store, &turn)?;
    let expected = session_of(&turn, 1);
    same("the checkpoint", &committed.checkpoint, &expected.checkpoint)?;
    same("the session", &loaded(probe, &store)?, &expected)?;
    let states = turn.frames.iter().filter_map(|frame| frame.execution_state.as_ref());
    for part in turn.checkpoint.iter().chain(states) {
        if let Part::Bytes(bytes) = part {
            same("a part's bytes", &probe.load_blob(&store, &part.name())?, bytes)?;
        }
    }
    Ok(())
}

fn last_alone(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let full = NewCommit {
        config: "1".into(),
        frames: vec![frame(probe, "one"), frame(probe, "two")],
        current_frame_id: "two".into(),
        checkpoint: Parts {
            turn_state: part(probe),
            tool_state: Some(part(probe)),
            plugins: Some(part(probe)),
            plugin_revision: Some(3),
            execution_state: Some(part(probe)),
        },
        graph: append(&[("n", None)], Some("n")),
        ..plain(probe, &session)
    };
    let fewer = NewCommit {
        config: "2".into(),
        frames: vec![frame(probe, "three")],
        current_frame_id: "three".into(),
        ..plain(probe, &session)
    };
    for (turn, revision) in [(&full, 1), (&fewer, 2)] {
        commit(probe, &store, turn)?;
        same("the session", &loaded(probe, &store)?, &session_of(turn, revision))?;
    }
    same("the graph", &graph(probe, &store)?.len(), &1)
}

fn nothing_set(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let base = plain(probe, &session);
    let empty = Parts { turn_state: Part::Bytes(Vec::new()), ..base.checkpoint.clone() };
    let turn = NewCommit { config: String::new(), checkpoint: empty, ..base };
    for graph in [GraphChange::Unchanged(None), append(&[], None), replace(&[], None)] {
        let turn = NewCommit { graph, ..turn.clone() };
        let revision = commit(probe, &store, &turn)?.revision;
        same("the session", &loaded(probe, &store)?, &session_of(&turn, revision))?;
        same("the graph", &super::stage::graph(probe, &store)?, &Vec::new())?;
        same("the path", &path(probe, &store, None)?, &Vec::new())?;
        same("the usage", &usage(probe, &store)?, &Vec::new())?;
    }
    Ok(())
}

fn frame_order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let mut frames = Vec::new();
    for id in ["m", "a", "z", "ab", "B", "0", "é", "aa"] {
        frames.push(frame(probe, id));
    }
    let turn = NewCommit { frames, current_frame_id: "z".into(), ..plain(probe, &session) };
    commit(probe, &store, &turn)?;
    same("the frames", &loaded(probe, &store)?.frames, &session_of(&turn, 1).frames)
}

fn whole_times(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    for (revision, at) in (1..).zip([0, 1, u64::from(u32::MAX) + 1, (1 << 53) + 1, u64::MAX]) {
        let created = Frame { created_at: EpochMs(at), ..frame(probe, "f") };
        let turn = NewCommit {
            frames: vec![created],
            checkpoint: Parts { plugin_revision: Some(at), ..plain(probe, &session).checkpoint },
            ..plain(probe, &session)
        };
        commit(probe, &store, &turn)?;
        same("the session", &loaded(probe, &store)?, &session_of(&turn, revision))?;
    }
    Ok(())
}

fn moves_in_order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("0", None)], Some("0")))?;
    for (revision, how) in (1..).zip([Reopen::Dropped, Reopen::Closed, Reopen::Dropped]) {
        let before = seen(probe, &store, &session)?;
        probe.reopen(how)?;
        unchanged(probe, &store, &session, &before)?;
        let (id, parent) = (revision.to_string(), (revision - 1).to_string());
        let next = NewCommit {
            expected_revision: Some(revision),
            graph: append(&[(&id, Some(&parent))], Some(&id)),
            usage: vec![used("turn", "m", [1, 1, 1, 1])],
            ..plain(probe, &session)
        };
        same("the revision", &commit(probe, &store, &next)?.revision, &(revision + 1))?;
    }
    Ok(())
}

fn binding_stays(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, GraphChange::Unchanged(None))?;
    // Neither a prefix nor an extension of the session's id is the session.
    let shorter = session.as_str().get(1..).unwrap_or("a").to_owned();
    let longer = format!("{session}0");
    for other in [shorter, longer, session.as_str().to_uppercase(), probe.word()] {
        let other = other.as_str().into();
        let stamped =
            NewCommit { stamp: Some(stamp(&other, "turn", "hash")), ..plain(probe, &other) };
        let bound = Refusal::BoundTo(session.clone());
        let bare = plain(probe, &other);
        refuses(probe, &store, &bare, bound.clone())?;
        refuses(probe, &store, &stamped, bound)?;
    }
    let next = plain(probe, &session);
    same("the revision", &commit(probe, &store, &next)?.revision, &2)
}

fn binds_nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let (one, other) = (session_id(probe), session_id(probe));
    let moved = NewCommit { expected_revision: Some(1), ..plain(probe, &one) };
    refuses(probe, &store, &moved, Refusal::HeadMoved(0))?;
    let nobody = NodeId::from("nobody");
    let leaf =
        NewCommit { graph: GraphChange::Unchanged(Some(nobody.clone())), ..plain(probe, &one) };
    refuses(probe, &store, &leaf, Refusal::LeafUnknown(nobody))?;
    let (theirs, mine) = (plain(probe, &other), plain(probe, &one));
    commit(probe, &store, &theirs)?;
    refuses(probe, &store, &mine, Refusal::BoundTo(other))
}

/// Two commits on one revision, one after the other; the second is refused and leaves nothing.
fn two_on_one(probe: &mut Probe<'_>, batch: bool) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("root", None)], Some("root")))?;
    let turn = |probe: &mut Probe<'_>, id: &str| NewCommit {
        expected_revision: Some(1),
        usage: vec![used("turn", "m", [1, 0, 0, 0])],
        graph: append(&[(id, Some("root"))], Some(id)),
        ..plain(probe, &session)
    };
    let (one, other) = (turn(probe, "one"), turn(probe, "other"));
    if batch {
        probe.begin()?;
    }
    same("the first's revision", &commit(probe, &store, &one)?.revision, &2)?;
    refuses(probe, &store, &other, Refusal::HeadMoved(2))?;
    if batch {
        probe.flush()?;
    }
    same("the session", &loaded(probe, &store)?, &session_of(&one, 2))?;
    let nodes = graph(probe, &store)?;
    same("the graph", super::stage::ids(&nodes).as_slice(), ["root", "one"].as_slice())?;
    same("the usage", &usage(probe, &store)?, &one.usage)
}

fn cas_once(probe: &mut Probe<'_>) -> Result<(), Stop> {
    two_on_one(probe, false)
}

fn cas_once_in_batch(probe: &mut Probe<'_>) -> Result<(), Stop> {
    two_on_one(probe, true)
}

fn on_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    for expected in [1, 2, u64::MAX] {
        let turn = NewCommit { expected_revision: Some(expected), ..plain(probe, &session) };
        refuses(probe, &store, &turn, Refusal::HeadMoved(0))?;
    }
    let first = NewCommit { expected_revision: Some(0), ..plain(probe, &session) };
    same("the revision", &commit(probe, &store, &first)?.revision, &1)?;
    refuses(probe, &store, &first, Refusal::HeadMoved(1))
}

fn others(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, GraphChange::Unchanged(None))?;
    for _ in 0..2 {
        grow(probe, &store, &session, GraphChange::Unchanged(None))?;
    }
    for expected in [0, 1, 2, 4, u64::MAX] {
        let turn = NewCommit { expected_revision: Some(expected), ..plain(probe, &session) };
        refuses(probe, &store, &turn, Refusal::HeadMoved(3))?;
    }
    let turn = NewCommit { expected_revision: Some(3), ..plain(probe, &session) };
    same("the revision", &commit(probe, &store, &turn)?.revision, &4)
}

fn none(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    for revision in 1..=3 {
        let turn = NewCommit { expected_revision: None, ..plain(probe, &session) };
        same("the revision", &commit(probe, &store, &turn)?.revision, &revision)?;
    }
    Ok(())
}

fn apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let here = probe.store_id();
    let there = format!("{here}0").as_str().into();
    let (mine, theirs) = (session_id(probe), session_id(probe));
    let tree = [("a", None), ("b", Some("a"))];
    let turn = |probe: &mut Probe<'_>, session| NewCommit {
        graph: append(&tree, Some("b")),
        usage: vec![used("turn", "m", [5, 0, 0, 0])],
        ..plain(probe, session)
    };
    let first = turn(probe, &mine);
    commit(probe, &here, &first)?;
    let before = seen(probe, &here, &mine)?;
    same("the session elsewhere", &probe.load(&there)?, &None)?;
    same("the graph elsewhere", &graph(probe, &there)?, &Vec::new())?;
    same("a node elsewhere", &probe.load_node(&there, &"a".into())?, &None)?;
    same("the usage elsewhere", &usage(probe, &there)?, &Vec::new())?;
    let blob = first.checkpoint.turn_state.name();
    refused("its blob elsewhere", probe.load_blob(&there, &blob), Kind::NotFound)?;
    let second = turn(probe, &theirs);
    same("the revision elsewhere", &commit(probe, &there, &second)?.revision, &1)?;
    probe.tombstone_nodes(&there, &["b".into()])?;
    grow(probe, &there, &theirs, replace(&[("c", None)], Some("c")))?;
    probe.vacuum(&there, PAGE)?;
    probe.gc_unreachable(&there, None, PAGE)?;
    unchanged(probe, &here, &mine, &before)?;
    let Part::Bytes(bytes) = &first.checkpoint.turn_state else { return Ok(()) };
    same("the blob here", &probe.load_blob(&here, &blob)?, bytes)
}

fn error_in_batch(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("0", None)], Some("0")))?;
    let turn = |probe: &mut Probe<'_>, id: &str, expected| NewCommit {
        expected_revision: Some(expected),
        graph: append(&[(id, Some("0"))], Some(id)),
        usage: vec![used("turn", "m", [1, 0, 0, 0])],
        ..plain(probe, &session)
    };
    let (one, two) = (turn(probe, "1", 1), turn(probe, "2", 2));
    let invalid = NewCommit { current_frame_id: "".into(), ..turn(probe, "3", 2) };
    let moved = turn(probe, "4", 1);
    probe.begin()?;
    commit(probe, &store, &one)?;
    refused("a commit without a frame id", probe.commit(&store, &invalid), Kind::Invalid)?;
    refuses(probe, &store, &moved, Refusal::HeadMoved(2))?;
    commit(probe, &store, &two)?;
    probe.flush()?;
    same("the session", &loaded(probe, &store)?, &session_of(&two, 3))?;
    let nodes = graph(probe, &store)?;
    same("the graph", super::stage::ids(&nodes).as_slice(), ["0", "1", "2"].as_slice())?;
    same("the usage", &usage(probe, &store)?, &vec![used("turn", "m", [2, 0, 0, 0])])
}

fn batch_sees_itself(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let first = NewCommit {
        graph: append(&[("a", None), ("b", Some("a"))], Some("b")),
        ..plain(probe, &session)
    };
    let next = NewCommit {
        expected_revision: Some(1),
        graph: append(&[("c", Some("b"))], Some("c")),
        checkpoint: Parts {
            turn_state: Part::Kept(first.checkpoint.turn_state.name()),
            ..first.checkpoint.clone()
        },
        ..plain(probe, &session)
    };
    probe.begin()?;
    commit(probe, &store, &first)?;
    same("the session", &loaded(probe, &store)?, &session_of(&first, 1))?;
    commit(probe, &store, &next)?;
    probe.tombstone_nodes(&store, &["a".into()])?;
    let inside = seen(probe, &store, &session)?;
    let nodes = graph(probe, &store)?;
    same("the graph", super::stage::ids(&nodes).as_slice(), ["b", "c"].as_slice())?;
    probe.flush()?;
    unchanged(probe, &store, &session, &inside)
}
