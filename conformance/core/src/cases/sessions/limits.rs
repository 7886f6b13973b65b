//! How many: lists in a call, items in a page, nodes on a path. The largest number that is allowed
//! passes, and the next one up is `invalid`, or is cut where the contract says so.

use wirt_contract::sessions::{GraphChange, NewCommit, Node, Nodes, Refusal, Sessions};
use wirt_contract::work_queue::ClaimRef;
use wirt_contract::{AttachmentId, NodeId, SessionId, StoreId};

use super::case;
use super::stage::{
    collect, commit, frame, graph_by, grow, node, path_by, plain, planted, refuses, session_id,
    session_of, usage_by, used, vacuum,
};
use crate::expect::{Kind, holds, present, refused, same};
use crate::{Case, Probe, Stop};

const BOUND: &str = "sessions.commit.bound";

pub(super) const CASES: &[Case] = &[
    case("sessions/frames-bound", BOUND, "wirt", frames).extended(),
    case("sessions/nodes-bound", BOUND, "wirt", nodes).extended(),
    case("sessions/usage-bound", BOUND, "wirt", uses).extended(),
    case("sessions/completed-bound", BOUND, "wirt", completed).extended(),
    case("sessions/attachments-bound", BOUND, "wirt", attachments).extended(),
    case("sessions/tombstones-bound", "sessions.tombstone.hides", "wirt", tombstones).extended(),
    case("sessions/graph-limit-is-cut", "sessions.graph.page", "wirt", graph_cut).extended(),
    case("sessions/path-limit-is-cut", "sessions.path.page", "wirt", path_cut).extended(),
    case("sessions/graph-of-large-nodes", "sessions.graph.page", "wirt", large_graph).extended(),
    case("sessions/path-of-large-nodes", "sessions.path.page", "wirt", large_path).extended(),
    case("sessions/usage-limit-is-cut", "sessions.usage.sums", "wirt", usage_cut).extended(),
    case("sessions/graph-depth-bound", "sessions.commit.depth", "wirt", depth).extended(),
    case("sessions/gc-of-many-blobs", "sessions.gc.collects", "wirt", many_blobs).extended(),
    case("sessions/vacuum-of-many-nodes", "sessions.vacuum.counts", "wirt", many_nodes).extended(),
];

/// Items of one list this suite makes; a store that takes longer ones is not tried.
const MAX_ITEMS: u32 = 20_000;
/// Items of one page this suite makes.
const MAX_PAGE: u32 = 5_000;
/// Nodes of one path this suite makes.
const MAX_DEPTH: u32 = 250_000;
/// Nodes of one commit where a case makes many: a batch of any store takes as many bytes.
const AT_ONCE: u32 = 1_024;

fn size(items: u32) -> usize {
    usize::try_from(items).unwrap_or(0)
}

/// How long a list may be, where this suite makes one as long.
fn most_items(probe: &Probe<'_>) -> Result<u32, Stop> {
    let most = probe.limits().max_list;
    if most < MAX_ITEMS {
        return Ok(most);
    }
    Err(Stop::Skip(format!("lists of {most} items are more than this case makes")))
}

fn most_paged(probe: &Probe<'_>) -> Result<u32, Stop> {
    let most = probe.limits().max_page;
    if most < MAX_PAGE {
        return Ok(most);
    }
    Err(Stop::Skip(format!("pages of {most} are more than this case makes")))
}

/// A commit that `fill` gives the longest list stands; with one item more it is `invalid`.
fn longest(
    probe: &mut Probe<'_>,
    what: &str,
    mut fill: impl FnMut(&mut Probe<'_>, &mut NewCommit, u32),
) -> Result<(StoreId, NewCommit), Stop> {
    let most = most_items(probe)?;
    let store = probe.store_id();
    let session = session_id(probe);
    let mut longer = plain(probe, &session);
    fill(probe, &mut longer, most + 1);
    let answer = probe.commit(&store, &longer);
    refused(&format!("a commit with {} {what}", most + 1), answer, Kind::Invalid)?;
    same("the session", &probe.load(&store)?, &None)?;
    let mut turn = plain(probe, &session);
    fill(probe, &mut turn, most);
    commit(probe, &store, &turn)?;
    Ok((store, turn))
}

fn frames(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (store, turn) = longest(probe, "frames", |probe, turn, many| {
        turn.frames = (0..many).map(|number| frame(probe, &format!("f{number}"))).collect();
    })?;
    let found = super::stage::loaded(probe, &store)?;
    same("the session", &found, &session_of(&turn, 1))
}

/// This many nodes, each after the one before; the first after `parent`.
fn chain(parent: Option<&str>, from: u32, many: u32) -> Vec<Node> {
    let mut parent = parent.map(str::to_owned);
    let mut made = Vec::new();
    for number in from..from.saturating_add(many) {
        let id = format!("n{number}");
        made.push(node(&id, parent.as_deref()));
        parent = Some(id);
    }
    made
}

fn nodes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for replaces in [false, true] {
        let (store, turn) = longest(probe, "nodes", |_, turn, many| {
            let nodes = Nodes { nodes: chain(None, 0, many), leaf: None };
            turn.graph =
                if replaces { GraphChange::Replace(nodes) } else { GraphChange::Append(nodes) };
        })?;
        let (GraphChange::Append(nodes) | GraphChange::Replace(nodes)) = turn.graph else {
            return Ok(());
        };
        same("the graph", &graph_by(probe, &store, u32::MAX)?, &nodes.nodes)?;
    }
    Ok(())
}

