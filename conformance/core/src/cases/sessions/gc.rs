//! What collects blobs, and what keeps them from it.

use wirt_contract::sessions::{Collected, Frame, GraphChange, NewCommit, Part, Parts, Sessions};

use super::blobs::{gone, saves, there};
use super::case;
use super::stage::{
    PAGE, collect, commit, frame, grow, loaded, part, plain, planted, session_id, session_of,
};
use crate::expect::{Kind, holds, refused, same};
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case(
        "sessions/gc-reclaims-unreachable-checkpoint-blobs-and-preserves-live",
        "sessions.gc.keeps-live",
        "head",
        reclaims,
    ),
    case("sessions/gc-keeps-states-of-frames", "sessions.gc.keeps-live", "wirt", frame_states),
    case("sessions/gc-keeps-kept-parts", "sessions.gc.keeps-live", "wirt", kept_parts),
    case("sessions/gc-in-small-budgets", "sessions.gc.collects", "wirt", small_budgets).extended(),
    case("sessions/gc-of-nothing", "sessions.gc.collects", "wirt", nothing),
    case("sessions/gc-budget-zero-is-invalid", "sessions.gc.collects", "wirt", budget_zero),
    case("sessions/gc-of-one-store-id-alone", "store.id.isolation", "wirt", one_store_alone),
];

fn reclaims(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let dead = [part(probe), part(probe)];
    let live = [part(probe), part(probe), part(probe), part(probe)];
    let [first, second] = &dead;
    saves(probe, &store, &session, (first.clone(), Some(second.clone())))?;
    let [turn_state, tools, plugins, execution] = live.clone();
    let turn = NewCommit {
        checkpoint: Parts {
            turn_state,
            tool_state: Some(tools),
            plugins: Some(plugins),
            plugin_revision: Some(1),
            execution_state: Some(execution),
        },
        ..plain(probe, &session)
    };
    commit(probe, &store, &turn)?;
    let (roots, retained, deleted) = collect(probe, &store, PAGE)?;
    same("roots", &roots, &4)?;
    same("blobs kept", &retained, &4)?;
    same("blobs deleted", &deleted, &2)?;
    for part in &dead {
        gone(probe, &store, &part.name())?;
    }
    for part in &live {
        there(probe, &store, part)?;
    }
    same("the session", &loaded(probe, &store)?, &session_of(&turn, 2))?;
    same("blobs deleted by another", &collect(probe, &store, PAGE)?.2, &0)
}

fn frame_states(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let states = [part(probe), part(probe), part(probe)];
    let mut frames = Vec::new();
    for (id, state) in ["a", "b", "c"].into_iter().zip(&states) {
        let superseded = id != "c";
        let execution_state = Some(state.clone());
        frames.push(Frame { superseded, execution_state, ..frame(probe, id) });
    }
    let turn = NewCommit { frames, current_frame_id: "c".into(), ..plain(probe, &session) };
    commit(probe, &store, &turn)?;
    same("blobs deleted", &collect(probe, &store, PAGE)?.2, &0)?;
    for state in &states {
        there(probe, &store, state)?;
    }
    // A frame that is left out takes its state along.
    let frames = turn.frames.iter().skip(1).cloned().collect();
    commit(probe, &store, &NewCommit { frames, ..turn.clone() })?;
    same("blobs deleted", &collect(probe, &store, PAGE)?.2, &1)?;
    let [first, rest @ ..] = &states;
    gone(probe, &store, &first.name())?;
    for state in rest {
        there(probe, &store, state)?;
    }
    Ok(())
}

fn kept_parts(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let tools = part(probe);
    let first = part(probe);
    saves(probe, &store, &session, (first, Some(tools.clone())))?;
    for _ in 0..2 {
        let next = part(probe);
        saves(probe, &store, &session, (next, Some(Part::Kept(tools.name()))))?;
        let (roots, retained, deleted) = collect(probe, &store, PAGE)?;
        same("roots and blobs kept", &[roots, retained].as_slice(), &[2, 2].as_slice())?;
        same("blobs deleted", &deleted, &1)?;
        there(probe, &store, &tools)?;
    }
    Ok(())
}

fn small_budgets(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for budget in [1, 2, 3, 7] {
        let store = probe.store_id();
        let session = session_id(probe);
        let mut dead = Vec::new();
        for _ in 0..6 {
            let parts = (part(probe), Some(part(probe)));
            dead.extend([parts.0.name()].into_iter().chain(parts.1.as_ref().map(Part::name)));
            saves(probe, &store, &session, parts)?;
        }
        let live = dead.split_off(10);
        let (roots, retained, deleted) = collect(probe, &store, budget)?;
        let what = |what: &str| format!("{what} with a budget of {budget}");
        same(&what("roots"), &roots, &2)?;
        same(&what("blobs kept"), &retained, &2)?;
        same(&what("blobs deleted"), &deleted, &10)?;
        for name in &dead {
            gone(probe, &store, name)?;
        }
        for name in &live {
            probe.load_blob(&store, name)?;
        }
    }
    Ok(())
}

fn nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for limit in [1, u32::MAX] {
        let nothing = Collected { roots: 0, retained: 0, deleted: 0, next: None };
        same("a collection", &probe.gc_unreachable(&store, None, limit)?, &nothing)?;
    }
    let session = planted(probe, &store, GraphChange::Unchanged(None))?;
    // A page that takes the last blob is the last.
    for budget in [1, PAGE] {
        let found = probe.gc_unreachable(&store, None, budget)?;
        let all = Collected { roots: 1, retained: 1, deleted: 0, next: None };
        same("a collection where all is in use", &found, &all)?;
    }
    let state = loaded(probe, &store)?.checkpoint.parts.turn_state;
    let is_there = probe.load_blob(&store, &state).is_ok();
    holds(is_there, "the turn's state", || "none".into())?;
    grow(probe, &store, &session, GraphChange::Unchanged(None))
}

fn budget_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let zero = "a collection of budget 0";
    refused(zero, probe.gc_unreachable(&store, None, 0), Kind::Invalid)?;
    planted(probe, &store, GraphChange::Unchanged(None))?;
    refused(zero, probe.gc_unreachable(&store, None, 0), Kind::Invalid)
}

fn one_store_alone(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (here, other) = (probe.store_id(), probe.store_id());
    let session = session_id(probe);
    let state = part(probe);
    for store in [&here, &other] {
        saves(probe, store, &session, (state.clone(), None))?;
    }
    // Dead here, live there.
    grow(probe, &here, &session, GraphChange::Unchanged(None))?;
    same("blobs deleted here", &collect(probe, &here, PAGE)?.2, &1)?;
    gone(probe, &here, &state.name())?;
    there(probe, &other, &state)?;
    same("blobs deleted there", &collect(probe, &other, PAGE)?.2, &0)?;
    // And the other way round: what nobody names there stays while here is collected.
    grow(probe, &other, &session, GraphChange::Unchanged(None))?;
    collect(probe, &here, PAGE)?;
    there(probe, &other, &state)
}
