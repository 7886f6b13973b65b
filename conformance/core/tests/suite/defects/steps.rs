//! Defects of `start` and `finish`.

use wirt_contract::tasks::{EventKind, Finished, Started, Status, TaskChange, Tasks};
use wirt_faulty_ledger::{Bend, STRAIGHT};

use super::tasks::status;
use super::{Defect, is_conflict, is_not_found, store};

pub(super) fn defects() -> Vec<Defect> {
    [starts(), finishes()].into_iter().flatten().collect()
}

fn starts() -> Vec<Defect> {
    vec![
        store(
            "starts without a word on the tape",
            &["tasks/start-one-step"],
            Bend {
                start: |it, store, task, at, _| {
                    let change =
                        TaskChange { started_at: Some(at), ..TaskChange::to(Status::Running) };
                    it.ledger.update_status(store, task, &change)?;
                    Ok(Started::At(1))
                },
                ..STRAIGHT
            },
        ),
        store(
            "a start is always the first event",
            &["tasks/start-numbers-go-on"],
            Bend {
                start: |it, store, task, at, payload| {
                    it.ledger.start(store, task, at, payload).map(|_| Started::At(1))
                },
                ..STRAIGHT
            },
        ),
        store(
            "starts again",
            &["tasks/start-only-pending", "tasks/start-after-cancel-refused"],
            Bend {
                start: |it, store, task, at, payload| {
                    it.ledger.start(store, task, at, payload)?;
                    Ok(Started::At(it.ledger.max_seq(store, task)?))
                },
                ..STRAIGHT
            },
        ),
        store(
            "refuses what has an ended tape",
            &["tasks/start-after-final-conflicts"],
            Bend {
                start: |it, store, task, at, payload| {
                    let answer = it.ledger.start(store, task, at, payload);
                    if is_conflict(&answer) {
                        return Ok(Started::Refused(Status::Pending));
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
        store(
            "makes the row run before it looks at the tape",
            &["tasks/start-after-final-conflicts"],
            Bend {
                start: |it, store, task, at, payload| {
                    let answer = it.ledger.start(store, task, at, payload);
                    if is_conflict(&answer) {
                        it.ledger.update_status(store, task, &TaskChange::to(Status::Running))?;
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
        store(
            "refuses what is not there",
            &["tasks/start-unknown-is-not-found"],
            Bend {
                start: |it, store, task, at, payload| {
                    let answer = it.ledger.start(store, task, at, payload);
                    if is_not_found(&answer) {
                        return Ok(Started::Refused(Status::Pending));
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn finishes() -> Vec<Defect> {
    vec![
        store(
            "finishes the row alone",
            &["tasks/finish-one-step", "tasks/final-alone-is-a-tape"],
            Bend {
                finish: |it, store, task, closing| {
                    let change = TaskChange {
                        finished_at: Some(closing.at),
                        outcome: closing.outcome.clone(),
                        failure: closing.failure.clone(),
                        ..TaskChange::to(Status::Ended(closing.ending))
                    };
                    it.ledger.update_status(store, task, &change)?;
                    Ok(Finished::At(it.ledger.max_seq(store, task)? + 1))
                },
                ..STRAIGHT
            },
        ),
        store(
            "every finish wins",
            &[
                "tasks/finish-repeats-as-already",
                "tasks/finish-loser-appends-nothing",
                "tasks/finish-keeps-torn-ending",
            ],
            Bend {
                finish: |it, store, task, closing| {
                    it.ledger.finish(store, task, closing)?;
                    Ok(Finished::At(it.ledger.max_seq(store, task)?))
                },
                ..STRAIGHT
            },
        ),
        store(
            "an ended row is closed",
            &["tasks/finish-completes-tape"],
            Bend {
                finish: |it, store, task, closing| match status(it, store, task) {
                    Some(Status::Ended(ending)) => Ok(Finished::Already(ending)),
                    _ => it.ledger.finish(store, task, closing),
                },
                ..STRAIGHT
            },
        ),
        store(
            "a tape with final is closed",
            &["tasks/finish-completes-row"],
            Bend {
                finish: |it, store, task, closing| {
                    let tape = it.ledger.list_events(store, task, 0, 1_000)?;
                    match tape.last().map(|event| event.kind) {
                        Some(EventKind::Final(ending)) => Ok(Finished::Already(ending)),
                        _ => it.ledger.finish(store, task, closing),
                    }
                },
                ..STRAIGHT
            },
        ),
        store(
            "an ended tape has ended its row",
            &["tasks/finish-against-final-conflicts"],
            Bend {
                finish: |it, store, task, closing| {
                    let answer = it.ledger.finish(store, task, closing);
                    if is_conflict(&answer) {
                        return Ok(Finished::Already(closing.ending));
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
        store(
            "writes the outcome before it looks at the tape",
            &["tasks/finish-against-final-conflicts"],
            Bend {
                finish: |it, store, task, closing| {
                    let answer = it.ledger.finish(store, task, closing);
                    if is_conflict(&answer) {
                        let live = status(it, store, task).unwrap();
                        let outcome = closing.outcome.clone();
                        let change = TaskChange { outcome, ..TaskChange::to(live) };
                        it.ledger.update_status(store, task, &change)?;
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
    ]
}
