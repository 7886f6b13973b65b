//! Paths: from a leaf up to its root, and where they end before it.

use wirt_contract::sessions::{GraphChange, GraphPage, Nodes, Sessions};
use wirt_contract::{NodeId, StoreId};

use super::case;
use super::stage::{
    PAGE, append, grow, ids, loaded, node, path, path_by, planted, session_id, vacuum,
};
use crate::expect::{Kind, present, refused, same};
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/path-of-every-node", "sessions.path.ancestry", "wirt", every_node).extended(),
    case("sessions/path-follows-the-leaf", "sessions.path.ancestry", "wirt", follows_leaf),
    case("sessions/path-in-pages", "sessions.path.page", "wirt", in_pages),
    case("sessions/path-pages-end", "sessions.path.page", "wirt", pages_end),
    case("sessions/path-limit-zero-is-invalid", "sessions.path.page", "wirt", limit_zero),
    case("sessions/path-of-unknown-leaf-is-empty", "sessions.path.missing", "wirt", unknown),
    case("sessions/path-without-a-leaf-is-empty", "sessions.path.missing", "wirt", no_leaf)
        .extended(),
    case("sessions/path-ends-at-a-tombstone", "sessions.path.missing", "wirt", tombstone),
    case("sessions/path-of-tombstoned-leaf-is-empty", "sessions.path.missing", "wirt", gone_leaf)
        .extended(),
];

/// Nodes of the tree that [`every_node`] draws.
const DRAWN: u64 = 40;

fn every_node(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let mut parents: Vec<Option<usize>> = Vec::new();
    let mut nodes = Vec::new();
    for number in 0..DRAWN {
        // Mostly deep, with some branches and some roots.
        let drawn = number.checked_sub(1 + probe.number(4));
        let parent = drawn.and_then(|parent| usize::try_from(parent).ok());
        let parent_id = parent.map(|parent| format!("n{parent}"));
        nodes.push(node(&format!("n{number}"), parent_id.as_deref()));
        parents.push(parent);
    }
    planted(probe, &store, GraphChange::Append(Nodes { nodes, leaf: None }))?;
    for leaf in 0..parents.len() {
        let mut expected = Vec::new();
        let mut next = Some(leaf);
        while let Some(number) = next {
            expected.push(format!("n{number}"));
            next = parents.get(number).copied().flatten();
        }
        let found = path(probe, &store, Some(&format!("n{leaf}")))?;
        let found: Vec<String> = found.iter().map(|node| node.node_id.to_string()).collect();
        same(&format!("the path of n{leaf}"), &found, &expected)?;
    }
    Ok(())
}

fn follows_leaf(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nodes = [("a", None), ("b", Some("a")), ("c", Some("a"))];
    let session = planted(probe, &store, append(&nodes, Some("b")))?;
    let own = |probe: &mut Probe<'_>, expected: &[&str]| {
        let found = path(probe, &store, None)?;
        same("the session's own path", ids(&found).as_slice(), expected)
    };
    own(probe, &["b", "a"])?;
    grow(probe, &store, &session, GraphChange::Unchanged(Some("c".into())))?;
    own(probe, &["c", "a"])?;
    grow(probe, &store, &session, append(&[("d", Some("b"))], Some("d")))?;
    own(probe, &["d", "b", "a"])?;
    grow(probe, &store, &session, GraphChange::Unchanged(None))?;
    own(probe, &[])
}

/// A chain `0` to `8` with branches beside it; gives the path of `8`.
fn chain(probe: &mut Probe<'_>) -> Result<(StoreId, Vec<String>), Stop> {
    let store = probe.store_id();
    let mut nodes = vec![node("0", None)];
    for number in 1..9_u32 {
        let parent = (number - 1).to_string();
        nodes.push(node(&number.to_string(), Some(&parent)));
        nodes.push(node(&format!("beside{number}"), Some(&parent)));
    }
    let leaf = Some("8".into());
    planted(probe, &store, GraphChange::Append(Nodes { nodes, leaf }))?;
    Ok((store, (0..9_u32).rev().map(|number| number.to_string()).collect()))
}

fn in_pages(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (store, expected) = chain(probe)?;
    for leaf in [None, Some("8")] {
        for limit in [1, 2, 7, 8, 9, 10, PAGE, u32::MAX] {
            let found = path_by(probe, &store, leaf, limit)?;
            let found: Vec<String> = found.iter().map(|node| node.node_id.to_string()).collect();
            same(&format!("the path in pages of {limit}"), &found, &expected)?;
        }
    }
    Ok(())
}

fn pages_end(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (store, expected) = chain(probe)?;
    // `next` is what to ask with for the rest, and the root's page has none.
    let mut leaf: Option<NodeId> = None;
    for (place, id) in (1..).zip(&expected) {
        let page = probe.load_path(&store, leaf.as_ref(), 1)?;
        same("the page", ids(&page.nodes).as_slice(), [id.as_str()].as_slice())?;
        let after = expected.get(place).map(|id| NodeId::from(id.as_str()));
        same("where to go on", &page.next, &after)?;
        leaf = after;
    }
    Ok(())
}

fn limit_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    planted(probe, &store, append(&[("a", None)], Some("a")))?;
    for leaf in [None, Some(&"a".into()), Some(&"nobody".into())] {
        refused("a path of limit 0", probe.load_path(&store, leaf, 0), Kind::Invalid)?;
    }
    Ok(())
}

fn unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    planted(probe, &store, append(&[("node", None)], Some("node")))?;
    for leaf in ["nobody", "nod", "node0", "NODE"] {
        let page = probe.load_path(&store, Some(&leaf.into()), PAGE)?;
        same("an unknown leaf's path", &page, &GraphPage::default())?;
    }
    Ok(())
}

fn no_leaf(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    same("the path of nothing", &path(probe, &store, None)?, &Vec::new())?;
    grow(probe, &store, &session, append(&[("a", None), ("b", Some("a"))], None))?;
    let page = probe.load_path(&store, None, PAGE)?;
    same("the path without a leaf", &page, &GraphPage::default())
}

fn tombstone(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nodes = [("a", None), ("b", Some("a")), ("c", Some("b")), ("d", Some("c"))];
    planted(probe, &store, append(&nodes, Some("d")))?;
    probe.tombstone_nodes(&store, &["b".into()])?;
    for _ in 0..2 {
        for limit in [1, 2, PAGE] {
            let found = path_by(probe, &store, None, limit)?;
            same("the path", ids(&found).as_slice(), ["d", "c"].as_slice())?;
        }
        let page = probe.load_path(&store, Some(&"a".into()), PAGE)?;
        same("its root's path", ids(&page.nodes).as_slice(), ["a"].as_slice())?;
        vacuum(probe, &store, 1)?;
    }
    let child = present("c", probe.load_node(&store, &"c".into())?)?;
    same("its parent's id", &child.parent_node_id, &Some("b".into()))
}

fn gone_leaf(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    planted(probe, &store, append(&[("a", None), ("b", Some("a"))], Some("b")))?;
    probe.tombstone_nodes(&store, &["b".into()])?;
    for _ in 0..2 {
        for leaf in [None, Some(&"b".into())] {
            let page = probe.load_path(&store, leaf, PAGE)?;
            same("the tombstoned leaf's path", &page, &GraphPage::default())?;
        }
        same("the leaf", &loaded(probe, &store)?.leaf, &Some("b".into()))?;
        vacuum(probe, &store, 1)?;
    }
    Ok(())
}
