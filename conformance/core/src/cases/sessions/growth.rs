//! How a graph grows: ids used once, parents first, leaves that are there, graphs replaced.

use wirt_contract::sessions::{GraphChange, Refusal, Sessions};
use wirt_contract::{NodeId, SessionId, StoreId};

use super::case;
use super::stage::{
    append, graph, grow, grows_not, ids, loaded, path, planted, replace, seen, unchanged, usage,
    used, vacuum,
};
use crate::expect::same;
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/used-id-is-refused", "sessions.commit.node-once", "wirt", used_id),
    case("sessions/id-twice-in-a-list-is-refused", "sessions.commit.node-once", "wirt", twice),
    case("sessions/tombstoned-id-stays-used", "sessions.commit.node-once", "wirt", tombstoned),
    case("sessions/vacuumed-id-stays-used", "sessions.commit.node-once", "wirt", vacuumed),
    case("sessions/unknown-parent-is-refused", "sessions.commit.parent-first", "wirt", parent),
    case("sessions/later-parent-is-refused", "sessions.commit.parent-first", "wirt", later_parent)
        .extended(),
    case(
        "sessions/tombstoned-parent-is-refused",
        "sessions.commit.parent-first",
        "wirt",
        no_parent,
    ),
    case("sessions/parents-earlier-and-there", "sessions.commit.parent-first", "wirt", parents),
    case("sessions/unknown-leaf-is-refused", "sessions.commit.leaf-known", "wirt", leaf),
    case("sessions/tombstoned-leaf-is-refused", "sessions.commit.leaf-known", "wirt", no_leaf),
    case("sessions/any-node-is-a-leaf", "sessions.commit.leaf-known", "wirt", any_leaf),
    case("sessions/replace-begins-anew", "sessions.commit.replace", "wirt", begins_anew),
    case("sessions/replaced-ids-are-free", "sessions.commit.replace", "wirt", free_ids),
    case("sessions/replaced-nodes-are-no-parents", "sessions.commit.replace", "wirt", old_parents),
    case("sessions/replaced-nodes-are-no-leaves", "sessions.commit.replace", "wirt", old_leaves),
    case("sessions/replace-by-nothing", "sessions.commit.replace", "wirt", by_nothing),
    case("sessions/replace-again-and-again", "sessions.commit.replace", "wirt", again),
];

/// A session with the nodes `a`, `b` after `a`, `c` after `a`, and the leaf `b`.
fn tree(probe: &mut Probe<'_>, store: &StoreId) -> Result<SessionId, Stop> {
    planted(probe, store, append(&[("a", None), ("b", Some("a")), ("c", Some("a"))], Some("b")))
}

fn exists(id: &str) -> Refusal {
    Refusal::NodeExists(id.into())
}

fn orphan(id: &str) -> Refusal {
    Refusal::ParentUnknown(id.into())
}

fn no_such_leaf(id: &str) -> Refusal {
    Refusal::LeafUnknown(id.into())
}

fn used_id(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    let before = seen(probe, &store, &session)?;
    for (id, parent) in [("b", Some("a")), ("a", None), ("c", Some("b"))] {
        let more = append(&[("d", Some("b")), (id, parent)], Some("b"));
        grows_not(probe, &store, &session, more, exists(id))?;
    }
    unchanged(probe, &store, &session, &before)
}

fn twice(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    let nodes = [("d", Some("a")), ("e", Some("d")), ("d", Some("a"))];
    grows_not(probe, &store, &session, append(&nodes, None), exists("d"))?;
    let nodes = [("a", None), ("a", None)];
    grows_not(probe, &store, &session, replace(&nodes, None), exists("a"))?;
    let left = graph(probe, &store)?;
    same("the graph", ids(&left).as_slice(), ["a", "b", "c"].as_slice())
}

fn tombstoned(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    probe.tombstone_nodes(&store, &["c".into()])?;
    let again = append(&[("c", Some("a"))], Some("c"));
    grows_not(probe, &store, &session, again, exists("c"))?;
    same("the node", &probe.load_node(&store, &"c".into())?, &None)
}

fn vacuumed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    probe.tombstone_nodes(&store, &["b".into(), "c".into()])?;
    vacuum(probe, &store, 1)?;
    for id in ["b", "c"] {
        let again = append(&[(id, Some("a"))], Some(id));
        grows_not(probe, &store, &session, again, exists(id))?;
        same("the node", &probe.load_node(&store, &id.into())?, &None)?;
    }
    grow(probe, &store, &session, append(&[("d", Some("a"))], Some("d")))
}

fn parent(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    let before = seen(probe, &store, &session)?;
    // Not there, an id and more, nearly an id, itself.
    for unknown in ["nobody", "aa", "A", "d"] {
        let more = append(&[("e", Some("a")), ("d", Some(unknown))], Some("e"));
        grows_not(probe, &store, &session, more, orphan("d"))?;
    }
    unchanged(probe, &store, &session, &before)
}

fn later_parent(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    for change in [append, replace] {
        let more = change(&[("e", Some("d")), ("d", None)], Some("e"));
        grows_not(probe, &store, &session, more, orphan("e"))?;
    }
    grow(probe, &store, &session, append(&[("d", None), ("e", Some("d"))], Some("e")))
}

fn no_parent(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    probe.tombstone_nodes(&store, &["c".into()])?;
    let more = append(&[("d", Some("c"))], Some("d"));
    grows_not(probe, &store, &session, more.clone(), orphan("d"))?;
    vacuum(probe, &store, 9)?;
    grows_not(probe, &store, &session, more, orphan("d"))
}

