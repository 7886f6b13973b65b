//! What goes on after a transfer: everything that calls rest on comes along, also what no call
//! shows.

use wirt_contract::sessions::{
    CommitAnswer, GraphChange, NewCommit, Node, Nodes, Part, Parts, Refusal, Sessions, Stamp,
};
use wirt_contract::tasks::{
    Appended, Ending, EventKind, Finished, Status, TaskChange, Tasks, Updated,
};
use wirt_contract::work_queue::{NewEntry, WorkQueue};
use wirt_contract::{Interface, NodeId};

use super::super::tasks::stage::{closed, closing, event, running};
use super::super::work_queue::stage::{LONG, MANY, Queue};
use super::stage::{ALL, commit, export, held, import, moved, node, rich_commit};
use super::{SESSION, case, with};
use crate::case::Run;
use crate::expect::{failed, holds, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    with(
        case("transfer/tapes-go-on", "transfer.export.complete", "wirt", tapes_go_on).extended(),
        &[Interface::Store, Interface::Transfer, Interface::Tasks],
    ),
    session("transfer/claims-go-on", claims_go_on).extended(),
    session("transfer/expired-claims-are-still-held", expired_claims).extended(),
    session("transfer/fences-go-on", fences_go_on).extended(),
    session("transfer/places-go-on", places_go_on).extended(),
    session("transfer/source-keys-go-on", source_keys).extended(),
    session("transfer/stamps-go-on", stamps_go_on),
    session("transfer/bindings-go-on", bindings_go_on).extended(),
    session("transfer/used-node-ids-stay-used", used_ids).extended(),
    session("transfer/ids-of-a-replaced-graph-are-free", replaced_ids).extended(),
    session("transfer/graphs-and-blobs-go-on", graphs_go_on).extended(),
    with(
        case(
            "transfer/claims-of-another-history-are-not-held",
            "work-queue.claim-ref",
            "wirt",
            two_histories,
        )
        .extended(),
        SESSION,
    ),
];

/// A case about what a session goes on with.
const fn session(id: &'static str, run: Run) -> Case {
    with(case(id, "transfer.export.complete", "wirt", run), SESSION)
}

fn tapes_go_on(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let store = probe.store_id();
    let (live, done) = (running(probe, &store)?, closed(probe, &store, Ending::Failed)?);
    let torn = running(probe, &store)?;
    let last = event(probe, EventKind::Final(Ending::Succeeded));
    probe.append_event(&store, &torn, &last)?;
    moved(probe)?;

    let progress = event(probe, EventKind::Progress);
    let appended = probe.append_event(&store, &live, &progress)?;
    same("an event of a running task", &appended, &Appended::At(2))?;
    let appended = probe.append_event(&store, &done, &progress)?;
    same("an event of a closed task", &appended, &Appended::Dropped(2))?;
    let appended = probe.append_event(&store, &torn, &progress)?;
    same("an event after the tape's last word", &appended, &Appended::Dropped(2))?;
    let change = TaskChange::to(Status::Running);
    let updated = probe.update_status(&store, &done, &change)?;
    same("a change of a closed task", &updated, &Updated::Already(Ending::Failed))?;
    let end = closing(probe, Ending::Succeeded);
    let finished = probe.finish(&store, &torn, &end)?;
    same("the end of a task with its last word", &finished, &Finished::At(2))?;
    same("unclosed tasks", &probe.list_unclosed(&store, None, 100)?, &vec![live])
}

fn claims_go_on(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 3)?;
    let renewed = held(probe, &queue, LONG)?;
    let completed = held(probe, &queue, LONG)?;
    let given_back = held(probe, &queue, LONG)?;
    moved(probe)?;

    queue.gives_nothing(probe)?;
    let again = probe.renew(&queue.store, &renewed.claim, LONG)?;
    same("the renewed claim", &again.claim, &renewed.claim)?;
    same("its entries", &again.entries, &renewed.entries)?;
    same("its owner", &again.owner, &renewed.owner)?;
    queue.completed(probe, &completed)?;
    same("abandon", &probe.abandon(&queue.store, &given_back.claim)?, &true)?;
    let (first, last) = (entries.first().cloned(), entries.last().cloned());
    let left: Vec<_> = first.into_iter().chain(last.clone()).collect();
    queue.holds(probe, &left)?;
    queue.takes_next(probe, last.as_slice()).map(drop)
}

