//! Checks in another order than the contract's, and refusals that leave something behind.

use std::collections::BTreeMap;

use wirt_contract::attachment_manifest::AttachmentManifest;
use wirt_contract::sessions::{
    CommitAnswer, GraphChange, NewCommit, Node, Part, Refusal, Sessions, Usage,
};
use wirt_contract::work_queue::WorkQueue;
use wirt_contract::{Answer, BlobName, NodeId, StoreId};

use super::super::Defect;
use super::{refusal, right, stands};
use crate::{Bend, Inner, STRAIGHT};

/// Blobs of refused commits.
#[derive(Default)]
struct Blobs(BTreeMap<(StoreId, BlobName), Vec<u8>>);

/// Usage of refused commits.
#[derive(Default)]
struct Uses(BTreeMap<StoreId, Vec<Usage>>);

/// Every frame's id once.
fn frames_once(commit: &NewCommit) -> NewCommit {
    let mut commit = commit.clone();
    let mut seen = std::collections::BTreeSet::new();
    commit.frames.retain(|frame| seen.insert(frame.frame_id.clone()));
    commit
}

/// The commit with some bytes in place of each blob that it says is there.
fn given(commit: &NewCommit) -> NewCommit {
    let mut commit = commit.clone();
    let parts = &mut commit.checkpoint;
    let rest = [&mut parts.tool_state, &mut parts.plugins, &mut parts.execution_state];
    for part in std::iter::once(&mut parts.turn_state).chain(rest.into_iter().flatten()) {
        if let Part::Kept(_) = part {
            *part = Part::Bytes(Vec::new());
        }
    }
    commit
}

/// The nodes a commit brings, and its leaf.
fn grown(commit: &NewCommit) -> (&[Node], Option<&NodeId>) {
    match &commit.graph {
        GraphChange::Unchanged(leaf) => (&[], leaf.as_ref()),
        GraphChange::Append(nodes) | GraphChange::Replace(nodes) => {
            (&nodes.nodes, nodes.leaf.as_ref())
        }
    }
}

/// Whether a node is there, or comes with the commit.
fn is_node(it: &mut Inner, store: &StoreId, commit: &NewCommit, id: &NodeId) -> Answer<bool> {
    let (nodes, _) = grown(commit);
    Ok(nodes.iter().any(|node| node.node_id == *id) || it.ledger.load_node(store, id)?.is_some())
}

/// Commits, and does something else where that is refused or errs.
fn leaving(
    it: &mut Inner,
    store: &StoreId,
    commit: &NewCommit,
    leave: fn(&mut Inner, &StoreId, &NewCommit) -> Answer<()>,
) -> Answer<CommitAnswer> {
    let answer = right(it, store, commit);
    if !stands(&answer) {
        leave(it, store, commit)?;
    }
    answer
}

fn leave_blobs(it: &mut Inner, store: &StoreId, commit: &NewCommit) -> Answer<()> {
    let mut notes = it.notes.borrow_mut();
    let blobs = &mut notes.of::<Blobs>().0;
    for part in commit.checkpoint.iter() {
        if let Part::Bytes(bytes) = part {
            blobs.insert((store.clone(), part.name()), bytes.clone());
        }
    }
    Ok(())
}

