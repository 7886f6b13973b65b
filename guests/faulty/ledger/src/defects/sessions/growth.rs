//! How a graph grows.

use std::collections::{BTreeMap, BTreeSet};

use wirt_contract::sessions::{CommitAnswer, GraphChange, NewCommit, Node, Nodes, Refusal};
use wirt_contract::{Answer, NodeId, StoreId};

use super::super::Defect;
use super::{refusal, right};
use crate::{Bend, Inner, STRAIGHT};

/// Ids of nodes that were committed, whatever became of them.
#[derive(Default)]
struct Used(BTreeMap<StoreId, BTreeSet<NodeId>>);

/// Times a defect puts a commit again, at most.
const MAX_TRIES: usize = 16;

/// The commit with other nodes.
fn with(commit: &NewCommit, change: impl FnOnce(&mut Nodes)) -> NewCommit {
    let mut commit = commit.clone();
    match &mut commit.graph {
        GraphChange::Unchanged(leaf) => {
            let mut nodes = Nodes { nodes: Vec::new(), leaf: leaf.clone() };
            change(&mut nodes);
            *leaf = nodes.leaf;
        }
        GraphChange::Append(nodes) | GraphChange::Replace(nodes) => change(nodes),
    }
    commit
}

/// Commits, and where that is refused for something `mend` knows, commits what it gives.
fn mending(
    it: &mut Inner,
    store: &StoreId,
    commit: &NewCommit,
    mend: fn(&NewCommit, &Refusal) -> Option<NewCommit>,
) -> Answer<CommitAnswer> {
    let mut commit = commit.clone();
    for _ in 0..MAX_TRIES {
        let answer = right(it, store, &commit);
        match refusal(&answer).and_then(|refusal| mend(&commit, refusal)) {
            Some(mended) => commit = mended,
            None => return answer,
        }
    }
    right(it, store, &commit)
}

fn nodes_of(commit: &NewCommit) -> &[Node] {
    match &commit.graph {
        GraphChange::Unchanged(_) => &[],
        GraphChange::Append(nodes) | GraphChange::Replace(nodes) => &nodes.nodes,
    }
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "a node whose id is in use is passed over",
        cases: &[
            "sessions/used-id-is-refused",
            "sessions/id-twice-in-a-list-is-refused",
            "sessions/tombstoned-id-stays-used",
            "sessions/vacuumed-id-stays-used",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                mending(it, store, commit, |commit, refusal| {
                    let Refusal::NodeExists(id) = refusal else { return None };
                    Some(with(commit, |nodes| {
                        let last = nodes.nodes.iter().rposition(|node| node.node_id == *id);
                        let gone = last.map(|last| nodes.nodes.remove(last));
                        nodes.leaf = nodes
                            .leaf
                            .take()
                            .filter(|leaf| gone.as_ref().is_none_or(|gone| gone.node_id != *leaf));
                    }))
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a node without its parent becomes a root",
        cases: &[
            "sessions/unknown-parent-is-refused",
            "sessions/later-parent-is-refused",
            "sessions/tombstoned-parent-is-refused",
            "sessions/replaced-nodes-are-no-parents",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                mending(it, store, commit, |commit, refusal| {
                    let Refusal::ParentUnknown(id) = refusal else { return None };
                    Some(with(commit, |nodes| {
                        let orphans = nodes.nodes.iter_mut().filter(|node| node.node_id == *id);
                        orphans.for_each(|node| node.parent_node_id = None);
                    }))
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "knows no parent of the same list",
        cases: &["sessions/parents-earlier-and-there"],
        bend: Bend {
            commit: |it, store, commit| {
                let nodes = nodes_of(commit);
                let comes = |id: &NodeId| nodes.iter().any(|node| node.node_id == *id);
                let child =
                    nodes.iter().find(|node| node.parent_node_id.as_ref().is_some_and(comes));
                if let Some(child) = child {
                    let orphan = Refusal::ParentUnknown(child.node_id.clone());
                    return Ok(CommitAnswer::Refused(orphan));
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a leaf that is not there is none",
        cases: &[
            "sessions/unknown-leaf-is-refused",
            "sessions/tombstoned-leaf-is-refused",
            "sessions/replaced-nodes-are-no-leaves",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                mending(it, store, commit, |commit, refusal| {
                    let Refusal::LeafUnknown(_) = refusal else { return None };
                    Some(with(commit, |nodes| nodes.leaf = None))
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "the last node of a list is the leaf",
        cases: &["sessions/any-node-is-a-leaf"],
        bend: Bend {
            commit: |it, store, commit| {
                let commit = with(commit, |nodes| {
                    if let Some(last) = nodes.nodes.last() {
                        nodes.leaf = Some(last.node_id.clone());
                    }
                });
                right(it, store, &commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a new graph is appended to the old one",
        cases: &[
            "sessions/replace-begins-anew",
            "sessions/replaced-nodes-are-no-parents",
            "sessions/replaced-nodes-are-no-leaves",
            "sessions/replace-by-nothing",
            "sessions/replace-again-and-again",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                let mut commit = commit.clone();
                if let GraphChange::Replace(nodes) = commit.graph {
                    commit.graph = GraphChange::Append(nodes);
                }
                right(it, store, &commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "ids of a replaced graph stay used",
        cases: &["sessions/replaced-ids-are-free", "sessions/replace-again-and-again"],
        bend: Bend {
            commit: |it, store, commit| {
                let mut notes = it.notes.borrow_mut();
                let used = notes.of::<Used>().0.entry(store.clone()).or_default();
                for node in nodes_of(commit) {
                    if !used.insert(node.node_id.clone()) {
                        let exists = Refusal::NodeExists(node.node_id.clone());
                        return Ok(CommitAnswer::Refused(exists));
                    }
                }
                drop(notes);
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
];
