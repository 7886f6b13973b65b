//! `wirt:persistence/tasks`: rows and tapes.
//!
//! A row carries what its tape has come to ([`Tape`]), so that every rule is decided by one read
//! and row and tape change in one write.

mod list;
mod tape;
#[cfg(test)]
mod tests;
mod transfer;

use serde::{Deserialize, Serialize};
use wirt_contract::tasks::{
    Appended, Closing, Ending, Event, Finished, NewEvent, NewTask, Started, Status, Task,
    TaskChange, TaskCursor, TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::{Answer, EpochMs, Error, StoreId, TaskId};

use crate::Ledger;
use crate::call::Call;
use crate::keys::{Entry, Space};
use crate::kv::KeyValue;
use crate::limits::{Id, LIMITS, optional_payload, payload, text};

pub(crate) use transfer::{import, import_event, whole};

/// A row as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Without outcome and failure, which are kept apart.
    pub(crate) task: Task,
    pub(crate) tape: Tape,
}

/// What a tape has come to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Tape {
    /// Number of its last event, 0 where it has none.
    pub(crate) last: u64,
    /// What its `final` says, where it has one; it is the last event then.
    pub(crate) ending: Option<Ending>,
}

impl Row {
    /// `tasks.unclosed`.
    pub(crate) fn is_unclosed(&self) -> bool {
        self.task.status.ending().is_none() || self.tape.ending.is_none()
    }
}

/// A task's place and its keys.
#[derive(Clone, Copy)]
struct At<'a> {
    space: Space<'a>,
    id: Id<'a>,
}

impl<'a> At<'a> {
    fn new(store: &'a StoreId, task: &'a TaskId) -> Result<Self, Error> {
        Ok(Self { space: Space::new(store)?, id: task_id(task)? })
    }

    fn find(self, call: &mut Call<'_>) -> Result<Option<Row>, Error> {
        call.value(&self.space.key(Entry::Row(self.id)))
    }

    /// The row as callers see it.
    fn whole(self, call: &mut Call<'_>) -> Result<Option<Task>, Error> {
        let Some(row) = self.find(call)? else { return Ok(None) };
        let outcome = self.payload(call, Entry::Outcome(self.id))?;
        let failure = self.payload(call, Entry::Failure(self.id))?;
        Ok(Some(Task { outcome, failure, ..row.task }))
    }

    /// The row of a task that must exist.
    fn row(self, call: &mut Call<'_>) -> Result<Row, Error> {
        self.find(call)?.ok_or_else(|| Error::NotFound(format!("there is no task {}", self.id)))
    }

    /// Writes a row and moves it in the indexes from where `before` stood.
    fn save(self, call: &mut Call<'_>, before: Option<&Row>, row: &Row) -> Result<(), Error> {
        let by_status = |row: &Row| Entry::ByStatus(row.task.status, row.task.created_at, self.id);
        let old = before.map(by_status);
        let new = by_status(row);
        if old != Some(new) {
            if let Some(old) = old {
                call.remove(self.space.key(old));
            }
            call.put_bytes(self.space.key(new), Vec::new());
        }
        let unclosed = self.space.key(Entry::Unclosed(self.id));
        match (before.is_some_and(Row::is_unclosed), row.is_unclosed()) {
            (false, true) => call.put_bytes(unclosed, Vec::new()),
            (true, false) => call.remove(unclosed),
            (false, false) | (true, true) => {}
        }
        call.put(self.space.key(Entry::Row(self.id)), row)
    }

    /// What is absent stays as it was.
    fn save_payloads(self, call: &mut Call<'_>, outcome: Option<&str>, failure: Option<&str>) {
        let payloads = [(Entry::Outcome(self.id), outcome), (Entry::Failure(self.id), failure)];
        for (entry, value) in payloads {
            if let Some(value) = value {
                call.put_bytes(self.space.key(entry), value.as_bytes().to_vec());
            }
        }
    }

    fn payload(self, call: &mut Call<'_>, entry: Entry<Id<'_>>) -> Result<Option<String>, Error> {
        let key = self.space.key(entry);
        let Some(bytes) = call.bytes(&key)? else { return Ok(None) };
        String::from_utf8(bytes).map(Some).map_err(|_| {
            Error::backend(format!("{key} is not UTF-8; restore the store from a backup"))
        })
    }
}

