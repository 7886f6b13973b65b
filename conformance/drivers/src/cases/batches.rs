//! Group commit: what a batch holds, and what becomes of it.

use std::panic::resume_unwind;

use wirt_conformance::Stop;
use wirt_contract::{Answer, Error, Fault, FaultKind, Plugin, StoreId, TaskId};
use wirt_runtime::store::{CallError, UnknownCause};

use super::ACTOR;
use crate::expect::{holds, same};
use crate::hand::Hand;
use crate::inject::{Act, Entry, Function};
use crate::rig::{Rig, World, new_task};
use crate::{DriverCase, DriverSubject};

pub(super) const CASES: &[DriverCase] = &[
    DriverCase {
        id: "actor/answers-wait-for-flush",
        rule: "actor.batch.answers-wait-for-flush",
        interfaces: ACTOR,
        source: "wirt",
        run: answers_wait,
    },
    DriverCase {
        id: "actor/fault-reruns-others",
        rule: "actor.batch.fault-reruns-others",
        interfaces: ACTOR,
        source: "wirt",
        run: fault_reruns,
    },
    DriverCase {
        id: "actor/panic-reruns-others",
        rule: "actor.batch.fault-reruns-others",
        interfaces: ACTOR,
        source: "wirt",
        run: panic_reruns,
    },
    DriverCase {
        id: "actor/bound-reruns-alone",
        rule: "actor.batch.bound-reruns-alone",
        interfaces: ACTOR,
        source: "wirt",
        run: bound_reruns,
    },
    DriverCase {
        id: "actor/flush-error-unknown",
        rule: "actor.flush-failed-unknown",
        interfaces: ACTOR,
        source: "wirt",
        run: flush_error,
    },
    DriverCase {
        id: "actor/flush-fault-unknown",
        rule: "actor.flush-failed-unknown",
        interfaces: ACTOR,
        source: "wirt",
        run: flush_fault,
    },
];

