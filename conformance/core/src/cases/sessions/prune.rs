//! Nodes that go: tombstones, and what a vacuum removes.

use wirt_contract::StoreId;
use wirt_contract::sessions::{Sessions, Vacuumed};

use super::case;
use super::stage::{
    PAGE, append, graph, graph_by, grow, ids, path, planted, replace, seen, session_id, unchanged,
    vacuum,
};
use crate::expect::{Kind, holds, refused, same};
use crate::{Case, Probe, Reopen, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/tombstone-hides-from-every-load", "sessions.tombstone.hides", "wirt", hides),
    case("sessions/tombstone-keeps-children", "sessions.tombstone.hides", "wirt", children),
    case("sessions/tombstone-of-unknown-ids", "sessions.tombstone.hides", "wirt", unknown),
    case("sessions/tombstone-again", "sessions.tombstone.hides", "wirt", again),
    case("sessions/tombstones-stay", "store.close.keeps", "wirt", stay).extended().durable(),
    case("sessions/vacuum-counts-tombstoned", "sessions.vacuum.counts", "wirt", counts),
    case("sessions/vacuum-counts-replaced", "sessions.vacuum.counts", "wirt", counts_replaced),
    case("sessions/vacuum-of-nothing", "sessions.vacuum.counts", "wirt", nothing),
    case("sessions/vacuum-budget-zero-is-invalid", "sessions.vacuum.counts", "wirt", budget_zero),
    case("sessions/vacuum-is-not-seen", "sessions.vacuum.invisible", "wirt", not_seen),
    case("sessions/vacuum-keeps-the-new-graph", "sessions.vacuum.invisible", "wirt", new_graph),
];

/// `a` with `b` and `e` after it, `c` after `b`, `d` after `c`; the leaf is `d`.
const TREE: [(&str, Option<&str>); 5] =
    [("a", None), ("b", Some("a")), ("c", Some("b")), ("d", Some("c")), ("e", Some("a"))];

fn graph_is(probe: &mut Probe<'_>, store: &StoreId, expected: &[&str]) -> Result<(), Stop> {
    for limit in [1, PAGE] {
        let found = graph_by(probe, store, limit)?;
        same("the graph", ids(&found).as_slice(), expected)?;
    }
    Ok(())
}

fn hides(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    planted(probe, &store, append(&TREE, Some("d")))?;
    probe.tombstone_nodes(&store, &["d".into(), "a".into()])?;
    graph_is(probe, &store, &["b", "c", "e"])?;
    for gone in ["a", "d"] {
        same("the node", &probe.load_node(&store, &gone.into())?, &None)?;
        same("its path", &path(probe, &store, Some(gone))?, &Vec::new())?;
    }
    same("the session's own path", &path(probe, &store, None)?, &Vec::new())
}

fn children(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&TREE, Some("d")))?;
    probe.tombstone_nodes(&store, &["b".into()])?;
    graph_is(probe, &store, &["a", "c", "d", "e"])?;
    grow(probe, &store, &session, append(&[("f", Some("c"))], Some("f")))?;
    let found = path(probe, &store, None)?;
    same("the path", ids(&found).as_slice(), ["f", "c"].as_slice())
}

fn unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    probe.tombstone_nodes(&store, &["a".into(), "x".into()])?;
    probe.tombstone_nodes(&store, &[])?;
    // What named nothing has not been used by that.
    grow(probe, &store, &session, append(&TREE, Some("d")))?;
    let before = seen(probe, &store, &session)?;
    probe.tombstone_nodes(&store, &["x".into(), "aa".into(), "A".into()])?;
    probe.tombstone_nodes(&store, &[])?;
    unchanged(probe, &store, &session, &before)?;
    probe.tombstone_nodes(&store, &["x".into(), "e".into(), "nobody".into()])?;
    graph_is(probe, &store, &["a", "b", "c", "d"])?;
    grow(probe, &store, &session, append(&[("x", Some("a"))], Some("x")))
}

fn again(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    planted(probe, &store, append(&TREE, Some("a")))?;
    probe.tombstone_nodes(&store, &["e".into(), "e".into()])?;
    probe.tombstone_nodes(&store, &["e".into()])?;
    graph_is(probe, &store, &["a", "b", "c", "d"])?;
    let removed = vacuum(probe, &store, PAGE)?;
    holds(removed <= 1, "at most 1 node removed", || removed.to_string())?;
    probe.tombstone_nodes(&store, &["e".into()])?;
    same("nodes removed afterwards", &vacuum(probe, &store, PAGE)?, &0)?;
    graph_is(probe, &store, &["a", "b", "c", "d"])
}

