//! The store's side: draining, batches, and what happens when an instance is lost.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};
use wirt_contract::{Answer, Failure, Interface, Plugin};

use super::BATCH_CALLS;
use super::call::{Call, CallError, Ran, UnknownCause};
use super::client::Message;
use super::traffic::Counters;

/// Owns one store and runs its calls, one after another, on one thread.
///
/// A panic outside a call's closure (in `open`, `begin` or `flush` of a native store) ends the
/// actor: what it had taken answers [`CallError::Unknown`], what comes later
/// [`CallError::Stopped`].
pub struct StoreActor<O> {
    open: O,
    receiver: mpsc::Receiver<Message>,
    counters: Arc<Counters>,
}

impl<O> StoreActor<O>
where
    O: FnMut() -> Answer<Box<dyn Plugin>>,
{
    pub(super) fn new(open: O, receiver: mpsc::Receiver<Message>, counters: Arc<Counters>) -> Self {
        Self { open, receiver, counters }
    }

    /// Serves calls until the store is closed or its last client is gone, on whatever executor
    /// polls this. It blocks that executor while the store works: made for a seeded executor with
    /// the store in the same thread. A service uses [`StoreActor::spawn`].
    pub async fn run(self) {
        let Self { open, mut receiver, counters } = self;
        let mut desk = Desk::new(open, counters);
        let mut inbox = Vec::new();
        while receiver.recv_many(&mut inbox, BATCH_CALLS).await > 0 {
            desk.take(&mut inbox, &mut receiver);
        }
        desk.end();
    }

    /// Serves calls on a thread of its own, named after the store. The thread ends when the store
    /// is closed or its last client is gone.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn spawn(self, store_name: &str) -> std::io::Result<JoinHandle<()>>
    where
        O: Send + 'static,
    {
        std::thread::Builder::new().name(format!("store-{store_name}")).spawn(move || {
            let Self { open, mut receiver, counters } = self;
            let mut desk = Desk::new(open, counters);
            let mut inbox = Vec::new();
            while receiver.blocking_recv_many(&mut inbox, BATCH_CALLS) > 0 {
                desk.take(&mut inbox, &mut receiver);
            }
            desk.end();
        })
    }
}

/// A store that is open.
struct Instance {
    plugin: Box<dyn Plugin>,
    /// Most calls a batch may hold; none where the store has no batches.
    batch_calls: Option<usize>,
}

struct Desk<O> {
    open: O,
    instance: Option<Instance>,
    counters: Arc<Counters>,
    closers: Vec<oneshot::Sender<Result<(), CallError>>>,
}

type Calls = VecDeque<Box<dyn Call>>;