/// One call and what it is to answer.
enum Ask {
    /// Adds a row of this name.
    Create(&'static str),
    /// Says whether there is a row of this name.
    Has(&'static str),
    /// Panics in the caller's own closure, after it has added a row of this name.
    Panic(&'static str),
}

impl Ask {
    fn put(&self, plugin: &mut dyn Plugin, store: &StoreId) -> Answer<bool> {
        match self {
            Self::Create(id) => plugin.tasks()?.create(store, &new_task(id)).map(|()| true),
            Self::Has(id) => Ok(plugin.tasks()?.get(store, &TaskId::new(*id))?.is_some()),
            Self::Panic(id) => {
                plugin.tasks()?.create(store, &new_task(id))?;
                // Unlike `panic!` this prints nothing.
                resume_unwind(Box::new("asked for by the case"))
            }
        }
    }
}

/// Puts these calls into one batch and gives their answers. The log then holds what the store saw
/// and when each caller was woken.
fn ask_at_once(rig: &mut Rig, asks: Vec<Ask>) -> Result<Vec<Result<bool, CallError>>, Stop> {
    let world = rig.world.clone();
    let mut hands: Vec<Hand<'_, Result<bool, CallError>>> = Vec::new();
    for (number, ask) in asks.into_iter().enumerate() {
        let (store, script) = (world.store.clone(), world.script.clone());
        let call = world.client.call(move |plugin| ask.put(plugin, &store));
        let mut hand = Hand::new(call, move || script.note(Entry::Answered(number)));
        holds(hand.poll().is_none(), "a call waits for its store", || "an answer".to_owned())?;
        hands.push(hand);
    }
    rig.settle()?;
    let mut answers = Vec::new();
    for mut hand in hands {
        match hand.poll() {
            Some(answer) => answers.push(answer),
            None => return crate::expect::failed("an answer for every call", "none for one"),
        }
    }
    Ok(answers)
}

fn called(instance: usize, function: Function, task: Option<&str>) -> Entry {
    Entry::Called { instance, function, task: task.map(TaskId::new) }
}

async fn rows(world: &World, ids: &[&'static str]) -> Result<Vec<&'static str>, Stop> {
    let mut there = Vec::new();
    for id in ids {
        let task = TaskId::new(*id);
        let row = world.tasks("get", move |tasks, store| tasks.get(store, &task)).await?;
        there.extend(row.map(|_| *id));
    }
    Ok(there)
}

fn conflict(answer: &Result<bool, CallError>) -> bool {
    matches!(answer, Err(CallError::Error(Error::Conflict(_))))
}

fn answers_wait(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let asks = vec![Ask::Create("a"), Ask::Has("a"), Ask::Create("a"), Ask::Create("b")];
    let answers = ask_at_once(&mut rig, asks)?;
    holds(
        matches!(answers.as_slice(), [Ok(true), Ok(true), twice, Ok(true)] if conflict(twice)),
        "a row, its read, a conflict, another row",
        || format!("{answers:?}"),
    )?;
    let expected = [
        called(1, Function::Begin, None),
        called(1, Function::Create, Some("a")),
        called(1, Function::Read, Some("a")),
        called(1, Function::Create, Some("a")),
        called(1, Function::Create, Some("b")),
        called(1, Function::Flush, None),
        Entry::Answered(0),
        Entry::Answered(1),
        Entry::Answered(2),
        Entry::Answered(3),
    ];
    same("what happened", &rig.world.script.take_log(), &expected.to_vec())?;
    rig.restart();
    let world = rig.world.clone();
    let there = rig.run(async { rows(&world, &["a", "b"]).await })?;
    same("rows after the answers, in a fresh instance", &there, &vec!["a", "b"])
}

/// What the store has to see after the third of five calls has lost the batch.
fn one_by_one(first_tries: &[&str]) -> Vec<Entry> {
    let mut expected = vec![called(1, Function::Begin, None)];
    expected.extend(first_tries.iter().map(|id| called(1, Function::Create, Some(id))));
    expected
}

fn reran(found: &[Entry], first_tries: &[&str]) -> Result<(), Stop> {
    // Opening a fresh instance reads its description; when callers wake is not the matter here.
    let writes: Vec<Entry> = found
        .iter()
        .filter(|entry| match entry {
            Entry::Called { function, .. } => *function != Function::Read,
            Entry::Answered(_) => false,
        })
        .cloned()
        .collect();
    let mut expected = one_by_one(first_tries);
    for id in ["a", "b", "d", "e"] {
        expected.push(called(2, Function::Create, Some(id)));
    }
    same("calls that reached the store", &writes, &expected)
}

fn fault_reruns(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    rig.world.script.once(Function::Create, Some(&TaskId::new("c")), Act::CrashAfter);
    let asks = ["a", "b", "c", "d", "e"].map(Ask::Create).into();
    let answers = ask_at_once(&mut rig, asks)?;
    holds(
        matches!(
            answers.as_slice(),
            [
                Ok(_),
                Ok(_),
                Err(CallError::Fault(Fault { kind: FaultKind::Trapped, .. })),
                Ok(_),
                Ok(_)
            ]
        ),
        "the call that crashed answers its fault, the others a row each",
        || format!("{answers:?}"),
    )?;
    reran(&rig.world.script.take_log(), &["a", "b", "c"])?;
    let world = rig.world.clone();
    let there = rig.run(async { rows(&world, &["a", "b", "c", "d", "e"]).await })?;
    same("rows", &there, &vec!["a", "b", "d", "e"])
}

fn panic_reruns(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let asks = vec![
        Ask::Create("a"),
        Ask::Create("b"),
        Ask::Panic("c"),
        Ask::Create("d"),
        Ask::Create("e"),
    ];
    let answers = ask_at_once(&mut rig, asks)?;
    holds(
        matches!(
            answers.as_slice(),
            [Ok(_), Ok(_), Err(CallError::Panicked(words)), Ok(_), Ok(_)]
                if words == "asked for by the case"
        ),
        "the call that panicked answers so, the others a row each",
        || format!("{answers:?}"),
    )?;
    reran(&rig.world.script.take_log(), &["a", "b", "c"])?;
    let world = rig.world.clone();
    let there = rig.run(async { rows(&world, &["a", "b", "c", "d", "e"]).await })?;
    same("rows", &there, &vec!["a", "b", "d", "e"])
}

fn bound_reruns(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let mut rig = Rig::new(subject, seed)?;
    let full = Error::Invalid("the batch is full".to_owned());
    rig.world.script.once(Function::Create, Some(&TaskId::new("b")), Act::Answer(full));
    let asks = vec![Ask::Create("a"), Ask::Create("b"), Ask::Create("c"), Ask::Create("")];
    let answers = ask_at_once(&mut rig, asks)?;
    holds(
        matches!(
            answers.as_slice(),
            [Ok(_), Ok(_), Ok(_), Err(CallError::Error(Error::Invalid(_)))]
        ),
        "three rows, and `invalid` for the call that is invalid by itself",
        || format!("{answers:?}"),
    )?;
    let expected = [
        called(1, Function::Begin, None),
        called(1, Function::Create, Some("a")),
        called(1, Function::Create, Some("b")),
        called(1, Function::Flush, None),
        Entry::Answered(0),
        called(1, Function::Create, Some("b")),
        Entry::Answered(1),
        called(1, Function::Begin, None),
        called(1, Function::Create, Some("c")),
        called(1, Function::Create, Some("")),
        called(1, Function::Flush, None),
        Entry::Answered(2),
        called(1, Function::Create, Some("")),
        Entry::Answered(3),
    ];
    same("what happened", &rig.world.script.take_log(), &expected.to_vec())
}

fn flush_error(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let full = Error::backend("the disk is full");
    let log = flush_fails(subject, seed, Act::Answer(full))?;
    let [.., last_of_first, _, _] = log.as_slice() else {
        return crate::expect::failed("a close and two answers", format!("{log:?}"));
    };
    same("last call to the instance", last_of_first, &called(1, Function::Close, None))
}

fn flush_fault(subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    let log = flush_fails(subject, seed, Act::Crash)?;
    let [.., last_of_first, _, _] = log.as_slice() else {
        return crate::expect::failed("a flush and two answers", format!("{log:?}"));
    };
    same("last call to the instance", last_of_first, &called(1, Function::Flush, None))
}

fn flush_fails(subject: &DriverSubject, seed: u64, act: Act) -> Result<Vec<Entry>, Stop> {
    let mut rig = Rig::new(subject, seed)?;
    rig.world.script.once(Function::Flush, None, act);
    let answers = ask_at_once(&mut rig, vec![Ask::Create("a"), Ask::Has("a")])?;
    let unknown = |answer: &Result<bool, CallError>| {
        matches!(answer, Err(CallError::Unknown(UnknownCause::Flush(_))))
    };
    holds(answers.iter().all(unknown), "both calls unknown, the read too", || {
        format!("{answers:?}")
    })?;
    let log = rig.world.script.take_log();
    let again = ask_at_once(&mut rig, vec![Ask::Create("b"), Ask::Has("b")])?;
    same("calls in a fresh instance", &again, &vec![Ok(true), Ok(true)])?;
    let fresh = rig.world.script.take_log().iter().all(|entry| match entry {
        Entry::Called { instance, .. } => *instance == 2,
        Entry::Answered(_) => true,
    });
    holds(fresh, "nothing reaches the instance whose flush failed", || "a call did".to_owned())?;
    Ok(log)
}
