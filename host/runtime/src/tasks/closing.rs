//! How a task's ending is written down, and the one call that does it.

use serde_json::{Value, json};
use wirt_contract::tasks::{Closing, Ending, Finished};
use wirt_contract::{Answer, EpochMs, Error, Plugin, StoreId, TaskId};

use super::TaskFailure;
use crate::store::{CallError, StoreClient};

/// Times a call is made whose outcome stays unknown or whose store asks for another try. There is
/// no pause between them: what a fresh instance does not cure is for a repair.
const ATTEMPTS: usize = 5;

/// Bytes of a failure's message that are kept: even with every byte escaped it stays below the
/// smallest payload bound a store may have, so that a failure can always be stored.
const MESSAGE_BYTES: usize = 4_096;

/// The same for its code, which is a name.
const CODE_BYTES: usize = 128;

/// A task's work did what it was asked.
pub(super) fn succeeded(at: EpochMs, outcome: &Value) -> Closing {
    Closing {
        ending: Ending::Succeeded,
        at,
        outcome: Some(outcome.to_string()),
        failure: None,
        payload: json!({}).to_string(),
    }
}

/// It did not.
pub(super) fn failed(at: EpochMs, failure: &TaskFailure) -> Closing {
    let failure = json!({
        "code": cut(&failure.code, CODE_BYTES),
        "message": cut(&failure.message, MESSAGE_BYTES),
    })
    .to_string();
    Closing {
        ending: Ending::Failed,
        at,
        outcome: None,
        failure: Some(failure.clone()),
        payload: failure,
    }
}

/// It was told to stop.
pub(super) fn cancelled(at: EpochMs) -> Closing {
    bare(at, Ending::Cancelled, json!({}))
}

/// Nobody runs it any more.
pub(super) fn server_restart(at: EpochMs) -> Closing {
    let reason = json!({ "reason": "server_restart" });
    let failure = Some(reason.to_string());
    Closing { failure, ..bare(at, Ending::Failed, reason) }
}

/// Its row or its tape says how it ended, and the other one does not yet.
pub(super) fn completed(at: EpochMs, ending: Ending) -> Closing {
    bare(at, ending, json!({ "reason": "completed_by_repair" }))
}

fn bare(at: EpochMs, ending: Ending, payload: Value) -> Closing {
    Closing { ending, at, outcome: None, failure: None, payload: payload.to_string() }
}

fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// Closes row and tape. An outcome that the store refuses as `invalid` (too large) fails the task,
/// so that it is closed all the same.
pub(super) async fn finish(
    client: &StoreClient,
    store: &StoreId,
    task: &TaskId,
    closing: Closing,
) -> Result<(Finished, Ending), CallError> {
    let refused = match write(client, store, task, &closing).await {
        Err(CallError::Error(Error::Invalid(why))) if closing.outcome.is_some() => why,
        answer => return answer,
    };
    let failure = TaskFailure { code: "outcome-refused".to_owned(), message: refused };
    write(client, store, task, &failed(closing.at, &failure)).await
}

async fn write(
    client: &StoreClient,
    store: &StoreId,
    task: &TaskId,
    closing: &Closing,
) -> Result<(Finished, Ending), CallError> {
    let ids = (store.clone(), task.clone());
    let wish = closing.clone();
    let finish = move |plugin: &mut dyn Plugin| plugin.tasks()?.finish(&ids.0, &ids.1, &wish);
    let finished = repeat(client, finish).await?;
    Ok(match finished {
        Finished::At(_) => (finished, closing.ending),
        Finished::Already(ending) => (finished, ending),
    })
}

/// Makes a call that may be repeated until its outcome is known, at most [`ATTEMPTS`] times.
pub(super) async fn repeat<T, F>(client: &StoreClient, op: F) -> Result<T, CallError>
where
    T: Send + 'static,
    F: Fn(&mut dyn Plugin) -> Answer<T> + Clone + Send + 'static,
{
    let mut answer = client.call(op.clone()).await;
    for _ in 1..ATTEMPTS {
        match &answer {
            Err(error) if may_pass(error) => answer = client.call(op.clone()).await,
            Ok(_) | Err(_) => break,
        }
    }
    answer
}

/// Whether the same call may do better.
pub(super) fn may_pass(error: &CallError) -> bool {
    match error {
        CallError::Unknown(_) | CallError::Fault(_) => true,
        CallError::Error(Error::Backend { retryable, .. }) => *retryable,
        CallError::Error(_) | CallError::Stopped | CallError::Panicked(_) => false,
    }
}
