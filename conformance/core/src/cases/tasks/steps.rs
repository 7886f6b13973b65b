//! `start` and `finish`: row and tape in one step, and what they do with a torn task.

use wirt_contract::TaskId;
use wirt_contract::tasks::{
    Closing, Ending, Event, EventKind, Finished, Started, Status, Task, TaskChange, Tasks,
};

use super::case;
use super::stage::{
    Seen, closed, closing, ended, event, json, new_task, on_tape, pending, row_of, running, seen,
    tape, time,
};
use crate::expect::{Kind, present, refused, same};
use crate::{Case, Probe, Stop};

pub(crate) const CASES: &[Case] = &[
    case("tasks/start-one-step", "tasks.start.one-step", "event tape T27", start_one_step),
    case("tasks/start-numbers-go-on", "tasks.start.one-step", "wirt", start_goes_on),
    case("tasks/start-only-pending", "tasks.start.only-pending", "wirt", start_only_pending),
    case(
        "tasks/start-after-cancel-refused",
        "tasks.start.only-pending",
        "event tape T30",
        cancelled,
    ),
    case("tasks/start-after-final-conflicts", "tasks.start.only-pending", "wirt", start_ended_tape)
        .since(2),
    case("tasks/start-unknown-is-not-found", "tasks.start.only-pending", "wirt", start_unknown),
    case("tasks/finish-one-step", "tasks.finish.one-step", "event tape T27, T31", finish_one_step),
    case("tasks/final-alone-is-a-tape", "tasks.finish.one-step", "event tape T9, T30", final_alone),
    case("tasks/finish-repeats-as-already", "tasks.finish.first-wins", "event tape T32", repeated),
    case("tasks/finish-loser-appends-nothing", "tasks.finish.first-wins", "event tape T34", loser),
    case(
        "tasks/finish-keeps-torn-ending",
        "tasks.finish.first-wins",
        "event tape T6",
        torn_otherwise,
    ),
    case("tasks/finish-completes-tape", "tasks.finish.completes", "event tape T35", completes_tape),
    case(
        "tasks/finish-completes-row",
        "tasks.finish.completes",
        "event tape T31, T35",
        completes_row,
    ),
    case(
        "tasks/finish-against-final-conflicts",
        "tasks.finish.completes",
        "wirt",
        finish_against_final,
    )
    .since(2),
    case("tasks/finish-unknown-is-not-found", "tasks.finish.unknown", "wirt", finish_unknown),
];

fn start_one_step(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = new_task(probe);
    probe.create(&store, &task)?;
    let (at, payload) = (time(probe), json(probe));
    let started = probe.start(&store, &task.task_id, at, &payload)?;
    same("start", &started, &Started::At(1))?;
    let expected = Seen {
        row: Some(Task { status: Status::Running, started_at: Some(at), ..row_of(&task) }),
        tape: vec![Event { seq: 1, kind: EventKind::TaskStarted, at, payload }],
        last: 1,
        unclosed: true,
    };
    same("the started task", &seen(probe, &store, &task.task_id)?, &expected)
}

fn start_goes_on(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    let early = event(probe, EventKind::Log);
    probe.append_event(&store, &task, &early)?;
    let at = time(probe);
    same("start", &probe.start(&store, &task, at, "{}")?, &Started::At(2))?;
    let started = Event { seq: 2, kind: EventKind::TaskStarted, at, payload: "{}".into() };
    same("the tape", &tape(probe, &store, &task)?, &vec![on_tape(1, early), started])
}

fn start_only_pending(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let mut tasks = vec![(running(probe, &store)?, Status::Running)];
    for ending in Ending::ALL {
        tasks.push((closed(probe, &store, ending)?, Status::Ended(ending)));
    }
    for (task, status) in tasks {
        let before = seen(probe, &store, &task)?;
        let at = time(probe);
        let again = probe.start(&store, &task, at, "{}")?;
        same("start", &again, &Started::Refused(status))?;
        same("the task", &seen(probe, &store, &task)?, &before)?;
    }
    Ok(())
}

/// A cancel that comes before the first step: the task never runs and still ends with `final`.
fn cancelled(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = ended(probe, &store, Ending::Cancelled)?;
    let at = time(probe);
    let refused = Started::Refused(Status::Ended(Ending::Cancelled));
    same("start of a cancelled task", &probe.start(&store, &task, at, "{}")?, &refused)?;
    same("the tape", &tape(probe, &store, &task)?, &Vec::new())?;
    let end = closing(probe, Ending::Cancelled);
    same("finish", &probe.finish(&store, &task, &end)?, &Finished::At(1))
}

/// Nothing follows `final`, so there is no place for `task-started`.
fn start_ended_tape(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for ending in Ending::ALL {
        let task = pending(probe, &store)?;
        let last = event(probe, EventKind::Final(ending));
        probe.append_event(&store, &task, &last)?;
        let before = seen(probe, &store, &task)?;
        let at = time(probe);
        let answer = probe.start(&store, &task, at, "{}");
        let what = format!("start of a pending task whose tape ended {ending}");
        refused(&what, answer, Kind::Conflict)?;
        same("the task", &seen(probe, &store, &task)?, &before)?;
    }
    Ok(())
}

fn start_unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nobody = TaskId::new(probe.word());
    let at = time(probe);
    let answer = probe.start(&store, &nobody, at, "{}");
    refused("start of an unknown task", answer, Kind::NotFound)?;
    same("its row afterwards", &probe.get(&store, &nobody)?, &None)
}

