//! What the cases about sessions set up and look at.

use wirt_contract::attachment_manifest::{
    AttachmentManifest, Intent, IntentCursor, ManifestRow, Retention,
};
use wirt_contract::sessions::{
    Collected, CommitAnswer, Committed, Frame, GraphChange, GraphPage, NewCommit, Node, Nodes,
    Part, Parts, Refusal, Session, Sessions, Stamp, Tokens, Usage, UsageCursor,
};
use wirt_contract::work_queue::{
    Boundary, Claim, Claimant, Delivery, Entry, MergeKey, NewEntry, Slot, Work, WorkKind, WorkQueue,
};
use wirt_contract::{AttachmentId, BlobName, EpochMs, NodeId, SessionId, StoreId, TurnId};

use crate::expect::{failed, present, same};
use crate::{Probe, Show, Stop};

pub(in crate::cases) use super::super::tasks::stage::{json, time};

/// Nodes, sums, entries and rows asked for at once: the smallest largest page.
pub(in crate::cases) const PAGE: u32 = 100;
/// Pages after which a list is taken for one without an end.
const MAX_PAGES: usize = 4_000;
/// A ttl no case outlives.
pub(super) const MINUTE: u64 = 60_000;

/// A session's id nobody has used.
pub(super) fn session_id(probe: &mut Probe<'_>) -> SessionId {
    SessionId::new(probe.word())
}

/// A commit of nothing but what has to be there: a checkpoint and the id of a frame.
pub(super) fn plain(probe: &mut Probe<'_>, session: &SessionId) -> NewCommit {
    NewCommit {
        session_id: session.clone(),
        expected_revision: None,
        config: "{}".into(),
        frames: Vec::new(),
        current_frame_id: "frame-1".into(),
        checkpoint: Parts {
            turn_state: part(probe),
            tool_state: None,
            plugins: None,
            plugin_revision: None,
            execution_state: None,
        },
        usage: Vec::new(),
        graph: GraphChange::Unchanged(None),
        completed: Vec::new(),
        attachments: Vec::new(),
        stamp: None,
    }
}

/// Bytes nobody has committed.
pub(super) fn part(probe: &mut Probe<'_>) -> Part {
    Part::Bytes(probe.bytes(24))
}

/// A frame nobody has seen, without a state.
pub(super) fn frame(probe: &mut Probe<'_>, id: &str) -> Frame<Part> {
    Frame {
        frame_id: id.into(),
        previous_frame_id: None,
        superseded: false,
        reason: probe.word(),
        created_at: time(probe),
        body: json(probe),
        execution_state: None,
    }
}

/// A node with nothing in it.
pub(super) fn node(id: &str, parent: Option<&str>) -> Node {
    Node {
        node_id: id.into(),
        parent_node_id: parent.map(NodeId::from),
        agent_frame_id: None,
        at: EpochMs(0),
        body: "{}".into(),
    }
}

/// Nodes of these ids, each after its parent.
pub(super) fn nodes(tree: &[(&str, Option<&str>)], leaf: Option<&str>) -> Nodes {
    let nodes = tree.iter().map(|(id, parent)| node(id, *parent)).collect();
    Nodes { nodes, leaf: leaf.map(NodeId::from) }
}

/// These nodes more.
pub(super) fn append(tree: &[(&str, Option<&str>)], leaf: Option<&str>) -> GraphChange {
    GraphChange::Append(nodes(tree, leaf))
}

/// These nodes instead.
pub(super) fn replace(tree: &[(&str, Option<&str>)], leaf: Option<&str>) -> GraphChange {
    GraphChange::Replace(nodes(tree, leaf))
}

/// Tokens of one use.
pub(super) fn used(source: &str, model: &str, numbers: [u64; 4]) -> Usage {
    let [input, output, cached_input, reasoning] = numbers;
    Usage {
        of: UsageCursor { source: source.into(), model: model.into() },
        tokens: Tokens { input, output, cached_input, reasoning },
    }
}

