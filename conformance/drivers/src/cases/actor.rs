//! The queue, the end, and stores without batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wirt_conformance::Stop;
use wirt_runtime::store::{CallError, QUEUE_CALLS};

use super::{ACTOR, TASKS};
use crate::expect::{given, holds, same};
use crate::hand::Hand;
use crate::inject::{Entry, Function};
use crate::rig::{Rig, new_task};
use crate::{DriverCase, DriverSubject};

pub(super) const CASES: &[DriverCase] = &[
    DriverCase {
        id: "actor/queue-bounded",
        rule: "actor.queue.bounded",
        interfaces: TASKS,
        source: "wirt",
        run: queue_bounded,
    },
    DriverCase {
        id: "actor/close-drains",
        rule: "actor.close.drains",
        interfaces: TASKS,
        source: "wirt",
        run: close_drains,
    },
    DriverCase {
        id: "actor/singly-without-batching",
        rule: "actor.batch.singly-without",
        interfaces: ACTOR,
        source: "wirt",
        run: singly,
    },
];

/// A call that found the queue full and was given up never ran; one that waited got through.
fn queue_bounded(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let ran = Arc::new(AtomicUsize::new(0));
    let world = rig.world.clone();
    let call = || {
        let ran = Arc::clone(&ran);
        let call = world.client.call(move |_| Ok(ran.fetch_add(1, Ordering::Relaxed)));
        let mut hand = Hand::new(call, || ());
        let early = hand.poll();
        (hand, early.is_some())
    };
    let queued: Vec<_> = (0..QUEUE_CALLS).map(|_| call()).collect();
    let given_up = call();
    let mut patient = call();
    drop(given_up);
    rig.settle()?;
    same("calls that ran", &ran.load(Ordering::Relaxed), &QUEUE_CALLS)?;
    for (mut hand, early) in queued {
        holds(!early && hand.poll().is_some_and(|it| it.is_ok()), "an answer for each", || {
            "none for one".to_owned()
        })?;
    }
    // Woken by the room in the queue, it goes in now and is answered in the next round.
    holds(patient.0.poll().is_none(), "a call that waits goes into the queue", || {
        "an answer".to_owned()
    })?;
    rig.settle()?;
    same("the call that waited", &patient.0.poll(), &Some(Ok(QUEUE_CALLS)))
}

fn close_drains(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let world = rig.world.clone();
    let mut hands = Vec::new();
    for number in 0..10 {
        let (store, task) = (world.store.clone(), new_task(&format!("closing-{number}")));
        let call = world.client.call(move |plugin| plugin.tasks()?.create(&store, &task));
        let mut hand = Hand::new(call, || ());
        holds(hand.poll().is_none(), "a queued call", || "an answer".to_owned())?;
        hands.push(hand);
    }
    let client = world.client.clone();
    rig.run(async move { given("close", client.close().await) })?;
    for mut hand in hands {
        same("a call queued before the close", &hand.poll(), &Some(Ok(())))?;
    }
    let log = world.script.take_log();
    let last = Entry::Called { instance: 1, function: Function::Close, task: None };
    same("the store's last call", &log.last(), &Some(&last))?;
    let client = world.client.clone();
    rig.run(async move {
        same("a later call", &client.call(|_| Ok(())).await, &Err(CallError::Stopped))?;
        same("a second close", &client.close().await, &Ok(()))
    })
}

fn singly(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::prepared(subject, seed, |script| script.hide_batching())?;
    let world = rig.world.clone();
    let mut hands = Vec::new();
    let mut expected = Vec::new();
    for number in 0..3 {
        let task = new_task(&format!("single-{number}"));
        expected.push(Entry::Called {
            instance: 1,
            function: Function::Create,
            task: Some(task.task_id.clone()),
        });
        expected.push(Entry::Answered(number));
        let (store, script) = (world.store.clone(), world.script.clone());
        let call = world.client.call(move |plugin| plugin.tasks()?.create(&store, &task));
        let mut hand = Hand::new(call, move || script.note(Entry::Answered(number)));
        holds(hand.poll().is_none(), "a queued call", || "an answer".to_owned())?;
        hands.push(hand);
    }
    rig.settle()?;
    same("what happened", &world.script.take_log(), &expected)?;
    for mut hand in hands {
        same("the call", &hand.poll(), &Some(Ok(())))?;
    }
    Ok(())
}
