//! The task manager: runs a task's work and closes its tape.
//!
//! A task is a row and a tape in a store. The manager adds the row before anybody learns its id,
//! runs the work, and ends row and tape in one store call. Rules, each with a case in
//! `wirt-drivers`:
//!
//! - `tasks-driver.cancel-before-start`: a task cancelled before its first step ends `cancelled`,
//!   and its tape is `final` alone.
//! - `tasks-driver.cancel-decides`: after [`CancelOutcome::Requested`] the task ends `cancelled`;
//!   once its work is over, a cancel answers how it ended and writes nothing.
//! - `tasks-driver.final-last`: every task whose row ended has one `final`, last on its tape and
//!   matching the row, whatever its work left behind still reports.
//! - `tasks-driver.late-dropped`: a report that comes after the end changes nothing and says so.
//! - `tasks-driver.unknown-repeated`: a step whose outcome is unknown is repeated, a bounded number
//!   of times; each of them says what it finds when it had been applied.
//! - `tasks-driver.live-bounded`: at most [`LIVE_TASKS`] run at once, and one that has ended is
//!   forgotten.
//! - `tasks-driver.panic-is-a-failure`: work that panics fails its task.
//! - `tasks-driver.wait-wakes`: who waits for a task is woken by each of its events and by its end,
//!   never by another task's.
//! - `tasks-driver.reader-reaches-final`: [`EventPage::closed`] says when a tape has been read to its
//!   `final`; that a row has ended does not.
//! - `tasks-driver.repair-closes`: [`TaskManager::repair`] closes what no live work will, and a
//!   repair that loses a race writes nothing.
//!
//! Work is a future. A cancel drops it where it waits; what it has started elsewhere (a thread)
//! watches [`Reporter::is_cancelled`]. Work that never waits cannot be cancelled before it ends.
//!
//! Not here: the tape's own rules (they are the store's, `tasks.*` in `wit/`), retries of work,
//! timeouts.

mod closing;
mod drive;
mod live;
mod manager;
mod repair;
mod reporter;
mod tape;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use wirt_contract::tasks::Ending;
use wirt_contract::{EpochMs, TaskId};

use crate::store::CallError;

pub use manager::TaskManager;
pub use repair::Repaired;
pub use reporter::{Report, Reporter};
pub use tape::{EventPage, Tape};

/// Most tasks one manager runs at once: each holds its work in memory.
pub const LIVE_TASKS: usize = 1_024;

/// Gives the time.
pub type Clock = Arc<dyn Fn() -> EpochMs + Send + Sync>;

/// Everything that one task does, as its host's executor gets it.
pub type TaskFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a manager takes from its host, so that it is the same in service and under test.
#[derive(Clone)]
pub struct Surroundings {
    /// The time.
    pub clock: Clock,
    /// An id no task of this store has had.
    pub new_id: Arc<dyn Fn() -> TaskId + Send + Sync>,
    /// Runs a future to its end without making the caller wait for it.
    pub spawn: Arc<dyn Fn(TaskFuture) + Send + Sync>,
}

/// Why a task's work failed, as its own code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFailure {
    /// For programs: short, stable.
    pub code: String,
    /// For people. Beyond 4,096 bytes it is cut.
    pub message: String,
}

/// Why a task was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The manager runs as many tasks as it may.
    #[error("{LIVE_TASKS} tasks are running, which is the bound; submit again when one has ended")]
    TooMany,
    /// The id the host made up has been used before.
    #[error("the new task id `{0}` is taken; the host's id source must not repeat itself")]
    IdTaken(TaskId),
    /// The host's executor dropped the task before its row was added.
    #[error("the executor dropped the task before it was stored; it is shutting down")]
    NotSpawned,
    /// The row could not be added.
    #[error("the task could not be stored: {0}")]
    Store(#[from] CallError),
}

/// Why waiting for a task gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// There is no such task.
    #[error("there is no task `{0}`; list the store's tasks for the ids there are")]
    NoSuchTask(TaskId),
    /// The task has not ended and does not run here, so nothing here can tell when it will.
    #[error("task `{0}` has not ended and does not run in this process; repair closes it")]
    NotHere(TaskId),
    /// The store did not answer, or could not close the task.
    #[error("task could not be followed: {0}")]
    Store(#[from] CallError),
}

/// What a cancel did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The task's work stops and the task ends `cancelled`.
    Requested,
    /// It was over, with this ending; nothing was written.
    AlreadyEnded(Ending),
    /// It has not ended, but its work does not run in this process.
    NotHere,
    /// There is no such task.
    NoSuchTask,
}
