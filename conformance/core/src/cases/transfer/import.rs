//! When an import is taken, and what it closes meanwhile.

use wirt_contract::artifacts::Artifacts;
use wirt_contract::attachment_manifest::AttachmentManifest;
use wirt_contract::attachments::{Attachments, Metadata};
use wirt_contract::batching::Batching;
use wirt_contract::sessions::{Meta, Relation, Sessions};
use wirt_contract::store::Store;
use wirt_contract::tasks::{TaskFilter, Tasks};
use wirt_contract::transfer::{Row, Transfer};
use wirt_contract::work_queue::WorkQueue;
use wirt_contract::{AttachmentId, EpochMs, Interface, ModuleRef, SessionId, StoreId};

use super::super::artifacts::new_artifact;
use super::super::tasks::stage::{new_task, pending};
use super::super::work_queue::stage::{LONG, Queue, commit as plain_commit};
use super::stage::{ALL, commit, count, export, give, import, same_rows, small_stock};
use super::{SESSION, case, with};
use crate::case::Run;
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Reopen, Stop};

pub(super) const CASES: &[Case] = &[
    non_empty("transfer/tasks-refuse-an-import", TASKS, over_tasks),
    non_empty("transfer/attachments-refuse-an-import", ATTACHMENTS, over_attachments),
    non_empty("transfer/artifacts-refuse-an-import", ARTIFACTS, over_artifacts),
    non_empty("transfer/sessions-refuse-an-import", SESSION, over_sessions).extended(),
    non_empty("transfer/queues-refuse-an-import", SESSION, over_queues),
    non_empty("transfer/manifests-refuse-an-import", SESSION, over_manifests),
    case(
        "transfer/what-was-imported-refuses-an-import",
        "transfer.import.empty-only",
        "wirt",
        twice,
    )
    .extended(),
    closed("transfer/closed-while-importing", closed_meanwhile).extended(),
    closed("transfer/begun-once", begun_once).extended(),
    closed("transfer/closed-in-a-fresh-instance", closed_when_reopened).extended().durable(),
    with(
        closed("transfer/imports-in-batches", in_batches).extended(),
        &[Interface::Store, Interface::Batching, Interface::Transfer],
    ),
    with(
        closed("transfer/unflushed-rows-leave-no-trace", unflushed).extended(),
        &[Interface::Store, Interface::Batching, Interface::Transfer],
    )
    .durable(),
    case("transfer/rows-need-a-begin", "transfer.import.needs-begin", "wirt", needs_begin)
        .extended(),
    case("transfer/finish-counts-rows", "transfer.import.count", "wirt", counts).extended(),
];

const TASKS: &[Interface] = &[Interface::Store, Interface::Transfer, Interface::Tasks];
const ATTACHMENTS: &[Interface] = &[Interface::Store, Interface::Transfer, Interface::Attachments];
const ARTIFACTS: &[Interface] = &[Interface::Store, Interface::Transfer, Interface::Artifacts];

const fn non_empty(id: &'static str, interfaces: &'static [Interface], run: Run) -> Case {
    with(case(id, "transfer.import.empty-only", "wirt", run), interfaces)
}

const fn closed(id: &'static str, run: Run) -> Case {
    case(id, "transfer.import.closed-meanwhile", "wirt", run)
}

/// No import begins, and the store stays as it is and open.
fn refuses(probe: &mut Probe<'_>, what: &str) -> Result<(), Stop> {
    let before = export(probe, ALL)?;
    let answer = probe.begin_import();
    refused(&format!("an import over {what}"), answer, Kind::Conflict)?;
    same_rows("the export", &export(probe, ALL)?, &before)
}

fn over_tasks(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let store = probe.store_id();
    pending(probe, &store)?;
    refuses(probe, "a task")
}

fn plain() -> Metadata {
    Metadata { media_type: "text/plain".into(), width: None, height: None, label: None }
}

fn over_attachments(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let store = probe.store_id();
    Attachments::put(probe, &store, &[], &plain())?;
    refuses(probe, "an attachment")
}

fn over_artifacts(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let store = probe.store_id();
    let artifact = new_artifact(probe);
    Artifacts::put(probe, &store, &artifact)?;
    refuses(probe, "an artifact")
}

fn meta(session: SessionId) -> Meta {
    let (name, model) = (String::new(), String::new());
    let relation = Relation::Root;
    Meta { session_id: session, name, created_at: EpochMs(0), model, cwd: None, relation }
}

