//! The contracts, as a case calls them: each call goes to the plugin under test, and stands in the
//! history with its answer.

use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::batching::Batching;
use wirt_contract::embedder::{self, Embedder};
use wirt_contract::store::{CheckPage, Description, Store};
use wirt_contract::tasks::{
    Appended, Closing, Event, Finished, NewEvent, NewTask, Started, Task, TaskChange, TaskCursor,
    TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::tokenizer::{self, Token, Tokenizer};
use wirt_contract::{Answer, AttachmentId, EpochMs, StoreId, TaskId};

use super::{Probe, Show};

impl Store for Probe<'_> {
    fn describe(&mut self) -> Answer<Description> {
        self.call("store.describe()".into(), |plugin| plugin.store()?.describe())
    }

    fn close(&mut self) -> Answer<()> {
        let answer = self.call("store.close()".into(), |plugin| plugin.store()?.close());
        self.closed = true;
        answer
    }

    fn check(&mut self, after: Option<&str>, budget: u32) -> Answer<CheckPage> {
        self.call(format!("store.check({}, {budget})", after.show()), |plugin| {
            plugin.store()?.check(after, budget)
        })
    }
}

impl Batching for Probe<'_> {
    fn begin(&mut self) -> Answer<()> {
        let answer = self.call("batching.begin()".into(), |plugin| plugin.batching()?.begin());
        self.in_batch |= answer.is_ok();
        answer
    }

    fn flush(&mut self) -> Answer<()> {
        let answer = self.call("batching.flush()".into(), |plugin| plugin.batching()?.flush());
        self.in_batch = false;
        answer
    }
}

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

impl Attachments for Probe<'_> {
    fn put(&mut self, store: &StoreId, bytes: &[u8], metadata: &Metadata) -> Answer<Attachment> {
        let line = format!(
            "attachments.put({}, {}, {})",
            store.show(),
            bytes.to_vec().show(),
            metadata.show()
        );
        self.call(line, |plugin| plugin.attachments()?.put(store, bytes, metadata))
    }

    fn get(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Vec<u8>> {
        let line = format!("attachments.get({}, {})", store.show(), id.show());
        self.call(line, |plugin| plugin.attachments()?.get(store, id))
    }

    fn head(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Option<Attachment>> {
        let line = format!("attachments.head({}, {})", store.show(), id.show());
        self.call(line, |plugin| plugin.attachments()?.head(store, id))
    }

    fn delete(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<bool> {
        let line = format!("attachments.delete({}, {})", store.show(), id.show());
        self.call(line, |plugin| plugin.attachments()?.delete(store, id))
    }

    fn list(
        &mut self,
        store: &StoreId,
        after: Option<&AttachmentId>,
        limit: u32,
    ) -> Answer<Vec<Attachment>> {
        let line = format!("attachments.list({}, {}, {limit})", store.show(), after.show());
        self.call(line, |plugin| plugin.attachments()?.list(store, after, limit))
    }
}

impl Tokenizer for Probe<'_> {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        self.call("tokenizer.describe()".into(), |plugin| plugin.tokenizer()?.describe())
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        self.call(format!("tokenizer.documents({})", texts.show()), |plugin| {
            plugin.tokenizer()?.documents(texts)
        })
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        self.call(format!("tokenizer.query({})", text.show()), |plugin| {
            plugin.tokenizer()?.query(text)
        })
    }
}

impl Embedder for Probe<'_> {
    fn describe(&mut self) -> Answer<embedder::Description> {
        self.call("embedder.describe()".into(), |plugin| plugin.embedder()?.describe())
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        self.call(format!("embedder.documents({})", texts.show()), |plugin| {
            plugin.embedder()?.documents(texts)
        })
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        self.call(format!("embedder.query({})", text.show()), |plugin| {
            plugin.embedder()?.query(text)
        })
    }
}