fn stay(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        planted(probe, &store, append(&TREE, Some("a")))?;
        probe.tombstone_nodes(&store, &["b".into()])?;
        probe.reopen(how)?;
        graph_is(probe, &store, &["a", "c", "d", "e"])?;
        vacuum(probe, &store, PAGE)?;
        probe.reopen(how)?;
        graph_is(probe, &store, &["a", "c", "d", "e"])?;
        same("nodes removed afterwards", &vacuum(probe, &store, PAGE)?, &0)?;
    }
    Ok(())
}

/// Whole vacuums by several budgets, each of a store id that `make` leaves this many hidden nodes
/// in. A store may remove a node when it is hidden; then none is left for a vacuum.
fn counted(
    probe: &mut Probe<'_>,
    hidden: u64,
    make: fn(&mut Probe<'_>, &StoreId) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut at_once = None;
    for budget in [1, 2, PAGE, u32::MAX] {
        let store = probe.store_id();
        make(probe, &store)?;
        let removed = vacuum(probe, &store, budget)?;
        let nothing_left = *at_once.get_or_insert(removed == 0);
        let expected = if nothing_left { 0 } else { hidden };
        same("nodes removed in all", &removed, &expected)?;
        let done = probe.vacuum(&store, budget)?;
        same("a vacuum afterwards", &done, &Vacuumed { removed: 0, more: false })?;
    }
    Ok(())
}

fn counts(probe: &mut Probe<'_>) -> Result<(), Stop> {
    counted(probe, 4, |probe, store| {
        planted(probe, store, append(&TREE, Some("d")))?;
        probe.tombstone_nodes(store, &["b".into(), "nobody".into(), "d".into()])?;
        Ok(probe.tombstone_nodes(store, &["c".into(), "e".into(), "b".into()])?)
    })
}

fn counts_replaced(probe: &mut Probe<'_>) -> Result<(), Stop> {
    counted(probe, 8, |probe, store| {
        let session = planted(probe, store, append(&TREE, Some("d")))?;
        let three = [("a", None), ("x", Some("a")), ("y", Some("x"))];
        grow(probe, store, &session, replace(&three, Some("y")))?;
        grow(probe, store, &session, replace(&[("a", None)], Some("a")))
    })
}

fn nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let none = Vacuumed { removed: 0, more: false };
    same("a vacuum of nothing", &probe.vacuum(&store, 1)?, &none)?;
    planted(probe, &store, append(&TREE, Some("d")))?;
    same("a vacuum of a whole graph", &probe.vacuum(&store, 1)?, &none)?;
    graph_is(probe, &store, &["a", "b", "c", "d", "e"])
}

fn budget_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    refused("a vacuum of budget 0", probe.vacuum(&store, 0), Kind::Invalid)?;
    planted(probe, &store, append(&TREE, Some("d")))?;
    refused("a vacuum of budget 0", probe.vacuum(&store, 0), Kind::Invalid)
}

fn not_seen(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&TREE, Some("d")))?;
    grow(probe, &store, &session, replace(&TREE, Some("d")))?;
    probe.tombstone_nodes(&store, &["b".into(), "e".into()])?;
    let before = seen(probe, &store, &session)?;
    let mut more = true;
    for _ in 0..20 {
        more = more && probe.vacuum(&store, 1)?.more;
        unchanged(probe, &store, &session, &before)?;
        for (id, there) in [("a", true), ("b", false), ("c", true), ("d", true), ("e", false)] {
            let found = probe.load_node(&store, &id.into())?.is_some();
            same(&format!("whether {id} is there"), &found, &there)?;
        }
    }
    same("whether a vacuum of 7 nodes goes on", &more, &false)
}

fn new_graph(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&TREE, Some("d")))?;
    grow(probe, &store, &session, replace(&[("c", None), ("d", Some("c"))], Some("d")))?;
    probe.vacuum(&store, 2)?;
    // In the middle of it: old ids come back, new ones join.
    grow(probe, &store, &session, append(&[("a", Some("d")), ("b", Some("a"))], Some("b")))?;
    vacuum(probe, &store, 1)?;
    let found = graph(probe, &store)?;
    same("the graph", ids(&found).as_slice(), ["c", "d", "a", "b"].as_slice())?;
    let own = path(probe, &store, None)?;
    same("the path", ids(&own).as_slice(), ["b", "a", "d", "c"].as_slice())
}