fn uses(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (store, turn) = longest(probe, "uses", |_, turn, many| {
        turn.usage =
            (0..many).map(|number| used("turn", &format!("m{number:06}"), [1; 4])).collect();
    })?;
    same("the usage", &usage_by(probe, &store, u32::MAX)?, &turn.usage)
}

fn completed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = most_items(probe)?;
    let store = probe.store_id();
    let session = planted(probe, &store, GraphChange::Unchanged(None))?;
    let turn = |probe: &mut Probe<'_>, many: u32| NewCommit {
        completed: (0..many).map(|number| nobodys(&session, number)).collect(),
        ..plain(probe, &session)
    };
    let longer = turn(probe, most + 1);
    let answer = probe.commit(&store, &longer);
    refused(&format!("a commit with {} claims", most + 1), answer, Kind::Invalid)?;
    // As many as are allowed come to the next step, which finds that none is held.
    let turn = turn(probe, most);
    let first = present("a claim", turn.completed.first())?.claim_id.clone();
    refuses(probe, &store, &turn, Refusal::ClaimLost(first))
}

/// A claim nobody holds.
fn nobodys(session: &SessionId, number: u32) -> ClaimRef {
    ClaimRef {
        session_id: session.clone(),
        claim_id: format!("claim{number}").into(),
        fencing_token: 1,
        lease_token: "token".into(),
    }
}

fn attachments(probe: &mut Probe<'_>) -> Result<(), Stop> {
    longest(probe, "attachments", |_, turn, many| {
        turn.attachments =
            (0..many).map(|number| AttachmentId::new(format!("a{number}"))).collect();
    })
    .map(drop)
}

fn tombstones(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = most_items(probe)?;
    let store = probe.store_id();
    let nodes = Nodes { nodes: chain(None, 0, 2), leaf: None };
    planted(probe, &store, GraphChange::Append(nodes))?;
    let ids = |many: u32| -> Vec<NodeId> {
        (1..=many).map(|number| format!("n{number}").into()).collect()
    };
    let answer = probe.tombstone_nodes(&store, &ids(most + 1));
    refused(&format!("{} tombstones", most + 1), answer, Kind::Invalid)?;
    same("nodes", &graph_by(probe, &store, u32::MAX)?.len(), &2)?;
    probe.tombstone_nodes(&store, &ids(most))?;
    same("nodes", &graph_by(probe, &store, u32::MAX)?.len(), &1)
}

/// A session of one chain of this many nodes, appended some at a time.
fn long_chain(probe: &mut Probe<'_>, many: u32) -> Result<(StoreId, SessionId), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let at_once = AT_ONCE.min(probe.limits().max_list);
    let mut made = 0;
    while made < many {
        let now = at_once.min(many - made);
        let parent = made.checked_sub(1).map(|last| format!("n{last}"));
        let nodes = chain(parent.as_deref(), made, now);
        made += now;
        let leaf = Some(format!("n{}", made - 1).into());
        grow(probe, &store, &session, GraphChange::Append(Nodes { nodes, leaf }))?;
    }
    Ok((store, session))
}

fn graph_cut(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = most_paged(probe)?;
    let (store, _) = long_chain(probe, most + 1)?;
    let page = probe.load_graph(&store, None, u32::MAX)?;
    let fits = !page.nodes.is_empty() && page.nodes.len() <= size(most);
    holds(fits, format!("1 to max-page = {most} nodes"), || page.nodes.len().to_string())?;
    let all = chain(None, 0, most + 1);
    same("the graph", &graph_by(probe, &store, u32::MAX)?, &all)
}

fn path_cut(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = most_paged(probe)?;
    let (store, _) = long_chain(probe, most + 1)?;
    let page = probe.load_path(&store, None, u32::MAX)?;
    let fits = !page.nodes.is_empty() && page.nodes.len() <= size(most);
    holds(fits, format!("1 to max-page = {most} nodes"), || page.nodes.len().to_string())?;
    let mut all = chain(None, 0, most + 1);
    all.reverse();
    same("the path", &path_by(probe, &store, None, u32::MAX)?, &all)
}

