//! A plugin in front of the subject's that writes down calls and crashes on demand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wirt_contract::artifacts::Artifacts;
use wirt_contract::attachment_manifest::AttachmentManifest;
use wirt_contract::attachments::Attachments;
use wirt_contract::batching::Batching;
use wirt_contract::sessions::Sessions;
use wirt_contract::store::{CheckPage, Description, Store};
use wirt_contract::tasks::{
    Appended, Closing, Event, Finished, NewEvent, NewTask, Started, Task, TaskChange, TaskCursor,
    TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::transfer::Transfer;
use wirt_contract::work_queue::WorkQueue;
use wirt_contract::{
    Answer, EpochMs, Error, Failure, Fault, FaultKind, Interface, Interfaces, Plugin, StoreId,
    TaskId,
};

/// The functions that cases look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Begin,
    Flush,
    Close,
    Create,
    Start,
    Finish,
    Append,
    /// Any other one.
    Read,
}

/// What happened, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A call reached the instance of this number; the first one has number 1.
    Called { instance: usize, function: Function, task: Option<TaskId> },
    /// The caller of this number was woken.
    Answered(usize),
}

/// What is to happen in place of a call's own answer.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// A crash before anything was done.
    Crash,
    /// A crash after everything was done.
    CrashAfter,
    /// This error.
    Answer(Error),
}

struct Trick {
    function: Function,
    task: Option<TaskId>,
    act: Act,
}

#[derive(Default)]
struct State {
    log: Vec<Entry>,
    tricks: Vec<Trick>,
    instances: usize,
    hides_batching: bool,
}

/// What the instances of one actor share.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<State>>);

impl Script {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an instance behind this script.
    pub(crate) fn front(&self, plugin: Box<dyn Plugin>) -> Box<dyn Plugin> {
        let number = {
            let mut state = self.state();
            state.instances = state.instances.saturating_add(1);
            state.instances
        };
        Box::new(Front { inner: Some(plugin), script: self.clone(), number })
    }

    /// At the next such call, once. A function that names no task is named with none.
    pub(crate) fn once(&self, function: Function, task: Option<&TaskId>, act: Act) {
        self.state().tricks.push(Trick { function, task: task.cloned(), act });
    }

    /// Lets further instances look like a store without batches.
    pub(crate) fn hide_batching(&self) {
        self.state().hides_batching = true;
    }

    pub(crate) fn note(&self, entry: Entry) {
        self.state().log.push(entry);
    }

    /// What happened since the last time this was asked.
    pub(crate) fn take_log(&self) -> Vec<Entry> {
        std::mem::take(&mut self.state().log)
    }

    /// How many acts have not come about.
    pub(crate) fn acts_left(&self) -> usize {
        self.state().tricks.len()
    }

    fn called(&self, instance: usize, function: Function, task: Option<&TaskId>) -> Option<Act> {
        let mut state = self.state();
        state.log.push(Entry::Called { instance, function, task: task.cloned() });
        let at = state
            .tricks
            .iter()
            .position(|trick| trick.function == function && trick.task.as_ref() == task)?;
        Some(state.tricks.remove(at).act)
    }
}

/// One instance. After a crash it answers faults alone, as one that is gone does.
struct Front {
    inner: Option<Box<dyn Plugin>>,
    script: Script,
    number: usize,
}

impl Front {
    fn pass<T>(
        &mut self,
        function: Function,
        task: Option<&TaskId>,
        run: impl FnOnce(&mut dyn Plugin) -> Answer<T>,
    ) -> Answer<T> {
        let act = self.script.called(self.number, function, task);
        let Some(plugin) = self.inner.as_mut() else { return Err(gone(function)) };
        match act {
            None => run(plugin.as_mut()),
            Some(Act::Answer(error)) => Err(error.into()),
            Some(Act::Crash) => {
                self.inner = None;
                Err(crash(function))
            }
            Some(Act::CrashAfter) => {
                run(plugin.as_mut())?;
                self.inner = None;
                Err(crash(function))
            }
        }
    }

    /// The instance, where it has not crashed.
    fn live(&mut self) -> Answer<&mut dyn Plugin> {
        match self.inner.as_mut() {
            Some(plugin) => Ok(plugin.as_mut()),
            None => Err(gone(Function::Read)),
        }
    }

    fn task<T>(
        &mut self,
        function: Function,
        task: &TaskId,
        run: impl FnOnce(&mut dyn Tasks) -> Answer<T>,
    ) -> Answer<T> {
        self.pass(function, Some(task), |plugin| run(plugin.tasks()?))
    }
}

