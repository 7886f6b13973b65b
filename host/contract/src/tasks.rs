//! `wirt:persistence/tasks`: tasks and their event tapes.

use serde::{Deserialize, Serialize};

use crate::{Answer, EpochMs, StoreId, TaskId};

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It did what it was asked.
    Succeeded,
    /// It did not; the row's `failure` says why.
    Failed,
    /// It was told to stop.
    Cancelled,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Succeeded, Self::Failed, Self::Cancelled];
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        })
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Known, not begun.
    Pending,
    /// Begun.
    Running,
    /// Over; nothing of the row changes any more.
    Ended(Ending),
}

impl Status {
    /// How it ended, if it did.
    pub fn ending(self) -> Option<Ending> {
        match self {
            Self::Pending | Self::Running => None,
            Self::Ended(ending) => Some(ending),
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pending => f.write_str("pending"),
            Self::Running => f.write_str("running"),
            Self::Ended(ending) => ending.fmt(f),
        }
    }
}

/// What a task is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTask {
    /// Its name.
    pub task_id: TaskId,
    /// The kind of work.
    pub op: String,
    /// Digest of its parameters; opaque to a store.
    pub params_digest: String,
    /// When it was asked for.
    pub created_at: EpochMs,
}

/// A task's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its name.
    pub task_id: TaskId,
    /// The kind of work.
    pub op: String,
    /// Where it stands.
    pub status: Status,
    /// Digest of its parameters.
    pub params_digest: String,
    /// When it was asked for.
    pub created_at: EpochMs,
    /// When it began.
    pub started_at: Option<EpochMs>,
    /// When it ended.
    pub finished_at: Option<EpochMs>,
    /// What it gave; opaque JSON.
    pub outcome: Option<String>,
    /// Why it failed; opaque JSON.
    pub failure: Option<String>,
}

/// A change of a row; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskChange {
    /// The status to reach.
    pub status: Status,
    /// When it began.
    pub started_at: Option<EpochMs>,
    /// When it ended.
    pub finished_at: Option<EpochMs>,
    /// What it gave; opaque JSON.
    pub outcome: Option<String>,
    /// Why it failed; opaque JSON.
    pub failure: Option<String>,
}

impl TaskChange {
    /// A change of the status and nothing else.
    pub fn to(status: Status) -> Self {
        Self { status, started_at: None, finished_at: None, outcome: None, failure: None }
    }
}

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The task began.
    TaskStarted,
    /// How far it is.
    Progress,
    /// A line for people.
    Log,
    /// A piece of its outcome.
    Partial,
    /// The tape's last word.
    Final(Ending),
}

impl std::fmt::Display for EventKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TaskStarted => f.write_str("task-started"),
            Self::Progress => f.write_str("progress"),
            Self::Log => f.write_str("log"),
            Self::Partial => f.write_str("partial"),
            Self::Final(ending) => write!(f, "final({ending})"),
        }
    }
}

/// What an event is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEvent {
    /// What it says.
    pub kind: EventKind,
    /// When.
    pub at: EpochMs,
    /// Opaque JSON.
    pub payload: String,
}

/// An event on a tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number, from 1.
    pub seq: u64,
    /// What it says.
    pub kind: EventKind,
    /// When.
    pub at: EpochMs,
    /// Opaque JSON.
    pub payload: String,
}

/// What [`Tasks::update_status`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Updated {
    /// The change was written.
    Applied,
    /// The row had ended like this and stays as it is.
    Already(Ending),
}

/// What [`Tasks::append_event`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Appended {
    /// The event has this number.
    At(u64),
    /// The event was not taken; this is the tape's last number.
    Dropped(u64),
}

/// What [`Tasks::start`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Started {
    /// It runs; `task-started` has this number.
    At(u64),
    /// It was not pending.
    Refused(Status),
}

/// How a task is to be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// How it ended.
    pub ending: Ending,
    /// When.
    pub at: EpochMs,
    /// What it gave; opaque JSON.
    pub outcome: Option<String>,
    /// Why it failed; opaque JSON.
    pub failure: Option<String>,
    /// Payload of the `final` event; opaque JSON.
    pub payload: String,
}

/// What [`Tasks::finish`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finished {
    /// Row and tape are closed by this call; `final` has this number.
    At(u64),
    /// It had been closed before, or had ended otherwise: like this.
    Already(Ending),
}

/// Where a list goes on: the last row seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCursor {
    /// Its time.
    pub created_at: EpochMs,
    /// Its name.
    pub task_id: TaskId,
}

/// Which rows a list gives; what is absent does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskFilter {
    /// Rows that stand here.
    pub status: Option<Status>,
    /// Rows of this kind of work.
    pub op: Option<String>,
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskPage {
    /// Rows without outcome and failure.
    pub tasks: Vec<Task>,
    /// Where to go on; none at the end.
    pub next: Option<TaskCursor>,
}

/// Rules: `tasks.*` in `wit/persistence/tasks.wit`.
pub trait Tasks {
    /// Adds a pending task; `conflict` where the id is taken.
    fn create(&mut self, store: &StoreId, task: &NewTask) -> Answer<()>;

    /// The whole row, if there is one.
    fn get(&mut self, store: &StoreId, task: &TaskId) -> Answer<Option<Task>>;

    /// Rows newest first, ties by id, in pages.
    fn list(
        &mut self,
        store: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage>;

    /// Ids of tasks whose row is not terminal or whose tape has no `final`, ascending.
    fn list_unclosed(
        &mut self,
        store: &StoreId,
        after: Option<&TaskId>,
        limit: u32,
    ) -> Answer<Vec<TaskId>>;

    /// Changes a row that is not terminal.
    fn update_status(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated>;

    /// Appends to a tape that is not closed.
    fn append_event(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended>;

    /// pending → running, with its `task-started`, in one step.
    fn start(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started>;

    /// The ending, with its `final`, in one step.
    fn finish(&mut self, store: &StoreId, task: &TaskId, closing: &Closing) -> Answer<Finished>;

    /// Events from a number on, ascending.
    fn list_events(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>>;

    /// Number of a tape's last event; 0 where there is none.
    fn max_seq(&mut self, store: &StoreId, task: &TaskId) -> Answer<u64>;
}