fn expired_claims(probe: &mut Probe<'_>) -> Result<(), Stop> {
    const SHORT: u64 = 1_000;
    probe.fresh()?;
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 3)?;
    let (over, later) = (held(probe, &queue, SHORT)?, held(probe, &queue, SHORT * 2)?);
    let live = held(probe, &queue, LONG)?;
    probe.advance(SHORT)?;
    moved(probe)?;
    // Nothing of the time that was left is lost or given.
    queue.awaits(probe, entries.get(..1).unwrap_or_default())?;
    probe.advance(SHORT)?;
    queue.awaits(probe, entries.get(..2).unwrap_or_default())?;
    let again = probe.renew(&queue.store, &over.claim, LONG)?;
    same("an expired claim, renewed", &again.claim, &over.claim)?;
    queue.completed(probe, &later)?;
    queue.completed(probe, &live)
}

fn fences_go_on(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    queue.add_alone(probe, 2)?;
    held(probe, &queue, LONG)?;
    // No row shows the highest number: its claim is gone, and so is its entry.
    let highest = held(probe, &queue, LONG)?;
    queue.completed(probe, &highest)?;
    moved(probe)?;
    queue.add_alone(probe, 1)?;
    let next = held(probe, &queue, LONG)?;
    super::super::work_queue::stage::rises(&highest, &next)
}

fn places_go_on(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let gone = queue.add_alone(probe, 2)?;
    for entry in &gone {
        probe.cancel(&queue.store, &queue.session, &entry.entry_id)?;
    }
    moved(probe)?;
    for new in queue.add_alone(probe, 2)? {
        for old in &gone {
            let above = new.enqueue_seq > old.enqueue_seq;
            holds(above, format!("a number above {}", old.enqueue_seq), || new.show())?;
            let other = new.entry_id != old.entry_id;
            holds(other, "an id nobody has used", || new.show())?;
        }
    }
    Ok(())
}

fn source_keys(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let new = NewEntry { source_key: Some("key".into()), ..queue.alone(probe) };
    let kept = queue.add(probe, &new)?;
    let taken = NewEntry { source_key: Some("taken".into()), ..queue.alone(probe) };
    let taken = queue.add(probe, &taken)?;
    probe.cancel(&queue.store, &queue.session, &taken.entry_id)?;
    moved(probe)?;
    let changed = NewEntry { source_key: new.source_key.clone(), ..queue.alone(probe) };
    let again = probe.enqueue(&queue.store, &changed)?;
    same("the entry of a source key that is there", &again, &kept)?;
    let free = NewEntry { source_key: taken.source_key.clone(), ..queue.alone(probe) };
    let fresh = queue.add(probe, &free)?;
    queue.holds(probe, &[kept, fresh])
}

fn stamps_go_on(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let (store, session) = (&queue.store, &queue.session);
    let first = rich_commit(probe, session, "first");
    let answered = commit(probe, store, &first)?;
    let second = rich_commit(probe, session, "second");
    commit(probe, store, &second)?;
    moved(probe)?;
    same("the first commit again", &commit(probe, store, &first)?, &answered)?;
    let stamp = first.stamp.clone().map(|stamp| Stamp { turn_hash: "other".into(), ..stamp });
    let other = probe.commit(store, &NewCommit { stamp, ..first })?;
    let conflict = CommitAnswer::Refused(Refusal::StampConflict);
    same("its turn with another hash", &other, &conflict)
}

fn bindings_go_on(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let (store, session) = (&queue.store, &queue.session);
    let stranger = queue.beside(probe).session;
    for turn in ["first", "second"] {
        let next = rich_commit(probe, session, turn);
        commit(probe, store, &next)?;
    }
    moved(probe)?;
    let other = rich_commit(probe, &stranger, "other");
    let bound = CommitAnswer::Refused(Refusal::BoundTo(session.clone()));
    same("a commit of another session", &probe.commit(store, &other)?, &bound)?;
    let stale = NewCommit { expected_revision: Some(1), ..rich_commit(probe, session, "stale") };
    let moved_on = CommitAnswer::Refused(Refusal::HeadMoved(2));
    same("a commit upon an old head", &probe.commit(store, &stale)?, &moved_on)?;
    let next = NewCommit { expected_revision: Some(2), ..stale };
    same("the next revision", &commit(probe, store, &next)?.revision, &3)
}