/// A stamp of this session.
pub(super) fn stamp(session: &SessionId, turn: &str, hash: &str) -> Stamp {
    Stamp { session_id: session.clone(), turn_id: TurnId::from(turn), turn_hash: hash.to_owned() }
}

/// What a turn commits, as a caller would name it: without the revision it builds on and without
/// the stamp itself.
pub(super) fn turn_hash(commit: &NewCommit) -> Result<String, Stop> {
    let bare = NewCommit { expected_revision: None, stamp: None, ..commit.clone() };
    // A commit has text keys alone, so it has a JSON form.
    match wirt_contract::json::digest(&bare) {
        Ok(digest) => Ok(digest),
        Err(error) => failed("a commit with a digest", error.to_string()),
    }
}

/// Commits what has to be taken.
pub(super) fn commit(
    probe: &mut Probe<'_>,
    store: &StoreId,
    commit: &NewCommit,
) -> Result<Committed, Stop> {
    match probe.commit(store, commit)? {
        CommitAnswer::Committed(committed) => Ok(committed),
        CommitAnswer::Refused(refusal) => failed("a commit that stands", refusal.show()),
    }
}

/// Commits what has to be refused in this way.
pub(super) fn refuses(
    probe: &mut Probe<'_>,
    store: &StoreId,
    commit: &NewCommit,
    refusal: Refusal,
) -> Result<(), Stop> {
    same("the commit", &probe.commit(store, commit)?, &CommitAnswer::Refused(refusal))
}

/// A session with this graph: its first commit.
pub(super) fn planted(
    probe: &mut Probe<'_>,
    store: &StoreId,
    graph: GraphChange,
) -> Result<SessionId, Stop> {
    let session = session_id(probe);
    let first = NewCommit { graph, ..plain(probe, &session) };
    commit(probe, store, &first)?;
    Ok(session)
}

/// A commit that does nothing but change the graph.
pub(super) fn grow(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    graph: GraphChange,
) -> Result<(), Stop> {
    let next = NewCommit { graph, ..plain(probe, session) };
    commit(probe, store, &next).map(drop)
}

/// The same, where it has to be refused in this way.
pub(super) fn grows_not(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    graph: GraphChange,
    refusal: Refusal,
) -> Result<(), Stop> {
    let next = NewCommit { graph, ..plain(probe, session) };
    refuses(probe, store, &next, refusal)
}

/// The session, which has to be there.
pub(super) fn loaded(probe: &mut Probe<'_>, store: &StoreId) -> Result<Session, Stop> {
    present("the session", probe.load(store)?)
}

/// The session as `load` has to give it after this commit, of this revision.
pub(super) fn session_of(commit: &NewCommit, revision: u64) -> Session {
    let leaf = match &commit.graph {
        GraphChange::Unchanged(leaf) => leaf.clone(),
        GraphChange::Append(nodes) | GraphChange::Replace(nodes) => nodes.leaf.clone(),
    };
    let frames = commit.frames.iter().map(|frame| Frame {
        frame_id: frame.frame_id.clone(),
        previous_frame_id: frame.previous_frame_id.clone(),
        superseded: frame.superseded,
        reason: frame.reason.clone(),
        created_at: frame.created_at,
        body: frame.body.clone(),
        execution_state: frame.execution_state.as_ref().map(Part::name),
    });
    Session {
        session_id: commit.session_id.clone(),
        revision,
        config: commit.config.clone(),
        frames: frames.collect(),
        current_frame_id: commit.current_frame_id.clone(),
        checkpoint: super::blobs::checkpoint_of(&commit.checkpoint),
        leaf,
    }
}

