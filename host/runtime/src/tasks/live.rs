//! Tasks that run here: who wants them cancelled, and how far their tapes are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use wirt_contract::TaskId;
use wirt_contract::tasks::Ending;

use super::{LIVE_TASKS, SubmitError};
use crate::store::CallError;

/// How far a task is with its work. Steps go down this list only, under the channel's lock, so
/// that exactly one of cancel and completion decides how the task ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    CancelRequested,
    /// The work is over and its ending is being written.
    Deciding,
}

/// The ending of a task that ran here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Row and tape are closed.
    Closed(Ending),
    /// The store did not take the ending; a repair has to.
    Lost(CallError),
}

/// What is known of a live task's tape.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    pub(super) last_seq: u64,
    pub(super) end: Option<End>,
}

/// One task that runs here. Its channels are its own, so nothing wakes for another task.
pub(super) struct Live {
    stage: watch::Sender<Stage>,
    progress: watch::Sender<Progress>,
}

impl Live {
    fn new() -> Self {
        Self {
            stage: watch::Sender::new(Stage::Open),
            progress: watch::Sender::new(Progress::default()),
        }
    }

    /// Asks the work to stop. False where it is over already.
    pub(super) fn request_cancel(&self) -> bool {
        self.stage.send_if_modified(|stage| {
            let open = *stage == Stage::Open;
            if open {
                *stage = Stage::CancelRequested;
            }
            open
        });
        self.is_cancelled()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        *self.stage.borrow() == Stage::CancelRequested
    }

    /// Comes back when a cancel is requested, and never where the work ends first.
    pub(super) async fn cancelled(&self) {
        let mut stage = self.stage.subscribe();
        // The sender is borrowed, so the channel cannot close under this wait.
        let _ = stage.wait_for(|stage| *stage == Stage::CancelRequested).await;
    }

    /// Says that the work is over. False where a cancel came first and decides.
    pub(super) fn decide(&self) -> bool {
        self.stage.send_if_modified(|stage| {
            let open = *stage == Stage::Open;
            if open {
                *stage = Stage::Deciding;
            }
            open
        })
    }

    /// The tape has an event of this number.
    pub(super) fn reached(&self, seq: u64) {
        self.progress.send_if_modified(|progress| {
            let news = seq > progress.last_seq;
            progress.last_seq = progress.last_seq.max(seq);
            news
        });
    }

    /// Nothing more comes. The first word stands.
    pub(super) fn ended(&self, end: End) {
        self.progress.send_if_modified(|progress| {
            let first = progress.end.is_none();
            progress.end.get_or_insert(end);
            first
        });
    }

    /// Waits until the tape is beyond `seen` or the task has ended.
    pub(super) async fn beyond(&self, seen: u64) -> Progress {
        self.when(|progress| progress.last_seq > seen || progress.end.is_some()).await
    }

    /// Waits until the task has ended.
    pub(super) async fn end(&self) -> Progress {
        self.when(|progress| progress.end.is_some()).await
    }

    async fn when(&self, reached: impl FnMut(&Progress) -> bool) -> Progress {
        let mut progress = self.progress.subscribe();
        match progress.wait_for(reached).await {
            Ok(progress) => progress.clone(),
            // The sender is borrowed, so this cannot come.
            Err(_) => self.progress.borrow().clone(),
        }
    }
}

/// All tasks that run here; at most [`LIVE_TASKS`].
#[derive(Clone, Default)]
pub(super) struct LiveTasks(Arc<Mutex<BTreeMap<TaskId, Arc<Live>>>>);

impl LiveTasks {
    /// Takes a place for a task that is about to be added.
    pub(super) fn enter(&self, id: &TaskId) -> Result<Seat, SubmitError> {
        let mut tasks = self.tasks();
        if tasks.contains_key(id) {
            return Err(SubmitError::IdTaken(id.clone()));
        }
        if tasks.len() >= LIVE_TASKS {
            return Err(SubmitError::TooMany);
        }
        let live = Arc::new(Live::new());
        tasks.insert(id.clone(), Arc::clone(&live));
        Ok(Seat { tasks: self.clone(), id: id.clone(), live })
    }

    pub(super) fn find(&self, id: &TaskId) -> Option<Arc<Live>> {
        self.tasks().get(id).cloned()
    }

    pub(super) fn len(&self) -> usize {
        self.tasks().len()
    }

    /// No code panics while it holds this lock, so what a poisoned one guards is whole.
    fn tasks(&self) -> MutexGuard<'_, BTreeMap<TaskId, Arc<Live>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task's place among the live ones, given back when it is dropped, however that comes about.
pub(super) struct Seat {
    tasks: LiveTasks,
    id: TaskId,
    live: Arc<Live>,
}

impl Seat {
    pub(super) fn live(&self) -> &Arc<Live> {
        &self.live
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // A driver that was dropped before its end leaves its waiters this.
        self.live.ended(End::Lost(CallError::Stopped));
        self.tasks.tasks().remove(&self.id);
    }
}
