//! `wirt:persistence/batching`: many calls as one. The bounds and the comparison with single calls
//! have rooms of their own.
//!
//! `batching.flush.failed` is not here: no plugin can be made to fail a flush from outside.

mod bounds;
mod model;

use wirt_contract::Interface;
use wirt_contract::attachments::{Attachments, Metadata};
use wirt_contract::batching::Batching;
use wirt_contract::tasks::{
    Appended, Ending, EventKind, Finished, NewEvent, NewTask, Started, Status, TaskChange,
    TaskFilter, Tasks, Updated,
};
use wirt_contract::{StoreId, TaskId};

use super::tasks::stage::{
    PAGE, closed, closing, event, ids, new_task, pending, row_of, running, seen, time,
};
use crate::case::Run;
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Reopen, Stop};

pub(super) use bounds::CASES as BOUNDS;

pub(super) const CASES: &[Case] = &[
    case("batching/begin-once", "batching.begin.once", begin_once),
    case("batching/flush-needs-begin", "batching.flush.needs-begin", flush_needs_begin),
    case("batching/flush-empty", "batching.flush.empty", flush_empty),
    case("batching/calls-see-each-other", "batching.order", see_each_other),
    case("batching/attachments-see-each-other", "batching.order", attachments_see_each_other),
    case("batching/same-as-singles", "batching.same-as-singles", model::same_as_singles),
    case("batching/error-undoes-itself", "batching.error-undoes-itself", error_undoes_itself),
    case("batching/late-error-undoes-itself", "batching.error-undoes-itself", late_error),
    case("batching/unflushed-no-trace", "batching.unflushed-no-trace", no_trace),
    case("batching/unflushed-changes-nothing", "batching.unflushed-no-trace", unflushed).durable(),
    case("batching/unflushed-after-flushed", "batching.unflushed-no-trace", one_of_two).durable(),
    case("batching/fresh-instance-begins", "batching.begin.once", fresh_begins),
    case("batching/flushed-stays", "batching.flushed-stays", flushed_stays).durable(),
    case("batching/flush-follows-flush", "batching.flushed-stays", flush_follows_flush),
];

/// A core case about batches of calls on tasks.
const fn case(id: &'static str, rule: &'static str, run: Run) -> Case {
    let needs = &[Interface::Store, Interface::Batching, Interface::Tasks];
    Case::core((id, rule, "wirt"), Interface::Batching, needs, run)
}

fn begin_once(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    probe.begin()?;
    let task = pending(probe, &store)?;
    refused("begin inside a batch", probe.begin(), Kind::Invalid)?;
    // The batch is still the same one.
    let second = pending(probe, &store)?;
    probe.flush()?;
    refused("flush of the batch that never began", probe.flush(), Kind::Invalid)?;
    let mut expected = vec![task, second];
    expected.sort();
    same("what the batch made", &probe.list_unclosed(&store, None, PAGE)?, &expected)
}

fn flush_needs_begin(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    refused("flush without begin", probe.flush(), Kind::Invalid)?;
    let task = pending(probe, &store)?;
    refused("flush after a single call", probe.flush(), Kind::Invalid)?;
    same("unclosed tasks", &probe.list_unclosed(&store, None, PAGE)?, &vec![task])
}

fn flush_empty(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for _ in 0..2 {
        probe.begin()?;
        probe.flush()?;
    }
    probe.begin()?;
    same("a read alone in its batch", &probe.list_unclosed(&store, None, PAGE)?, &Vec::new())?;
    Ok(probe.flush()?)
}

fn see_each_other(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = new_task(probe);
    let id = &task.task_id;
    let (log, at, end) =
        (event(probe, EventKind::Log), time(probe), closing(probe, Ending::Failed));
    probe.begin()?;
    same("the row before it is made", &Tasks::get(probe, &store, id)?, &None)?;
    probe.create(&store, &task)?;
    same("the row", &Tasks::get(probe, &store, id)?, &Some(row_of(&task)))?;
    refused("create again", probe.create(&store, &task), Kind::Conflict)?;
    same("start", &probe.start(&store, id, at, "{}")?, &Started::At(1))?;
    same("append-event", &probe.append_event(&store, id, &log)?, &Appended::At(2))?;
    same("max-seq", &probe.max_seq(&store, id)?, &2)?;
    let page = Tasks::list(probe, &store, &TaskFilter::default(), None, PAGE)?;
    same("rows listed", &ids(&page.tasks), &vec![id.clone()])?;
    same("unclosed", &probe.list_unclosed(&store, None, PAGE)?, &vec![id.clone()])?;
    same("finish", &probe.finish(&store, id, &end)?, &Finished::At(3))?;
    same("append after final", &probe.append_event(&store, id, &log)?, &Appended::Dropped(3))?;
    let inside = seen(probe, &store, id)?;
    same("unclosed after finish", &inside.unclosed, &false)?;
    probe.flush()?;
    same("the task after the flush", &seen(probe, &store, id)?, &inside)
}

