//! `wirt:persistence/tasks` of a plugin at work.

use wirt_contract::tasks::{
    Appended, Closing, Event, Finished, NewEvent, NewTask, Started, Task, TaskChange, TaskCursor,
    TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::{Answer, EpochMs, Interface, StoreId, TaskId};

use super::{Instance, Running};
use crate::bindings::exports::wirt::persistence::tasks::Guest;
use crate::bindings::wirt::persistence::types;
use crate::convert::store::{answer, id};
use crate::convert::tasks;

impl Instance {
    fn on_tasks<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&Guest, &mut Running) -> wasmtime::Result<Result<T, types::Error>>,
    ) -> Answer<T> {
        let called =
            self.call(Interface::Tasks, function, |functions| functions.tasks.as_ref(), run)?;
        answer(called)
    }
}

impl Tasks for Instance {
    fn create(&mut self, store_id: &StoreId, task: &NewTask) -> Answer<()> {
        let task = tasks::new_task(task);
        self.on_tasks("create", |guest, store| guest.call_create(store, &id(store_id), &task))
    }

    fn get(&mut self, store_id: &StoreId, task: &TaskId) -> Answer<Option<Task>> {
        let found = self
            .on_tasks("get", |guest, store| guest.call_get(store, &id(store_id), task.as_str()))?;
        Ok(found.map(tasks::task))
    }

    fn list(
        &mut self,
        store_id: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage> {
        let filter = tasks::task_filter(filter);
        let after = after.map(tasks::task_cursor);
        let page = self.on_tasks("list", |guest, store| {
            guest.call_list(store, &id(store_id), &filter, after.as_ref(), limit)
        })?;
        Ok(tasks::task_page(page))
    }

    fn list_unclosed(
        &mut self,
        store_id: &StoreId,
        after: Option<&TaskId>,
        limit: u32,
    ) -> Answer<Vec<TaskId>> {
        let ids = self.on_tasks("list-unclosed", |guest, store| {
            guest.call_list_unclosed(store, &id(store_id), after.map(TaskId::as_str), limit)
        })?;
        Ok(ids.into_iter().map(TaskId::from).collect())
    }

    fn update_status(
        &mut self,
        store_id: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated> {
        let change = tasks::task_change(change);
        let updated = self.on_tasks("update-status", |guest, store| {
            guest.call_update_status(store, &id(store_id), task.as_str(), &change)
        })?;
        Ok(tasks::updated(updated))
    }

    fn append_event(
        &mut self,
        store_id: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        let event = tasks::new_event(event);
        let appended = self.on_tasks("append-event", |guest, store| {
            guest.call_append_event(store, &id(store_id), task.as_str(), &event)
        })?;
        Ok(tasks::appended(appended))
    }

    fn start(
        &mut self,
        store_id: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started> {
        let started = self.on_tasks("start", |guest, store| {
            guest.call_start(store, &id(store_id), task.as_str(), at.0, payload)
        })?;
        Ok(tasks::started(started))
    }

    fn finish(&mut self, store_id: &StoreId, task: &TaskId, closing: &Closing) -> Answer<Finished> {
        let closing = tasks::closing(closing);
        let finished = self.on_tasks("finish", |guest, store| {
            guest.call_finish(store, &id(store_id), task.as_str(), &closing)
        })?;
        Ok(tasks::finished(finished))
    }

    fn list_events(
        &mut self,
        store_id: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        let events = self.on_tasks("list-events", |guest, store| {
            guest.call_list_events(store, &id(store_id), task.as_str(), from_seq, limit)
        })?;
        Ok(events.into_iter().map(tasks::event).collect())
    }

    fn max_seq(&mut self, store_id: &StoreId, task: &TaskId) -> Answer<u64> {
        self.on_tasks("max-seq", |guest, store| {
            guest.call_max_seq(store, &id(store_id), task.as_str())
        })
    }
}
