//! Blobs: their names, and commits that name one which is there already.

use wirt_contract::sessions::{
    Checkpoint, Frame, GraphChange, NewCommit, Part, Parts, Refusal, Sessions,
};
use wirt_contract::store::Limits;
use wirt_contract::{BlobName, SessionId, StoreId, json};

use super::case;
use super::stage::{
    PAGE, collect, commit, frame, grow, loaded, part, plain, planted, refuses, session_id,
    session_of,
};
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/blobs-named-by-content", "sessions.blob.content-addressed", "wirt", named),
    case("sessions/blobs-of-any-bytes", "sessions.blob.content-addressed", "wirt", any_bytes)
        .extended(),
    case("sessions/blobs-stored-once", "sessions.blob.stored-once", "wirt", once),
    case("sessions/odd-blob-names-are-not-found", "sessions.blob.unknown", "wirt", odd_names),
    case("sessions/checkpoint-name", "sessions.checkpoint.name", "wirt", checkpoint_name),
    case("sessions/checkpoint-names-tell-apart", "sessions.checkpoint.name", "wirt", tell_apart),
    case("sessions/kept-part-of-the-head", "sessions.commit.parts", "wirt", kept),
    case("sessions/kept-part-before-it-is-collected", "sessions.commit.parts", "wirt", rescued)
        .extended(),
    case("sessions/unknown-kept-part-is-refused", "sessions.commit.parts", "wirt", unknown),
    case("sessions/collected-kept-part-is-refused", "sessions.commit.parts", "wirt", collected),
    case("sessions/collected-bytes-come-back", "sessions.commit.parts", "wirt", come_back),
    case("sessions/kept-part-of-another-store-id", "store.id.isolation", "wirt", elsewhere),
];

/// The checkpoint as a commit has to keep it, by the contract's words.
pub(super) fn checkpoint_of(new: &Parts<Part>) -> Checkpoint {
    let name = |part: &Option<Part>| part.as_ref().map(Part::name);
    let parts = Parts {
        turn_state: new.turn_state.name(),
        tool_state: name(&new.tool_state),
        plugins: name(&new.plugins),
        plugin_revision: new.plugin_revision,
        execution_state: name(&new.execution_state),
    };
    let shown = |name: &Option<BlobName>| name.as_ref().map_or("-".to_owned(), ToString::to_string);
    let lines = [
        format!("turn-state {}\n", parts.turn_state),
        format!("tool-state {}\n", shown(&parts.tool_state)),
        format!("plugins {}\n", shown(&parts.plugins)),
        format!(
            "plugin-revision {}\n",
            parts.plugin_revision.map_or("-".into(), |n| n.to_string())
        ),
        format!("execution-state {}\n", shown(&parts.execution_state)),
    ];
    Checkpoint { checkpoint_ref: json::sha256_hex(lines.concat().as_bytes()), parts }
}

/// Commits a checkpoint of these bytes: the turn's state, and the tools' where there are some.
pub(super) fn saves(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    (turn_state, tool_state): (Part, Option<Part>),
) -> Result<NewCommit, Stop> {
    let base = plain(probe, session);
    let checkpoint = Parts { turn_state, tool_state, ..base.checkpoint.clone() };
    let turn = NewCommit { checkpoint, ..base };
    commit(probe, store, &turn)?;
    Ok(turn)
}

fn bytes(text: &str) -> Part {
    Part::Bytes(text.into())
}

pub(super) fn gone(probe: &mut Probe<'_>, store: &StoreId, name: &BlobName) -> Result<(), Stop> {
    refused(&format!("blob {}", name.show()), probe.load_blob(store, name), Kind::NotFound)
}

pub(super) fn there(probe: &mut Probe<'_>, store: &StoreId, part: &Part) -> Result<(), Stop> {
    let Part::Bytes(bytes) = part else { return Ok(()) };
    same("the blob's bytes", &probe.load_blob(store, &part.name())?, bytes)
}

/// SHA-256 of `abc`, as FIPS 180 has it, and of nothing.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn named(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    saves(probe, &store, &session, (bytes("abc"), Some(bytes(""))))?;
    let parts = loaded(probe, &store)?.checkpoint.parts;
    same("the name of `abc`", &parts.turn_state, &ABC.into())?;
    same("the name of nothing", &parts.tool_state, &Some(EMPTY.into()))?;
    same("the bytes", &probe.load_blob(&store, &ABC.into())?, &b"abc".to_vec())?;
    same("no bytes", &probe.load_blob(&store, &EMPTY.into())?, &Vec::new())
}

