//! What is put into a plugin for a transfer, and how everything is moved out of it and in again.

use wirt_contract::artifacts::Artifacts;
use wirt_contract::attachment_manifest::{AttachmentManifest, Intent};
use wirt_contract::attachments::{Attachments, Metadata};
use wirt_contract::sessions::{
    CommitAnswer, Committed, Frame, GraphChange, Meta, NewCommit, Node, Nodes, Part, Parts,
    Relation, Sessions, Stamp, Tokens, Usage, UsageCursor,
};
use wirt_contract::store::Limits;
use wirt_contract::tasks::{Ending, EventKind, NewTask, Tasks};
use wirt_contract::transfer::{Row, Transfer};
use wirt_contract::work_queue::{Claim, NewEntry, WorkQueue};
use wirt_contract::{
    AttachmentId, EpochMs, Interface, ModuleRef, NodeId, SessionId, StoreId, TaskId,
};

use super::super::artifacts::new_artifact;
use super::super::tasks::stage::{closed, ended, event, json, new_task, pending, running, time};
use super::super::work_queue::stage::{FAR, LONG, Queue, commit as plain_commit};
use crate::expect::failed;
use crate::{Probe, Show, Stop};

/// Pages after which an export is taken for one without an end.
const MAX_PAGES: usize = 10_000;
/// Rows given to an import at once: the smallest longest list.
const ROWS: u32 = Limits::FLOOR.max_list;
/// A budget no case's rows reach.
pub(super) const ALL: u32 = u32::MAX;

/// What was put under one store id, by name: as much as reading it takes.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) tasks: Vec<TaskId>,
    pub(super) attachments: Vec<AttachmentId>,
    pub(super) sessions: Vec<SessionId>,
    pub(super) nodes: Vec<NodeId>,
    pub(super) artifacts: Vec<ModuleRef>,
}

/// A store id with something under it.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) store: StoreId,
    pub(super) names: Names,
}

/// Ids in an order that is neither that of their lengths nor that of their UTF-16.
pub(super) fn awkward_ids(start: &str) -> [String; 5] {
    ["b", "aa", "a\u{0}", "\u{1f600}", "\u{ff5e}"].map(|end| format!("{start}{end}"))
}

/// Fills an empty plugin with something of everything it offers, under three store ids.
///
/// # Errors
/// A skip where it offers nothing that could be moved.
pub(super) fn stock(probe: &mut Probe<'_>) -> Result<Vec<Shelf>, Stop> {
    const MOVED: [Interface; 4] =
        [Interface::Tasks, Interface::Attachments, Interface::Sessions, Interface::Artifacts];
    if !MOVED.into_iter().any(|interface| probe.offers(interface)) {
        return Err(Stop::Skip("the plugin offers nothing that could be moved".into()));
    }
    let start = probe.store_id();
    let mut shelves = Vec::new();
    for (end, much) in [("b", true), ("aa", false), ("\u{1f600}", false), ("\u{ff5e}", false)] {
        let store = StoreId::new(format!("{start}{end}"));
        let names = Names {
            tasks: stock_tasks(probe, &store, much)?,
            attachments: stock_attachments(probe, &store, much)?,
            artifacts: stock_artifacts(probe, &store, much)?,
            ..Names::default()
        };
        shelves.push(Shelf { store, names });
    }
    for (shelf, much) in shelves.iter_mut().zip([true, false]) {
        stock_session(probe, shelf, much)?;
    }
    Ok(shelves)
}

/// As much as has each kind of row, under one store id and a few under another. Its nodes are one
/// path, so that of no two rows either may come first.
pub(super) fn small_stock(probe: &mut Probe<'_>) -> Result<Shelf, Stop> {
    let store = probe.store_id();
    let names = Names {
        tasks: stock_tasks(probe, &store, false)?,
        attachments: stock_attachments(probe, &store, false)?,
        artifacts: stock_artifacts(probe, &store, false)?,
        ..Names::default()
    };
    let beside = StoreId::new(format!("{store}a"));
    stock_attachments(probe, &beside, false)?;
    stock_artifacts(probe, &beside, false)?;
    let mut shelf = Shelf { store, names };
    stock_session(probe, &mut shelf, false)?;
    Ok(shelf)
}

