//! Many tasks at once, with work that ends in every way, cancels at every moment, and reports that
//! come too late.

use std::panic::resume_unwind;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use wirt_conformance::Stop;
use wirt_contract::TaskId;
use wirt_contract::tasks::Ending;
use wirt_runtime::tasks::{CancelOutcome, Report, Reporter, TaskFailure};

use super::TASKS;
use super::tapes::nothing_unclosed;
use crate::executor::Spawner;
use crate::expect::{answered, given, same};
use crate::rig::{Rig, World};
use crate::{Chance, DriverCase, DriverSubject, yield_now};

pub(super) const CASES: &[DriverCase] = &[DriverCase {
    id: "tasks-driver/storm",
    rule: "tasks-driver.final-last",
    interfaces: TASKS,
    source: "event tape T7",
    run: storm,
}];

/// Rounds, each with an order of events of its own; with [`TASKS_A_ROUND`] the 2,560 runs of the
/// reference's stress.
const ROUNDS: u64 = 10;

/// Tasks at once: far more than fit into one batch of the smallest store.
const TASKS_A_ROUND: usize = 256;

/// What one task of the storm does.
#[derive(Clone, Copy)]
struct Plan {
    end: End,
    reports: usize,
    /// Turns between reports.
    pause: usize,
    /// Turns from the submission to the cancel, where there is one.
    cancel_after: Option<usize>,
    /// Reports of a detached part that nobody waits for.
    detached: usize,
}

#[derive(Clone, Copy)]
enum End {
    Succeeds,
    Fails,
    Panics,
    /// Waits until it is cancelled.
    Waits,
}

impl Plan {
    fn draw(chance: &mut Chance) -> Self {
        let cancel_after = (chance.below(2) == 1).then(|| chance.below(60));
        let end = match chance.below(4) {
            0 => End::Fails,
            1 => End::Panics,
            2 if cancel_after.is_some() => End::Waits,
            _ => End::Succeeds,
        };
        Self {
            end,
            reports: chance.below(4),
            pause: chance.below(4),
            cancel_after,
            detached: chance.below(3),
        }
    }

    async fn work(self, reporter: Reporter, spawner: Spawner) -> Result<Value, TaskFailure> {
        for step in 0..self.detached {
            let late = reporter.clone();
            spawner.spawn(Box::pin(async move {
                turns(step.saturating_mul(7)).await;
                let _ = late.report(Report::Progress, &json!({ "detached": step })).await;
            }));
        }
        for step in 0..self.reports {
            let _ = reporter.report(Report::Progress, &json!({ "step": step })).await;
            turns(self.pause).await;
        }
        match self.end {
            End::Succeeds => Ok(json!({ "steps": self.reports })),
            End::Fails => {
                Err(TaskFailure { code: "storm".to_owned(), message: "it failed".to_owned() })
            }
            // Unlike `panic!` this prints nothing.
            End::Panics => resume_unwind(Box::new("storm")),
            End::Waits => std::future::pending().await,
        }
    }

    /// How it ends where no cancel decides.
    fn own_ending(self) -> Option<Ending> {
        match self.end {
            End::Succeeds => Some(Ending::Succeeded),
            End::Fails | End::Panics => Some(Ending::Failed),
            End::Waits => None,
        }
    }
}

async fn turns(count: usize) {
    for _ in 0..count {
        yield_now().await;
    }
}

fn storm(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    for round in 0..ROUNDS {
        let seed = seed.wrapping_add(round);
        let mut rig = Rig::new(subject, seed)?;
        let mut chance = Chance::new(seed);
        let world = rig.world.clone();
        let plans: Vec<Plan> = (0..TASKS_A_ROUND).map(|_| Plan::draw(&mut chance)).collect();
        let mut ends = Vec::new();
        for plan in plans {
            let (sender, end) = oneshot::channel();
            ends.push(end);
            let world = world.clone();
            world.spawner.clone().spawn(Box::pin(async move {
                let _ = sender.send(one(&world, plan).await);
            }));
        }
        let closed = rig.run(async move {
            let mut closed = Vec::new();
            for end in ends {
                closed.push(given("a task of the storm", end.await)??);
            }
            Ok(closed)
        })?;
        // What is detached has come by now, and must not have changed anything.
        rig.settle()?;
        rig.run(async move {
            for (task, ending) in closed {
                world.closed(&task, ending).await?;
            }
            nothing_unclosed(&world).await
        })?;
    }
    Ok(())
}

async fn one(world: &World, plan: Plan) -> Result<(TaskId, Ending), Stop> {
    let manager = &world.manager;
    let spawner = world.spawner.clone();
    let work = move |reporter| plan.work(reporter, spawner);
    let task = given("submit", manager.submit("storm", &json!({}), work).await)?;
    let mut expected = plan.own_ending();
    if let Some(after) = plan.cancel_after {
        turns(after).await;
        if answered("cancel", manager.cancel(&task).await)? == CancelOutcome::Requested {
            expected = Some(Ending::Cancelled);
        }
    }
    let ending = given("ending", manager.ended(&task).await)?;
    same(&format!("ending of {task}"), &Some(ending), &expected)?;
    Ok((task, ending))
}