fn check_words(op: &str, params_digest: &str) -> Result<(), Error> {
    Id::new("the op", op)?;
    text("the params digest", params_digest, LIMITS.max_id_bytes)
}

fn task_id(task: &TaskId) -> Result<Id<'_>, Error> {
    Id::new("the task id", task.as_str())
}

impl<K: KeyValue> Tasks for Ledger<K> {
    fn create(&mut self, store: &StoreId, task: &NewTask) -> Answer<()> {
        self.call(|call| {
            let at = At::new(store, &task.task_id)?;
            check_words(&task.op, &task.params_digest)?;
            if at.find(call)?.is_some() {
                return Err(Error::Conflict(format!("there is a task {} already", at.id)));
            }
            let task = Task {
                task_id: task.task_id.clone(),
                op: task.op.clone(),
                status: Status::Pending,
                params_digest: task.params_digest.clone(),
                created_at: task.created_at,
                started_at: None,
                finished_at: None,
                outcome: None,
                failure: None,
            };
            at.save(call, None, &Row { task, tape: Tape { last: 0, ending: None } })
        })
    }

    fn get(&mut self, store: &StoreId, task: &TaskId) -> Answer<Option<Task>> {
        self.call(|call| At::new(store, task)?.whole(call))
    }

    fn list(
        &mut self,
        store: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage> {
        self.call(|call| list::rows(call, Space::new(store)?, filter, after, limit))
    }

    fn list_unclosed(
        &mut self,
        store: &StoreId,
        after: Option<&TaskId>,
        limit: u32,
    ) -> Answer<Vec<TaskId>> {
        self.call(|call| list::unclosed(call, Space::new(store)?, after, limit))
    }

    fn update_status(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated> {
        self.call(|call| {
            let at = At::new(store, task)?;
            optional_payload("the outcome", change.outcome.as_ref())?;
            optional_payload("the failure", change.failure.as_ref())?;
            let before = at.row(call)?;
            match (before.task.status, change.status, before.tape.ending) {
                (Status::Ended(ending), _, _) => return Ok(Updated::Already(ending)),
                (Status::Running, Status::Pending, _) => {
                    return Err(Error::Conflict(format!(
                        "task {} is running and cannot go back to pending",
                        at.id
                    )));
                }
                (_, Status::Ended(asked), Some(said)) if asked != said => {
                    return Err(tape::says_otherwise(at.id, asked, said));
                }
                _ => {}
            }
            let mut row = before.clone();
            row.task.status = change.status;
            row.task.started_at = change.started_at.or(row.task.started_at);
            row.task.finished_at = change.finished_at.or(row.task.finished_at);
            at.save_payloads(call, change.outcome.as_deref(), change.failure.as_deref());
            at.save(call, Some(&before), &row)?;
            Ok(Updated::Applied)
        })
    }

    fn append_event(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        self.call(|call| {
            payload("the event's payload", &event.payload)?;
            tape::append(call, At::new(store, task)?, event)
        })
    }

    fn start(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started> {
        self.call(|call| {
            crate::limits::payload("the event's payload", payload)?;
            tape::start(call, At::new(store, task)?, at, payload)
        })
    }

    fn finish(&mut self, store: &StoreId, task: &TaskId, closing: &Closing) -> Answer<Finished> {
        self.call(|call| {
            optional_payload("the outcome", closing.outcome.as_ref())?;
            optional_payload("the failure", closing.failure.as_ref())?;
            payload("the event's payload", &closing.payload)?;
            tape::finish(call, At::new(store, task)?, closing)
        })
    }

    fn list_events(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        self.call(|call| list::events(call, At::new(store, task)?, from_seq, limit))
    }

    fn max_seq(&mut self, store: &StoreId, task: &TaskId) -> Answer<u64> {
        self.call(|call| {
            let row = At::new(store, task)?.find(call)?;
            Ok(row.map_or(0, |row| row.tape.last))
        })
    }
}