fn any_bytes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let mut all = vec![(0..=u8::MAX).collect(), vec![0], vec![0; 4_096], vec![0xff; 4_097]];
    // Lengths around the block and page sizes storage is cut at.
    all.extend([1, 511, 512, 4_095, 65_536, 65_537].map(|length| probe.bytes(length)));
    for bytes in all {
        let part = Part::Bytes(bytes);
        let turn = saves(probe, &store, &session, (part.clone(), None))?;
        there(probe, &store, &turn.checkpoint.turn_state)?;
        let found = loaded(probe, &store)?.checkpoint.parts.turn_state;
        same("its name", &found, &part.name())?;
    }
    Ok(())
}

fn once(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let state = part(probe);
    let base = plain(probe, &session);
    let turn = NewCommit {
        frames: vec![Frame { execution_state: Some(state.clone()), ..frame(probe, "f") }],
        checkpoint: Parts {
            turn_state: state.clone(),
            tool_state: Some(state.clone()),
            plugins: Some(state.clone()),
            plugin_revision: None,
            execution_state: Some(state.clone()),
        },
        ..base
    };
    for _ in 0..2 {
        commit(probe, &store, &turn)?;
    }
    let counts = collect(probe, &store, PAGE)?;
    same("roots and blobs kept", &[counts.0, counts.1].as_slice(), &[1, 1].as_slice())?;
    same("blobs deleted", &counts.2, &0)?;
    grow(probe, &store, &session, GraphChange::Unchanged(None))?;
    let (roots, retained, deleted) = collect(probe, &store, PAGE)?;
    same("roots and blobs kept", &[roots, retained].as_slice(), &[1, 1].as_slice())?;
    same("blobs deleted", &deleted, &1)?;
    gone(probe, &store, &state.name())
}

fn odd_names(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    gone(probe, &store, &ABC.into())?;
    let turn = saves(probe, &store, &session, (bytes("abc"), None))?;
    let longest = "f".repeat(usize::try_from(Limits::FLOOR.max_id_bytes).unwrap_or(0));
    for odd in [
        String::new(),
        " ".into(),
        ABC.get(..32).unwrap_or_default().into(),
        ABC.to_uppercase(),
        format!("{ABC}0"),
        format!("{ABC}\u{0}"),
        format!("sha256:{ABC}"),
        format!("../{ABC}"),
        "ü漢𝄞".into(),
        longest.clone(),
        longest.repeat(8),
        loaded(probe, &store)?.checkpoint.checkpoint_ref,
    ] {
        gone(probe, &store, &odd.into())?;
    }
    there(probe, &store, &turn.checkpoint.turn_state)
}

fn checkpoint_name(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let state = Parts {
        turn_state: bytes("abc"),
        tool_state: None,
        plugins: None,
        plugin_revision: None,
        execution_state: None,
    };
    let full = Parts {
        turn_state: bytes("abc"),
        tool_state: Some(bytes("")),
        plugins: Some(bytes("hello world")),
        plugin_revision: Some(12),
        execution_state: Some(bytes("frame-vm")),
    };
    // Digests made by another program than the host.
    for (checkpoint, expected) in [
        (state, "5827e05336792b2f7001dac8f55f4108eb15167475cbe8b1d6966c2804a43188"),
        (full, "117164ac1b95ace2c9aa5059b9192b7bc69e503711d9c4ec81ce6d7680483bd1"),
    ] {
        let turn = NewCommit { checkpoint, ..plain(probe, &session) };
        let committed = commit(probe, &store, &turn)?;
        same("the checkpoint's name", committed.checkpoint.checkpoint_ref.as_str(), expected)?;
        let read = loaded(probe, &store)?.checkpoint;
        same("the checkpoint", &read, &committed.checkpoint)?;
    }
    Ok(())
}

fn tell_apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let some = || Some(bytes("abc"));
    let mut names = std::collections::BTreeSet::new();
    let mut all = 0;
    for plugin_revision in [None, Some(0), Some(1), Some(u64::MAX)] {
        for place in 0..4 {
            let checkpoint = Parts {
                turn_state: bytes("abc"),
                tool_state: some().filter(|_| place == 1),
                plugins: some().filter(|_| place == 2),
                plugin_revision,
                execution_state: some().filter(|_| place == 3),
            };
            let expected = checkpoint_of(&checkpoint);
            let turn = NewCommit { checkpoint, ..plain(probe, &session) };
            same("the checkpoint", &commit(probe, &store, &turn)?.checkpoint, &expected)?;
            names.insert(loaded(probe, &store)?.checkpoint.checkpoint_ref);
            all += 1;
        }
    }
    same("names of the checkpoints", &names.len(), &all)
}

