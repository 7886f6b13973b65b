//! Waiting for a tape to grow, and reading it to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::sync::oneshot;
use wirt_conformance::Stop;
use wirt_contract::TaskId;
use wirt_contract::tasks::{Ending, EventKind, Status};
use wirt_runtime::tasks::{Report, Reporter, Tape, WaitError};

use super::TASKS;
use crate::expect::{answered, failed, given, holds, same};
use crate::hand::Hand;
use crate::rig::{Rig, World};
use crate::{Chance, DriverCase, DriverSubject, yield_now};

pub(super) const CASES: &[DriverCase] = &[
    DriverCase {
        id: "tasks-driver/wait-wakes",
        rule: "tasks-driver.wait-wakes",
        interfaces: TASKS,
        source: "event tape T28",
        run: wait_wakes,
    },
    DriverCase {
        id: "tasks-driver/reader-reaches-final",
        rule: "tasks-driver.reader-reaches-final",
        interfaces: TASKS,
        source: "event tape T39",
        run: reaches_final,
    },
];

/// Orders of events in which a reader follows a task.
const ROUNDS: u64 = 32;

/// Rounds of waiting and reading after which a tape that should have ended has not.
const MAX_READS: usize = 1_000;

/// A task whose work is done by the case: it gets the reporter and says when the work is over.
async fn puppet(world: &World) -> Result<(TaskId, Reporter, oneshot::Sender<()>), Stop> {
    let (hand_over, reporter) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let work = |reporter: Reporter| async move {
        let _ = hand_over.send(reporter);
        let _ = ended.await;
        Ok(json!({}))
    };
    let task = given("submit", world.manager.submit("work", &json!({}), work).await)?;
    Ok((task, given("the start of the work", reporter.await)?, end))
}

fn wait_wakes(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    let (mine, other) = rig.run(async { Ok((puppet(&world).await?, puppet(&world).await?)) })?;
    let (task, reporter, end) = mine;
    let wakes = Arc::new(AtomicUsize::new(0));
    let watch = |seen| {
        let count = Arc::clone(&wakes);
        Hand::new(world.manager.wait(&task, seen), move || {
            count.fetch_add(1, Ordering::Relaxed);
        })
    };
    let woken = || wakes.swap(0, Ordering::Relaxed);
    let tape = |last_seq, ended: Option<Ending>| {
        Some(Ok::<_, WaitError>(Tape { last_seq, ended, live: ended.is_none() }))
    };

    let mut first = watch(0);
    same("a wait for what is on the tape", &first.poll(), &tape(1, None))?;
    let mut second = watch(1);
    same("a wait for more", &second.poll(), &None)?;
    let (_, others, others_end) = other;
    rig.run(async move {
        answered("report", others.report(Report::Log, &json!(1)).await)?;
        given("the other's end", others_end.send(()).map_err(|()| "its work is gone"))
    })?;
    rig.settle()?;
    same("wakes by another task's events and end", &woken(), &0)?;

    // Given up after it was queued: the event still comes, and has to wake.
    let payload = json!(2);
    let mut report = Hand::new(reporter.report(Report::Log, &payload), || ());
    same("a report on its way", &report.poll(), &None)?;
    drop(report);
    rig.settle()?;
    holds(woken() > 0, "a wake by the event", || "none".to_owned())?;
    same("the wait for it", &second.poll(), &tape(2, None))?;

    let mut third = watch(2);
    same("a wait for more", &third.poll(), &None)?;
    given("the end", end.send(()).map_err(|()| "the work is gone"))?;
    rig.settle()?;
    holds(woken() > 0, "a wake by the end", || "none".to_owned())?;
    same("the wait for it", &third.poll(), &tape(3, Some(Ending::Succeeded)))?;
    let late = rig.run(async { Ok(world.manager.wait(&task, 3).await) })?;
    same("a wait after the end", &Some(late), &tape(3, Some(Ending::Succeeded)))?;
    let nobody = TaskId::new("nobody");
    let unknown = rig.run(async { Ok(world.manager.wait(&nobody, 0).await) })?;
    same("a wait for an unknown task", &unknown, &Err(WaitError::NoSuchTask(nobody)))
}

/// What a reader does that goes by the tape: waits, reads, stops at `final`.
async fn follow(world: &World, task: &TaskId) -> Result<Vec<EventKind>, Stop> {
    let (mut kinds, mut from) = (Vec::new(), 1);
    for _ in 0..MAX_READS {
        given("wait", world.manager.wait(task, from - 1).await)?;
        let page = answered("events", world.manager.events(task, from, 2).await)?;
        from = page.next_seq;
        kinds.extend(page.events.iter().map(|event| event.kind));
        if page.closed {
            return Ok(kinds);
        }
    }
    failed("a tape with an end", format!("{MAX_READS} reads and none: {kinds:?}"))
}

fn reaches_final(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    for round in 0..ROUNDS {
        let mut rig = Rig::new(subject, seed.wrapping_add(round))?;
        let steps = Chance::new(seed.wrapping_add(round)).below(5);
        let world = rig.world.clone();
        rig.run(async move {
            let work = move |reporter: Reporter| async move {
                for step in 0..steps {
                    let _ = reporter.report(Report::Partial, &json!(step)).await;
                    yield_now().await;
                }
                Ok(json!({}))
            };
            let task = given("submit", world.manager.submit("work", &json!({}), work).await)?;
            let followed = follow(&world, &task).await?;
            let all = world.closed(&task, Ending::Succeeded).await?;
            same("what a reader got", &followed, &all)
        })?;
    }
    past_the_row(subject, seed)
}

/// The row has ended, and `final` comes later.
fn past_the_row(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    rig.run(async move {
        let manager = &world.manager;
        let task = world.leave("torn", Status::Running).await?;
        world.append(&task, EventKind::Progress).await?;
        let (id, change) =
            (task.clone(), wirt_contract::tasks::TaskChange::to(Status::Ended(Ending::Succeeded)));
        let end = move |tasks: &mut dyn wirt_contract::tasks::Tasks,
                        store: &wirt_contract::StoreId| {
            tasks.update_status(store, &id, &change)
        };
        world.tasks("update-status", end).await?;
        let page = answered("events", manager.events(&task, 1, 10).await)?;
        same("a tape without final", &(page.closed, page.has_more), &(false, false))?;
        let tape = Tape { last_seq: 1, ended: Some(Ending::Succeeded), live: false };
        same("where it stands", &manager.wait(&task, 1).await, &Ok(tape))?;
        world.append(&task, EventKind::Final(Ending::Succeeded)).await?;
        let page = answered("events", manager.events(&task, page.next_seq, 10).await)?;
        let kinds: Vec<EventKind> = page.events.iter().map(|event| event.kind).collect();
        same("the rest", &kinds, &vec![EventKind::Final(Ending::Succeeded)])?;
        same("the tape with final", &(page.closed, page.next_seq), &(true, 3))
    })
}