fn stock_tasks(probe: &mut Probe<'_>, store: &StoreId, much: bool) -> Result<Vec<TaskId>, Stop> {
    if !probe.offers(Interface::Tasks) {
        return Ok(Vec::new());
    }
    let mut tasks = vec![closed(probe, store, Ending::Failed)?, pending(probe, store)?];
    if !much {
        return Ok(tasks);
    }
    tasks.extend([running(probe, store)?, ended(probe, store, Ending::Succeeded)?]);
    tasks.push(closed(probe, store, Ending::Cancelled)?);
    let torn = running(probe, store)?;
    let last = event(probe, EventKind::Final(Ending::Succeeded));
    probe.append_event(store, &torn, &last)?;
    // A tape whose numbers have more than one digit.
    let long = running(probe, store)?;
    for kind in [EventKind::Progress, EventKind::Log, EventKind::Partial].repeat(4) {
        let next = event(probe, kind);
        probe.append_event(store, &long, &next)?;
    }
    tasks.extend([torn, long]);
    let start = probe.word();
    for id in awkward_ids(&start) {
        let task = NewTask { task_id: id.into(), ..new_task(probe) };
        probe.create(store, &task)?;
        tasks.push(task.task_id);
    }
    Ok(tasks)
}

fn stock_attachments(
    probe: &mut Probe<'_>,
    store: &StoreId,
    much: bool,
) -> Result<Vec<AttachmentId>, Stop> {
    if !probe.offers(Interface::Attachments) {
        return Ok(Vec::new());
    }
    let plain =
        Metadata { media_type: "text/plain".into(), width: None, height: None, label: None };
    let rich =
        Metadata { width: Some(7), height: Some(0), label: Some(String::new()), ..plain.clone() };
    let (some, gone) = (probe.bytes(30), probe.bytes(31));
    let mut contents = vec![some, gone.clone(), probe.bytes(32)];
    if much {
        contents.extend([Vec::new(), probe.bytes(2_000), probe.bytes(1)]);
    }
    for (bytes, metadata) in contents.iter().zip([&rich, &plain].into_iter().cycle()) {
        Attachments::put(probe, store, bytes, metadata)?;
    }
    Attachments::delete(probe, store, &AttachmentId::of(&gone))?;
    Ok(contents.iter().map(|bytes| AttachmentId::of(bytes)).collect())
}

fn stock_artifacts(
    probe: &mut Probe<'_>,
    store: &StoreId,
    much: bool,
) -> Result<Vec<ModuleRef>, Stop> {
    if !probe.offers(Interface::Artifacts) {
        return Ok(Vec::new());
    }
    let mut artifacts = Vec::new();
    for _ in 0..if much { 3 } else { 2 } {
        let artifact = new_artifact(probe);
        Artifacts::put(probe, store, &artifact)?;
        artifacts.push(artifact.module_ref);
    }
    Ok(artifacts)
}

/// A node nobody has seen.
pub(super) fn node(probe: &mut Probe<'_>, id: &str, parent: Option<&str>) -> Node {
    Node {
        node_id: id.into(),
        parent_node_id: parent.map(NodeId::from),
        agent_frame_id: parent.map(|_| "f2".into()),
        at: time(probe),
        body: json(probe),
    }
}

fn usage(source: &str, model: &str, input: u64) -> Usage {
    Usage {
        of: UsageCursor { source: source.into(), model: model.into() },
        tokens: Tokens { input, output: 1, cached_input: 0, reasoning: u64::from(u32::MAX) },
    }
}

