//! Closing what a process left behind.

use serde_json::{Value, json};
use tokio::sync::oneshot;
use wirt_conformance::Stop;
use wirt_contract::EpochMs;
use wirt_contract::TaskId;
use wirt_contract::tasks::{Closing, Ending, EventKind, Finished, Status};
use wirt_runtime::tasks::{CancelOutcome, Repaired, Reporter, WaitError};

use super::TASKS;
use super::tapes::nothing_unclosed;
use crate::expect::{answered, given, holds, same};
use crate::rig::{Rig, World};
use crate::{Chance, DriverCase, DriverSubject};

pub(super) const CASES: &[DriverCase] = &[
    DriverCase {
        id: "tasks-driver/restart-cleanup",
        rule: "tasks-driver.repair-closes",
        interfaces: TASKS,
        source: "event tape T8",
        run: restart_cleanup,
    },
    DriverCase {
        id: "tasks-driver/repair-completes",
        rule: "tasks-driver.repair-closes",
        interfaces: TASKS,
        source: "event tape T35",
        run: completes,
    },
    DriverCase {
        id: "tasks-driver/repair-loser-appends-nothing",
        rule: "tasks-driver.repair-closes",
        interfaces: TASKS,
        source: "event tape T34",
        run: loser,
    },
];

/// Orders of events in which repairs and closings race.
const ROUNDS: u64 = 32;

/// Tasks in one such race.
const RACERS: usize = 8;

fn restart_cleanup(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    let (pending, running) = rig.run(async move {
        let pending = world.leave("left-pending", Status::Pending).await?;
        let running = world.leave("left-running", Status::Running).await?;
        world.append(&running, EventKind::TaskStarted).await?;
        let done = world.leave("done", Status::Pending).await?;
        finish(&world, &done, Ending::Succeeded).await?;
        Ok((pending, running))
    })?;
    rig.restart();
    let world = rig.world.clone();
    rig.run(async move {
        let manager = &world.manager;
        same(
            "cancel of a task left behind",
            &manager.cancel(&running).await,
            &Ok(CancelOutcome::NotHere),
        )?;
        let not_here = Err(WaitError::NotHere(running.clone()));
        same("waiting for its end", &manager.ended(&running).await, &not_here)?;
        let (end, ended) = oneshot::channel::<()>();
        let work = |_: Reporter| async move {
            let _ = ended.await;
            Ok(json!({}))
        };
        let live = given("submit", manager.submit("work", &json!({}), work).await)?;
        let repaired = answered("repair", manager.repair().await)?;
        let expected =
            Repaired { failed: vec![pending.clone(), running.clone()], completed: Vec::new() };
        same("repaired", &repaired, &expected)?;
        let last = EventKind::Final(Ending::Failed);
        let tape = world.closed(&pending, Ending::Failed).await?;
        same("tape of the pending one", &tape, &vec![last])?;
        let tape = world.closed(&running, Ending::Failed).await?;
        same("tape of the running one", &tape, &vec![EventKind::TaskStarted, last])?;
        for task in [&pending, &running] {
            let row = world.row(task).await?;
            let reason: Option<Value> =
                row.failure.as_ref().and_then(|text| serde_json::from_str(text).ok());
            same("the row's reason", &reason, &Some(json!({ "reason": "server_restart" })))?;
        }
        world.closed(&TaskId::new("done"), Ending::Succeeded).await?;
        same("the live task's status", &world.row(&live).await?.status.ending(), &None)?;
        drop(end);
        same("its ending", &manager.ended(&live).await, &Ok(Ending::Succeeded))?;
        same("a second repair", &manager.repair().await, &Ok(Repaired::default()))?;
        nothing_unclosed(&world).await
    })
}

