//! What a tape holds after work that succeeds, fails, panics, or whose store crashes.

use std::panic::resume_unwind;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use wirt_conformance::Stop;
use wirt_contract::TaskId;
use wirt_contract::tasks::{Appended, Ending, EventKind, Status};
use wirt_runtime::tasks::{LIVE_TASKS, Report, Reporter, SubmitError, TaskFailure};

use super::TASKS;
use crate::expect::{answered, given, holds, same};
use crate::inject::{Act, Function};
use crate::rig::{Rig, World, new_event};
use crate::{DriverCase, DriverSubject};

pub(super) const CASES: &[DriverCase] = &[
    DriverCase {
        id: "tasks-driver/tapes",
        rule: "tasks-driver.final-last",
        interfaces: TASKS,
        source: "event tape T27",
        run: tapes,
    },
    DriverCase {
        id: "tasks-driver/final-always-follows",
        rule: "tasks-driver.final-last",
        interfaces: TASKS,
        source: "event tape T31",
        run: always_follows,
    },
    DriverCase {
        id: "tasks-driver/panic-fails",
        rule: "tasks-driver.panic-is-a-failure",
        interfaces: TASKS,
        source: "wirt",
        run: panic_fails,
    },
    DriverCase {
        id: "tasks-driver/unknown-is-repeated",
        rule: "tasks-driver.unknown-repeated",
        interfaces: TASKS,
        source: "wirt",
        run: unknown_repeated,
    },
    DriverCase {
        id: "tasks-driver/parallel-appends",
        rule: "tasks.append.sequence",
        interfaces: TASKS,
        source: "event tape T26",
        run: parallel_appends,
    },
    DriverCase {
        id: "tasks-driver/live-bounded",
        rule: "tasks-driver.live-bounded",
        interfaces: TASKS,
        source: "wirt",
        run: live_bounded,
    },
];

/// Appends at once in `tasks-driver/parallel-appends`: the reference's own number.
const PARALLEL: u64 = 200;

/// Reports once and then gives this.
async fn reported(
    reporter: Reporter,
    result: Result<Value, TaskFailure>,
) -> Result<Value, TaskFailure> {
    match reporter.report(Report::Log, &json!("half")).await {
        Ok(_) => result,
        Err(error) => Err(TaskFailure { code: "report".to_owned(), message: error.to_string() }),
    }
}

fn refusal() -> TaskFailure {
    TaskFailure { code: "no-luck".to_owned(), message: "it did not work".to_owned() }
}

fn json_of(text: Option<&String>) -> Option<Value> {
    text.and_then(|text| serde_json::from_str(text).ok())
}

fn tapes(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    rig.run(async move {
        let manager = &world.manager;
        let params = json!({ "b": 1, "a": 2 });
        let happy = |reporter| reported(reporter, Ok(json!({ "answer": 42 })));
        let task = given("submit", manager.submit("sum", &params, happy).await)?;
        same("ending", &manager.ended(&task).await, &Ok(Ending::Succeeded))?;
        let expected = |last| vec![EventKind::TaskStarted, EventKind::Log, EventKind::Final(last)];
        let kinds = world.closed(&task, Ending::Succeeded).await?;
        same("tape of work that succeeded", &kinds, &expected(Ending::Succeeded))?;
        let row = world.row(&task).await?;
        same("op", &row.op.as_str(), &"sum")?;
        same("outcome", &json_of(row.outcome.as_ref()), &Some(json!({ "answer": 42 })))?;
        same("failure", &row.failure, &None)?;
        holds(
            row.started_at.is_some_and(|started| row.created_at < started)
                && row.finished_at > row.started_at,
            "created before started before finished",
            || format!("{row:?}"),
        )?;
        let digest = row.params_digest;

        let sad = |reporter| reported(reporter, Err(refusal()));
        let other = json!({ "a": 2, "b": 1 });
        let task = given("submit", manager.submit("sum", &other, sad).await)?;
        same("ending", &manager.ended(&task).await, &Ok(Ending::Failed))?;
        let kinds = world.closed(&task, Ending::Failed).await?;
        same("tape of work that failed", &kinds, &expected(Ending::Failed))?;
        let row = world.row(&task).await?;
        let failure = json!({ "code": "no-luck", "message": "it did not work" });
        same("failure", &json_of(row.failure.as_ref()), &Some(failure))?;
        same("outcome", &row.outcome, &None)?;
        same("digest of the same parameters", &row.params_digest, &digest)
    })
}

/// Whatever way a task ends, also where its outcome is too large to be kept.
fn always_follows(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    rig.run(async move {
        let limits = answered(
            "describe",
            world.client.call(|plugin| Ok(plugin.store()?.describe()?.limits)).await,
        )?;
        let bound = usize::try_from(limits.max_payload_bytes).unwrap_or(usize::MAX);
        let results = [
            (Ok(json!(1)), Ending::Succeeded),
            (Err(refusal()), Ending::Failed),
            (Ok(json!("x".repeat(bound))), Ending::Failed),
            (
                Err(TaskFailure { code: "\u{1}".repeat(bound), message: "\u{1}".repeat(bound) }),
                Ending::Failed,
            ),
        ];
        for (result, ending) in results {
            let work = |reporter| reported(reporter, result);
            let submitted = world.manager.submit("work", &json!({}), work).await;
            let task = given("submit", submitted)?;
            same("ending", &world.manager.ended(&task).await, &Ok(ending))?;
            world.closed(&task, ending).await?;
        }
        nothing_unclosed(&world).await
    })
}

