//! One task from its row to its `final`.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use wirt_contract::tasks::{Ending, Finished, NewTask, Started, Status};
use wirt_contract::{Error, Plugin, StoreId};

use super::closing::{self, finish, repeat};
use super::live::{End, Seat};
use super::reporter::Reporter;
use super::{Clock, SubmitError, TaskFailure};
use crate::store::{CallError, StoreClient, last_words};

/// What drives one task. Dropped before its end it leaves the task to a repair.
pub(super) struct Drive {
    pub(super) client: StoreClient,
    pub(super) store: StoreId,
    pub(super) clock: Clock,
    pub(super) task: NewTask,
    pub(super) seat: Seat,
}

/// How a task is to end.
enum Outcome {
    Succeeded(Value),
    Failed(TaskFailure),
    Cancelled,
    /// Somebody else ended the row; the tape may still lack its `final`.
    EndedElsewhere(Ending),
}

impl Drive {
    /// Adds the row, says so, works, and closes row and tape.
    pub(super) async fn run<W, F>(self, work: W, created: oneshot::Sender<Result<(), SubmitError>>)
    where
        W: FnOnce(Reporter) -> F + Send + 'static,
        F: Future<Output = Result<Value, TaskFailure>> + Send + 'static,
    {
        let live = Arc::clone(self.seat.live());
        if let Err(error) = self.create().await {
            // A submitter that is gone needs no answer: nothing was begun.
            let _ = created.send(Err(error));
            return;
        }
        if created.send(Ok(())).is_err() {
            live.request_cancel();
        }
        let mut outcome = self.outcome(work).await;
        if !live.decide() && !matches!(outcome, Outcome::EndedElsewhere(_)) {
            outcome = Outcome::Cancelled;
        }
        let at = (self.clock)();
        let closing = match outcome {
            Outcome::Succeeded(value) => closing::succeeded(at, &value),
            Outcome::Failed(failure) => closing::failed(at, &failure),
            Outcome::Cancelled => closing::cancelled(at),
            Outcome::EndedElsewhere(ending) => closing::completed(at, ending),
        };
        match finish(&self.client, &self.store, &self.task.task_id, closing).await {
            Ok((finished, ending)) => {
                if let Finished::At(seq) = finished {
                    live.reached(seq);
                }
                live.ended(End::Closed(ending));
            }
            Err(error) => live.ended(End::Lost(error)),
        }
    }

    /// The pending row. A `conflict` after an outcome that was unknown may be our own row.
    async fn create(&self) -> Result<(), SubmitError> {
        let (store, task) = (self.store.clone(), self.task.clone());
        let create = move |plugin: &mut dyn Plugin| plugin.tasks()?.create(&store, &task);
        let first = match self.client.call(create.clone()).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let taken = SubmitError::IdTaken(self.task.task_id.clone());
        if matches!(first, CallError::Error(Error::Conflict(_))) {
            return Err(taken);
        }
        if !closing::may_pass(&first) {
            return Err(first.into());
        }
        match repeat(&self.client, create).await {
            Ok(()) => Ok(()),
            Err(CallError::Error(Error::Conflict(_))) if self.is_ours().await? => Ok(()),
            Err(CallError::Error(Error::Conflict(_))) => Err(taken),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the stored row is the one this drive wanted to add.
    async fn is_ours(&self) -> Result<bool, CallError> {
        let (store, id) = (self.store.clone(), self.task.task_id.clone());
        let row = repeat(&self.client, move |plugin| plugin.tasks()?.get(&store, &id)).await?;
        Ok(row.is_some_and(|row| {
            row.status == Status::Pending
                && row.op == self.task.op
                && row.params_digest == self.task.params_digest
                && row.created_at == self.task.created_at
        }))
    }

    /// Starts the row, then does the work until it is over or a cancel comes.
    async fn outcome<W, F>(&self, work: W) -> Outcome
    where
        W: FnOnce(Reporter) -> F + Send + 'static,
        F: Future<Output = Result<Value, TaskFailure>> + Send + 'static,
    {
        let live = self.seat.live();
        if live.is_cancelled() {
            return Outcome::Cancelled;
        }
        match self.start().await {
            Ok(Started::At(seq)) => live.reached(seq),
            // An earlier try of ours whose answer was lost.
            Ok(Started::Refused(Status::Pending | Status::Running)) => {}
            Ok(Started::Refused(Status::Ended(ending))) => return Outcome::EndedElsewhere(ending),
            Err(error) => {
                return Outcome::Failed(TaskFailure {
                    code: "not-started".to_owned(),
                    message: error.to_string(),
                });
            }
        }
        let reporter = Reporter {
            client: self.client.clone(),
            store: self.store.clone(),
            task: self.task.task_id.clone(),
            live: Arc::clone(live),
            clock: Arc::clone(&self.clock),
        };
        // `work` is called inside the future, so that its own panic is caught too, and never
        // called where the cancel came during the start.
        let work = Box::pin(async move { work(reporter).await });
        match unless(live.cancelled(), caught(work)).await {
            None => Outcome::Cancelled,
            Some(Ok(Ok(value))) => Outcome::Succeeded(value),
            Some(Ok(Err(failure))) => Outcome::Failed(failure),
            Some(Err(message)) => {
                Outcome::Failed(TaskFailure { code: "panicked".to_owned(), message })
            }
        }
    }

    async fn start(&self) -> Result<Started, CallError> {
        let (store, id) = (self.store.clone(), self.task.task_id.clone());
        let (at, payload) = ((self.clock)(), json!({ "op": self.task.op }).to_string());
        repeat(&self.client, move |plugin| plugin.tasks()?.start(&store, &id, at, &payload)).await
    }
}

/// What `work` gives, or nothing where `stop` comes first; `stop` wins a tie.
async fn unless<T>(stop: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    let (mut stop, mut work) = (pin!(stop), pin!(work));
    poll_fn(|cx| {
        if stop.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Turns a panic of the work, also one in its destructors, into its text.
fn caught<T>(
    work: Pin<Box<dyn Future<Output = T> + Send>>,
) -> impl Future<Output = Result<T, String>> {
    let mut work = Caught(Some(work));
    poll_fn(move |cx| {
        let Some(future) = work.0.as_mut() else { return Poll::Pending };
        // What a panic leaves half-done is dropped with the future and never polled again.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(panic) => Poll::Ready(Err(last_words(&*panic))),
        }
    })
}

/// Work whose destructors may panic without harm.
struct Caught<T>(Option<Pin<Box<dyn Future<Output = T> + Send>>>);

impl<T> Drop for Caught<T> {
    fn drop(&mut self) {
        let work = self.0.take();
        // Its words were for nobody: the task is over either way.
        let _ = catch_unwind(AssertUnwindSafe(move || drop(work)));
    }
}