fn kept(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let first = saves(probe, &store, &session, (bytes("abc"), Some(bytes("tools"))))?;
    let second = (bytes("next"), Some(Part::Kept(bytes("tools").name())));
    let second = saves(probe, &store, &session, second)?;
    same("the session", &loaded(probe, &store)?, &session_of(&second, 2))?;
    // In another place than it was, and in a frame.
    let turn_state = Part::Kept(first.checkpoint.turn_state.name());
    let state = Some(Part::Kept(bytes("tools").name()));
    let third = NewCommit {
        frames: vec![Frame { execution_state: state, ..frame(probe, "f") }],
        checkpoint: Parts { turn_state, ..plain(probe, &session).checkpoint },
        ..plain(probe, &session)
    };
    commit(probe, &store, &third)?;
    same("the session", &loaded(probe, &store)?, &session_of(&third, 3))?;
    there(probe, &store, &bytes("tools"))
}

fn rescued(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let state = part(probe);
    saves(probe, &store, &session, (state.clone(), None))?;
    grow(probe, &store, &session, GraphChange::Unchanged(None))?;
    // The head does not name it, and nobody has collected it yet.
    let turn = saves(probe, &store, &session, (Part::Kept(state.name()), None))?;
    same("the session", &loaded(probe, &store)?, &session_of(&turn, 3))?;
    collect(probe, &store, PAGE)?;
    there(probe, &store, &state)
}

fn unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, GraphChange::Unchanged(None))?;
    let before = loaded(probe, &store)?;
    let nowhere = BlobName::of(&probe.bytes(30));
    let lost = || Part::Kept(nowhere.clone());
    let base = plain(probe, &session);
    let good = &base.checkpoint;
    let in_frame = vec![Frame { execution_state: Some(lost()), ..frame(probe, "f") }];
    let checkpoints = [
        Parts { turn_state: lost(), ..good.clone() },
        Parts { tool_state: Some(lost()), ..good.clone() },
        Parts { plugins: Some(lost()), ..good.clone() },
        Parts { execution_state: Some(lost()), ..good.clone() },
    ];
    let turns = checkpoints.map(|checkpoint| NewCommit { checkpoint, ..base.clone() });
    for turn in turns.into_iter().chain([NewCommit { frames: in_frame, ..base.clone() }]) {
        refuses(probe, &store, &turn, Refusal::BlobUnknown(nowhere.clone()))?;
    }
    same("the session", &loaded(probe, &store)?, &before)?;
    gone(probe, &store, &base.checkpoint.turn_state.name())
}

fn collected(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let state = part(probe);
    saves(probe, &store, &session, (state.clone(), None))?;
    grow(probe, &store, &session, GraphChange::Unchanged(None))?;
    collect(probe, &store, PAGE)?;
    let base = plain(probe, &session);
    let checkpoint = Parts { turn_state: Part::Kept(state.name()), ..base.checkpoint.clone() };
    let turn = NewCommit { checkpoint, ..base };
    refuses(probe, &store, &turn, Refusal::BlobUnknown(state.name()))
}

fn come_back(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let state = part(probe);
    for _ in 0..2 {
        saves(probe, &store, &session, (state.clone(), None))?;
        there(probe, &store, &state)?;
        grow(probe, &store, &session, GraphChange::Unchanged(None))?;
        collect(probe, &store, PAGE)?;
        gone(probe, &store, &state.name())?;
    }
    Ok(())
}

fn elsewhere(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (here, there) = (probe.store_id(), probe.store_id());
    let session = session_id(probe);
    let state = part(probe);
    saves(probe, &here, &session, (state.clone(), None))?;
    let base = plain(probe, &session);
    let checkpoint =
        Parts { tool_state: Some(Part::Kept(state.name())), ..base.checkpoint.clone() };
    let turn = NewCommit { checkpoint, ..base };
    refuses(probe, &there, &turn, Refusal::BlobUnknown(state.name()))?;
    commit(probe, &here, &turn).map(drop)
}