/// Nodes stay, and the leaf is where it was.
fn leave_nodes(it: &mut Inner, store: &StoreId, commit: &NewCommit) -> Answer<()> {
    let mut commit = commit.clone();
    if let GraphChange::Append(nodes) = &mut commit.graph {
        nodes.leaf = None;
    }
    right(it, store, &NewCommit { expected_revision: None, ..commit }).map(drop)
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "looks at bounds last",
        cases: &[
            "sessions/order-bounds-before-binding",
            "sessions/order-bounds-before-replay",
            "sessions/order-of-everything-wrong",
        ],
        bend: Bend {
            commit: |it, store, commit| right(it, store, &frames_once(commit)),
            ..STRAIGHT
        },
    },
    Defect {
        name: "looks at stamps before the binding",
        cases: &[
            "sessions/order-binding-before-stamp",
            "sessions/order-binding-before-replay",
            "sessions/order-of-everything-wrong",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                let bound = it.ledger.load(store)?.map(|session| session.session_id);
                let session_id = bound
                    .filter(|_| commit.stamp.is_some())
                    .unwrap_or_else(|| commit.session_id.clone());
                right(it, store, &NewCommit { session_id, ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "compares revisions before it looks at stamps",
        cases: &["sessions/order-stamp-before-head", "sessions/order-of-everything-wrong"],
        bend: Bend {
            commit: |it, store, commit| {
                let head = it.ledger.load(store)?.map_or(0, |session| session.revision);
                if commit.expected_revision.is_some_and(|expected| expected != head) {
                    return Ok(CommitAnswer::Refused(Refusal::HeadMoved(head)));
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "looks at claims before it compares revisions",
        cases: &["sessions/order-head-before-claims"],
        bend: Bend {
            commit: |it, store, commit| {
                right(it, store, &NewCommit { expected_revision: None, ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "looks at parts before claims",
        cases: &["sessions/order-claims-before-parts"],
        bend: Bend {
            commit: |it, store, commit| {
                right(it, store, &NewCommit { completed: Vec::new(), ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "adds usage up before it looks at parts",
        cases: &["sessions/order-parts-before-usage"],
        bend: Bend { commit: |it, store, commit| right(it, store, &given(commit)), ..STRAIGHT },
    },
    Defect {
        name: "looks at the graph before it adds usage up",
        cases: &["sessions/order-usage-before-graph"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if !matches!(refusal(&answer), Some(Refusal::UsageOverflow(_))) {
                    return answer;
                }
                right(it, store, &NewCommit { usage: Vec::new(), ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "looks for a node's parent before its id",
        cases: &["sessions/order-node-before-parent"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if !matches!(refusal(&answer), Some(Refusal::NodeExists(_))) {
                    return answer;
                }
                for node in grown(commit).0 {
                    let Some(parent) = &node.parent_node_id else { continue };
                    if !is_node(it, store, commit, parent)? {
                        let orphan = Refusal::ParentUnknown(node.node_id.clone());
                        return Ok(CommitAnswer::Refused(orphan));
                    }
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "looks for the leaf before the nodes",
        cases: &["sessions/order-parent-before-leaf"],
        bend: Bend {
            commit: |it, store, commit| {
                if let Some(leaf) = grown(commit).1
                    && !is_node(it, store, commit, leaf)?
                {
                    return Ok(CommitAnswer::Refused(Refusal::LeafUnknown(leaf.clone())));
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "stamps the manifest before it looks at anything",
        cases: &["sessions/order-manifest-and-stamp-last", "sessions/usage-alone-leaves-nothing"],
        bend: Bend {
            commit: |it, store, commit| {
                leaving(it, store, commit, |it, store, commit| {
                    it.ledger.commit_refs(store, &commit.session_id, &commit.attachments)
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a refused commit's blobs stay",
        cases: &[
            "sessions/bounds-alone-leave-nothing",
            "sessions/stamp-alone-leaves-nothing",
            "sessions/parts-alone-leave-nothing",
            "sessions/parent-alone-leaves-nothing",
            "sessions/unknown-kept-part-is-refused",
        ],
        bend: Bend {
            commit: |it, store, commit| leaving(it, store, commit, leave_blobs),
            load_blob: |it, store, name| {
                let id = (store.clone(), name.clone());
                let left = it.notes.borrow_mut().of::<Blobs>().0.get(&id).cloned();
                left.map_or_else(|| it.ledger.load_blob(store, name), Ok)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a refused commit's claims are given back",
        cases: &["sessions/head-alone-leaves-nothing", "sessions/node-alone-leaves-nothing"],
        bend: Bend {
            commit: |it, store, commit| {
                leaving(it, store, commit, |it, store, commit| {
                    for claim in &commit.completed {
                        it.ledger.abandon(store, claim)?;
                    }
                    Ok(())
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a refused commit's usage counts",
        cases: &["sessions/node-alone-leaves-nothing", "sessions/usage-alone-leaves-nothing"],
        bend: Bend {
            commit: |it, store, commit| {
                leaving(it, store, commit, |it, store, commit| {
                    let mut notes = it.notes.borrow_mut();
                    notes.of::<Uses>().0.insert(store.clone(), commit.usage.clone());
                    Ok(())
                })
            },
            load_usage: |it, store, after, limit| {
                let mut page = it.ledger.load_usage(store, after, limit)?;
                let mut notes = it.notes.borrow_mut();
                if let Some(left) = notes.of::<Uses>().0.get(store) {
                    for usage in &mut page {
                        let more = left.iter().find(|left| left.of == usage.of);
                        let sum = more.and_then(|more| usage.tokens.plus(more.tokens));
                        usage.tokens = sum.unwrap_or(usage.tokens);
                    }
                }
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a commit whose leaf is unknown leaves its nodes",
        cases: &["sessions/leaf-alone-leaves-nothing", "sessions/unknown-leaf-is-refused"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if matches!(refusal(&answer), Some(Refusal::LeafUnknown(_))) {
                    leave_nodes(it, store, commit)?;
                }
                answer
            },
            ..STRAIGHT
        },
    },
];
