//! A plugin at work: a component under a grant and limits, with the contracts' faces.

use wasmtime::Trap;
use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::batching::Batching;
use wirt_contract::embedder::Embedder;
use wirt_contract::store::{CheckPage, Description, Store};
use wirt_contract::tasks::{
    Appended, Closing, Event, Finished, NewEvent, NewTask, Started, Task, TaskChange, TaskCursor,
    TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::tokenizer::{Token, Tokenizer};
use wirt_contract::{
    Answer, AttachmentId, EpochMs, Error, Failure, Fault, FaultKind, Interface, Interfaces, Plugin,
    StoreId, TaskId, embedder, tokenizer,
};

use crate::Component;
use crate::bindings::exports::wirt::persistence as wit;
use crate::bindings::exports::wirt::text as wit_text;
use crate::component::{Functions, one_line};
use crate::convert::{persistence, text};
use crate::grant::{Grant, Limits};
use crate::sandbox::{Sandbox, Waits};

/// A plugin at work.
///
/// The wasm instance is made at the first call and again after a fault; each draws its own stream
/// of chance. Dropping this drops the wasm instance without a `close`.
pub struct Instance {
    component: Component,
    grant: Grant,
    limits: Limits,
    live: Option<Live>,
}

/// One wasm instance.
struct Live {
    store: wasmtime::Store<Sandbox>,
    functions: Functions,
}

impl Instance {
    /// A plugin under this grant and these limits. Nothing runs yet.
    pub fn new(component: Component, grant: Grant, limits: Limits) -> Self {
        Self { component, grant, limits, live: None }
    }

    /// Drops the wasm instance as a crash of the host would: without `close`. The next call gets
    /// a fresh one over the same folder.
    pub fn discard(&mut self) {
        self.live = None;
    }

    /// The component it runs.
    pub fn component(&self) -> &Component {
        &self.component
    }

    /// Runs one call. Whatever is not an answer of the plugin is a fault, and ends the instance.
    fn call<T>(
        &mut self,
        interface: Interface,
        function: &str,
        run: impl FnOnce(&mut wasmtime::Store<Sandbox>, &Functions) -> wasmtime::Result<Option<T>>,
    ) -> Answer<T> {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => self.instantiate().map_err(|detail| Fault {
                kind: FaultKind::NotStarted,
                function: format!("{interface}.{function}"),
                detail,
            })?,
        };
        live.store.data_mut().begin_call();
        live.store.set_epoch_deadline(1);
        match run(&mut live.store, &live.functions) {
            Ok(Some(answer)) => {
                self.live = Some(live);
                Ok(answer)
            }
            Ok(None) => {
                self.live = Some(live);
                Err(missing(interface))
            }
            Err(error) => Err(Fault {
                kind: kind_of(&error, live.store.data()),
                function: format!("{interface}.{function}"),
                detail: detail_of(&error, live.store.data()),
            }
            .into()),
        }
    }

    fn instantiate(&mut self) -> Result<Live, String> {
        let mut store = self
            .component
            .store(&self.grant, self.limits)
            .map_err(|error| format!("its folder cannot be opened: {error}"))?;
        let instance = self
            .component
            .pre
            .instantiate(&mut store)
            .map_err(|error| detail_of(&error, store.data()))?;
        let functions = self
            .component
            .indices
            .load(&mut store, &instance)
            .map_err(|(interface, error)| format!("{interface}: {}", one_line(&error)))?;
        Ok(Live { store, functions })
    }
}

fn missing(interface: Interface) -> Failure {
    Error::Unsupported(format!("the plugin does not export {}", interface.qualified())).into()
}

fn kind_of(error: &wasmtime::Error, sandbox: &Sandbox) -> FaultKind {
    if sandbox.out_of_memory {
        FaultKind::OutOfMemory
    } else if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
        FaultKind::OutOfTime
    } else if error.downcast_ref::<Waits>().is_some() {
        FaultKind::Waited
    } else {
        FaultKind::Trapped
    }
}

/// The plugin's last words where it has some (a panic's message), else the engine's.
fn detail_of(error: &wasmtime::Error, sandbox: &Sandbox) -> String {
    let words = sandbox.last_words.line();
    let engine = error.root_cause().to_string();
    if words.is_empty() { engine } else { format!("{words} ({engine})") }
}

impl Plugin for Instance {
    fn interfaces(&self) -> Interfaces {
        self.component.interfaces().clone()
    }

    fn store(&mut self) -> Result<&mut dyn Store, Failure> {
        self.offer(Interface::Store).map(|this| this as &mut dyn Store)
    }

    fn batching(&mut self) -> Result<&mut dyn Batching, Failure> {
        self.offer(Interface::Batching).map(|this| this as &mut dyn Batching)
    }

    fn tasks(&mut self) -> Result<&mut dyn Tasks, Failure> {
        self.offer(Interface::Tasks).map(|this| this as &mut dyn Tasks)
    }

    fn attachments(&mut self) -> Result<&mut dyn Attachments, Failure> {
        self.offer(Interface::Attachments).map(|this| this as &mut dyn Attachments)
    }

