//! Cancelling: before the start, in flight, after the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::sync::oneshot;
use wirt_conformance::Stop;
use wirt_contract::TaskId;
use wirt_contract::tasks::{Appended, Ending, EventKind};
use wirt_runtime::tasks::{CancelOutcome, Report, Reporter, TaskFailure};

use super::TASKS;
use crate::expect::{answered, given, holds, same};
use crate::hand::Hand;
use crate::rig::{Rig, World};
use crate::{Chance, DriverCase, DriverSubject, yield_now};

pub(super) const CASES: &[DriverCase] = &[
    DriverCase {
        id: "tasks-driver/test-task-span-marks-cancel-not-error",
        rule: "tasks-driver.cancel-decides",
        interfaces: TASKS,
        source: "event tape T5",
        run: in_flight,
    },
    DriverCase {
        id: "tasks-driver/test-pre-cancel-via-token",
        rule: "tasks-driver.late-dropped",
        interfaces: TASKS,
        source: "event tape, pre-cancel via token",
        run: via_token,
    },
    DriverCase {
        id: "tasks-driver/test-cancel-after-terminal-emits-no-contradictory-final",
        rule: "tasks-driver.cancel-decides",
        interfaces: TASKS,
        source: "event tape T6",
        run: no_contradiction,
    },
    DriverCase {
        id: "tasks-driver/cancel-before-start",
        rule: "tasks-driver.cancel-before-start",
        interfaces: TASKS,
        source: "event tape T30",
        run: before_start,
    },
];

/// Orders of events in which cancel and completion race.
const ROUNDS: u64 = 64;

/// Work that says when it has begun and then never ends by itself.
async fn endless(reporter: Reporter, started: oneshot::Sender<()>) -> Result<Value, TaskFailure> {
    let reported = reporter.report(Report::Progress, &json!({ "step": 1 })).await;
    let _ = started.send(());
    match reported {
        Ok(_) => std::future::pending().await,
        Err(error) => Err(TaskFailure { code: "report".to_owned(), message: error.to_string() }),
    }
}

fn in_flight(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    rig.run(async move {
        let manager = &world.manager;
        let (started, begun) = oneshot::channel();
        let work = |reporter| endless(reporter, started);
        let task = given("submit", manager.submit("work", &json!({}), work).await)?;
        given("the start of the work", begun.await)?;
        same("cancel", &manager.cancel(&task).await, &Ok(CancelOutcome::Requested))?;
        same("ending", &manager.ended(&task).await, &Ok(Ending::Cancelled))?;
        let kinds = world.closed(&task, Ending::Cancelled).await?;
        let expected =
            [EventKind::TaskStarted, EventKind::Progress, EventKind::Final(Ending::Cancelled)];
        same("tape", &kinds, &expected.to_vec())?;
        let row = world.row(&task).await?;
        same("the row's failure and outcome", &(row.failure, row.outcome), &(None, None))?;
        same("live tasks", &manager.live_count(), &0)?;
        let again = CancelOutcome::AlreadyEnded(Ending::Cancelled);
        same("a second cancel", &manager.cancel(&task).await, &Ok(again))?;
        let unknown = manager.cancel(&TaskId::new("nobody")).await;
        same("cancel of an unknown task", &unknown, &Ok(CancelOutcome::NoSuchTask))
    })
}

/// Work whose detached part watches the token and goes on to report after the end.
fn via_token(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    rig.run(async move {
        let manager = &world.manager;
        let (started, begun) = oneshot::channel();
        let (saw, seen) = oneshot::channel();
        let spawner = world.spawner.clone();
        let work = move |reporter: Reporter| {
            let detached = reporter.clone();
            spawner.spawn(Box::pin(async move {
                detached.cancelled().await;
                let _ = detached.report(Report::Progress, &json!({ "late": true })).await;
                let _ = saw.send((detached.is_cancelled(), detached));
            }));
            endless(reporter, started)
        };
        let task = given("submit", manager.submit("work", &json!({}), work).await)?;
        given("the start of the work", begun.await)?;
        same("cancel", &manager.cancel(&task).await, &Ok(CancelOutcome::Requested))?;
        same("ending", &manager.ended(&task).await, &Ok(Ending::Cancelled))?;
        let (cancelled, detached) = given("the detached part", seen.await)?;
        holds(cancelled, "the detached part sees the cancel", || "it does not".to_owned())?;
        let kinds = world.closed(&task, Ending::Cancelled).await?;
        let last = u64::try_from(kinds.len()).unwrap_or(u64::MAX);
        let late = detached.report(Report::Partial, &json!({})).await;
        same("a report after the end", &late, &Ok(Appended::Dropped(last)))?;
        same("the tape after it", &world.closed(&task, Ending::Cancelled).await?, &kinds)
    })
}

