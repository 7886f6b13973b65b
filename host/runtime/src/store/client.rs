//! The caller's side of an actor.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use wirt_contract::{Answer, Plugin};

use super::call::{Call, CallError, UnknownCause, Waiting};
use super::traffic::{Counters, Traffic};

/// What a client sends.
pub(super) enum Message {
    Call(Box<dyn Call>),
    Close(oneshot::Sender<Result<(), CallError>>),
}

/// Reaches one store's actor; cheap to clone. The actor ends when its last client is gone.
#[derive(Clone)]
pub struct StoreClient {
    sender: mpsc::Sender<Message>,
    counters: Arc<Counters>,
}

impl StoreClient {
    pub(super) fn new(sender: mpsc::Sender<Message>, counters: Arc<Counters>) -> Self {
        Self { sender, counters }
    }

    /// Runs `op` on the store's thread and gives its answer once it is durable. Waits while the
    /// queue is full ([`super::QUEUE_CALLS`]).
    ///
    /// `op` may run more than once (see the rules of [`super`]), so it makes one writing contract
    /// call or any number of reads, has no effect of its own, and gives back every failure it
    /// meets. Dropping the future after the call was queued does not take the call back.
    ///
    /// # Errors
    /// What the store answered, or why there is no answer.
    pub async fn call<T, F>(&self, op: F) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Plugin) -> Answer<T> + Send + 'static,
    {
        self.call_then(op, |_| ()).await
    }

    /// As [`StoreClient::call`], for a plain thread.
    ///
    /// # Errors
    /// As [`StoreClient::call`].
    ///
    /// # Panics
    /// Inside an async context, which must not block.
    pub fn call_blocking<T, F>(&self, op: F) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Plugin) -> Answer<T> + Send + 'static,
    {
        self.call_then_blocking(op, |_| ())
    }

    /// As [`StoreClient::call`]; `seen` gets the answer on the actor's thread, also where the
    /// caller has stopped waiting by then. It must be quick and must not panic.
    pub(crate) async fn call_then<T, F, S>(&self, op: F, seen: S) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Plugin) -> Answer<T> + Send + 'static,
        S: FnOnce(&Result<T, CallError>) + Send + 'static,
    {
        let (message, answer) = envelope(op, seen);
        self.sender.send(message).await.map_err(|_| CallError::Stopped)?;
        answer.await.unwrap_or(Err(CallError::Unknown(UnknownCause::ActorEnded)))
    }

    /// As [`StoreClient::call_then`], for a plain thread.
    pub(crate) fn call_then_blocking<T, F, S>(&self, op: F, seen: S) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Plugin) -> Answer<T> + Send + 'static,
        S: FnOnce(&Result<T, CallError>) + Send + 'static,
    {
        let (message, answer) = envelope(op, seen);
        self.sender.blocking_send(message).map_err(|_| CallError::Stopped)?;
        answer.blocking_recv().unwrap_or(Err(CallError::Unknown(UnknownCause::ActorEnded)))
    }

    /// Lets the actor answer what is queued, close the store and end. May be repeated.
    ///
    /// # Errors
    /// What the store answered to `close`; the actor has ended nevertheless.
    pub async fn close(&self) -> Result<(), CallError> {
        let (reply, closed) = oneshot::channel();
        if self.sender.send(Message::Close(reply)).await.is_err() {
            return Ok(());
        }
        closed.await.unwrap_or(Ok(()))
    }

    /// As [`StoreClient::close`], for a plain thread.
    ///
    /// # Errors
    /// As [`StoreClient::close`].
    ///
    /// # Panics
    /// Inside an async context, which must not block.
    pub fn close_blocking(&self) -> Result<(), CallError> {
        let (reply, closed) = oneshot::channel();
        if self.sender.blocking_send(Message::Close(reply)).is_err() {
            return Ok(());
        }
        closed.blocking_recv().unwrap_or(Ok(()))
    }

    /// What went through the actor so far.
    pub fn traffic(&self) -> Traffic {
        self.counters.read()
    }
}

/// A call as a message, and where its answer comes.
fn envelope<T, F, S>(op: F, seen: S) -> (Message, oneshot::Receiver<Result<T, CallError>>)
where
    T: Send + 'static,
    F: Fn(&mut dyn Plugin) -> Answer<T> + Send + 'static,
    S: FnOnce(&Result<T, CallError>) + Send + 'static,
{
    let (sender, answer) = oneshot::channel();
    let reply = move |result: Result<T, CallError>| {
        seen(&result);
        // Whoever called may have stopped waiting.
        let _ = sender.send(result);
    };
    (Message::Call(Box::new(Waiting::new(op, reply))), answer)
}
