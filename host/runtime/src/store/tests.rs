//! The actor on its own thread. Its rules are proved on a seeded executor, in `wirt-drivers`.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Waker};

use wirt_contract::batching::Batching;
use wirt_contract::store::{CheckPage, Description, Durability, Limits, Store};
use wirt_contract::{Answer, Error, Fault, FaultKind, Interface, Interfaces, Plugin};

use super::{CallError, StoreClient, UnknownCause, actor};

/// What the store's instances share.
#[derive(Default)]
struct Kept {
    log: Vec<&'static str>,
    /// Whether `begin` panics, which no plugin behind the engine does.
    begin_panics: bool,
    /// Whether no instance can be made.
    shut: bool,
}

#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Kept>>);

impl Scripted {
    fn log(&self, line: &'static str) {
        self.0.lock().unwrap().log.push(line);
    }

    fn lines(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().log.clone()
    }

    fn spawn(&self) -> (StoreClient, std::thread::JoinHandle<()>) {
        let kept = self.clone();
        let (client, actor) = actor(move || -> Answer<Box<dyn Plugin>> {
            if kept.0.lock().unwrap().shut {
                return Err(Error::backend("the folder is held by another host").into());
            }
            kept.log("open");
            Ok(Box::new(kept.clone()))
        });
        (client, actor.spawn("test").unwrap())
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        if std::thread::current().name() == Some("store-test") {
            self.log("drop");
        }
    }
}

impl Plugin for Scripted {
    fn interfaces(&self) -> Interfaces {
        [Interface::Store, Interface::Batching].into_iter().collect()
    }

    fn store(&mut self) -> Answer<&mut dyn Store> {
        Ok(self)
    }

    fn batching(&mut self) -> Answer<&mut dyn Batching> {
        Ok(self)
    }
}

impl Store for Scripted {
    fn describe(&mut self) -> Answer<Description> {
        Ok(Description {
            name: "scripted".into(),
            version: "0".into(),
            data_format: 1,
            durability: Durability::Inline,
            limits: Limits::FLOOR,
        })
    }

    fn close(&mut self) -> Answer<()> {
        self.log("close");
        Ok(())
    }

    fn check(&mut self, _: Option<&str>, _: u32) -> Answer<CheckPage> {
        Ok(CheckPage::default())
    }
}

impl Batching for Scripted {
    fn begin(&mut self) -> Answer<()> {
        // Outside the lock, so that it is not poisoned.
        let panics = self.0.lock().unwrap().begin_panics;
        assert!(!panics, "begin panics because the test asked for it");
        Ok(())
    }

    fn flush(&mut self) -> Answer<()> {
        self.log("flush");
        Ok(())
    }
}

/// Runs `body` while the actor is held inside a call, so that what `body` sends waits for it.
fn while_held(client: &StoreClient, body: impl FnOnce()) {
    let (held, free) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let holder = {
        let (client, held, free) = (client.clone(), Arc::clone(&held), Arc::clone(&free));
        std::thread::spawn(move || {
            client.call_blocking(move |_| {
                held.wait();
                free.wait();
                Ok(())
            })
        })
    };
    held.wait();
    body();
    free.wait();
    holder.join().unwrap().unwrap();
}

type Answering<'a> = Pin<Box<dyn Future<Output = Result<usize, CallError>> + 'a>>;

/// Queues calls without waiting for them.
fn queue(client: &StoreClient, calls: usize) -> Vec<Answering<'_>> {
    let queue = |number| {
        let mut call: Answering<'_> = Box::pin(client.call(move |_| Ok(number)));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        call
    };
    (0..calls).map(queue).collect()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn what_waits_is_flushed_in_batches_of_what_the_store_allows() {
    let store = Scripted::default();
    let (client, thread) = store.spawn();
    let mut answers = Vec::new();
    while_held(&client, || answers = queue(&client, 100));
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(wait(answer), Ok(number));
    }
    // The call that held the actor, 64 calls (the floor of a store's bound), 36 calls.
    let traffic = client.traffic();
    assert_eq!((traffic.calls, traffic.commits, traffic.largest_batch), (101, 3, 64));
    assert_eq!(store.lines(), ["open", "flush", "flush"]);
    client.close_blocking().unwrap();
    thread.join().unwrap();
}

#[test]
fn a_close_is_answered_when_the_instance_is_gone() {
    let store = Scripted::default();
    let (client, thread) = store.spawn();
    assert_eq!(client.call_blocking(|_| Ok(1)), Ok(1));
    assert_eq!(client.close_blocking(), Ok(()));
    let lines = store.lines();
    assert_eq!(lines.get(..3).unwrap(), ["open", "close", "drop"]);
    thread.join().unwrap();
    assert_eq!(client.call_blocking(|_| Ok(1)), Err(CallError::Stopped));
    assert_eq!(client.close_blocking(), Ok(()));
}

#[test]
fn the_last_client_to_go_closes_the_store() {
    let store = Scripted::default();
    let (client, thread) = store.spawn();
    assert_eq!(client.call_blocking(|_| Ok(1)), Ok(1));
    drop(client);
    thread.join().unwrap();
    assert_eq!(store.lines().get(..2).unwrap(), ["open", "close"]);
}

#[test]
fn a_store_that_does_not_open_answers_why_and_is_tried_again() {
    let store = Scripted::default();
    store.0.lock().unwrap().shut = true;
    let (client, _thread) = store.spawn();
    let why = Error::backend("the folder is held by another host");
    assert_eq!(client.call_blocking(|_| Ok(1)), Err(CallError::Error(why)));
    store.0.lock().unwrap().shut = false;
    assert_eq!(client.call_blocking(|_| Ok(1)), Ok(1));
}

#[test]
fn a_crash_of_a_call_alone_costs_the_instance_and_nothing_else() {
    let store = Scripted::default();
    let (client, _thread) = store.spawn();
    let fault =
        Fault { kind: FaultKind::Trapped, function: "tasks.get".into(), detail: "boom".into() };
    let crash = fault.clone();
    let answer = client.call_blocking(move |_| Err::<(), _>(crash.clone().into()));
    assert_eq!(answer, Err(CallError::Fault(fault)));
    assert_eq!(client.call_blocking(|_| Ok(1)), Ok(1));
    assert_eq!(client.traffic().instances_lost, 1);
    assert_eq!(store.lines(), ["open", "drop", "open"]);
}

#[test]
fn an_actor_that_panics_itself_leaves_its_callers_an_answer() {
    let store = Scripted::default();
    let (client, thread) = store.spawn();
    let mut answers = Vec::new();
    while_held(&client, || {
        store.0.lock().unwrap().begin_panics = true;
        answers = queue(&client, 2);
    });
    for answer in answers {
        assert_eq!(wait(answer), Err(CallError::Unknown(UnknownCause::ActorEnded)));
    }
    assert!(thread.join().is_err());
    assert_eq!(client.call_blocking(|_| Ok(1)), Err(CallError::Stopped));
}

#[test]
fn a_call_works_from_an_async_runtime() {
    let store = Scripted::default();
    let (client, _thread) = store.spawn();
    wait(async {
        assert_eq!(client.call(|_| Ok(1)).await, Ok(1));
        let unsupported = client.call(|plugin| plugin.tasks().map(|_| ())).await;
        assert!(matches!(unsupported, Err(CallError::Error(Error::Unsupported(_)))));
        assert_eq!(client.close().await, Ok(()));
        assert_eq!(client.call(|_| Ok(1)).await, Err(CallError::Stopped));
    });
}