fn no_contradiction(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    for round in 0..ROUNDS {
        let mut rig = Rig::new(subject, seed.wrapping_add(round))?;
        let mut chance = Chance::new(seed.wrapping_add(round));
        let (before_end, before_cancel) = (chance.below(6), chance.below(14));
        let world = rig.world.clone();
        rig.run(async move { race(&world, before_end, before_cancel).await })?;
    }
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    rig.run(async move { last_step(&world).await })
}

/// The cancel comes within the work's last step: it was granted, so it decides.
async fn last_step(world: &World) -> Result<(), Stop> {
    let manager = world.manager.clone();
    let (said, answer) = oneshot::channel();
    let work = |reporter: Reporter| async move {
        let _ = said.send(manager.cancel(reporter.task()).await);
        Ok(json!({}))
    };
    let task = given("submit", world.manager.submit("work", &json!({}), work).await)?;
    let answer = given("the cancel", answer.await)?;
    same("a cancel in the last step", &answer, &Ok(CancelOutcome::Requested))?;
    same("ending", &world.manager.ended(&task).await, &Ok(Ending::Cancelled))?;
    world.closed(&task, Ending::Cancelled).await.map(drop)
}

async fn race(world: &World, before_end: usize, before_cancel: usize) -> Result<(), Stop> {
    let manager = &world.manager;
    let work = move |_| async move {
        for _ in 0..before_end {
            yield_now().await;
        }
        Ok(json!({ "answer": 42 }))
    };
    let task = given("submit", manager.submit("work", &json!({}), work).await)?;
    world.turns(before_cancel).await;
    let outcome = answered("cancel", manager.cancel(&task).await)?;
    let ending = given("ending", manager.ended(&task).await)?;
    match outcome {
        CancelOutcome::Requested => same("ending after the cancel", &ending, &Ending::Cancelled)?,
        other => {
            same("a cancel too late", &other, &CancelOutcome::AlreadyEnded(Ending::Succeeded))?;
            same("ending", &ending, &Ending::Succeeded)?;
        }
    }
    let kinds = world.closed(&task, ending).await?;
    let again = answered("a later cancel", manager.cancel(&task).await)?;
    same("a later cancel", &again, &CancelOutcome::AlreadyEnded(ending))?;
    same("the tape after it", &world.closed(&task, ending).await?, &kinds)
}

/// Once cancelled while its row is being added, once left by its submitter.
fn before_start(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    for left in [false, true] {
        let mut rig = Rig::new(subject, seed)?;
        let world = rig.world.clone();
        let task = world.next_id();
        let begun = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&begun);
        let work = move |_| {
            mark.store(true, Ordering::Relaxed);
            std::future::ready(Ok(json!({})))
        };
        let params = json!({});
        let mut submit = Hand::new(world.manager.submit("work", &params, work), || ());
        let early = submit.poll();
        holds(early.is_none(), "a submission waits for its row", || "an id".to_owned())?;
        if left {
            drop(submit);
        } else {
            let cancel = rig.run(async { Ok(world.manager.cancel(&task).await) })?;
            same("cancel", &cancel, &Ok(CancelOutcome::Requested))?;
            rig.settle()?;
            same("the submission", &submit.poll(), &Some(Ok(task.clone())))?;
        }
        rig.settle()?;
        same("live tasks", &world.manager.live_count(), &0)?;
        same("whether the work began", &begun.load(Ordering::Relaxed), &false)?;
        let kinds = rig.run(async { world.closed(&task, Ending::Cancelled).await })?;
        same("tape", &kinds, &vec![EventKind::Final(Ending::Cancelled)])?;
    }
    Ok(())
}