fn attachments_see_each_other(probe: &mut Probe<'_>) -> Result<(), Stop> {
    if !probe.offers(Interface::Attachments) {
        return Err(Stop::Skip("needs attachments, which the plugin does not offer".into()));
    }
    let store = probe.store_id();
    let (kept, gone) = (probe.bytes(300), probe.bytes(301));
    let metadata =
        Metadata { media_type: "image/png".into(), width: Some(3), height: None, label: None };
    probe.begin()?;
    let first = probe.put(&store, &kept, &metadata)?;
    same("the bytes", &Attachments::get(probe, &store, &first.id)?, &kept)?;
    let second = probe.put(&store, &gone, &metadata)?;
    same("delete", &probe.delete(&store, &second.id)?, &true)?;
    same("head of what is deleted", &probe.head(&store, &second.id)?, &None)?;
    same("delete again", &probe.delete(&store, &second.id)?, &false)?;
    probe.flush()?;
    let listed = Attachments::list(probe, &store, None, PAGE)?;
    same("attachments after the flush", &listed, &vec![first.clone()])?;
    same("the bytes after the flush", &Attachments::get(probe, &store, &first.id)?, &kept)
}

/// Looks at all tasks of a case after a flush, and where data stays, in a fresh instance as well.
fn everywhere(
    probe: &mut Probe<'_>,
    mut look: impl FnMut(&mut Probe<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    look(probe)?;
    if probe.durability() == wirt_contract::store::Durability::Durable {
        probe.reopen(Reopen::Dropped)?;
        look(probe)?;
    }
    Ok(())
}

fn error_undoes_itself(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let (first, second, nobody) = (new_task(probe), new_task(probe), TaskId::new(probe.word()));
    let log = event(probe, EventKind::Log);
    let again = NewTask { task_id: first.task_id.clone(), ..new_task(probe) };
    probe.begin()?;
    probe.create(&store, &first)?;
    refused("create again", probe.create(&store, &again), Kind::Conflict)?;
    let answer = probe.append_event(&store, &nobody, &log);
    refused("append-event of an unknown task", answer, Kind::NotFound)?;
    probe.append_event(&store, &first.task_id, &log)?;
    let page = Tasks::list(probe, &store, &TaskFilter::default(), None, 0);
    refused("a list of limit 0", page, Kind::Invalid)?;
    probe.create(&store, &second)?;
    probe.flush()?;
    everywhere(probe, |probe| {
        same("the first row", &Tasks::get(probe, &store, &first.task_id)?, &Some(row_of(&first)))?;
        same("its last number", &probe.max_seq(&store, &first.task_id)?, &1)?;
        same("the unknown task", &Tasks::get(probe, &store, &nobody)?, &None)?;
        let row = Tasks::get(probe, &store, &second.task_id)?;
        same("the second row", &row, &Some(row_of(&second)))
    })
}

/// Calls whose first half could have been written before the second half errs.
fn late_error(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let (live, torn) = (running(probe, &store)?, running(probe, &store)?);
    let ended = TaskChange::to(Status::Ended(Ending::Succeeded));
    probe.update_status(&store, &torn, &ended)?;
    let log = event(probe, EventKind::Log);
    let most = probe.limits().max_payload_bytes;
    /// Longest payload, in bytes, this case makes.
    const MAX_TRIED: u32 = 4 << 20;
    let mut end = closing(probe, Ending::Failed);
    if most < MAX_TRIED {
        end.payload = probe.text(usize::try_from(most).unwrap_or(0) + 1);
    }
    probe.begin()?;
    probe.append_event(&store, &live, &log)?;
    let before = (seen(probe, &store, &live)?, seen(probe, &store, &torn)?);
    if most < MAX_TRIED {
        let answer = probe.finish(&store, &live, &end);
        refused("a finish whose payload is too long", answer, Kind::Invalid)?;
    }
    let contradiction = NewEvent { kind: EventKind::Final(Ending::Failed), ..log.clone() };
    let answer = probe.append_event(&store, &torn, &contradiction);
    refused("a final other than the row's ending", answer, Kind::Conflict)?;
    same("the live task inside the batch", &seen(probe, &store, &live)?, &before.0)?;
    same("the ended task inside the batch", &seen(probe, &store, &torn)?, &before.1)?;
    probe.flush()?;
    everywhere(probe, |probe| {
        same("the live task", &seen(probe, &store, &live)?, &before.0)?;
        same("the ended task", &seen(probe, &store, &torn)?, &before.1)
    })
}

fn no_trace(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Dropped, Reopen::Closed] {
        let store = probe.store_id();
        probe.begin()?;
        let task = closed(probe, &store, Ending::Succeeded)?;
        probe.reopen(how)?;
        same("the row", &Tasks::get(probe, &store, &task)?, &None)?;
        same("its last number", &probe.max_seq(&store, &task)?, &0)?;
        let page = Tasks::list(probe, &store, &TaskFilter::default(), None, PAGE)?;
        same("rows listed", &page.tasks, &Vec::new())?;
        same("unclosed", &probe.list_unclosed(&store, None, PAGE)?, &Vec::new())?;
    }
    Ok(())
}

