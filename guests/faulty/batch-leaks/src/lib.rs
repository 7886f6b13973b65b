//! Wrong: a call that errs inside a batch leaves a line on the tape of the task it names.
//! Caught by `batching/error-undoes-itself` (`batching.error-undoes-itself`).

use faulty_base::{Defect, Inner, faulty};
use wirt_sdk::contract::batching::Batching;
use wirt_sdk::contract::tasks::{
    Appended, EventKind, NewEvent, NewTask, TaskChange, Tasks, Updated,
};
use wirt_sdk::contract::{Answer, EpochMs, StoreId, TaskId};

#[derive(Default)]
struct BatchLeaks {
    in_batch: bool,
}

impl BatchLeaks {
    fn leak(&self, inner: &mut Inner, store: &StoreId, task: &TaskId) {
        let line = NewEvent { kind: EventKind::Log, at: EpochMs(0), payload: "{}".to_owned() };
        if self.in_batch {
            // Where there is no such task nothing can be left, and nothing is.
            let _left = inner.append_event(store, task, &line);
        }
    }
}

impl Defect for BatchLeaks {
    fn begin(&mut self, inner: &mut Inner) -> Answer<()> {
        inner.begin()?;
        self.in_batch = true;
        Ok(())
    }

    fn flush(&mut self, inner: &mut Inner) -> Answer<()> {
        self.in_batch = false;
        inner.flush()
    }

    fn create(&mut self, inner: &mut Inner, store: &StoreId, task: &NewTask) -> Answer<()> {
        inner.create(store, task).inspect_err(|_| self.leak(inner, store, &task.task_id))
    }

    fn update_status(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated> {
        inner.update_status(store, task, change).inspect_err(|_| self.leak(inner, store, task))
    }

    fn append_event(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        inner.append_event(store, task, event).inspect_err(|_| self.leak(inner, store, task))
    }
}

wirt_sdk::export_store!(|| faulty("faulty-batch-leaks", BatchLeaks::default()));
