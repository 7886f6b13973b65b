//! A task's row: made, read, changed, ended.

use wirt_contract::tasks::{Ending, EventKind, NewTask, Status, Task, TaskChange, Tasks, Updated};
use wirt_contract::{EpochMs, TaskId};

use super::case;
use super::stage::{
    closed, ended, event, json, new_task, pending, row, row_of, running, seen, time,
};
use crate::expect::{Kind, present, refused, same};
use crate::{Case, Probe, Reopen, Stop};

pub(crate) const CASES: &[Case] = &[
    case("tasks/get-round-trip", "tasks.get.round-trip", "event tape T11", round_trip),
    case("tasks/get-unknown-is-none", "tasks.get.unknown", "event tape T12", unknown),
    case("tasks/payload-kept-verbatim", "tasks.get.round-trip", "event tape T13", verbatim),
    case("tasks/times-are-whole-64-bits", "tasks.get.round-trip", "wirt", whole_times),
    case("tasks/create-twice-conflicts", "tasks.create.once", "wirt", twice),
    case("tasks/create-over-closed-conflicts", "tasks.create.once", "wirt", over_closed),
    case("tasks/update-unknown-is-not-found", "tasks.update.unknown", "event tape T14", no_update),
    case("tasks/terminal-row-immutable", "tasks.update.terminal-kept", "event tape T15", immutable),
    case(
        "tasks/cancel-beats-late-failure",
        "tasks.update.terminal-kept",
        "event tape T16",
        late_failure,
    ),
    case("tasks/update-keeps-absent", "tasks.update.absent-kept", "wirt", keeps_absent),
    case("tasks/update-replaces-present", "tasks.update.absent-kept", "wirt", replaces_present),
    case("tasks/no-way-back", "tasks.update.no-way-back", "event tape T36", no_way_back),
    case("tasks/pending-may-end", "tasks.update.no-way-back", "wirt", pending_may_end),
    case("tasks/row-follows-final", "tasks.update.no-way-back", "event tape T6", row_follows_final),
    case("tasks/survive-reopen", "store.close.keeps", "wirt", survive).durable(),
];

fn round_trip(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = new_task(probe);
    let other = new_task(probe);
    probe.create(&store, &task)?;
    probe.create(&store, &other)?;
    same("the row", &row(probe, &store, &task.task_id)?, &row_of(&task))?;
    same("the other row", &row(probe, &store, &other.task_id)?, &row_of(&other))
}

fn unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    let longer = TaskId::new(format!("{task}0"));
    same("a longer id's row", &probe.get(&store, &longer)?, &None)?;
    let shorter = task.as_str().get(1..).unwrap_or("a").to_owned();
    same("a shorter id's row", &probe.get(&store, &TaskId::new(shorter))?, &None)?;
    let nobody = probe.store_id();
    same("the row in a store id nobody used", &probe.get(&nobody, &task)?, &None)
}

/// A row in which every field says something, from an update that sets them all.
fn whole(probe: &mut Probe<'_>, made: &NewTask, status: Status) -> (TaskChange, Task) {
    let change = TaskChange {
        status,
        started_at: Some(time(probe)),
        finished_at: Some(time(probe)),
        outcome: Some(json(probe)),
        failure: Some(json(probe)),
    };
    let row = Task {
        status,
        started_at: change.started_at,
        finished_at: change.finished_at,
        outcome: change.outcome.clone(),
        failure: change.failure.clone(),
        ..row_of(made)
    };
    (change, row)
}

fn verbatim(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for ending in Ending::ALL {
        let task = new_task(probe);
        probe.create(&store, &task)?;
        let (change, expected) = whole(probe, &task, Status::Ended(ending));
        let updated = probe.update_status(&store, &task.task_id, &change)?;
        same("update-status", &updated, &Updated::Applied)?;
        same("the row", &row(probe, &store, &task.task_id)?, &expected)?;
    }
    Ok(())
}

fn whole_times(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for at in [0, 1, u64::from(u32::MAX) + 1, (1 << 53) + 1, 1 << 63, u64::MAX] {
        let task = NewTask { created_at: EpochMs(at), ..new_task(probe) };
        probe.create(&store, &task)?;
        same("the row", &row(probe, &store, &task.task_id)?, &row_of(&task))?;
    }
    Ok(())
}

fn twice(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = new_task(probe);
    probe.create(&store, &task)?;
    refused("the same task again", probe.create(&store, &task), Kind::Conflict)?;
    let other = NewTask { task_id: task.task_id.clone(), ..new_task(probe) };
    refused("another task of the same id", probe.create(&store, &other), Kind::Conflict)?;
    same("the row", &row(probe, &store, &task.task_id)?, &row_of(&task))
}

fn over_closed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = closed(probe, &store, Ending::Failed)?;
    let before = seen(probe, &store, &task)?;
    let again = NewTask { task_id: task.clone(), ..new_task(probe) };
    refused("a task of a closed one's id", probe.create(&store, &again), Kind::Conflict)?;
    same("the closed task", &seen(probe, &store, &task)?, &before)
}