pub(super) async fn nothing_unclosed(world: &World) -> Result<(), Stop> {
    let list = |tasks: &mut dyn wirt_contract::tasks::Tasks, store: &wirt_contract::StoreId| {
        tasks.list_unclosed(store, None, 10)
    };
    same("tasks left unclosed", &world.tasks("list-unclosed", list).await?, &Vec::new())?;
    same("live tasks", &world.manager.live_count(), &0)
}

fn panic_fails(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    rig.run(async move {
        // Unlike `panic!` this prints nothing.
        let at_once = |_: Reporter| -> std::future::Ready<Result<Value, TaskFailure>> {
            resume_unwind(Box::new("at once"))
        };
        let later = |reporter: Reporter| async move {
            let _ = reporter.report(Report::Progress, &json!(1)).await;
            resume_unwind(Box::new("later"))
        };
        let manager = &world.manager;
        let first = given("submit", manager.submit("work", &json!({}), at_once).await)?;
        let second = given("submit", manager.submit("work", &json!({}), later).await)?;
        for (task, words) in [(first, "at once"), (second, "later")] {
            same("ending", &manager.ended(&task).await, &Ok(Ending::Failed))?;
            world.closed(&task, Ending::Failed).await?;
            let failure = json!({ "code": "panicked", "message": words });
            let row = world.row(&task).await?;
            same("failure", &json_of(row.failure.as_ref()), &Some(failure))?;
        }
        nothing_unclosed(&world).await
    })
}

/// The store crashes after it has done what it was asked, at each step of a task.
fn unknown_repeated(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    for function in [Function::Create, Function::Start, Function::Finish] {
        let mut rig = Rig::new(subject, seed)?;
        if !rig.world.durable {
            let reason = "an inline store has lost the task after a crash".to_owned();
            return Err(Stop::Skip(reason));
        }
        let world = rig.world.clone();
        world.script.once(function, Some(&world.next_id()), Act::CrashAfter);
        rig.run(async move {
            let work = |reporter| reported(reporter, Ok(json!(1)));
            let submitted = world.manager.submit("work", &json!({}), work).await;
            let task = given(&format!("submit with a crash in {function:?}"), submitted)?;
            same("ending", &world.manager.ended(&task).await, &Ok(Ending::Succeeded))?;
            same("crashes to come", &world.script.acts_left(), &0)?;
            let kinds = world.closed(&task, Ending::Succeeded).await?;
            let expected =
                [EventKind::TaskStarted, EventKind::Log, EventKind::Final(Ending::Succeeded)];
            same(&format!("tape with a crash in {function:?}"), &kinds, &expected.to_vec())
        })?;
    }
    Ok(())
}

fn parallel_appends(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    let numbers = rig.run(async move {
        let task = world.leave("parallel", Status::Pending).await?;
        let mut answers = Vec::new();
        for _ in 0..PARALLEL {
            let (client, store, task) = (world.client.clone(), world.store.clone(), task.clone());
            let (sender, answer) = oneshot::channel();
            answers.push(answer);
            world.spawner.spawn(Box::pin(async move {
                let event = new_event(EventKind::Progress);
                let append =
                    client.call(move |plugin| plugin.tasks()?.append_event(&store, &task, &event));
                let _ = sender.send(append.await);
            }));
        }
        let mut numbers = Vec::new();
        for answer in answers {
            match answered("append-event", given("an append", answer.await)?)? {
                Appended::At(seq) => numbers.push(seq),
                dropped @ Appended::Dropped(_) => {
                    return crate::expect::failed(
                        "every event on the tape",
                        format!("{dropped:?}"),
                    );
                }
            }
        }
        let on_tape = u64::try_from(world.tape(&task).await?.len()).unwrap_or(u64::MAX);
        same("events on the tape", &on_tape, &PARALLEL)?;
        numbers.sort_unstable();
        Ok(numbers)
    })?;
    same("numbers answered", &numbers, &(1..=PARALLEL).collect())
}

fn live_bounded(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    rig.run(async move {
        let manager = &world.manager;
        let (release, released) = tokio::sync::watch::channel(false);
        let work = || {
            let mut released = released.clone();
            move |_: Reporter| async move {
                let _ = released.wait_for(|released| *released).await;
                Ok(json!(1))
            }
        };
        let mut tasks: Vec<TaskId> = Vec::new();
        for _ in 0..LIVE_TASKS {
            tasks.push(given("submit", manager.submit("work", &json!({}), work()).await)?);
        }
        let beyond = manager.submit("work", &json!({}), work()).await;
        same("a task beyond the bound", &beyond, &Err(SubmitError::TooMany))?;
        release.send_replace(true);
        for task in &tasks {
            same("ending", &manager.ended(task).await, &Ok(Ending::Succeeded))?;
        }
        same("live tasks", &manager.live_count(), &0)?;
        given("a task after the others", manager.submit("work", &json!({}), work()).await)?;
        Ok(())
    })
}
