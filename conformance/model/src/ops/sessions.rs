//! Calls of `sessions`.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use wirt_contract::sessions::{
    CommitAnswer, Frame, GraphChange, Meta, NewCommit, Node, Nodes, Part, Parts, Relation, Stamp,
    Tokens, Usage, UsageCursor,
};
use wirt_contract::{Answer, BlobName, NodeId, StoreId};

use super::pools::{attachment, content, json, limit, session, text, time};
use super::queue::{ClaimPick, claim_pick};
use crate::side::{Side, broken, shown};

/// Calls after which a vacuum or a collection is taken for one without an end.
const MAX_CALLS: usize = 1_000;

/// A call; lists, vacuums and collections go on to their end.
#[derive(Debug, Clone)]
pub(crate) enum SessionsOp {
    Commit(Box<Plan>),
    Load,
    LoadGraph { after: Option<NodeId>, limit: u32 },
    LoadPath { leaf: Option<NodeId>, limit: u32 },
    LoadNode(NodeId),
    LoadBlob(BlobName),
    LoadUsage { after: Option<UsageCursor>, limit: u32 },
    SaveMeta(Meta),
    LoadMeta,
    TombstoneNodes(Vec<NodeId>),
    Vacuum { budget: u32 },
    GcUnreachable { budget: u32 },
}

/// A commit before it is known what the store named.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    commit: NewCommit,
    expect: Expect,
    completes: Vec<ClaimPick>,
}

#[derive(Debug, Clone, Copy)]
enum Expect {
    Any,
    Last,
    Number(u64),
}

fn node_id() -> impl Strategy<Value = NodeId> + Clone {
    text(&["n", "m", "nn", "a"]).prop_map(NodeId::from)
}

fn node() -> impl Strategy<Value = Node> + Clone {
    (node_id(), weighted(0.3, node_id()), time(), json()).prop_map(
        |(node_id, parent_node_id, at, body)| Node {
            node_id,
            parent_node_id,
            agent_frame_id: None,
            at,
            body,
        },
    )
}

fn graph() -> impl Strategy<Value = GraphChange> {
    let leaf = || weighted(0.2, node_id());
    let nodes = |many: std::ops::Range<usize>| {
        (vec(node(), many), leaf()).prop_map(|(nodes, leaf)| Nodes { nodes, leaf })
    };
    prop_oneof![
        2 => leaf().prop_map(GraphChange::Unchanged),
        6 => nodes(1..3).prop_map(GraphChange::Append),
        1 => nodes(0..4).prop_map(GraphChange::Replace),
    ]
}

fn part() -> impl Strategy<Value = Part> + Clone {
    prop_oneof![
        9 => content().prop_map(Part::Bytes),
        1 => content().prop_map(|bytes| Part::Kept(BlobName::of(&bytes))),
    ]
}

fn parts() -> impl Strategy<Value = Parts<Part>> + Clone {
    let some = || weighted(0.3, part());
    (part(), some(), some(), weighted(0.2, 0..2_u64), some()).prop_map(
        |(turn_state, tool_state, plugins, plugin_revision, execution_state)| Parts {
            turn_state,
            tool_state,
            plugins,
            plugin_revision,
            execution_state,
        },
    )
}

fn frames() -> impl Strategy<Value = Vec<Frame<Part>>> {
    let frame = (text(&["f", "f2", "f3"]), any::<bool>(), time(), weighted(0.3, part())).prop_map(
        |(id, superseded, created_at, execution_state)| Frame {
            frame_id: id.into(),
            previous_frame_id: None,
            superseded,
            reason: "begun".into(),
            created_at,
            body: "{}".into(),
            execution_state,
        },
    );
    // An id twice is `invalid`, which is seldom worth a step.
    prop_oneof![6 => vec(frame.clone(), 0..2), 1 => vec(frame, 2..3)]
}