/// The row has ended and the tape not, or the other way round.
fn completes(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    let left = rig.run(async move {
        let mut left = Vec::new();
        for ending in Ending::ALL {
            let row = world.leave(&format!("row-{ending}"), Status::Ended(ending)).await?;
            left.push((row, ending));
            let tape = world.leave(&format!("tape-{ending}"), Status::Running).await?;
            world.append(&tape, EventKind::Final(ending)).await?;
            left.push((tape, ending));
        }
        left.sort();
        Ok(left)
    })?;
    rig.restart();
    let world = rig.world.clone();
    rig.run(async move {
        let repaired = answered("repair", world.manager.repair().await)?;
        let completed = left.iter().map(|(task, _)| task.clone()).collect();
        same("repaired", &repaired, &Repaired { failed: Vec::new(), completed })?;
        for (task, ending) in &left {
            // An ended row stays as it is, so it need not say when it ended.
            let kinds: Vec<EventKind> =
                world.tape(task).await?.iter().map(|event| event.kind).collect();
            same(&format!("tape of {task}"), &kinds, &vec![EventKind::Final(*ending)])?;
            let status = world.row(task).await?.status;
            same(&format!("status of {task}"), &status, &Status::Ended(*ending))?;
        }
        nothing_unclosed(&world).await
    })
}

async fn finish(world: &World, task: &TaskId, ending: Ending) -> Result<Finished, Stop> {
    let (task, closing) = (
        task.clone(),
        Closing {
            ending,
            at: EpochMs(1_700_000_000_000),
            outcome: None,
            failure: None,
            payload: "{}".to_owned(),
        },
    );
    world.tasks("finish", move |tasks, store| tasks.finish(store, &task, &closing)).await
}

/// Two repairs and a closing at once: each task is closed by one of them.
fn loser(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    for round in 0..ROUNDS {
        let mut rig = Rig::new(subject, seed.wrapping_add(round))?;
        let mut chance = Chance::new(seed.wrapping_add(round));
        let world = rig.world.clone();
        let turns: Vec<usize> = (0..RACERS).map(|_| chance.below(40)).collect();
        rig.run(async move { race(&world, &turns).await })?;
    }
    Ok(())
}

async fn race(world: &World, turns: &[usize]) -> Result<(), Stop> {
    let mut tasks = Vec::new();
    for number in 0..turns.len() {
        tasks.push(world.leave(&format!("racer-{number}"), Status::Running).await?);
    }
    let mut repairs = Vec::new();
    for manager in [world.manager.clone(), world.another_manager()] {
        let (sender, repaired) = oneshot::channel();
        repairs.push(repaired);
        world.spawner.spawn(Box::pin(async move {
            let _ = sender.send(manager.repair().await);
        }));
    }
    let mut closings = Vec::new();
    for (task, turns) in tasks.iter().zip(turns) {
        let (sender, closed) = oneshot::channel();
        closings.push(closed);
        let (spawner, world) = (world.spawner.clone(), world.clone());
        let (task, turns) = (task.clone(), *turns);
        spawner.spawn(Box::pin(async move {
            world.turns(turns).await;
            let _ = sender.send(finish(&world, &task, Ending::Succeeded).await);
        }));
    }
    let mut confirmed: Vec<TaskId> = Vec::new();
    for repaired in repairs {
        let repaired = answered("repair", given("a repair", repaired.await)?)?;
        same("completed", &repaired.completed, &Vec::new())?;
        confirmed.extend(repaired.failed);
    }
    for (task, closed) in tasks.iter().zip(closings) {
        let closed = given("a closing", closed.await)??;
        let by_repair = confirmed.iter().filter(|failed| *failed == task).count();
        let ending = match closed {
            Finished::At(_) => Ending::Succeeded,
            Finished::Already(ending) => ending,
        };
        let winners = usize::from(matches!(closed, Finished::At(_))).saturating_add(by_repair);
        same(&format!("winners over {task}"), &winners, &1)?;
        holds((by_repair == 1) == (ending == Ending::Failed), "the winner's own ending", || {
            format!("{ending} after {by_repair} repairs")
        })?;
        let kinds = world.closed(task, ending).await?;
        same(&format!("tape of {task}"), &kinds, &vec![EventKind::Final(ending)])?;
    }
    nothing_unclosed(world).await
}
