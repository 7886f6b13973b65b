//! The ledger over memory, with a defect before it.

use wirt_ledger::{Clock, Identity, Ledger, Memory};
use wirt_sdk::contract::artifacts::Artifacts;
use wirt_sdk::contract::attachment_manifest::{AttachmentManifest, Retention};
use wirt_sdk::contract::attachments::{Attachment, Attachments, Metadata};
use wirt_sdk::contract::batching::Batching;
use wirt_sdk::contract::sessions::Sessions;
use wirt_sdk::contract::store::{CheckPage, Description, Durability, Store};
use wirt_sdk::contract::tasks::{
    Appended, Closing, Event, Finished, NewEvent, NewTask, Started, Task, TaskChange, TaskCursor,
    TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_sdk::contract::transfer::Transfer;
use wirt_sdk::contract::work_queue::WorkQueue;
use wirt_sdk::contract::{
    Answer, AttachmentId, EpochMs, Failure, Interfaces, Plugin, StoreId, TaskId,
};

/// The store that is right.
pub type Inner = Ledger<Memory>;

/// What a guest does in place of the store that is right. Every function that some guest gets
/// wrong has one here, and asks the right store unless it is overridden. Interfaces that no guest
/// gets wrong go to the right store at once.
pub trait Defect {
    /// In place of `store.describe`.
    fn describe(&mut self, inner: &mut Inner) -> Answer<Description> {
        inner.describe()
    }

    /// In place of `batching.begin`.
    fn begin(&mut self, inner: &mut Inner) -> Answer<()> {
        inner.begin()
    }

    /// In place of `batching.flush`.
    fn flush(&mut self, inner: &mut Inner) -> Answer<()> {
        inner.flush()
    }

    /// In place of `tasks.create`.
    fn create(&mut self, inner: &mut Inner, store: &StoreId, task: &NewTask) -> Answer<()> {
        inner.create(store, task)
    }

    /// In place of `tasks.list`.
    fn list(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage> {
        Tasks::list(inner, store, filter, after, limit)
    }

    /// In place of `tasks.update-status`.
    fn update_status(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated> {
        inner.update_status(store, task, change)
    }

    /// In place of `tasks.append-event`.
    fn append_event(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        inner.append_event(store, task, event)
    }

    /// In place of `tasks.start`.
    fn start(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started> {
        inner.start(store, task, at, payload)
    }

    /// In place of `tasks.finish`.
    fn finish(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        closing: &Closing,
    ) -> Answer<Finished> {
        inner.finish(store, task, closing)
    }

    /// In place of `tasks.list-events`.
    fn list_events(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        inner.list_events(store, task, from_seq, limit)
    }

    /// In place of `tasks.max-seq`.
    fn max_seq(&mut self, inner: &mut Inner, store: &StoreId, task: &TaskId) -> Answer<u64> {
        inner.max_seq(store, task)
    }

    /// In place of `attachments.put`.
    fn put(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        bytes: &[u8],
        metadata: &Metadata,
    ) -> Answer<Attachment> {
        Attachments::put(inner, store, bytes, metadata)
    }
}

/// A store plugin with this defect, which calls itself by `name`.
pub fn faulty(name: &str, defect: impl Defect) -> impl Plugin {
    let identity = Identity {
        name: name.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        durability: Durability::Inline,
        retention: Retention::Kept,
    };
    let inner = Ledger::new(identity, Clock::system(), || Ok(Memory::default()));
    Faulty { inner, defect }
}

struct Faulty<D> {
    inner: Inner,
    defect: D,
}

impl<D: Defect> Plugin for Faulty<D> {
    fn interfaces(&self) -> Interfaces {
        self.inner.interfaces()
    }

    fn store(&mut self) -> Result<&mut dyn Store, Failure> {
        Ok(self)
    }

    fn batching(&mut self) -> Result<&mut dyn Batching, Failure> {
        Ok(self)
    }

    fn tasks(&mut self) -> Result<&mut dyn Tasks, Failure> {
        Ok(self)
    }

    fn attachments(&mut self) -> Result<&mut dyn Attachments, Failure> {
        Ok(self)
    }

    fn sessions(&mut self) -> Result<&mut dyn Sessions, Failure> {
        Ok(&mut self.inner)
    }

    fn work_queue(&mut self) -> Result<&mut dyn WorkQueue, Failure> {
        Ok(&mut self.inner)
    }

    fn attachment_manifest(&mut self) -> Result<&mut dyn AttachmentManifest, Failure> {
        Ok(&mut self.inner)
    }

    fn artifacts(&mut self) -> Result<&mut dyn Artifacts, Failure> {
        Ok(&mut self.inner)
    }

    fn transfer(&mut self) -> Result<&mut dyn Transfer, Failure> {
        Ok(&mut self.inner)
    }
}

impl<D: Defect> Store for Faulty<D> {
    fn describe(&mut self) -> Answer<Description> {
        self.defect.describe(&mut self.inner)
    }

    fn close(&mut self) -> Answer<()> {
        self.inner.close()
    }

    fn check(&mut self, after: Option<&str>, budget: u32) -> Answer<CheckPage> {
        self.inner.check(after, budget)
    }
}

impl<D: Defect> Batching for Faulty<D> {
    fn begin(&mut self) -> Answer<()> {
        self.defect.begin(&mut self.inner)
    }

    fn flush(&mut self) -> Answer<()> {
        self.defect.flush(&mut self.inner)
    }
}

impl<D: Defect> Tasks for Faulty<D> {
    fn create(&mut self, store: &StoreId, task: &NewTask) -> Answer<()> {
        self.defect.create(&mut self.inner, store, task)
    }

    fn get(&mut self, store: &StoreId, task: &TaskId) -> Answer<Option<Task>> {
        Tasks::get(&mut self.inner, store, task)
    }

    fn list(
        &mut self,
        store: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage> {
        self.defect.list(&mut self.inner, store, filter, after, limit)
    }

    fn list_unclosed(
        &mut self,
        store: &StoreId,
        after: Option<&TaskId>,
        limit: u32,
    ) -> Answer<Vec<TaskId>> {
        self.inner.list_unclosed(store, after, limit)
    }

    fn update_status(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated> {
        self.defect.update_status(&mut self.inner, store, task, change)
    }

    fn append_event(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        self.defect.append_event(&mut self.inner, store, task, event)
    }

    fn start(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started> {
        self.defect.start(&mut self.inner, store, task, at, payload)
    }

    fn finish(&mut self, store: &StoreId, task: &TaskId, closing: &Closing) -> Answer<Finished> {
        self.defect.finish(&mut self.inner, store, task, closing)
    }

    fn list_events(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        self.defect.list_events(&mut self.inner, store, task, from_seq, limit)
    }

    fn max_seq(&mut self, store: &StoreId, task: &TaskId) -> Answer<u64> {
        self.defect.max_seq(&mut self.inner, store, task)
    }
}

impl<D: Defect> Attachments for Faulty<D> {
    fn put(&mut self, store: &StoreId, bytes: &[u8], metadata: &Metadata) -> Answer<Attachment> {
        self.defect.put(&mut self.inner, store, bytes, metadata)
    }

    fn get(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Vec<u8>> {
        Attachments::get(&mut self.inner, store, id)
    }

    fn head(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Option<Attachment>> {
        self.inner.head(store, id)
    }

    fn delete(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<bool> {
        Attachments::delete(&mut self.inner, store, id)
    }

    fn list(
        &mut self,
        store: &StoreId,
        after: Option<&AttachmentId>,
        limit: u32,
    ) -> Answer<Vec<Attachment>> {
        Attachments::list(&mut self.inner, store, after, limit)
    }
}