/// What a task looks like that was closed like this.
fn as_closed(before: &Seen, end: &Closing) -> Result<Seen, Stop> {
    let row = present("the row", before.row.clone())?;
    let last = before.last + 1;
    let mut tape = before.tape.clone();
    tape.push(Event {
        seq: last,
        kind: EventKind::Final(end.ending),
        at: end.at,
        payload: end.payload.clone(),
    });
    let row = Task {
        status: Status::Ended(end.ending),
        finished_at: Some(end.at),
        outcome: end.outcome.clone(),
        failure: end.failure.clone(),
        ..row
    };
    Ok(Seen { row: Some(row), tape, last, unclosed: false })
}

fn finish_one_step(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for ending in Ending::ALL {
        let task = running(probe, &store)?;
        let progress = event(probe, EventKind::Progress);
        probe.append_event(&store, &task, &progress)?;
        let before = seen(probe, &store, &task)?;
        let mut end = closing(probe, ending);
        match ending {
            Ending::Succeeded => end.failure = None,
            Ending::Failed => end.outcome = None,
            Ending::Cancelled => {}
        }
        same("finish", &probe.finish(&store, &task, &end)?, &Finished::At(3))?;
        let expected = as_closed(&before, &end)?;
        same("the finished task", &seen(probe, &store, &task)?, &expected)?;
    }
    Ok(())
}

fn final_alone(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    let before = seen(probe, &store, &task)?;
    let end = closing(probe, Ending::Cancelled);
    same("finish of a pending task", &probe.finish(&store, &task, &end)?, &Finished::At(1))?;
    same("the finished task", &seen(probe, &store, &task)?, &as_closed(&before, &end)?)
}

fn repeated(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let end = closing(probe, Ending::Succeeded);
    probe.finish(&store, &task, &end)?;
    let before = seen(probe, &store, &task)?;
    let again = probe.finish(&store, &task, &end)?;
    same("the same finish again", &again, &Finished::Already(Ending::Succeeded))?;
    same("the task", &seen(probe, &store, &task)?, &before)
}

fn loser(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for (first, second) in [
        (Ending::Succeeded, Ending::Failed),
        (Ending::Cancelled, Ending::Succeeded),
        (Ending::Failed, Ending::Cancelled),
    ] {
        let task = closed(probe, &store, first)?;
        let before = seen(probe, &store, &task)?;
        let end = closing(probe, second);
        let late = probe.finish(&store, &task, &end)?;
        same(&format!("finish({second}) of a {first} task"), &late, &Finished::Already(first))?;
        same("the task", &seen(probe, &store, &task)?, &before)?;
    }
    Ok(())
}

fn torn_otherwise(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = ended(probe, &store, Ending::Succeeded)?;
    let before = seen(probe, &store, &task)?;
    let end = closing(probe, Ending::Failed);
    let late = probe.finish(&store, &task, &end)?;
    same("finish(failed) of a succeeded row", &late, &Finished::Already(Ending::Succeeded))?;
    same("the task", &seen(probe, &store, &task)?, &before)
}

fn completes_tape(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for ending in Ending::ALL {
        let task = running(probe, &store)?;
        let change = TaskChange {
            finished_at: Some(time(probe)),
            outcome: Some(json(probe)),
            ..TaskChange::to(Status::Ended(ending))
        };
        probe.update_status(&store, &task, &change)?;
        let before = seen(probe, &store, &task)?;
        let end = closing(probe, ending);
        same("finish", &probe.finish(&store, &task, &end)?, &Finished::At(2))?;
        // The row had ended: every field of it stays (tasks.update.terminal-kept).
        let expected = Seen { row: before.row.clone(), ..as_closed(&before, &end)? };
        same("the finished task", &seen(probe, &store, &task)?, &expected)?;
    }
    Ok(())
}

fn completes_row(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for ending in Ending::ALL {
        let task = running(probe, &store)?;
        let last = event(probe, EventKind::Final(ending));
        probe.append_event(&store, &task, &last)?;
        let before = seen(probe, &store, &task)?;
        let end = closing(probe, ending);
        let answer = probe.finish(&store, &task, &end)?;
        same("finish", &answer, &Finished::At(2))?;
        let closed = as_closed(&before, &end)?;
        let expected = Seen { tape: before.tape.clone(), last: before.last, ..closed };
        same("the finished task", &seen(probe, &store, &task)?, &expected)?;
    }
    Ok(())
}

fn finish_against_final(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for said in Ending::ALL {
        for task in [pending(probe, &store)?, running(probe, &store)?] {
            let last = event(probe, EventKind::Final(said));
            probe.append_event(&store, &task, &last)?;
            let before = seen(probe, &store, &task)?;
            for other in Ending::ALL.into_iter().filter(|other| *other != said) {
                let end = closing(probe, other);
                let answer = probe.finish(&store, &task, &end);
                let what = format!("finish({other}) of a live row whose tape ended {said}");
                refused(&what, answer, Kind::Conflict)?;
                same("the task", &seen(probe, &store, &task)?, &before)?;
            }
        }
    }
    Ok(())
}

fn finish_unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nobody = TaskId::new(probe.word());
    let end = closing(probe, Ending::Failed);
    let answer = probe.finish(&store, &nobody, &end);
    refused("finish of an unknown task", answer, Kind::NotFound)?;
    same("its row afterwards", &probe.get(&store, &nobody)?, &None)
}
