//! Submitting and cancelling.

use std::future::Future;

use serde_json::Value;
use tokio::sync::oneshot;
use wirt_contract::tasks::NewTask;
use wirt_contract::{StoreId, TaskId, json};

use super::drive::Drive;
use super::live::{End, LiveTasks};
use super::reporter::Reporter;
use super::{CancelOutcome, SubmitError, Surroundings, TaskFailure};
use crate::store::{CallError, StoreClient};

/// Hex digits of the parameters' SHA-256 that a row keeps: enough to tell two submissions of one
/// kind of work apart, short enough to be shown.
const PARAMS_DIGEST_HEX: usize = 16;

/// Runs tasks over one store id of one store. Cheap to clone; clones share what is live. At most
/// one manager serves a store id, else a repair would close what another one runs.
#[derive(Clone)]
pub struct TaskManager {
    pub(super) client: StoreClient,
    pub(super) store: StoreId,
    pub(super) surroundings: Surroundings,
    pub(super) live: LiveTasks,
}

impl TaskManager {
    /// A manager with nothing live.
    pub fn new(client: StoreClient, store: StoreId, surroundings: Surroundings) -> Self {
        Self { client, store, surroundings, live: LiveTasks::default() }
    }

    /// How many tasks run here.
    pub fn live_count(&self) -> usize {
        self.live.len()
    }

    /// Adds a task of kind `op` and runs `work` for it. The pending row is durable before the id
    /// comes back. A submitter that stops waiting before then has cancelled the task.
    ///
    /// # Errors
    /// [`SubmitError`]; no work was begun.
    pub async fn submit<W, F>(
        &self,
        op: &str,
        params: &Value,
        work: W,
    ) -> Result<TaskId, SubmitError>
    where
        W: FnOnce(Reporter) -> F + Send + 'static,
        F: Future<Output = Result<Value, TaskFailure>> + Send + 'static,
    {
        let task_id = (self.surroundings.new_id)();
        let task = NewTask {
            task_id: task_id.clone(),
            op: op.to_owned(),
            params_digest: params_digest(params),
            created_at: (self.surroundings.clock)(),
        };
        let seat = self.live.enter(&task_id)?;
        let drive = Drive {
            client: self.client.clone(),
            store: self.store.clone(),
            clock: self.surroundings.clock.clone(),
            task,
            seat,
        };
        let (created, stored) = oneshot::channel();
        (self.surroundings.spawn)(Box::pin(drive.run(work, created)));
        stored.await.unwrap_or(Err(SubmitError::NotSpawned))?;
        Ok(task_id)
    }

    /// Asks a task to stop. Where its work has just ended this waits for the ending to be stored.
    ///
    /// # Errors
    /// Where the store failed; the task may or may not end otherwise than by a repair.
    pub async fn cancel(&self, task: &TaskId) -> Result<CancelOutcome, CallError> {
        if let Some(live) = self.live.find(task) {
            if live.request_cancel() {
                return Ok(CancelOutcome::Requested);
            }
            match live.end().await.end {
                Some(End::Closed(ending)) => return Ok(CancelOutcome::AlreadyEnded(ending)),
                Some(End::Lost(error)) => return Err(error),
                None => {}
            }
        }
        let (store, id) = (self.store.clone(), task.clone());
        let row = self.client.call(move |plugin| plugin.tasks()?.get(&store, &id)).await?;
        Ok(match row {
            None => CancelOutcome::NoSuchTask,
            Some(row) => {
                row.status.ending().map_or(CancelOutcome::NotHere, CancelOutcome::AlreadyEnded)
            }
        })
    }
}

fn params_digest(params: &Value) -> String {
    // A `Value` always has a canonical text.
    let mut digest = json::digest(params).unwrap_or_default();
    digest.truncate(PARAMS_DIGEST_HEX);
    digest
}