impl<O> Desk<O>
where
    O: FnMut() -> Answer<Box<dyn Plugin>>,
{
    fn new(open: O, counters: Arc<Counters>) -> Self {
        Self { open, instance: None, counters, closers: Vec::new() }
    }

    /// Serves what was drained. A wish to close shuts the queue; what stands in it still comes.
    fn take(&mut self, inbox: &mut Vec<Message>, receiver: &mut mpsc::Receiver<Message>) {
        let mut calls = Calls::with_capacity(inbox.len());
        for message in inbox.drain(..) {
            match message {
                Message::Call(call) => calls.push_back(call),
                Message::Close(closer) => {
                    receiver.close();
                    self.closers.push(closer);
                }
            }
        }
        self.serve(calls);
    }

    /// Every call leaves here answered. Each round answers at least one, so this ends.
    fn serve(&mut self, mut calls: Calls) {
        while let Some(first) = calls.pop_front() {
            let batch_calls = match self.ready() {
                Ok(instance) => instance.batch_calls.unwrap_or(1),
                Err(failure) => {
                    calls.push_front(first);
                    return self.refuse(calls, &failure.into());
                }
            };
            if batch_calls < 2 || calls.is_empty() {
                self.alone(first);
                continue;
            }
            calls.push_front(first);
            let rest = calls.split_off(batch_calls.min(calls.len()));
            let mut unserved = self.batch(calls);
            unserved.extend(rest);
            calls = unserved;
        }
    }

    /// The instance, opened where there is none.
    fn ready(&mut self) -> Result<&mut Instance, Failure> {
        let instance = match self.instance.take() {
            Some(instance) => instance,
            None => {
                let mut plugin = (self.open)()?;
                let batch_calls = if plugin.interfaces().contains(Interface::Batching) {
                    let allowed = plugin.store()?.describe()?.limits.max_batch_calls;
                    Some(usize::try_from(allowed).unwrap_or(usize::MAX).min(BATCH_CALLS))
                } else {
                    None
                };
                Instance { plugin, batch_calls }
            }
        };
        Ok(self.instance.insert(instance))
    }

    /// Runs calls between `begin` and `flush`. Gives back what it did not come to.
    fn batch(&mut self, mut calls: Calls) -> Calls {
        let mut ran = Calls::with_capacity(calls.len());
        let Some(instance) = self.instance.as_mut() else { return calls };
        if let Err(failure) = instance.plugin.batching().and_then(|batching| batching.begin()) {
            // Nothing ran yet, so nothing is lost by trying without a batch.
            self.discard(&failure);
            return self.one_by_one(calls);
        }
        while let Some(mut call) = calls.pop_front() {
            match call.run(instance.plugin.as_mut()) {
                Ran::Answered => ran.push_back(call),
                Ran::Invalid => {
                    self.flush(ran);
                    self.alone(call);
                    return calls;
                }
                Ran::InstanceLost => {
                    self.drop_instance();
                    // In the order they came, so that a caller's own calls keep theirs.
                    self.one_by_one(ran);
                    self.counters.refused();
                    call.release();
                    return self.one_by_one(calls);
                }
            }
        }
        self.flush(ran);
        calls
    }

    /// Ends the batch and answers its calls.
    fn flush(&mut self, ran: Calls) {
        let Some(instance) = self.instance.as_mut() else { return };
        match instance.plugin.batching().and_then(|batching| batching.flush()) {
            Ok(()) => {
                self.counters.committed(ran.len());
                for call in ran {
                    call.release();
                }
            }
            Err(failure) => {
                self.discard(&failure);
                self.refuse(ran, &CallError::Unknown(UnknownCause::Flush(failure)));
            }
        }
    }

    /// Runs each call by itself; leaves nothing.
    fn one_by_one(&mut self, calls: Calls) -> Calls {
        for call in calls {
            self.alone(call);
        }
        Calls::new()
    }

    /// Runs a call outside any batch, in a fresh instance where there is none, and answers it.
    fn alone(&mut self, mut call: Box<dyn Call>) {
        let ran = match self.ready() {
            Ok(instance) => call.run(instance.plugin.as_mut()),
            Err(failure) => {
                self.counters.refused();
                return call.refuse(failure.into());
            }
        };
        if ran == Ran::InstanceLost {
            self.drop_instance();
        }
        self.counters.committed(1);
        call.release();
    }

    fn refuse(&self, calls: Calls, error: &CallError) {
        for call in calls {
            self.counters.refused();
            call.refuse(error.clone());
        }
    }

    /// Gives an instance up after `begin` or `flush` failed. One that answered is told to close; a
    /// crashed one is gone already.
    fn discard(&mut self, failure: &Failure) {
        if let (Failure::Error(_), Some(instance)) = (failure, self.instance.as_mut()) {
            // What it answers changes nothing: it is dropped either way.
            let _ = instance.plugin.store().and_then(|store| store.close());
        }
        self.drop_instance();
    }

    fn drop_instance(&mut self) {
        self.instance = None;
        self.counters.instance_lost();
    }

    /// Closes the store and tells whoever asked for it.
    fn end(mut self) {
        let closed = match self.instance.as_mut() {
            Some(instance) => instance.plugin.store().and_then(|store| store.close()),
            None => Ok(()),
        };
        // The next host may open the data as soon as the answer is out.
        self.instance = None;
        for closer in self.closers {
            let _ = closer.send(closed.clone().map_err(CallError::from));
        }
    }
}
