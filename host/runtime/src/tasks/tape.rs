//! Reading a tape, and waiting for it to grow.

use wirt_contract::tasks::{Ending, Event, EventKind};
use wirt_contract::{Answer, Plugin, StoreId, TaskId};

use super::WaitError;
use super::live::End;
use super::manager::TaskManager;
use crate::store::CallError;

/// Part of a tape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// Events, ascending without a gap.
    pub events: Vec<Event>,
    /// Where to read on.
    pub next_seq: u64,
    /// Whether the tape had more than this page when it was read.
    pub has_more: bool,
    /// Whether this page reaches the tape's `final`. A reader stops here, and not at a row that
    /// says the task has ended: between the two there may be events.
    pub closed: bool,
}

/// Where a task's tape stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tape {
    /// Number of its last known event; 0 where it has none.
    pub last_seq: u64,
    /// How the task ended, if it did.
    pub ended: Option<Ending>,
    /// Whether the task runs here, so that waiting on makes sense.
    pub live: bool,
}

impl TaskManager {
    /// Events of a task from number `from_seq` on (0 and 1 both mean the first), at most `limit`
    /// of them and at most what the store gives at once. An unknown task has none.
    ///
    /// # Errors
    /// What the store answered.
    pub async fn events(
        &self,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Result<EventPage, CallError> {
        let (store, task) = (self.store.clone(), task.clone());
        self.client.call(move |plugin| page(plugin, &store, &task, from_seq.max(1), limit)).await
    }

    /// Waits until a task's tape is beyond number `seen_seq` or the task has ended. Where it does
    /// not run here there is nothing to wait for, and this answers at once.
    ///
    /// # Errors
    /// Where there is no such task, or the store failed.
    pub async fn wait(&self, task: &TaskId, seen_seq: u64) -> Result<Tape, WaitError> {
        let Some(live) = self.live.find(task) else { return self.stored(task).await };
        let progress = live.beyond(seen_seq).await;
        let ended = match progress.end {
            None => None,
            Some(End::Closed(ending)) => Some(ending),
            Some(End::Lost(error)) => return Err(error.into()),
        };
        Ok(Tape { last_seq: progress.last_seq, ended, live: ended.is_none() })
    }

    /// Waits until a task has ended and says how.
    ///
    /// # Errors
    /// Where there is no such task, it neither ended nor runs here, or the store failed.
    pub async fn ended(&self, task: &TaskId) -> Result<Ending, WaitError> {
        if let Some(live) = self.live.find(task) {
            match live.end().await.end {
                Some(End::Closed(ending)) => return Ok(ending),
                Some(End::Lost(error)) => return Err(error.into()),
                None => {}
            }
        }
        self.stored(task).await?.ended.ok_or_else(|| WaitError::NotHere(task.clone()))
    }

    async fn stored(&self, task: &TaskId) -> Result<Tape, WaitError> {
        let (store, id) = (self.store.clone(), task.clone());
        let read = move |plugin: &mut dyn Plugin| {
            let tasks = plugin.tasks()?;
            Ok((tasks.get(&store, &id)?, tasks.max_seq(&store, &id)?))
        };
        let (row, last_seq) = self.client.call(read).await?;
        let row = row.ok_or_else(|| WaitError::NoSuchTask(task.clone()))?;
        Ok(Tape { last_seq, ended: row.status.ending(), live: false })
    }
}

fn page(
    plugin: &mut dyn Plugin,
    store: &StoreId,
    task: &TaskId,
    from_seq: u64,
    limit: u32,
) -> Answer<EventPage> {
    let tasks = plugin.tasks()?;
    let events = tasks.list_events(store, task, from_seq, limit)?;
    let last_seq = tasks.max_seq(store, task)?;
    let next_seq = events.last().map_or(from_seq, |event| event.seq.saturating_add(1));
    let has_more = next_seq <= last_seq;
    let closed = !has_more && final_of(plugin, store, task)?.is_some();
    Ok(EventPage { events, next_seq, has_more, closed })
}

/// What a tape's `final` says, if it has one.
pub(super) fn final_of(
    plugin: &mut dyn Plugin,
    store: &StoreId,
    task: &TaskId,
) -> Answer<Option<Ending>> {
    let tasks = plugin.tasks()?;
    let last_seq = tasks.max_seq(store, task)?;
    if last_seq == 0 {
        return Ok(None);
    }
    let last = tasks.list_events(store, task, last_seq, 1)?;
    Ok(last.last().and_then(|event| match event.kind {
        EventKind::Final(ending) => Some(ending),
        EventKind::TaskStarted | EventKind::Progress | EventKind::Log | EventKind::Partial => None,
    }))
}
