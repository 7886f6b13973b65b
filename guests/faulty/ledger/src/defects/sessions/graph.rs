//! Graphs, paths and nodes as they are read.

use std::collections::{BTreeMap, BTreeSet};

use wirt_contract::sessions::{GraphChange, GraphPage, Node, Sessions};
use wirt_contract::{Answer, NodeId, StoreId};

use super::super::{Defect, not_found};
use super::right;
use crate::{Bend, Inner, STRAIGHT};

/// Nodes asked for at once.
const PAGE: u32 = 1_000;

/// Ids of the graph when its first page was read.
#[derive(Default)]
struct AtFirst(BTreeMap<StoreId, BTreeSet<NodeId>>);

/// The leaf a session had first.
#[derive(Default)]
struct FirstLeaf(BTreeMap<StoreId, NodeId>);

/// Parents of nodes that were tombstoned.
#[derive(Default)]
struct Parents(BTreeMap<(StoreId, NodeId), Option<NodeId>>);

/// All nodes, in order, of a graph that fits a page.
pub(super) fn all(it: &mut Inner, store: &StoreId) -> Answer<Vec<Node>> {
    Ok(it.ledger.load_graph(store, None, PAGE)?.nodes)
}

/// Remembers the parents of these nodes, and tombstones them.
fn tombstone(it: &mut Inner, store: &StoreId, nodes: &[NodeId]) -> Answer<()> {
    for id in nodes {
        if let Some(node) = it.ledger.load_node(store, id)? {
            let place = (store.clone(), id.clone());
            it.notes.borrow_mut().of::<Parents>().0.insert(place, node.parent_node_id);
        }
    }
    it.ledger.tombstone_nodes(store, nodes)
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "a graph is given by its nodes' ids",
        cases: &["sessions/graph-in-insertion-order"],
        bend: Bend {
            load_graph: |it, store, after, limit| {
                let mut page = it.ledger.load_graph(store, after, limit)?;
                page.nodes.sort_by(|one, other| one.node_id.cmp(&other.node_id));
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a graph is given without its nodes' frames",
        cases: &["sessions/graph-keeps-nodes-exactly"],
        bend: Bend {
            load_graph: |it, store, after, limit| {
                let mut page = it.ledger.load_graph(store, after, limit)?;
                page.nodes.iter_mut().for_each(|node| node.agent_frame_id = None);
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "the first page of a graph is the last",
        cases: &["sessions/graph-in-pages"],
        bend: Bend {
            load_graph: |it, store, after, limit| {
                let page = it.ledger.load_graph(store, after, limit)?;
                Ok(GraphPage { next: None, ..page })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "after the last page of a graph there is one more",
        cases: &["sessions/graph-pages-end"],
        bend: Bend {
            load_graph: |it, store, after, limit| {
                let mut page = it.ledger.load_graph(store, after, limit)?;
                let last = page.nodes.last().map(|node| node.node_id.clone());
                page.next = page.next.or(last);
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a graph begins again after a node that is gone",
        cases: &["sessions/graph-goes-on-after-a-tombstone"],
        bend: Bend {
            load_graph: |it, store, after, limit| {
                let there = match after {
                    Some(after) => it.ledger.load_node(store, after)?.is_some(),
                    None => false,
                };
                it.ledger.load_graph(store, after.filter(|_| there), limit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "pages of a graph show what was there at the first",
        cases: &["sessions/graph-goes-on-while-nodes-come"],
        bend: Bend {
            load_graph: |it, store, after, limit| {
                let page = it.ledger.load_graph(store, after, limit)?;
                let there = all(it, store)?.into_iter().map(|node| node.node_id);
                let mut notes = it.notes.borrow_mut();
                let first = &mut notes.of::<AtFirst>().0;
                if after.is_none() {
                    first.insert(store.clone(), there.collect());
                }
                let Some(first) = first.get(store) else { return Ok(page) };
                let mut nodes = page.nodes;
                nodes.retain(|node| first.contains(&node.node_id));
                Ok(GraphPage { nodes, ..page })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a node is given without its frame",
        cases: &["sessions/node-reads-back"],
        bend: Bend {
            load_node: |it, store, node| {
                let node = it.ledger.load_node(store, node)?;
                Ok(node.map(|node| Node { agent_frame_id: None, ..node }))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a node that is not there is an error",
        cases: &["sessions/unknown-node-is-none"],
        bend: Bend {
            load_node: |it, store, node| match it.ledger.load_node(store, node)? {
                None => not_found(),
                found => Ok(found),
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a path shows every branch",
        cases: &["sessions/active-path-read-scope-selects-only-requested-ancestry"],
        bend: Bend {
            load_path: |it, store, leaf, limit| match leaf {
                Some(_) => it.ledger.load_path(store, leaf, limit),
                None => {
                    let nodes = all(it, store)?.into_iter().rev().collect();
                    Ok(GraphPage { nodes, next: None })
                }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a path begins at the root",
        cases: &["sessions/path-of-every-node"],
        bend: Bend {
            load_path: |it, store, leaf, limit| {
                let mut page = it.ledger.load_path(store, leaf, limit)?;
                page.nodes.reverse();
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a session's own path is that of its first leaf",
        cases: &["sessions/path-follows-the-leaf"],
        bend: Bend {
            commit: |it, store, commit| {
                let leaf = match &commit.graph {
                    GraphChange::Unchanged(leaf) => leaf,
                    GraphChange::Append(nodes) | GraphChange::Replace(nodes) => &nodes.leaf,
                };
                if let Some(leaf) = leaf {
                    let mut notes = it.notes.borrow_mut();
                    let leaves = &mut notes.of::<FirstLeaf>().0;
                    leaves.entry(store.clone()).or_insert_with(|| leaf.clone());
                }
                right(it, store, commit)
            },
            load_path: |it, store, leaf, limit| {
                let first = it.notes.borrow_mut().of::<FirstLeaf>().0.get(store).cloned();
                it.ledger.load_path(store, leaf.or(first.as_ref()), limit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a path's next page leaves a node out",
        cases: &["sessions/path-in-pages", "sessions/path-limit-is-cut"],
        bend: Bend {
            load_path: |it, store, leaf, limit| {
                let page = it.ledger.load_path(store, leaf, limit)?;
                let Some(next) = page.next else { return Ok(page) };
                let skipped = it.ledger.load_node(store, &next)?;
                Ok(GraphPage { next: skipped.and_then(|node| node.parent_node_id), ..page })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a path goes on from the last node of its page",
        cases: &["sessions/path-pages-end"],
        bend: Bend {
            load_path: |it, store, leaf, limit| {
                let page = it.ledger.load_path(store, leaf, limit)?;
                let last = page.nodes.last().map(|node| node.node_id.clone());
                Ok(GraphPage { next: page.next.and(last), ..page })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "the path of an unknown leaf is an error",
        cases: &["sessions/path-of-unknown-leaf-is-empty"],
        bend: Bend {
            load_path: |it, store, leaf, limit| {
                let page = it.ledger.load_path(store, leaf, limit)?;
                if page.nodes.is_empty() && leaf.is_some() { not_found() } else { Ok(page) }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "where there is no leaf, the newest node is it",
        cases: &["sessions/path-without-a-leaf-is-empty"],
        bend: Bend {
            load_path: |it, store, leaf, limit| {
                let newest = all(it, store)?.pop().map(|node| node.node_id);
                let set = it.ledger.load(store)?.and_then(|session| session.leaf);
                let leaf = leaf.or(set.as_ref()).or(newest.as_ref());
                it.ledger.load_path(store, leaf, limit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a path goes on beyond a tombstone",
        cases: &["sessions/path-ends-at-a-tombstone"],
        bend: Bend {
            tombstone_nodes: tombstone,
            load_path: |it, store, leaf, limit| {
                let page = it.ledger.load_path(store, leaf, limit)?;
                let top = page.nodes.last().and_then(|node| node.parent_node_id.clone());
                let Some(gone) = top.filter(|_| page.next.is_none()) else { return Ok(page) };
                let mut notes = it.notes.borrow_mut();
                let beyond = notes.of::<Parents>().0.get(&(store.clone(), gone));
                Ok(GraphPage { next: beyond.cloned().flatten(), ..page })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "the path of a tombstoned leaf is its parent's",
        cases: &["sessions/path-of-tombstoned-leaf-is-empty"],
        bend: Bend {
            tombstone_nodes: tombstone,
            load_path: |it, store, leaf, limit| {
                let own = it.ledger.load(store)?.and_then(|session| session.leaf);
                let leaf = leaf.cloned().or(own);
                let mut above = None;
                if let Some(leaf) = &leaf {
                    let place = (store.clone(), leaf.clone());
                    let mut notes = it.notes.borrow_mut();
                    above = notes.of::<Parents>().0.get(&place).cloned().flatten();
                }
                it.ledger.load_path(store, above.or(leaf).as_ref(), limit)
            },
            ..STRAIGHT
        },
    },
];