fn unflushed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let before = seen(probe, &store, &task)?;
    for how in [Reopen::Dropped, Reopen::Closed] {
        let end = closing(probe, Ending::Failed);
        probe.begin()?;
        probe.finish(&store, &task, &end)?;
        pending(probe, &store)?;
        probe.reopen(how)?;
        same("the task", &seen(probe, &store, &task)?, &before)?;
        let page = Tasks::list(probe, &store, &TaskFilter::default(), None, PAGE)?;
        same("rows listed", &ids(&page.tasks), &vec![task.clone()])?;
    }
    // What the lost batches held is free to be done again.
    let end = closing(probe, Ending::Cancelled);
    same("finish", &probe.finish(&store, &task, &end)?, &Finished::At(2))
}

fn one_of_two(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    probe.begin()?;
    let task = running(probe, &store)?;
    probe.flush()?;
    let kept = seen(probe, &store, &task)?;
    let change = TaskChange::to(Status::Ended(Ending::Failed));
    probe.begin()?;
    same("update", &probe.update_status(&store, &task, &change)?, &Updated::Applied)?;
    probe.reopen(Reopen::Dropped)?;
    same("the task as flushed", &seen(probe, &store, &task)?, &kept)
}

fn fresh_begins(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Dropped, Reopen::Closed] {
        probe.begin()?;
        probe.reopen(how)?;
        refused("flush in a fresh instance", probe.flush(), Kind::Invalid)?;
        probe.begin()?;
        probe.flush()?;
    }
    Ok(())
}

fn flushed_stays(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Dropped, Reopen::Closed] {
        let store = probe.store_id();
        probe.begin()?;
        let made: Vec<TaskId> =
            (0..5).map(|_| running(probe, &store)).collect::<Result<_, Stop>>()?;
        let done = closed(probe, &store, Ending::Succeeded)?;
        probe.flush()?;
        let before = all_seen(probe, &store, made.iter().chain([&done]))?;
        probe.reopen(how)?;
        let after = all_seen(probe, &store, made.iter().chain([&done]))?;
        same("what was flushed", &after, &before)?;
        let running_rows = before.iter().filter(|seen| seen.unclosed).count();
        same("tasks that run", &running_rows, &made.len())?;
    }
    Ok(())
}

fn all_seen<'t>(
    probe: &mut Probe<'_>,
    store: &StoreId,
    tasks: impl Iterator<Item = &'t TaskId>,
) -> Result<Vec<super::tasks::stage::Seen>, Stop> {
    tasks.map(|task| seen(probe, store, task)).collect()
}

fn flush_follows_flush(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let mut expected = 1;
    for _ in 0..4 {
        probe.begin()?;
        for _ in 0..2 {
            expected += 1;
            let log = event(probe, EventKind::Log);
            let appended = probe.append_event(&store, &task, &log)?;
            same("append-event in a batch", &appended, &Appended::At(expected))?;
        }
        probe.flush()?;
        expected += 1;
        let log = event(probe, EventKind::Log);
        let appended = probe.append_event(&store, &task, &log)?;
        same("append-event between batches", &appended, &Appended::At(expected))?;
    }
    everywhere(probe, |probe| {
        same("the tape's last number", &probe.max_seq(&store, &task)?, &expected)
    })
}
