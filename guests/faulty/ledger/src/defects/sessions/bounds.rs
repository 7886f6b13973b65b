//! Bounds that are not kept, are kept otherwise, or are narrower than declared.

use std::collections::BTreeMap;

use wirt_contract::sessions::{
    CommitAnswer, GraphChange, GraphPage, NewCommit, Nodes, Part, Refusal, Sessions,
};
use wirt_contract::{Answer, Error, Failure, NodeId, StoreId};

use super::super::{Defect, invalid};
use super::right;
use crate::{Bend, STRAIGHT};

/// `max-graph-depth` of the ledger.
const DEPTH: usize = 131_072;
/// The most that each of `max-list`, `max-id-bytes`, `max-payload-bytes` and `max-attachment-bytes`
/// of the ledger allows, less one.
const LESS: [usize; 4] = [4_095, 511, (1 << 20) - 1, (8 << 20) - 1];
/// Bytes of a page that such a store still gives.
const LARGE: usize = 4 << 20;
/// Nodes asked for at once.
const SOME: usize = 1_000;

/// Nodes committed.
#[derive(Default)]
struct Grown(BTreeMap<StoreId, usize>);

fn is_invalid<T>(answer: &Answer<T>) -> bool {
    matches!(answer, Err(Failure::Error(Error::Invalid(_))))
}

fn nodes_of(commit: &NewCommit) -> Option<&Nodes> {
    match &commit.graph {
        GraphChange::Unchanged(_) => None,
        GraphChange::Append(nodes) | GraphChange::Replace(nodes) => Some(nodes),
    }
}

/// Whether everything in it is within bounds that are smaller by one.
fn fits_less(commit: &NewCommit) -> bool {
    let [items, id, payload, part] = LESS;
    let nodes = nodes_of(commit).map_or(&[][..], |nodes| &nodes.nodes);
    let lengths = [
        commit.frames.len(),
        commit.usage.len(),
        commit.attachments.len(),
        commit.completed.len(),
        nodes.len(),
    ];
    let states = commit.frames.iter().filter_map(|frame| frame.execution_state.as_ref());
    let mut parts = commit.checkpoint.iter().chain(states);
    lengths.iter().all(|length| *length <= items)
        && commit.session_id.as_str().len() <= id
        && commit.frames.iter().all(|frame| frame.reason.len() <= id)
        && commit.config.len() <= payload
        && parts.all(|it| !matches!(it, Part::Bytes(bytes) if bytes.len() > part))
}

/// The page, or none of its nodes where they are large.
fn small_enough(page: GraphPage) -> GraphPage {
    let bytes: usize = page.nodes.iter().map(|node| node.body.len()).sum();
    if bytes > LARGE { GraphPage { nodes: Vec::new(), ..page } } else { page }
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "refuses what is invalid",
        cases: &[
            "sessions/frame-id-twice-is-invalid",
            "sessions/commit-id-bound",
            "sessions/config-and-body-bound",
            "sessions/part-bound",
            "sessions/frames-bound",
            "sessions/nodes-bound",
            "sessions/usage-bound",
            "sessions/completed-bound",
            "sessions/attachments-bound",
            "sessions/graph-depth-bound",
            "sessions/bounds-alone-leave-nothing",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if is_invalid(&answer) {
                    return Ok(CommitAnswer::Refused(Refusal::HeadMoved(0)));
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "its bounds are smaller by one than it says",
        cases: &[
            "sessions/commit-id-bound",
            "sessions/reason-bound",
            "sessions/config-and-body-bound",
            "sessions/part-bound",
            "sessions/frames-bound",
            "sessions/nodes-bound",
            "sessions/usage-bound",
            "sessions/completed-bound",
            "sessions/attachments-bound",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                if fits_less(commit) { right(it, store, commit) } else { invalid() }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "cuts a reason that is too long",
        cases: &["sessions/reason-bound"],
        bend: Bend {
            commit: |it, store, commit| {
                let mut commit = commit.clone();
                for frame in &mut commit.frames {
                    frame.reason = frame.reason.chars().take(100).collect();
                }
                right(it, store, &commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a list holds less than the floor",
        cases: &["sessions/commit-of-the-floor"],
        bend: Bend {
            commit: |it, store, commit| {
                if commit.usage.len() > 255 { invalid() } else { right(it, store, commit) }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "drops a description beyond its bounds without a word",
        cases: &["sessions/meta-id-bound", "sessions/meta-payload-bound"],
        bend: Bend {
            save_meta: |it, store, meta| {
                let answer = it.ledger.save_meta(store, meta);
                if is_invalid(&answer) { Ok(()) } else { answer }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an id beyond its bound names nothing",
        cases: &["sessions/read-id-bound"],
        bend: Bend {
            load_node: |it, store, node| {
                let answer = it.ledger.load_node(store, node);
                if is_invalid(&answer) { Ok(None) } else { answer }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a store id beyond its bound holds nothing",
        cases: &["sessions/store-id-bound"],
        bend: Bend {
            load: |it, store| {
                let answer = it.ledger.load(store);
                if is_invalid(&answer) { Ok(None) } else { answer }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "takes 0 for 1",
        cases: &[
            "sessions/graph-limit-zero-is-invalid",
            "sessions/path-limit-zero-is-invalid",
            "sessions/usage-limit-zero-is-invalid",
            "sessions/vacuum-budget-zero-is-invalid",
            "sessions/gc-budget-zero-is-invalid",
        ],
        bend: Bend {
            load_graph: |it, store, after, limit| it.ledger.load_graph(store, after, limit.max(1)),
            load_path: |it, store, leaf, limit| it.ledger.load_path(store, leaf, limit.max(1)),
            load_usage: |it, store, after, limit| it.ledger.load_usage(store, after, limit.max(1)),
            vacuum: |it, store, budget| it.ledger.vacuum(store, budget.max(1)),
            gc_unreachable: |it, store, after, budget| {
                it.ledger.gc_unreachable(store, after, budget.max(1))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "tombstones as many nodes as are named",
        cases: &["sessions/tombstones-bound"],
        bend: Bend {
            tombstone_nodes: |it, store, nodes: &[NodeId]| {
                for some in nodes.chunks(SOME) {
                    it.ledger.tombstone_nodes(store, some)?;
                }
                Ok(())
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a path's page is as long as is asked",
        cases: &["sessions/path-limit-is-cut"],
        bend: Bend {
            load_path: |it, store, leaf, limit| {
                let mut page = it.ledger.load_path(store, leaf, limit)?;
                while let Some(next) = page.next.take() {
                    let more = it.ledger.load_path(store, Some(&next), limit)?;
                    page.nodes.extend(more.nodes);
                    page.next = more.next;
                }
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a page that is too large for it is empty",
        cases: &["sessions/graph-of-large-nodes", "sessions/path-of-large-nodes"],
        bend: Bend {
            load_graph: |it, store, after, limit| {
                Ok(small_enough(it.ledger.load_graph(store, after, limit)?))
            },
            load_path: |it, store, leaf, limit| {
                Ok(small_enough(it.ledger.load_path(store, leaf, limit)?))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "counts a graph's nodes in place of a path's",
        cases: &["sessions/graph-depth-bound"],
        bend: Bend {
            commit: |it, store, commit| {
                let more = nodes_of(commit).map_or(0, |nodes| nodes.nodes.len());
                let all = {
                    let mut notes = it.notes.borrow_mut();
                    let grown = notes.of::<Grown>().0.entry(store.clone()).or_default();
                    *grown += more;
                    *grown
                };
                if all > DEPTH { invalid() } else { right(it, store, commit) }
            },
            ..STRAIGHT
        },
    },
];