/// A commit that says something of everything.
pub(super) fn rich_commit(probe: &mut Probe<'_>, session: &SessionId, turn: &str) -> NewCommit {
    let frame = |probe: &mut Probe<'_>, id: &str, before: Option<&str>| Frame {
        frame_id: id.into(),
        previous_frame_id: before.map(Into::into),
        superseded: before.is_none(),
        reason: probe.word(),
        created_at: time(probe),
        body: json(probe),
        execution_state: before.map(|_| Part::Bytes(probe.bytes(9))),
    };
    NewCommit {
        frames: vec![frame(probe, "f1", None), frame(probe, "f2", Some("f1"))],
        current_frame_id: "f2".into(),
        checkpoint: Parts {
            turn_state: Part::Bytes(probe.bytes(20)),
            tool_state: Some(Part::Bytes(probe.bytes(21))),
            plugins: Some(Part::Bytes(probe.bytes(22))),
            plugin_revision: Some(3),
            execution_state: None,
        },
        usage: vec![usage("turn", "large", 5), usage("turn", "l", 2), usage("tool", "z", 1)],
        stamp: Some(Stamp {
            session_id: session.clone(),
            turn_id: turn.into(),
            turn_hash: format!("hash of {turn}"),
        }),
        ..plain_commit(probe, session)
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

/// A chain of nodes, in an order that is not that of their ids; with branches where there is to be
/// much.
fn graph(probe: &mut Probe<'_>, much: bool) -> Vec<Node> {
    let mut tree = vec![("z", None), ("c", Some("z")), ("a", Some("c")), ("b", Some("a"))];
    if much {
        tree.extend([("aa", Some("c")), ("aaa", Some("aa")), ("y", None), ("x", Some("y"))]);
        tree.extend([("m10", Some("b")), ("m9", Some("m10")), ("m1", Some("m9"))]);
    }
    tree.into_iter().map(|(id, parent)| node(probe, id, parent)).collect()
}

/// What a session, its queues and its manifest come to: each has to be moved with the others.
fn stock_session(probe: &mut Probe<'_>, shelf: &mut Shelf, much: bool) -> Result<(), Stop> {
    if !probe.offers(Interface::Sessions) {
        return Ok(());
    }
    let store = shelf.store.clone();
    let mut own = Queue::new(probe);
    own.store = store.clone();
    let other = own.beside(probe);
    shelf.names.sessions = vec![own.session.clone(), other.session.clone()];
    stock_intents(probe, shelf)?;
    let meta = Meta {
        session_id: own.session.clone(),
        name: "ü\u{0}".into(),
        created_at: time(probe),
        model: String::new(),
        cwd: Some(probe.word()),
        relation: Relation::Child {
            session_id: other.session.clone(),
            caused_by: Some(json(probe)),
        },
    };
    probe.save_meta(&store, &meta)?;

    // A first turn, of whose blobs one is kept, and a second that completes a claim.
    let first = rich_commit(probe, &own.session, "t10");
    let nodes = graph(probe, much);
    let graph = Nodes { nodes: nodes.clone(), leaf: Some("b".into()) };
    let first = NewCommit { graph: GraphChange::Append(graph), ..first };
    let kept = commit(probe, &store, &first)?;
    own.add_alone(probe, 1)?;
    let claimant = own.idle(probe, LONG);
    let done = probe.claim(&store, &claimant, 1)?;
    let tip = node(probe, "tip", Some("b"));
    let second = NewCommit {
        graph: GraphChange::Append(Nodes { nodes: vec![tip], leaf: Some("tip".into()) }),
        completed: done.into_iter().map(|claim| claim.claim).collect(),
        attachments: vec!["picture".into()],
        ..rich_commit(probe, &own.session, "t9")
    };
    let turn_state = Part::Kept(kept.checkpoint.parts.turn_state);
    let second =
        NewCommit { checkpoint: Parts { turn_state, ..second.checkpoint.clone() }, ..second };
    commit(probe, &store, &second)?;
    shelf.names.nodes = nodes.into_iter().map(|node| node.node_id).collect();
    shelf.names.nodes.push("tip".into());
    let hidden: &[NodeId] = if much { &["tip".into(), "aa".into()] } else { &["tip".into()] };
    probe.tombstone_nodes(&store, hidden)?;
    if much {
        return stock_queues(probe, &own, &other);
    }
    for queue in [&other, &own, &own] {
        queue.add_alone(probe, 1)?;
    }
    held(probe, &own, LONG).map(drop)
}

/// What sessions mean to use; some of it is committed.
fn stock_intents(probe: &mut Probe<'_>, shelf: &Shelf) -> Result<(), Stop> {
    for (place, session) in (0_u64..).zip(shelf.names.sessions.iter().rev()) {
        for (attachment, at) in [("picture", 9 - place), ("page", 9), ("pages", 256)] {
            let intent = Intent {
                attachment_id: attachment.into(),
                session_id: session.clone(),
                canonical_uri: format!("sha256:{attachment}"),
                intent_at: EpochMs(at),
            };
            probe.record_intent(&shelf.store, &intent)?;
        }
        probe.commit_refs(&shelf.store, session, &["pages".into()])?;
        // So that what is committed later has a time of its own.
        probe.advance(1_000)?;
    }
    Ok(())
}

/// Two queues, turn about: a claim that lives, one that ran out, entries that join, wait, or have
/// a key, and one that is gone.
fn stock_queues(probe: &mut Probe<'_>, own: &Queue, other: &Queue) -> Result<(), Stop> {
    let gone = other.add_alone(probe, 1)?;
    own.add_alone(probe, 1)?;
    other.add_group(probe, 2)?;
    own.add_alone(probe, 1)?;
    held(probe, own, LONG)?;
    held(probe, own, 500)?;
    for entry in &gone {
        probe.cancel(&other.store, &other.session, &entry.entry_id)?;
    }
    held(probe, other, LONG)?;
    for queue in [own, other] {
        let later = NewEntry { available_at: FAR, ..queue.alone(probe) };
        queue.add(probe, &later)?;
        let keyed = NewEntry { source_key: Some("key".into()), ..queue.alone(probe) };
        queue.add(probe, &keyed)?;
        queue.add_group(probe, 2)?;
    }
    probe.advance(1_000)
}

/// Claims what is next.
pub(super) fn held(probe: &mut Probe<'_>, queue: &Queue, ttl: u64) -> Result<Claim, Stop> {
    let claimant = queue.idle(probe, ttl);
    let claim = probe.claim(&queue.store, &claimant, 100)?;
    crate::expect::present("a claim", claim)
}

/// All rows, in pages of about `budget`.
pub(super) fn export(probe: &mut Probe<'_>, budget: u32) -> Result<Vec<Row>, Stop> {
    let mut rows = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let page = probe.export(after.as_deref(), budget)?;
        if page.rows.is_empty() && page.next.is_some() {
            return failed("rows, where there are more", page.show());
        }
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return Ok(rows);
        }
    }
    failed("an export with an end", format!("still a next page after {MAX_PAGES}"))
}