/// A commit that does nothing but append these nodes.
fn append(probe: &mut Probe<'_>, queue: &Queue, nodes: Vec<Node>) -> Result<CommitAnswer, Stop> {
    let graph = GraphChange::Append(Nodes { nodes, leaf: None });
    let next = NewCommit { graph, stamp: None, ..rich_commit(probe, &queue.session, "") };
    Ok(probe.commit(&queue.store, &next)?)
}

fn used_ids(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let tree = ["a", "b", "c"].map(|id| node(probe, id, None));
    append(probe, &queue, tree.to_vec())?;
    let hidden = ["b", "c"].map(NodeId::from);
    probe.tombstone_nodes(&queue.store, &hidden)?;
    moved(probe)?;
    for id in ["b", "c", "a"] {
        let again = vec![node(probe, id, None)];
        let refused = CommitAnswer::Refused(Refusal::NodeExists(id.into()));
        same("a node of an id that was used", &append(probe, &queue, again)?, &refused)?;
    }
    // Also after one more transfer, in which nothing but the row says it.
    moved(probe)?;
    let again = vec![node(probe, "b", None)];
    let refused = CommitAnswer::Refused(Refusal::NodeExists("b".into()));
    same("a node of an id that was used", &append(probe, &queue, again)?, &refused)
}

fn replaced_ids(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let (store, session) = (&queue.store, &queue.session);
    let tree = ["a", "b"].map(|id| node(probe, id, None));
    append(probe, &queue, tree.to_vec())?;
    probe.tombstone_nodes(store, &["b".into()])?;
    let only = Nodes { nodes: vec![node(probe, "c", None)], leaf: None };
    let graph = GraphChange::Replace(only);
    let replacing = NewCommit { graph, ..rich_commit(probe, session, "replacing") };
    commit(probe, store, &replacing)?;
    moved(probe)?;
    match append(probe, &queue, tree.to_vec())? {
        CommitAnswer::Committed(_) => {}
        refused => return failed("ids that are free", refused.show()),
    }
    let page = probe.load_graph(store, None, 100)?;
    let found: Vec<_> = page.nodes.into_iter().map(|node| node.node_id).collect();
    same("the graph", &found, &["c", "a", "b"].map(NodeId::from).to_vec())
}

fn graphs_go_on(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let (store, session) = (&queue.store, &queue.session);
    let root = node(probe, "a", None);
    append(probe, &queue, vec![root])?;
    let first = rich_commit(probe, session, "first");
    let parts = commit(probe, store, &first)?.checkpoint.parts;
    moved(probe)?;
    // A child of a node that came along, and parts of which none is given anew.
    let child = Nodes { nodes: vec![node(probe, "b", Some("a"))], leaf: Some("b".into()) };
    let kept = Parts {
        turn_state: Part::Kept(parts.turn_state.clone()),
        tool_state: parts.tool_state.clone().map(Part::Kept),
        plugins: parts.plugins.clone().map(Part::Kept),
        plugin_revision: parts.plugin_revision,
        execution_state: None,
    };
    let graph = GraphChange::Append(child);
    let next = NewCommit { graph, checkpoint: kept, ..rich_commit(probe, session, "next") };
    same(
        "the parts",
        &commit(probe, store, &next)?.checkpoint.parts.turn_state,
        &parts.turn_state,
    )?;
    let path = probe.load_path(store, None, 100)?;
    let found: Vec<_> = path.nodes.into_iter().map(|node| node.node_id).collect();
    same("the path", &found, &["b", "a"].map(NodeId::from).to_vec())
}

fn two_histories(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let rows = export(probe, ALL)?;
    // What comes after the backup was never in the plugin that it is restored into.
    let elsewhere = held(probe, &queue, LONG)?;
    probe.fresh()?;
    import(probe, &rows, ALL)?;
    queue.lost(probe, &elsewhere.claim)?;
    let claimant = queue.idle(probe, LONG);
    let here = queue.takes(probe, &claimant, MANY, &entries)?;
    let (old, new) = (elsewhere.claim.fencing_token, here.claim.fencing_token);
    same("the fencing token of each history's first claim", &new, &old)?;
    queue.lost(probe, &elsewhere.claim)?;
    queue.completed(probe, &here)
}