fn usage_of() -> impl Strategy<Value = UsageCursor> + Clone {
    (text(&["turn", "tool"]), text(&["l", "large"]))
        .prop_map(|(source, model)| UsageCursor { source, model })
}

fn usage() -> impl Strategy<Value = Vec<Usage>> {
    let number = || prop_oneof![6 => Just(0), 12 => 1..9_u64, 1 => Just(u64::MAX - 5)];
    let tokens = (number(), number()).prop_map(|(input, reasoning)| Tokens {
        input,
        output: 0,
        cached_input: 0,
        reasoning,
    });
    vec((usage_of(), tokens).prop_map(|(of, tokens)| Usage { of, tokens }), 0..3)
}

fn plan() -> impl Strategy<Value = Plan> {
    let completes = prop_oneof![4 => Just(Vec::new()), 1 => vec(claim_pick(), 1..3)];
    let stamp = (session(), text(&["t1", "t2", "t10"]), text(&["hash", "hash2"])).prop_map(
        |(session_id, turn_id, turn_hash)| Stamp { session_id, turn_id: turn_id.into(), turn_hash },
    );
    let expect = prop_oneof![
        6 => Just(Expect::Any),
        4 => Just(Expect::Last),
        1 => (0..4_u64).prop_map(Expect::Number),
    ];
    let rest = (vec(attachment(), 0..3), weighted(0.4, stamp), expect, completes);
    (session(), json(), frames(), parts(), usage(), graph(), rest).prop_map(
        |(session_id, config, frames, checkpoint, usage, graph, rest)| {
            let (attachments, stamp, expect, completes) = rest;
            let commit = NewCommit {
                session_id,
                expected_revision: None,
                config,
                frames,
                current_frame_id: "f".into(),
                checkpoint,
                usage,
                graph,
                completed: Vec::new(),
                attachments,
                stamp,
            };
            Plan { commit, expect, completes }
        },
    )
}

fn meta() -> impl Strategy<Value = Meta> {
    let relation = prop_oneof![
        Just(Relation::Root),
        weighted(0.5, json())
            .prop_map(|caused_by| Relation::Child { session_id: "s2".into(), caused_by }),
    ];
    (session(), time(), relation).prop_map(|(session_id, created_at, relation)| Meta {
        session_id,
        name: "a session".into(),
        created_at,
        model: "large".into(),
        cwd: None,
        relation,
    })
}

pub(super) fn any_op() -> impl Strategy<Value = SessionsOp> {
    let blob = content().prop_map(|bytes| BlobName::of(&bytes));
    let budget = || prop_oneof![1 => Just(0_u32), 3 => Just(1), 3 => Just(100)];
    prop_oneof![
        10 => plan().prop_map(|plan| SessionsOp::Commit(Box::new(plan))),
        2 => Just(SessionsOp::Load),
        2 => (weighted(0.3, node_id()), limit())
            .prop_map(|(after, limit)| SessionsOp::LoadGraph { after, limit }),
        2 => (weighted(0.5, node_id()), limit())
            .prop_map(|(leaf, limit)| SessionsOp::LoadPath { leaf, limit }),
        1 => node_id().prop_map(SessionsOp::LoadNode),
        2 => blob.prop_map(SessionsOp::LoadBlob),
        1 => (weighted(0.3, usage_of()), limit())
            .prop_map(|(after, limit)| SessionsOp::LoadUsage { after, limit }),
        1 => meta().prop_map(SessionsOp::SaveMeta),
        1 => Just(SessionsOp::LoadMeta),
        2 => vec(node_id(), 0..3).prop_map(SessionsOp::TombstoneNodes),
        1 => budget().prop_map(|budget| SessionsOp::Vacuum { budget }),
        1 => budget().prop_map(|budget| SessionsOp::GcUnreachable { budget }),
    ]
}