/// Nodes of a graph or path, page by page.
fn pages(
    limit: u32,
    mut page: impl FnMut(Option<&NodeId>) -> Result<GraphPage, Stop>,
) -> Result<Vec<Node>, Stop> {
    let mut all = Vec::new();
    let mut next = None;
    for _ in 0..MAX_PAGES {
        let found = page(next.as_ref())?;
        if found.nodes.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return failed(format!("at most {limit} nodes a page"), found.nodes.len().to_string());
        }
        if found.nodes.is_empty() && found.next.is_some() {
            return failed("nodes in a page that is not the last", found.show());
        }
        all.extend(found.nodes);
        next = found.next;
        if next.is_none() {
            return Ok(all);
        }
    }
    failed("pages with an end", format!("still a next page after {MAX_PAGES}"))
}

/// The whole graph in pages of this size.
pub(super) fn graph_by(
    probe: &mut Probe<'_>,
    store: &StoreId,
    limit: u32,
) -> Result<Vec<Node>, Stop> {
    pages(limit, |after| Ok(probe.load_graph(store, after, limit)?))
}

/// The whole graph.
pub(super) fn graph(probe: &mut Probe<'_>, store: &StoreId) -> Result<Vec<Node>, Stop> {
    graph_by(probe, store, PAGE)
}

/// A path in pages of this size.
pub(super) fn path_by(
    probe: &mut Probe<'_>,
    store: &StoreId,
    leaf: Option<&str>,
    limit: u32,
) -> Result<Vec<Node>, Stop> {
    let leaf = leaf.map(NodeId::from);
    pages(limit, |next| Ok(probe.load_path(store, next.or(leaf.as_ref()), limit)?))
}

/// A path.
pub(super) fn path(
    probe: &mut Probe<'_>,
    store: &StoreId,
    leaf: Option<&str>,
) -> Result<Vec<Node>, Stop> {
    path_by(probe, store, leaf, PAGE)
}

/// Ids of nodes, in order.
pub(super) fn ids(nodes: &[Node]) -> Vec<&str> {
    nodes.iter().map(|node| node.node_id.as_str()).collect()
}

/// All sums, in pages of this size.
pub(super) fn usage_by(
    probe: &mut Probe<'_>,
    store: &StoreId,
    limit: u32,
) -> Result<Vec<Usage>, Stop> {
    let mut all: Vec<Usage> = Vec::new();
    for _ in 0..MAX_PAGES {
        let after = all.last().map(|last| last.of.clone());
        let page = probe.load_usage(store, after.as_ref(), limit)?;
        if page.is_empty() {
            return Ok(all);
        }
        if page.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return failed(format!("at most {limit} sums a page"), page.len().to_string());
        }
        all.extend(page);
    }
    failed("usage with an end", format!("{} sums and more", all.len()))
}

/// All sums.
pub(super) fn usage(probe: &mut Probe<'_>, store: &StoreId) -> Result<Vec<Usage>, Stop> {
    usage_by(probe, store, PAGE)
}

/// What a whole collection came to: roots, retained, deleted.
pub(super) fn collect(
    probe: &mut Probe<'_>,
    store: &StoreId,
    budget: u32,
) -> Result<(u64, u64, u64), Stop> {
    let mut after: Option<BlobName> = None;
    let (mut retained, mut deleted) = (0, 0);
    for _ in 0..MAX_PAGES {
        let Collected { roots, retained: kept, deleted: gone, next } =
            probe.gc_unreachable(store, after.as_ref(), budget)?;
        retained += kept;
        deleted += gone;
        after = next;
        if after.is_none() {
            return Ok((roots, retained, deleted));
        }
    }
    failed("a collection with an end", format!("still more after {MAX_PAGES} calls"))
}

/// Removes all there is to remove; says how many.
pub(super) fn vacuum(probe: &mut Probe<'_>, store: &StoreId, budget: u32) -> Result<u64, Stop> {
    let mut removed = 0;
    for _ in 0..MAX_PAGES {
        let done = probe.vacuum(store, budget)?;
        removed += done.removed;
        if !done.more {
            return Ok(removed);
        }
    }
    failed("a vacuum with an end", format!("still more after {MAX_PAGES} calls"))
}