    fn tokenizer(&mut self) -> Result<&mut dyn Tokenizer, Failure> {
        self.offer(Interface::Tokenizer).map(|this| this as &mut dyn Tokenizer)
    }

    fn embedder(&mut self) -> Result<&mut dyn Embedder, Failure> {
        self.offer(Interface::Embedder).map(|this| this as &mut dyn Embedder)
    }
}

impl Instance {
    fn offer(&mut self, interface: Interface) -> Result<&mut Self, Failure> {
        if self.component.interfaces().contains(interface) {
            Ok(self)
        } else {
            Err(missing(interface))
        }
    }

    fn on_store<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&wit::store::Guest, &mut wasmtime::Store<Sandbox>) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        self.call(Interface::Store, function, |store, functions| {
            functions.store.as_ref().map(|guest| run(guest, store)).transpose()
        })
    }

    fn on_batching<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&wit::batching::Guest, &mut wasmtime::Store<Sandbox>) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        self.call(Interface::Batching, function, |store, functions| {
            functions.batching.as_ref().map(|guest| run(guest, store)).transpose()
        })
    }

    fn on_tasks<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&wit::tasks::Guest, &mut wasmtime::Store<Sandbox>) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        self.call(Interface::Tasks, function, |store, functions| {
            functions.tasks.as_ref().map(|guest| run(guest, store)).transpose()
        })
    }

    fn on_attachments<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&wit::attachments::Guest, &mut wasmtime::Store<Sandbox>) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        self.call(Interface::Attachments, function, |store, functions| {
            functions.attachments.as_ref().map(|guest| run(guest, store)).transpose()
        })
    }

    fn on_tokenizer<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(
            &wit_text::tokenizer::Guest,
            &mut wasmtime::Store<Sandbox>,
        ) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        self.call(Interface::Tokenizer, function, |store, functions| {
            functions.tokenizer.as_ref().map(|guest| run(guest, store)).transpose()
        })
    }

    fn on_embedder<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(
            &wit_text::embedder::Guest,
            &mut wasmtime::Store<Sandbox>,
        ) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        self.call(Interface::Embedder, function, |store, functions| {
            functions.embedder.as_ref().map(|guest| run(guest, store)).transpose()
        })
    }
}

impl Store for Instance {
    fn describe(&mut self) -> Answer<Description> {
        let answer = self.on_store("describe", |guest, store| guest.call_describe(store))?;
        Ok(persistence::description(answer))
    }

    fn close(&mut self) -> Answer<()> {
        let answer = self.on_store("close", |guest, store| guest.call_close(store))?;
        persistence::answer(answer)
    }

    fn check(&mut self, after: Option<&str>, budget: u32) -> Answer<CheckPage> {
        let answer =
            self.on_store("check", |guest, store| guest.call_check(store, after, budget))?;
        persistence::answer(answer).map(persistence::check_page)
    }
}

impl Batching for Instance {
    fn begin(&mut self) -> Answer<()> {
        let answer = self.on_batching("begin", |guest, store| guest.call_begin(store))?;
        persistence::answer(answer)
    }

    fn flush(&mut self) -> Answer<()> {
        let answer = self.on_batching("flush", |guest, store| guest.call_flush(store))?;
        persistence::answer(answer)
    }
}

impl Tasks for Instance {
    fn create(&mut self, store_id: &StoreId, task: &NewTask) -> Answer<()> {
        let (id, task) = (store_id.as_str().to_owned(), persistence::new_task(task));
        let answer =
            self.on_tasks("create", |guest, store| guest.call_create(store, &id, &task))?;
        persistence::answer(answer)
    }

    fn get(&mut self, store_id: &StoreId, task: &TaskId) -> Answer<Option<Task>> {
        let id = store_id.as_str().to_owned();
        let answer =
            self.on_tasks("get", |guest, store| guest.call_get(store, &id, task.as_str()))?;
        Ok(persistence::answer(answer)?.map(persistence::task))
    }