/// A chain of nodes that together are more than a store likes to give at once; gives it.
fn large(probe: &mut Probe<'_>) -> Result<(StoreId, Vec<Node>), Stop> {
    /// Nodes, and the most bytes of each, that a case makes.
    const LARGE: (u32, u32) = (24, 1 << 20);
    let limits = probe.limits();
    let length = limits.max_payload_bytes.min(limits.max_batch_bytes / 2).min(LARGE.1);
    let store = probe.store_id();
    let session = session_id(probe);
    let mut made = chain(None, 0, LARGE.0);
    for node in &mut made {
        node.body = probe.text(size(length));
        let nodes = Nodes { nodes: vec![node.clone()], leaf: Some(node.node_id.clone()) };
        grow(probe, &store, &session, GraphChange::Append(nodes))?;
    }
    Ok((store, made))
}

fn large_graph(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (store, made) = large(probe)?;
    same("the graph", &graph_by(probe, &store, u32::MAX)?, &made)
}

fn large_path(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (store, mut made) = large(probe)?;
    made.reverse();
    same("the path", &path_by(probe, &store, None, u32::MAX)?, &made)
}

fn usage_cut(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = most_paged(probe)?;
    let store = probe.store_id();
    let session = session_id(probe);
    let all: Vec<_> =
        (0..=most).map(|number| used("turn", &format!("m{number:06}"), [1; 4])).collect();
    for some in all.chunks(size(probe.limits().max_list)) {
        let turn = NewCommit { usage: some.to_vec(), ..plain(probe, &session) };
        commit(probe, &store, &turn)?;
    }
    let page = probe.load_usage(&store, None, u32::MAX)?;
    let fits = !page.is_empty() && page.len() <= size(most);
    holds(fits, format!("1 to max-page = {most} sums"), || page.len().to_string())?;
    same("the usage", &usage_by(probe, &store, u32::MAX)?, &all)
}

fn depth(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.limits().max_graph_depth;
    if most >= MAX_DEPTH {
        return Err(Stop::Skip(format!("a path of {most} nodes is more than this case makes")));
    }
    let (store, session) = long_chain(probe, most)?;
    let (before, last) = (format!("n{}", most - 2), format!("n{}", most - 1));
    let before_it = super::stage::loaded(probe, &store)?;
    let add = |id: &str, parent: &str| {
        let nodes = Nodes { nodes: vec![node(id, Some(parent))], leaf: Some(id.into()) };
        GraphChange::Append(nodes)
    };
    let deeper = NewCommit { graph: add("deeper", &last), ..plain(probe, &session) };
    let what = format!("a node with {} nodes on its path", u64::from(most) + 1);
    refused(&what, probe.commit(&store, &deeper), Kind::Invalid)?;
    same("the session", &super::stage::loaded(probe, &store)?, &before_it)?;
    same("the node", &probe.load_node(&store, &"deeper".into())?, &None)?;
    // Beside the deepest one there is room: of all nodes there may be more.
    grow(probe, &store, &session, add("beside", &before))?;
    let beside = present("beside", probe.load_node(&store, &"beside".into())?)?;
    same("its parent", &beside.parent_node_id, &Some(before.as_str().into()))?;
    let page = probe.load_path(&store, None, 2)?;
    let found = super::stage::ids(&page.nodes);
    same("the path's end", found.as_slice(), ["beside", before.as_str()].as_slice())
}

fn many_blobs(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Blobs nobody names; more than a page of a small store.
    const DEAD: u64 = 300;
    let store = probe.store_id();
    let session = session_id(probe);
    probe.bulk(DEAD + 1, |probe| {
        let turn = plain(probe, &session);
        commit(probe, &store, &turn).map(drop)
    })?;
    let (roots, retained, deleted) = collect(probe, &store, 16)?;
    same("roots", &roots, &1)?;
    same("blobs kept", &retained, &1)?;
    same("blobs deleted", &deleted, &DEAD)?;
    same("blobs deleted by another", &collect(probe, &store, u32::MAX)?.2, &0)
}

fn many_nodes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Nodes that are replaced; more than a page of a small store.
    const OLD: u32 = 1_500;
    let (store, session) = long_chain(probe, OLD)?;
    let new = Nodes { nodes: chain(None, 0, 3), leaf: Some("n2".into()) };
    grow(probe, &store, &session, GraphChange::Replace(new.clone()))?;
    let removed = vacuum(probe, &store, u32::MAX)?;
    let plausible = removed == 0 || removed == u64::from(OLD);
    holds(plausible, format!("0 or {OLD} nodes removed"), || removed.to_string())?;
    same("the graph", &graph_by(probe, &store, 2)?, &new.nodes)
}