/// An entry that is claimed alone.
pub(super) fn queued(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
) -> Result<Entry, Stop> {
    let entry = NewEntry {
        session_id: session.clone(),
        source_key: None,
        delivery: Delivery::EarliestSafeBoundary,
        slot: Slot::Exclusive,
        merge_key: MergeKey::Never,
        available_at: EpochMs(0),
        items: vec![Work { kind: WorkKind::TurnInput, body: json(probe) }],
    };
    Ok(probe.enqueue(store, &entry)?)
}

/// Claims the next entry of a session's queue, which has to be there.
pub(super) fn claimed(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    ttl: u64,
) -> Result<Claim, Stop> {
    let owner = probe.word();
    let claimant = Claimant { session_id: session.clone(), owner, boundary: Boundary::Idle, ttl };
    present("a claim", probe.claim(store, &claimant, 1)?)
}

/// An entry of its own, claimed for a minute.
pub(super) fn held(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
) -> Result<Claim, Stop> {
    queued(probe, store, session)?;
    claimed(probe, store, session, MINUTE)
}

/// A session's entries, by number.
pub(super) fn entries(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
) -> Result<Vec<Entry>, Stop> {
    Ok(probe.list_entries(store, session, None, PAGE)?)
}

/// What a session means to use.
pub(super) fn intent(session: &SessionId, attachment: &AttachmentId, at: u64) -> Intent {
    Intent {
        attachment_id: attachment.clone(),
        session_id: session.clone(),
        canonical_uri: format!("sha256:{attachment}"),
        intent_at: EpochMs(at),
    }
}

/// A session's row of the manifest.
pub(super) fn row(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    attachment: &AttachmentId,
) -> Result<Option<ManifestRow>, Stop> {
    Ok(AttachmentManifest::get(probe, store, session, attachment)?)
}

/// Whether the plugin keeps intents at all.
pub(super) fn keeps_intents(probe: &mut Probe<'_>) -> Result<bool, Stop> {
    Ok(probe.retention()? == Retention::Kept)
}

/// Ends a case that needs kept intents, where there are none.
pub(super) fn needs_intents(probe: &mut Probe<'_>) -> Result<(), Stop> {
    if keeps_intents(probe)? {
        return Ok(());
    }
    Err(Stop::Skip("needs a manifest that keeps intents, and this plugin's keeps none".into()))
}

/// All there is to see under a store id, of one session.
pub(super) struct Seen {
    session: Option<Session>,
    graph: Vec<Node>,
    path: Vec<Node>,
    usage: Vec<Usage>,
    entries: Vec<Entry>,
    pending: Vec<Entry>,
    uncommitted: Vec<ManifestRow>,
    meta: Option<wirt_contract::sessions::Meta>,
}

/// Looks at a store id from every side.
pub(super) fn seen(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
) -> Result<Seen, Stop> {
    let none: Option<&IntentCursor> = None;
    Ok(Seen {
        session: probe.load(store)?,
        graph: graph(probe, store)?,
        path: path(probe, store, None)?,
        usage: usage(probe, store)?,
        entries: entries(probe, store, session)?,
        pending: probe.list_pending(store, session, None, PAGE)?,
        uncommitted: probe.list_uncommitted(store, EpochMs(u64::MAX), none, PAGE)?,
        meta: probe.load_meta(store)?,
    })
}

/// All of it is as it was. What is not is named, for the whole of it is long.
pub(super) fn unchanged(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    before: &Seen,
) -> Result<(), Stop> {
    let found = seen(probe, store, session)?;
    same("the session, as before", &found.session, &before.session)?;
    same("the graph, as before", &found.graph, &before.graph)?;
    same("the path, as before", &found.path, &before.path)?;
    same("the usage, as before", &found.usage, &before.usage)?;
    same("the queue, as before", &found.entries, &before.entries)?;
    same("what is pending, as before", &found.pending, &before.pending)?;
    same("uncommitted intents, as before", &found.uncommitted, &before.uncommitted)?;
    same("the description, as before", &found.meta, &before.meta)
}
