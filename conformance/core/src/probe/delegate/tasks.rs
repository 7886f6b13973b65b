//! `tasks`.

use wirt_contract::tasks::{
    Appended, Closing, Event, Finished, NewEvent, NewTask, Started, Task, TaskChange, TaskCursor,
    TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::{Answer, EpochMs, StoreId, TaskId};

use super::super::{Probe, Show};

impl Tasks for Probe<'_> {
    fn create(&mut self, store: &StoreId, task: &NewTask) -> Answer<()> {
        let line = format!("tasks.create({}, {})", store.show(), task.show());
        self.call(line, |plugin| plugin.tasks()?.create(store, task))
    }

    fn get(&mut self, store: &StoreId, task: &TaskId) -> Answer<Option<Task>> {
        let line = format!("tasks.get({}, {})", store.show(), task.show());
        self.call(line, |plugin| plugin.tasks()?.get(store, task))
    }

    fn list(
        &mut self,
        store: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage> {
        let line =
            format!("tasks.list({}, {}, {}, {limit})", store.show(), filter.show(), after.show());
        self.call(line, |plugin| plugin.tasks()?.list(store, filter, after, limit))
    }

    fn list_unclosed(
        &mut self,
        store: &StoreId,
        after: Option<&TaskId>,
        limit: u32,
    ) -> Answer<Vec<TaskId>> {
        let line = format!("tasks.list-unclosed({}, {}, {limit})", store.show(), after.show());
        self.call(line, |plugin| plugin.tasks()?.list_unclosed(store, after, limit))
    }

    fn update_status(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated> {
        let line =
            format!("tasks.update-status({}, {}, {})", store.show(), task.show(), change.show());
        self.call(line, |plugin| plugin.tasks()?.update_status(store, task, change))
    }

    fn append_event(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        let line =
            format!("tasks.append-event({}, {}, {})", store.show(), task.show(), event.show());
        self.call(line, |plugin| plugin.tasks()?.append_event(store, task, event))
    }

    fn start(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started> {
        let line =
            format!("tasks.start({}, {}, {at}, {})", store.show(), task.show(), payload.show());
        self.call(line, |plugin| plugin.tasks()?.start(store, task, at, payload))
    }

    fn finish(&mut self, store: &StoreId, task: &TaskId, closing: &Closing) -> Answer<Finished> {
        let line = format!("tasks.finish({}, {}, {})", store.show(), task.show(), closing.show());
        self.call(line, |plugin| plugin.tasks()?.finish(store, task, closing))
    }

    fn list_events(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        let line =
            format!("tasks.list-events({}, {}, {from_seq}, {limit})", store.show(), task.show());
        self.call(line, |plugin| plugin.tasks()?.list_events(store, task, from_seq, limit))
    }

    fn max_seq(&mut self, store: &StoreId, task: &TaskId) -> Answer<u64> {
        let line = format!("tasks.max-seq({}, {})", store.show(), task.show());
        self.call(line, |plugin| plugin.tasks()?.max_seq(store, task))
    }
}