fn parents(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    let nodes = [("z", Some("b")), ("y", Some("z")), ("x", None), ("w", Some("x"))];
    grow(probe, &store, &session, append(&nodes, Some("y")))?;
    for (leaf, expected) in [("y", ["y", "z", "b", "a"].as_slice()), ("w", ["w", "x"].as_slice())] {
        let found = path(probe, &store, Some(leaf))?;
        same("the path", ids(&found).as_slice(), expected)?;
    }
    Ok(())
}

fn leaf(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    let before = seen(probe, &store, &session)?;
    let nobody = Some("nobody");
    for change in [
        GraphChange::Unchanged(nobody.map(NodeId::from)),
        append(&[], nobody),
        append(&[("d", Some("a"))], nobody),
        replace(&[], nobody),
        replace(&[("d", None)], nobody),
    ] {
        grows_not(probe, &store, &session, change, no_such_leaf("nobody"))?;
    }
    unchanged(probe, &store, &session, &before)
}

fn no_leaf(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    probe.tombstone_nodes(&store, &["b".into()])?;
    for change in [GraphChange::Unchanged(Some("b".into())), append(&[("d", Some("a"))], Some("b"))]
    {
        grows_not(probe, &store, &session, change, no_such_leaf("b"))?;
    }
    grow(probe, &store, &session, GraphChange::Unchanged(Some("c".into())))
}

fn any_leaf(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    for (change, leaf) in [
        (GraphChange::Unchanged(Some("a".into())), Some("a")),
        (append(&[("d", Some("b")), ("e", Some("d"))], Some("d")), Some("d")),
        (append(&[], Some("c")), Some("c")),
        (append(&[("f", Some("c"))], Some("a")), Some("a")),
        (append(&[("g", Some("c"))], None), None),
        (GraphChange::Unchanged(Some("g".into())), Some("g")),
        (GraphChange::Unchanged(None), None),
    ] {
        grow(probe, &store, &session, change)?;
        same("the leaf", &loaded(probe, &store)?.leaf, &leaf.map(NodeId::from))?;
        let own = path(probe, &store, None)?;
        let first = own.first().map(|node| node.node_id.as_str().to_owned());
        same("the path's first node", &first, &leaf.map(str::to_owned))?;
    }
    Ok(())
}

fn begins_anew(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    let spent = wirt_contract::sessions::NewCommit {
        usage: vec![used("turn", "m", [1, 2, 3, 4])],
        graph: GraphChange::Unchanged(Some("b".into())),
        ..super::stage::plain(probe, &session)
    };
    super::stage::commit(probe, &store, &spent)?;
    grow(probe, &store, &session, replace(&[("x", None), ("y", Some("x"))], Some("y")))?;
    let found = graph(probe, &store)?;
    same("the graph", ids(&found).as_slice(), ["x", "y"].as_slice())?;
    let own = path(probe, &store, None)?;
    same("the path", ids(&own).as_slice(), ["y", "x"].as_slice())?;
    for gone in ["a", "b", "c"] {
        same("a replaced node", &probe.load_node(&store, &gone.into())?, &None)?;
        same("its path", &path(probe, &store, Some(gone))?, &Vec::new())?;
    }
    same("the usage", &usage(probe, &store)?, &spent.usage)
}

fn free_ids(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    probe.tombstone_nodes(&store, &["c".into()])?;
    // One of the old ids in the new graph, the others after it.
    grow(probe, &store, &session, replace(&[("b", None)], Some("b")))?;
    grow(probe, &store, &session, append(&[("a", Some("b")), ("c", Some("a"))], Some("c")))?;
    let own = path(probe, &store, None)?;
    same("the path", ids(&own).as_slice(), ["c", "a", "b"].as_slice())?;
    let again = append(&[("a", None)], None);
    grows_not(probe, &store, &session, again, exists("a"))?;
    vacuum(probe, &store, 2)?;
    let found = graph(probe, &store)?;
    same("the graph after a vacuum", ids(&found).as_slice(), ["b", "a", "c"].as_slice())
}

fn old_parents(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    let more = replace(&[("x", None), ("y", Some("b"))], Some("y"));
    grows_not(probe, &store, &session, more, orphan("y"))?;
    grow(probe, &store, &session, replace(&[("x", None)], Some("x")))?;
    let more = append(&[("y", Some("b"))], Some("y"));
    grows_not(probe, &store, &session, more, orphan("y"))
}

fn old_leaves(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    let more = replace(&[("x", None)], Some("b"));
    grows_not(probe, &store, &session, more, no_such_leaf("b"))?;
    grow(probe, &store, &session, replace(&[("x", None)], Some("x")))?;
    let still = GraphChange::Unchanged(Some("b".into()));
    grows_not(probe, &store, &session, still, no_such_leaf("b"))
}

fn by_nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    grow(probe, &store, &session, replace(&[], None))?;
    same("the graph", &graph(probe, &store)?, &Vec::new())?;
    same("the path", &path(probe, &store, None)?, &Vec::new())?;
    grow(probe, &store, &session, append(&[("a", None)], Some("a")))?;
    let found = graph(probe, &store)?;
    same("the graph", ids(&found).as_slice(), ["a"].as_slice())
}

fn again(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = tree(probe, &store)?;
    for round in 0..4 {
        let (one, other) = (format!("one{round}"), format!("other{round}"));
        // `a` is in every graph, and in each it is another node.
        let nodes = [("a", None), (one.as_str(), Some("a"))];
        grow(probe, &store, &session, replace(&nodes, Some(&one)))?;
        grow(probe, &store, &session, append(&[(&other, Some(&one))], Some(&other)))?;
        let found = graph(probe, &store)?;
        let expected = ["a", one.as_str(), other.as_str()];
        same("the graph", ids(&found).as_slice(), expected.as_slice())?;
        if round % 2 == 0 {
            vacuum(probe, &store, 1)?;
        }
    }
    Ok(())
}