/// Gives rows to an import, at most this many at once.
pub(super) fn give(probe: &mut Probe<'_>, rows: &[Row], at_once: u32) -> Result<(), Stop> {
    for some in rows.chunks(usize::try_from(at_once.clamp(1, ROWS)).unwrap_or(1)) {
        probe.import_rows(some)?;
    }
    Ok(())
}

/// Imports rows into an empty plugin.
pub(super) fn import(probe: &mut Probe<'_>, rows: &[Row], at_once: u32) -> Result<(), Stop> {
    probe.begin_import()?;
    give(probe, rows, at_once)?;
    Ok(probe.finish_import(count(rows))?)
}

/// How many rows they are.
pub(super) fn count(rows: &[Row]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

/// Moves all there is out of the plugin, and into an empty one.
pub(super) fn moved(probe: &mut Probe<'_>) -> Result<Vec<Row>, Stop> {
    let rows = export(probe, ALL)?;
    probe.fresh()?;
    import(probe, &rows, ALL)?;
    Ok(rows)
}

/// The rows of another export are these, one by one.
pub(super) fn same_rows(what: &str, found: &[Row], expected: &[Row]) -> Result<(), Stop> {
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        crate::expect::same(&format!("{what}: row {place}"), found, expected)?;
    }
    crate::expect::same(&format!("{what}: rows"), &found.len(), &expected.len())
}