fn no_update(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nobody = TaskId::new(probe.word());
    for status in [Status::Running, Status::Ended(Ending::Succeeded)] {
        let answer = probe.update_status(&store, &nobody, &TaskChange::to(status));
        refused("update-status of an unknown task", answer, Kind::NotFound)?;
    }
    same("its row afterwards", &probe.get(&store, &nobody)?, &None)
}

fn immutable(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for ending in Ending::ALL {
        let task = new_task(probe);
        probe.create(&store, &task)?;
        let (change, expected) = whole(probe, &task, Status::Ended(ending));
        probe.update_status(&store, &task.task_id, &change)?;
        for late in Ending::ALL.map(Status::Ended).into_iter().chain([Status::Running]) {
            let (change, _) = whole(probe, &task, late);
            let updated = probe.update_status(&store, &task.task_id, &change)?;
            same("update-status of an ended row", &updated, &Updated::Already(ending))?;
            same("the ended row", &row(probe, &store, &task.task_id)?, &expected)?;
        }
    }
    Ok(())
}

fn late_failure(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let cancelled = TaskChange {
        finished_at: Some(time(probe)),
        ..TaskChange::to(Status::Ended(Ending::Cancelled))
    };
    same("the cancel", &probe.update_status(&store, &task, &cancelled)?, &Updated::Applied)?;
    let failure =
        TaskChange { failure: Some(json(probe)), ..TaskChange::to(Status::Ended(Ending::Failed)) };
    let late = probe.update_status(&store, &task, &failure)?;
    same("the late failure", &late, &Updated::Already(Ending::Cancelled))?;
    let row = row(probe, &store, &task)?;
    same("status", &row.status, &Status::Ended(Ending::Cancelled))?;
    same("finished-at", &row.finished_at, &cancelled.finished_at)?;
    same("failure", &row.failure, &None)
}

fn keeps_absent(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = new_task(probe);
    probe.create(&store, &task)?;
    let (change, expected) = whole(probe, &task, Status::Running);
    probe.update_status(&store, &task.task_id, &change)?;
    for status in [Status::Running, Status::Ended(Ending::Succeeded)] {
        let updated = probe.update_status(&store, &task.task_id, &TaskChange::to(status))?;
        same("update-status", &updated, &Updated::Applied)?;
        let expected = Task { status, ..expected.clone() };
        same("the row", &row(probe, &store, &task.task_id)?, &expected)?;
    }
    Ok(())
}

fn replaces_present(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = new_task(probe);
    probe.create(&store, &task)?;
    for _ in 0..2 {
        let (change, expected) = whole(probe, &task, Status::Running);
        let updated = probe.update_status(&store, &task.task_id, &change)?;
        same("update-status", &updated, &Updated::Applied)?;
        same("the row", &row(probe, &store, &task.task_id)?, &expected)?;
    }
    Ok(())
}

fn no_way_back(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let before = seen(probe, &store, &task)?;
    let back = TaskChange { outcome: Some(json(probe)), ..TaskChange::to(Status::Pending) };
    let answer = probe.update_status(&store, &task, &back);
    refused("a step from running to pending", answer, Kind::Conflict)?;
    same("the task", &seen(probe, &store, &task)?, &before)
}

fn pending_may_end(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for ending in Ending::ALL {
        let task = ended(probe, &store, ending)?;
        same("status", &row(probe, &store, &task)?.status, &Status::Ended(ending))?;
    }
    Ok(())
}

fn row_follows_final(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let last = event(probe, EventKind::Final(Ending::Succeeded));
    probe.append_event(&store, &task, &last)?;
    let before = seen(probe, &store, &task)?;
    for other in [Ending::Failed, Ending::Cancelled] {
        let answer = probe.update_status(&store, &task, &TaskChange::to(Status::Ended(other)));
        refused("an ending other than the tape's", answer, Kind::Conflict)?;
        same("the task", &seen(probe, &store, &task)?, &before)?;
    }
    let ending = Status::Ended(Ending::Succeeded);
    let updated = probe.update_status(&store, &task, &TaskChange::to(ending))?;
    same("the tape's own ending", &updated, &Updated::Applied)?;
    same("status", &row(probe, &store, &task)?.status, &ending)
}

fn survive(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        let (live, done) = (running(probe, &store)?, closed(probe, &store, Ending::Succeeded)?);
        let before = (seen(probe, &store, &live)?, seen(probe, &store, &done)?);
        present("the running row", before.0.row.as_ref())?;
        present("the closed row", before.1.row.as_ref())?;
        probe.reopen(how)?;
        same("the running task", &seen(probe, &store, &live)?, &before.0)?;
        same("the closed task", &seen(probe, &store, &done)?, &before.1)?;
    }
    Ok(())
}
