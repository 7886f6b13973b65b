//! Tombstones and vacuums.

use std::collections::{BTreeMap, BTreeSet};

use wirt_contract::sessions::{GraphChange, GraphPage, Node, Sessions, Vacuumed};
use wirt_contract::{NodeId, StoreId};

use super::super::{Defect, not_found};
use super::graph::all;
use super::{right, says_durable};
use crate::{Bend, STRAIGHT};

/// Nodes that were tombstoned.
#[derive(Default)]
struct Gone(BTreeMap<(StoreId, NodeId), Node>);

/// Nodes that an instance means to tombstone.
#[derive(Default)]
struct Meant(BTreeSet<(StoreId, NodeId)>);

/// Ids in calls of `tombstone-nodes` since the last vacuum.
#[derive(Default)]
struct Asked(BTreeMap<StoreId, u64>);

/// Ids of graphs that were replaced.
#[derive(Default)]
struct Replaced(BTreeMap<StoreId, Vec<NodeId>>);

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "tombstones nothing",
        cases: &[
            "sessions/tombstone-vacuum-and-gc-are-minimally-consistent",
            "sessions/tombstone-hides-from-every-load",
            "sessions/tombstoned-leaf-is-refused",
        ],
        bend: Bend { tombstone_nodes: |_, _, _| Ok(()), ..STRAIGHT },
    },
    Defect {
        name: "a tombstone hides a node from lists alone",
        cases: &["sessions/tombstoned-node-is-none", "sessions/tombstone-hides-from-every-load"],
        bend: Bend {
            tombstone_nodes: |it, store, nodes| {
                for id in nodes {
                    if let Some(node) = it.ledger.load_node(store, id)? {
                        let place = (store.clone(), id.clone());
                        it.notes.borrow_mut().of::<Gone>().0.insert(place, node);
                    }
                }
                it.ledger.tombstone_nodes(store, nodes)
            },
            load_node: |it, store, id| {
                let found = it.ledger.load_node(store, id)?;
                let place = (store.clone(), id.clone());
                let mut notes = it.notes.borrow_mut();
                Ok(found.or_else(|| notes.of::<Gone>().0.get(&place).cloned()))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a tombstone takes the children along",
        cases: &["sessions/tombstone-keeps-children"],
        bend: Bend {
            tombstone_nodes: |it, store, nodes| {
                let mut gone = nodes.to_vec();
                // In the order of insertion, a child comes after its parent.
                for node in all(it, store)? {
                    if node.parent_node_id.is_some_and(|parent| gone.contains(&parent)) {
                        gone.push(node.node_id);
                    }
                }
                it.ledger.tombstone_nodes(store, &gone)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "tombstones no node that is not there",
        cases: &["sessions/tombstone-of-unknown-ids"],
        bend: Bend {
            tombstone_nodes: |it, store, nodes| {
                for node in nodes {
                    if it.ledger.load_node(store, node)?.is_none() {
                        return not_found();
                    }
                }
                it.ledger.tombstone_nodes(store, nodes)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a vacuum counts the ids that were named",
        cases: &["sessions/tombstone-again", "sessions/vacuum-counts-tombstoned"],
        bend: Bend {
            tombstone_nodes: |it, store, nodes| {
                let mut notes = it.notes.borrow_mut();
                let asked = notes.of::<Asked>().0.entry(store.clone()).or_default();
                *asked += u64::try_from(nodes.len()).unwrap_or_default();
                it.ledger.tombstone_nodes(store, nodes)
            },
            vacuum: |it, store, budget| {
                let done = it.ledger.vacuum(store, budget)?;
                let asked = it.notes.borrow_mut().of::<Asked>().0.remove(store);
                Ok(Vacuumed { removed: asked.unwrap_or_default(), ..done })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "tombstones end with their instance, whatever it says",
        cases: &["sessions/tombstones-stay"],
        bend: Bend {
            describe: says_durable,
            tombstone_nodes: |it, store, nodes| {
                it.in_batch = true;
                let mut notes = it.notes.borrow_mut();
                let meant = nodes.iter().map(|node| (store.clone(), node.clone()));
                notes.of::<Meant>().0.extend(meant);
                Ok(())
            },
            load_graph: |it, store, after, limit| {
                let mut page = it.ledger.load_graph(store, after, limit)?;
                if it.in_batch {
                    let mut notes = it.notes.borrow_mut();
                    let meant = &notes.of::<Meant>().0;
                    page.nodes
                        .retain(|node| !meant.contains(&(store.clone(), node.node_id.clone())));
                }
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a vacuum never says that there is more",
        cases: &[
            "sessions/vacuum-counts-tombstoned",
            "sessions/vacuum-counts-replaced",
            "sessions/vacuum-of-many-nodes",
        ],
        bend: Bend {
            vacuum: |it, store, budget| {
                Ok(Vacuumed { more: false, ..it.ledger.vacuum(store, budget)? })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a vacuum always says that there is more",
        cases: &["sessions/vacuum-of-nothing"],
        bend: Bend {
            vacuum: |it, store, budget| {
                Ok(Vacuumed { more: true, ..it.ledger.vacuum(store, budget)? })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a vacuum takes the newest node along",
        cases: &["sessions/vacuum-is-not-seen"],
        bend: Bend {
            vacuum: |it, store, budget| {
                let done = it.ledger.vacuum(store, budget)?;
                if let Some(newest) = all(it, store)?.pop() {
                    it.ledger.tombstone_nodes(store, &[newest.node_id])?;
                }
                Ok(done)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a vacuum removes replaced ids from the new graph too",
        cases: &["sessions/vacuum-keeps-the-new-graph", "sessions/replaced-ids-are-free"],
        bend: Bend {
            commit: |it, store, commit| {
                if let GraphChange::Replace(_) = &commit.graph {
                    let old = all(it, store)?.into_iter().map(|node| node.node_id);
                    let mut notes = it.notes.borrow_mut();
                    notes.of::<Replaced>().0.entry(store.clone()).or_default().extend(old);
                }
                right(it, store, commit)
            },
            vacuum: |it, store, budget| {
                let old = it.notes.borrow_mut().of::<Replaced>().0.remove(store);
                it.ledger.tombstone_nodes(store, &old.unwrap_or_default())?;
                it.ledger.vacuum(store, budget)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a graph's page is as long as is asked",
        cases: &["sessions/graph-limit-is-cut"],
        bend: Bend {
            load_graph: |it, store, after, limit| {
                let mut page = it.ledger.load_graph(store, after, limit)?;
                while let Some(next) = page.next.take() {
                    if u32::try_from(page.nodes.len()).is_ok_and(|length| length >= limit) {
                        page.next = Some(next);
                        break;
                    }
                    let GraphPage { nodes, next } =
                        it.ledger.load_graph(store, Some(&next), limit)?;
                    page.nodes.extend(nodes);
                    page.next = next;
                }
                Ok(page)
            },
            ..STRAIGHT
        },
    },
];