fn crash(function: Function) -> Failure {
    fault(FaultKind::Trapped, function, "crashed because the case asked for it")
}

fn gone(function: Function) -> Failure {
    fault(FaultKind::NotStarted, function, "was called after it had crashed")
}

fn fault(kind: FaultKind, function: Function, detail: &str) -> Failure {
    Fault { kind, function: format!("{function:?}").to_lowercase(), detail: detail.to_owned() }
        .into()
}

impl Plugin for Front {
    fn interfaces(&self) -> Interfaces {
        let offered = self.inner.as_ref().map(|plugin| plugin.interfaces()).unwrap_or_default();
        let hidden = self.script.state().hides_batching;
        offered.iter().filter(|it| !(hidden && *it == Interface::Batching)).collect()
    }

    fn store(&mut self) -> Answer<&mut dyn Store> {
        Ok(self)
    }

    fn batching(&mut self) -> Answer<&mut dyn Batching> {
        Ok(self)
    }

    fn tasks(&mut self) -> Answer<&mut dyn Tasks> {
        Ok(self)
    }

    // No script is about these, so they are not written down.

    fn attachments(&mut self) -> Answer<&mut dyn Attachments> {
        self.live()?.attachments()
    }

    fn sessions(&mut self) -> Answer<&mut dyn Sessions> {
        self.live()?.sessions()
    }

    fn work_queue(&mut self) -> Answer<&mut dyn WorkQueue> {
        self.live()?.work_queue()
    }

    fn attachment_manifest(&mut self) -> Answer<&mut dyn AttachmentManifest> {
        self.live()?.attachment_manifest()
    }

    fn artifacts(&mut self) -> Answer<&mut dyn Artifacts> {
        self.live()?.artifacts()
    }

    fn transfer(&mut self) -> Answer<&mut dyn Transfer> {
        self.live()?.transfer()
    }
}

impl Store for Front {
    fn describe(&mut self) -> Answer<Description> {
        self.pass(Function::Read, None, |plugin| plugin.store()?.describe())
    }

    fn close(&mut self) -> Answer<()> {
        self.pass(Function::Close, None, |plugin| plugin.store()?.close())
    }

    fn check(&mut self, after: Option<&str>, budget: u32) -> Answer<CheckPage> {
        self.pass(Function::Read, None, |plugin| plugin.store()?.check(after, budget))
    }
}

impl Batching for Front {
    fn begin(&mut self) -> Answer<()> {
        self.pass(Function::Begin, None, |plugin| plugin.batching()?.begin())
    }

    fn flush(&mut self) -> Answer<()> {
        self.pass(Function::Flush, None, |plugin| plugin.batching()?.flush())
    }
}

impl Tasks for Front {
    fn create(&mut self, store: &StoreId, task: &NewTask) -> Answer<()> {
        self.task(Function::Create, &task.task_id, |tasks| tasks.create(store, task))
    }

    fn get(&mut self, store: &StoreId, task: &TaskId) -> Answer<Option<Task>> {
        self.task(Function::Read, task, |tasks| tasks.get(store, task))
    }

    fn list(
        &mut self,
        store: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage> {
        self.pass(Function::Read, None, |plugin| plugin.tasks()?.list(store, filter, after, limit))
    }

    fn list_unclosed(
        &mut self,
        store: &StoreId,
        after: Option<&TaskId>,
        limit: u32,
    ) -> Answer<Vec<TaskId>> {
        self.pass(Function::Read, None, |plugin| plugin.tasks()?.list_unclosed(store, after, limit))
    }

    fn update_status(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated> {
        self.task(Function::Read, task, |tasks| tasks.update_status(store, task, change))
    }

    fn append_event(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        self.task(Function::Append, task, |tasks| tasks.append_event(store, task, event))
    }

    fn start(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started> {
        self.task(Function::Start, task, |tasks| tasks.start(store, task, at, payload))
    }

    fn finish(&mut self, store: &StoreId, task: &TaskId, closing: &Closing) -> Answer<Finished> {
        self.task(Function::Finish, task, |tasks| tasks.finish(store, task, closing))
    }

    fn list_events(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        self.task(Function::Read, task, |tasks| tasks.list_events(store, task, from_seq, limit))
    }

    fn max_seq(&mut self, store: &StoreId, task: &TaskId) -> Answer<u64> {
        self.task(Function::Read, task, |tasks| tasks.max_seq(store, task))
    }
}