    fn list(
        &mut self,
        store_id: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage> {
        let id = store_id.as_str().to_owned();
        let filter = persistence::task_filter(filter);
        let after = after.map(persistence::task_cursor);
        let answer = self.on_tasks("list", |guest, store| {
            guest.call_list(store, &id, &filter, after.as_ref(), limit)
        })?;
        persistence::answer(answer).map(persistence::task_page)
    }

    fn list_unclosed(
        &mut self,
        store_id: &StoreId,
        after: Option<&TaskId>,
        limit: u32,
    ) -> Answer<Vec<TaskId>> {
        let id = store_id.as_str().to_owned();
        let answer = self.on_tasks("list-unclosed", |guest, store| {
            guest.call_list_unclosed(store, &id, after.map(TaskId::as_str), limit)
        })?;
        Ok(persistence::answer(answer)?.into_iter().map(TaskId::from).collect())
    }

    fn update_status(
        &mut self,
        store_id: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated> {
        let (id, change) = (store_id.as_str().to_owned(), persistence::task_change(change));
        let answer = self.on_tasks("update-status", |guest, store| {
            guest.call_update_status(store, &id, task.as_str(), &change)
        })?;
        persistence::answer(answer).map(persistence::updated)
    }

    fn append_event(
        &mut self,
        store_id: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        let (id, event) = (store_id.as_str().to_owned(), persistence::new_event(event));
        let answer = self.on_tasks("append-event", |guest, store| {
            guest.call_append_event(store, &id, task.as_str(), &event)
        })?;
        persistence::answer(answer).map(persistence::appended)
    }

    fn start(
        &mut self,
        store_id: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started> {
        let id = store_id.as_str().to_owned();
        let answer = self.on_tasks("start", |guest, store| {
            guest.call_start(store, &id, task.as_str(), at.0, payload)
        })?;
        persistence::answer(answer).map(persistence::started)
    }

    fn finish(&mut self, store_id: &StoreId, task: &TaskId, closing: &Closing) -> Answer<Finished> {
        let (id, closing) = (store_id.as_str().to_owned(), persistence::closing(closing));
        let answer = self.on_tasks("finish", |guest, store| {
            guest.call_finish(store, &id, task.as_str(), &closing)
        })?;
        persistence::answer(answer).map(persistence::finished)
    }

    fn list_events(
        &mut self,
        store_id: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        let id = store_id.as_str().to_owned();
        let answer = self.on_tasks("list-events", |guest, store| {
            guest.call_list_events(store, &id, task.as_str(), from_seq, limit)
        })?;
        Ok(persistence::answer(answer)?.into_iter().map(persistence::event).collect())
    }

    fn max_seq(&mut self, store_id: &StoreId, task: &TaskId) -> Answer<u64> {
        let id = store_id.as_str().to_owned();
        let answer =
            self.on_tasks("max-seq", |guest, store| guest.call_max_seq(store, &id, task.as_str()))?;
        persistence::answer(answer)
    }
}

impl Attachments for Instance {
    fn put(&mut self, store_id: &StoreId, bytes: &[u8], metadata: &Metadata) -> Answer<Attachment> {
        let (id, metadata) = (store_id.as_str().to_owned(), persistence::metadata(metadata));
        let answer = self
            .on_attachments("put", |guest, store| guest.call_put(store, &id, bytes, &metadata))?;
        persistence::answer(answer).map(persistence::attachment)
    }

    fn get(&mut self, store_id: &StoreId, attachment: &AttachmentId) -> Answer<Vec<u8>> {
        let id = store_id.as_str().to_owned();
        let answer = self.on_attachments("get", |guest, store| {
            guest.call_get(store, &id, attachment.as_str())
        })?;
        persistence::answer(answer)
    }

    fn head(
        &mut self,
        store_id: &StoreId,
        attachment: &AttachmentId,
    ) -> Answer<Option<Attachment>> {
        let id = store_id.as_str().to_owned();
        let answer = self.on_attachments("head", |guest, store| {
            guest.call_head(store, &id, attachment.as_str())
        })?;
        Ok(persistence::answer(answer)?.map(persistence::attachment))
    }

    fn delete(&mut self, store_id: &StoreId, attachment: &AttachmentId) -> Answer<bool> {
        let id = store_id.as_str().to_owned();
        let answer = self.on_attachments("delete", |guest, store| {
            guest.call_delete(store, &id, attachment.as_str())
        })?;
        persistence::answer(answer)
    }

    fn list(
        &mut self,
        store_id: &StoreId,
        after: Option<&AttachmentId>,
        limit: u32,
    ) -> Answer<Vec<Attachment>> {
        let id = store_id.as_str().to_owned();
        let answer = self.on_attachments("list", |guest, store| {
            guest.call_list(store, &id, after.map(AttachmentId::as_str), limit)
        })?;
        Ok(persistence::answer(answer)?.into_iter().map(persistence::attachment).collect())
    }
}

impl Tokenizer for Instance {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        let answer = self.on_tokenizer("describe", |guest, store| guest.call_describe(store))?;
        Ok(text::tokenizer(answer))
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        let answer =
            self.on_tokenizer("documents", |guest, store| guest.call_documents(store, texts))?;
        let documents = text::answer(answer)?;
        Ok(documents
            .into_iter()
            .map(|tokens| tokens.into_iter().map(text::token).collect())
            .collect())
    }

    fn query(&mut self, query: &str) -> Answer<Vec<Token>> {
        let answer = self.on_tokenizer("query", |guest, store| guest.call_query(store, query))?;
        Ok(text::answer(answer)?.into_iter().map(text::token).collect())
    }
}

impl Embedder for Instance {
    fn describe(&mut self) -> Answer<embedder::Description> {
        let answer = self.on_embedder("describe", |guest, store| guest.call_describe(store))?;
        Ok(text::embedder(answer))
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        let answer =
            self.on_embedder("documents", |guest, store| guest.call_documents(store, texts))?;
        text::answer(answer)
    }

    fn query(&mut self, query: &str) -> Answer<Vec<f32>> {
        let answer = self.on_embedder("query", |guest, store| guest.call_query(store, query))?;
        text::answer(answer)
    }
}
