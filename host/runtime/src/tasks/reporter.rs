//! What a task's work says while it runs.

use std::sync::Arc;

use serde_json::Value;
use wirt_contract::tasks::{Appended, EventKind, NewEvent};
use wirt_contract::{Answer, Plugin, StoreId, TaskId};

use super::Clock;
use super::live::Live;
use crate::store::{CallError, StoreClient};

/// What an event of a task's work says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// How far it is.
    Progress,
    /// A line for people.
    Log,
    /// A piece of its outcome.
    Partial,
}

impl Report {
    fn kind(self) -> EventKind {
        match self {
            Self::Progress => EventKind::Progress,
            Self::Log => EventKind::Log,
            Self::Partial => EventKind::Partial,
        }
    }
}

/// Appends to one task's tape. Cheap to clone; a clone that outlives the task's work does no harm,
/// for the tape takes nothing once the task has ended.
#[derive(Clone)]
pub struct Reporter {
    pub(super) client: StoreClient,
    pub(super) store: StoreId,
    pub(super) task: TaskId,
    pub(super) live: Arc<Live>,
    pub(super) clock: Clock,
}

impl Reporter {
    /// The task.
    pub fn task(&self) -> &TaskId {
        &self.task
    }

    /// Whether the task is to stop. Work inside the task's future need not ask: it is dropped.
    pub fn is_cancelled(&self) -> bool {
        self.live.is_cancelled()
    }

    /// Comes back when the task is to stop; never where it ends by itself.
    pub async fn cancelled(&self) {
        self.live.cancelled().await;
    }

    /// Appends an event and says where it stands, or that the tape is closed.
    ///
    /// # Errors
    /// What the store answered; `invalid` where the payload is larger than the store allows. After
    /// an unknown outcome the event may or may not be on the tape.
    pub async fn report(&self, report: Report, payload: &Value) -> Result<Appended, CallError> {
        self.client.call_then(self.append(report, payload), self.tell()).await
    }

    /// As [`Reporter::report`], for work on a plain thread.
    ///
    /// # Errors
    /// As [`Reporter::report`].
    ///
    /// # Panics
    /// Inside an async context, which must not block.
    pub fn report_blocking(&self, report: Report, payload: &Value) -> Result<Appended, CallError> {
        self.client.call_then_blocking(self.append(report, payload), self.tell())
    }

    fn append(
        &self,
        report: Report,
        payload: &Value,
    ) -> impl Fn(&mut dyn Plugin) -> Answer<Appended> + Send + 'static {
        let (store, task) = (self.store.clone(), self.task.clone());
        let event =
            NewEvent { kind: report.kind(), at: (self.clock)(), payload: payload.to_string() };
        move |plugin| plugin.tasks()?.append_event(&store, &task, &event)
    }

    /// Wakes whoever waits for the event, also where the reporting future was dropped meanwhile.
    fn tell(&self) -> impl FnOnce(&Result<Appended, CallError>) + Send + 'static {
        let live = Arc::clone(&self.live);
        move |appended| {
            if let Ok(Appended::At(seq)) = appended {
                live.reached(*seq);
            }
        }
    }
}
