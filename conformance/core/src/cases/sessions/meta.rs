//! What people want to know of a session.

use wirt_contract::sessions::{GraphChange, Meta, NewCommit, Relation, Sessions};
use wirt_contract::{EpochMs, SessionId};

use super::case;
use super::stage::{commit, json, loaded, plain, planted, seen, session_id, time, unchanged};
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/meta-before-the-first-commit", "sessions.meta", "wirt", before_commit),
    case("sessions/meta-kept-exactly", "sessions.meta", "wirt", exactly),
    case("sessions/meta-last-stays", "sessions.meta", "wirt", last_stays),
    case("sessions/meta-is-none-at-first", "sessions.meta", "wirt", none_at_first),
    case("sessions/meta-outlives-commits", "sessions.meta", "wirt", outlives),
    case("sessions/meta-of-another-session", "sessions.meta.binding", "wirt", another),
];

/// A description with something in every field.
pub(super) fn described(probe: &mut Probe<'_>, session: &SessionId) -> Meta {
    Meta {
        session_id: session.clone(),
        name: probe.word(),
        created_at: time(probe),
        model: probe.word(),
        cwd: Some(probe.word()),
        relation: Relation::Child {
            session_id: SessionId::new(probe.word()),
            caused_by: Some(json(probe)),
        },
    }
}

fn before_commit(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let (one, other) = (session_id(probe), session_id(probe));
    let first = described(probe, &one);
    probe.save_meta(&store, &first)?;
    same("the description", &probe.load_meta(&store)?, &Some(first))?;
    same("the session", &probe.load(&store)?, &None)?;
    // It binds nothing: another session may be described, and may commit.
    let second = described(probe, &other);
    probe.save_meta(&store, &second)?;
    same("the description", &probe.load_meta(&store)?, &Some(second))?;
    let turn = NewCommit { expected_revision: Some(0), ..plain(probe, &one) };
    commit(probe, &store, &turn)?;
    same("the session", &loaded(probe, &store)?.session_id, &one)
}

fn exactly(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, GraphChange::Unchanged(None))?;
    let full = described(probe, &session);
    let parent = SessionId::new(probe.word());
    for meta in [
        full.clone(),
        Meta { cwd: None, ..full.clone() },
        Meta { cwd: Some(String::new()), ..full.clone() },
        Meta { name: String::new(), model: String::new(), ..full.clone() },
        Meta { name: "ü \u{0}\n\"𝄞\"".into(), created_at: EpochMs(u64::MAX), ..full.clone() },
        Meta { relation: Relation::Root, created_at: EpochMs(0), ..full.clone() },
        Meta {
            relation: Relation::Child { session_id: parent.clone(), caused_by: None },
            ..full.clone()
        },
        Meta {
            relation: Relation::Child { session_id: parent, caused_by: Some(String::new()) },
            ..full.clone()
        },
    ] {
        probe.save_meta(&store, &meta)?;
        same("the description", &probe.load_meta(&store)?, &Some(meta))?;
    }
    Ok(())
}

fn last_stays(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, GraphChange::Unchanged(None))?;
    let full = described(probe, &session);
    let bare = Meta { cwd: None, relation: Relation::Root, ..described(probe, &session) };
    for meta in [&full, &bare, &full] {
        probe.save_meta(&store, meta)?;
    }
    same("the description", &probe.load_meta(&store)?, &Some(full))?;
    probe.save_meta(&store, &bare)?;
    same("the description", &probe.load_meta(&store)?, &Some(bare))
}

fn none_at_first(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (here, there) = (probe.store_id(), probe.store_id());
    let session = planted(probe, &here, GraphChange::Unchanged(None))?;
    let meta = described(probe, &session);
    probe.save_meta(&there, &meta)?;
    same("the description of a session without one", &probe.load_meta(&here)?, &None)
}

fn outlives(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let meta = described(probe, &session);
    probe.save_meta(&store, &meta)?;
    for _ in 0..2 {
        let turn = plain(probe, &session);
        commit(probe, &store, &turn)?;
        same("the description", &probe.load_meta(&store)?, &Some(meta.clone()))?;
    }
    same("the head's revision", &loaded(probe, &store)?.revision, &2)
}

fn another(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, GraphChange::Unchanged(None))?;
    let longer = SessionId::new(format!("{session}0"));
    let other = session_id(probe);
    let strange = [described(probe, &longer), described(probe, &other)];
    for meta in &strange {
        let answer = probe.save_meta(&store, meta);
        refused("another session's description", answer, Kind::Conflict)?;
        same("the description", &probe.load_meta(&store)?, &None)?;
    }
    let meta = described(probe, &session);
    probe.save_meta(&store, &meta)?;
    let before = seen(probe, &store, &session)?;
    for meta in &strange {
        let answer = probe.save_meta(&store, meta);
        refused("another session's description", answer, Kind::Conflict)?;
    }
    unchanged(probe, &store, &session, &before)
}