impl SessionsOp {
    pub(super) fn apply(&self, side: &mut Side<'_>, store: &StoreId) -> String {
        match self {
            Self::Commit(plan) => commit(side, store, plan),
            Self::Load => shown(side.ask(|plugin| plugin.sessions()?.load(store))),
            Self::LoadGraph { after, limit } => shown(side.walk(after.clone(), |plugin, after| {
                let page = plugin.sessions()?.load_graph(store, after, *limit)?;
                Ok((page.nodes, page.next))
            })),
            Self::LoadPath { leaf, limit } => shown(side.walk(leaf.clone(), |plugin, leaf| {
                let page = plugin.sessions()?.load_path(store, leaf, *limit)?;
                Ok((page.nodes, page.next))
            })),
            Self::LoadNode(id) => shown(side.ask(|plugin| plugin.sessions()?.load_node(store, id))),
            Self::LoadBlob(name) => {
                shown(side.ask(|plugin| plugin.sessions()?.load_blob(store, name)))
            }
            Self::LoadUsage { after, limit } => {
                let place = |usage: &Usage| usage.of.clone();
                shown(side.walk_until_empty(after.clone(), place, |plugin, after| {
                    plugin.sessions()?.load_usage(store, after, *limit)
                }))
            }
            Self::SaveMeta(meta) => {
                shown(side.ask(|plugin| plugin.sessions()?.save_meta(store, meta)))
            }
            Self::LoadMeta => shown(side.ask(|plugin| plugin.sessions()?.load_meta(store))),
            Self::TombstoneNodes(ids) => {
                shown(side.ask(|plugin| plugin.sessions()?.tombstone_nodes(store, ids)))
            }
            Self::Vacuum { budget } => shown(vacuum(side, store, *budget)),
            Self::GcUnreachable { budget } => shown(collect(side, store, *budget)),
        }
    }
}

fn commit(side: &mut Side<'_>, store: &StoreId, plan: &Plan) -> String {
    let expected_revision = match plan.expect {
        Expect::Any => None,
        Expect::Last => Some(side.revisions.get(store).copied().unwrap_or(0)),
        Expect::Number(number) => Some(number),
    };
    // Where nobody has claimed anything, there is little to see in a claim that is lost.
    let completes = if side.claims.is_empty() { &[] } else { plan.completes.as_slice() };
    let completed = completes.iter().map(|claim| claim.of(side)).collect();
    let commit = NewCommit { expected_revision, completed, ..plan.commit.clone() };
    let answer = side.ask(|plugin| plugin.sessions()?.commit(store, &commit));
    match &answer {
        Ok(CommitAnswer::Committed(committed)) => {
            let last = side.revisions.entry(store.clone()).or_default();
            // A replay answers with a revision that is past.
            *last = committed.revision.max(*last);
        }
        Ok(CommitAnswer::Refused(_)) | Err(_) => {}
    }
    shown(answer.map(|answer| side.names.commit(store, answer)))
}

/// How many nodes a whole vacuum removed.
fn vacuum(side: &mut Side<'_>, store: &StoreId, budget: u32) -> Answer<u64> {
    let mut removed = 0;
    for _ in 0..MAX_CALLS {
        let done = side.ask(|plugin| plugin.sessions()?.vacuum(store, budget))?;
        removed += done.removed;
        if !done.more {
            return Ok(removed);
        }
    }
    Err(broken("a vacuum has no end"))
}

/// Roots, retained and deleted blobs of a whole collection.
fn collect(side: &mut Side<'_>, store: &StoreId, budget: u32) -> Answer<(u64, u64, u64)> {
    let (mut retained, mut deleted) = (0, 0);
    let mut after = None;
    for _ in 0..MAX_CALLS {
        let done =
            side.ask(|plugin| plugin.sessions()?.gc_unreachable(store, after.as_ref(), budget))?;
        retained += done.retained;
        deleted += done.deleted;
        after = done.next;
        if after.is_none() {
            return Ok((done.roots, retained, deleted));
        }
    }
    Err(broken("a collection has no end"))
}