fn over_sessions(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let store = probe.store_id();
    let session = SessionId::new(probe.word());
    let first = plain_commit(probe, &session);
    commit(probe, &store, &first)?;
    refuses(probe, "a session")?;
    probe.fresh()?;
    probe.save_meta(&store, &meta(session))?;
    refuses(probe, "a session's description")
}

fn over_queues(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    refuses(probe, "an entry")?;
    // What is left of it are its numbers; with other rows they would be given out again.
    for entry in entries {
        probe.cancel(&queue.store, &queue.session, &entry.entry_id)?;
    }
    refuses(probe, "numbers that were given out")
}

fn over_manifests(probe: &mut Probe<'_>) -> Result<(), Stop> {
    use wirt_contract::attachment_manifest::{Intent, Retention};
    probe.fresh()?;
    if probe.retention()? == Retention::None {
        return Err(Stop::Skip("the plugin keeps no intents".into()));
    }
    let store = probe.store_id();
    let intent = Intent {
        attachment_id: "a".into(),
        session_id: "s".into(),
        canonical_uri: String::new(),
        intent_at: EpochMs(0),
    };
    probe.record_intent(&store, &intent)?;
    refuses(probe, "an intent")
}

/// Rows of a stocked plugin, which is empty afterwards.
pub(super) fn some_rows(probe: &mut Probe<'_>) -> Result<Vec<Row>, Stop> {
    probe.fresh()?;
    small_stock(probe)?;
    let rows = export(probe, ALL)?;
    if rows.len() < 2 {
        return Err(Stop::Skip("the plugin offers too little to be moved".into()));
    }
    probe.fresh()?;
    Ok(rows)
}

fn twice(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    import(probe, &rows, ALL)?;
    refuses(probe, "what was imported")
}

/// Every call that reads or writes data is a conflict.
fn is_closed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    refused("an export", probe.export(None, 1), Kind::Conflict)?;
    refused("a check", probe.check(None, 1), Kind::Conflict)?;
    if probe.offers(Interface::Tasks) {
        let task = new_task(probe);
        refused("create", probe.create(&store, &task), Kind::Conflict)?;
        refused("get", Tasks::get(probe, &store, &task.task_id), Kind::Conflict)?;
        let listed = Tasks::list(probe, &store, &TaskFilter::default(), None, 1);
        refused("a list of tasks", listed, Kind::Conflict)?;
    }
    if probe.offers(Interface::Attachments) {
        let bytes = probe.bytes(4);
        let id = AttachmentId::of(&bytes);
        let put = Attachments::put(probe, &store, &bytes, &plain());
        refused("put of an attachment", put, Kind::Conflict)?;
        refused("head", probe.head(&store, &id), Kind::Conflict)?;
        let gone = Attachments::delete(probe, &store, &id);
        refused("delete of an attachment", gone, Kind::Conflict)?;
    }
    if probe.offers(Interface::Artifacts) {
        let artifact = new_artifact(probe);
        refused("put of an artifact", Artifacts::put(probe, &store, &artifact), Kind::Conflict)?;
        let none: Option<&ModuleRef> = None;
        let listed = Artifacts::list(probe, &store, none, 1);
        refused("a list of artifacts", listed, Kind::Conflict)?;
    }
    if probe.offers(Interface::Sessions) {
        session_is_closed(probe, &store)?;
    }
    Ok(())
}

fn session_is_closed(probe: &mut Probe<'_>, store: &StoreId) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let session = &queue.session;
    let first = plain_commit(probe, session);
    refused("commit", probe.commit(store, &first), Kind::Conflict)?;
    refused("load", probe.load(store), Kind::Conflict)?;
    refused("save-meta", probe.save_meta(store, &meta(session.clone())), Kind::Conflict)?;
    refused("vacuum", probe.vacuum(store, 1), Kind::Conflict)?;
    let entry = queue.alone(probe);
    refused("enqueue", probe.enqueue(store, &entry), Kind::Conflict)?;
    let claimant = queue.idle(probe, LONG);
    refused("claim", probe.claim(store, &claimant, 1), Kind::Conflict)?;
    let listed = probe.list_entries(store, session, None, 1);
    refused("a list of entries", listed, Kind::Conflict)?;
    let attachment = AttachmentId::from("a");
    let referenced = probe.is_referenced(store, &attachment);
    refused("is-referenced", referenced, Kind::Conflict)?;
    let forgotten = probe.forget(store, session, &attachment);
    refused("forget", forgotten, Kind::Conflict)
}

/// The two parts in which these cases give rows.
fn halves(rows: &[Row]) -> (&[Row], &[Row]) {
    rows.split_at(rows.len() / 2)
}

fn closed_meanwhile(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let (first, rest) = halves(&rows);
    probe.begin_import()?;
    is_closed(probe)?;
    give(probe, first, ALL)?;
    is_closed(probe)?;
    probe.describe()?;
    give(probe, rest, ALL)?;
    is_closed(probe)?;
    probe.finish_import(count(&rows))?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}

fn begun_once(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let (first, rest) = halves(&rows);
    probe.begin_import()?;
    refused("an import within an import", probe.begin_import(), Kind::Conflict)?;
    give(probe, first, ALL)?;
    refused("an import within an import", probe.begin_import(), Kind::Conflict)?;
    // The one that was begun goes on where it was.
    give(probe, rest, ALL)?;
    probe.finish_import(count(&rows))?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}

fn closed_when_reopened(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    for how in [Reopen::Closed, Reopen::Dropped] {
        let (first, rest) = halves(&rows);
        probe.fresh()?;
        probe.begin_import()?;
        probe.reopen(how)?;
        is_closed(probe)?;
        give(probe, first, ALL)?;
        probe.reopen(how)?;
        is_closed(probe)?;
        refused("an import within an import", probe.begin_import(), Kind::Conflict)?;
        give(probe, rest, ALL)?;
        probe.reopen(how)?;
        probe.finish_import(count(&rows))?;
        probe.reopen(how)?;
        same_rows("the export after the import", &export(probe, ALL)?, &rows)?;
    }
    Ok(())
}

fn in_batches(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let (first, rest) = halves(&rows);
    probe.begin()?;
    probe.begin_import()?;
    probe.flush()?;
    probe.begin()?;
    give(probe, first, 1)?;
    refused("an export", probe.export(None, 1), Kind::Conflict)?;
    give(probe, rest, 1)?;
    probe.finish_import(count(&rows))?;
    probe.flush()?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}

fn unflushed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let (first, rest) = halves(&rows);
    probe.begin_import()?;
    for how in [Reopen::Closed, Reopen::Dropped] {
        probe.begin()?;
        give(probe, first, ALL)?;
        probe.reopen(how)?;
        is_closed(probe)?;
    }
    // Those rows never came in, so they are next.
    give(probe, first, ALL)?;
    probe.begin()?;
    give(probe, rest, ALL)?;
    probe.finish_import(count(&rows))?;
    probe.reopen(Reopen::Dropped)?;
    is_closed(probe)?;
    give(probe, rest, ALL)?;
    probe.finish_import(count(&rows))?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}

/// No row comes in and no import ends, for none was begun.
fn none_begun(probe: &mut Probe<'_>, rows: &[Row]) -> Result<(), Stop> {
    refused("rows without a begin", probe.import_rows(rows), Kind::Invalid)?;
    refused("no rows without a begin", probe.import_rows(&[]), Kind::Invalid)?;
    refused("a finish without a begin", probe.finish_import(count(rows)), Kind::Invalid)?;
    refused("a finish without a begin", probe.finish_import(0), Kind::Invalid)
}

fn needs_begin(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    none_begun(probe, &rows)?;
    same_rows("what is left of it", &export(probe, ALL)?, &[])?;
    import(probe, &rows, ALL)?;
    none_begun(probe, &rows)?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}

fn counts(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    let (first, rest) = halves(&rows);
    let all = count(&rows);
    probe.begin_import()?;
    refused("a finish of too many", probe.finish_import(1), Kind::Invalid)?;
    give(probe, first, ALL)?;
    // What a backup that was cut short comes to.
    for wrong in [all, 0, u64::MAX] {
        refused(
            &format!("a finish of {wrong} rows, of which {} came in", first.len()),
            probe.finish_import(wrong),
            Kind::Invalid,
        )?;
    }
    give(probe, rest, ALL)?;
    for wrong in [all - 1, all + 1] {
        refused(
            &format!("a finish of {wrong} rows, of which {all} came in"),
            probe.finish_import(wrong),
            Kind::Invalid,
        )?;
    }
    refused("an export", probe.export(None, 1), Kind::Conflict)?;
    probe.finish_import(all)?;
    same("rows", &count(&export(probe, ALL)?), &all)
}
