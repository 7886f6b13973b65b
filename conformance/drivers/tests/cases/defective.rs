//! The reference store with one thing wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wirt_contract::attachment_manifest::Retention;
use wirt_contract::batching::Batching;
use wirt_contract::store::{CheckPage, Description, Durability, Store};
use wirt_contract::tasks::{
    Appended, Closing, Ending, Event, EventKind, Finished, NewEvent, NewTask, Started, Status,
    Task, TaskChange, TaskCursor, TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::{
    Answer, EpochMs, Error, Failure, Interface, Interfaces, Plugin, StoreId, TaskId,
};
use wirt_ledger::{Identity, Ledger, Memory};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    /// `flush` succeeds and keeps nothing.
    FlushDropsBatch,
    /// Calls in a batch are durable before its flush.
    BatchWritesThrough,
    /// A call that is `invalid` drops the batch it is in.
    InvalidEndsBatch,
    /// Only the first instance works.
    OneInstanceOnly,
    /// A row outside a batch is refused.
    WritesInBatchesOnly,
    CloseFails,
    /// `finish` ends the row alone.
    FinishForgetsFinal,
    /// A tape takes events after its row has ended.
    TakesLateEvents,
    /// Every second event says the number of the one before it.
    RepeatsNumbers,
    /// `start` takes a task that runs.
    StartsTwice,
    /// `finish` says it closed what was closed otherwise.
    SecondEndingWins,
    /// `list-unclosed` goes by the row alone.
    UnclosedForgetsTorn,
    UnclosedForgetsPending,
}

/// What the instances of one defective store share.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    instances: usize,
    late: BTreeMap<(StoreId, TaskId), Vec<Event>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Defective {
    inner: Ledger<Memory>,
    data: Memory,
    shared: Shared,
    defect: Defect,
    number: usize,
    in_batch: bool,
}

fn ledger(data: &Memory) -> Ledger<Memory> {
    let identity = Identity {
        name: "defective".into(),
        version: "0".into(),
        durability: Durability::Durable,
        retention: Retention::Kept,
    };
    let mut data = Some(data.reopen());
    Ledger::new(identity, crate::stopped(), move || {
        Ok(data.take().expect("a ledger opens its data once"))
    })
}

impl Defective {
    pub(crate) fn new(defect: Defect, data: &Memory, shared: &Shared) -> Result<Self, Failure> {
        let mut state = shared.state();
        state.instances += 1;
        let number = state.instances;
        drop(state);
        let (data, shared) = (data.reopen(), shared.clone());
        Ok(Self { inner: ledger(&data), data, shared, defect, number, in_batch: false })
    }

    fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn drop_batch(&mut self) {
        self.inner = ledger(&self.data);
        self.in_batch = false;
    }

    fn late(&self, store: &StoreId, task: &TaskId) -> Vec<Event> {
        let key = (store.clone(), task.clone());
        self.shared.state().late.get(&key).cloned().unwrap_or_default()
    }
}

impl Plugin for Defective {
    fn interfaces(&self) -> Interfaces {
        [Interface::Store, Interface::Batching, Interface::Tasks].into_iter().collect()
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
}

impl Store for Defective {
    fn describe(&mut self) -> Answer<Description> {
        self.inner.describe()
    }

    fn close(&mut self) -> Answer<()> {
        if self.is(Defect::CloseFails) {
            return Err(Error::backend("it does not close").into());
        }
        self.inner.close()
    }

    fn check(&mut self, after: Option<&str>, budget: u32) -> Answer<CheckPage> {
        self.inner.check(after, budget)
    }
}

impl Batching for Defective {
    fn begin(&mut self) -> Answer<()> {
        self.in_batch = true;
        if self.is(Defect::BatchWritesThrough) {
            return Ok(());
        }
        self.inner.begin()
    }

    fn flush(&mut self) -> Answer<()> {
        if self.is(Defect::BatchWritesThrough) {
            return Ok(());
        }
        if self.is(Defect::FlushDropsBatch) {
            self.drop_batch();
            return Ok(());
        }
        self.in_batch = false;
        self.inner.flush()
    }
}

impl Tasks for Defective {
    fn create(&mut self, store: &StoreId, task: &NewTask) -> Answer<()> {
        if self.is(Defect::OneInstanceOnly) && self.number > 1 {
            return Err(Error::backend("the data is in use").into());
        }
        if self.is(Defect::WritesInBatchesOnly) && !self.in_batch {
            return Err(Error::backend("no batch").into());
        }
        let answer = self.inner.create(store, task);
        let invalid = matches!(answer, Err(Failure::Error(Error::Invalid(_))));
        if invalid && self.in_batch && self.is(Defect::InvalidEndsBatch) {
            self.drop_batch();
        }
        answer
    }

    fn get(&mut self, store: &StoreId, task: &TaskId) -> Answer<Option<Task>> {
        self.inner.get(store, task)
    }

    fn list(
        &mut self,
        store: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage> {
        self.inner.list(store, filter, after, limit)
    }

    fn list_unclosed(
        &mut self,
        store: &StoreId,
        after: Option<&TaskId>,
        limit: u32,
    ) -> Answer<Vec<TaskId>> {
        let mut listed = Vec::new();
        for task in self.inner.list_unclosed(store, after, limit)? {
            let status = self.inner.get(store, &task)?.map(|row| row.status);
            let forgotten = match status {
                Some(Status::Ended(_)) => self.is(Defect::UnclosedForgetsTorn),
                Some(Status::Pending) => self.is(Defect::UnclosedForgetsPending),
                Some(Status::Running) | None => false,
            };
            if !forgotten {
                listed.push(task);
            }
        }
        Ok(listed)
    }

    fn update_status(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        change: &TaskChange,
    ) -> Answer<Updated> {
        self.inner.update_status(store, task, change)
    }

    fn append_event(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        let appended = self.inner.append_event(store, task, event)?;
        match appended {
            Appended::Dropped(last) if self.is(Defect::TakesLateEvents) => {
                let mut state = self.shared.state();
                let late = state.late.entry((store.clone(), task.clone())).or_default();
                let seq = last + 1 + late.len() as u64;
                let NewEvent { kind, at, payload } = event.clone();
                late.push(Event { seq, kind, at, payload });
                Ok(Appended::At(seq))
            }
            Appended::At(seq) if self.is(Defect::RepeatsNumbers) && seq % 2 == 0 => {
                Ok(Appended::At(seq - 1))
            }
            Appended::At(_) | Appended::Dropped(_) => Ok(appended),
        }
    }

    fn start(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started> {
        let started = self.inner.start(store, task, at, payload)?;
        if started == Started::Refused(Status::Running) && self.is(Defect::StartsTwice) {
            let kind = EventKind::TaskStarted;
            let event = NewEvent { kind, at, payload: payload.to_owned() };
            if let Appended::At(seq) = self.inner.append_event(store, task, &event)? {
                return Ok(Started::At(seq));
            }
        }
        Ok(started)
    }

    fn finish(&mut self, store: &StoreId, task: &TaskId, closing: &Closing) -> Answer<Finished> {
        if self.is(Defect::FinishForgetsFinal) {
            let change = TaskChange {
                finished_at: Some(closing.at),
                outcome: closing.outcome.clone(),
                failure: closing.failure.clone(),
                ..TaskChange::to(Status::Ended(closing.ending))
            };
            let seq = self.inner.max_seq(store, task)? + 1;
            return Ok(match self.inner.update_status(store, task, &change)? {
                Updated::Applied => Finished::At(seq),
                Updated::Already(ending) => Finished::Already(ending),
            });
        }
        let finished = self.inner.finish(store, task, closing)?;
        match finished {
            Finished::Already(ending) if self.is(Defect::SecondEndingWins) => {
                let otherwise: Ending = closing.ending;
                let seq = self.inner.max_seq(store, task)?;
                Ok(if ending == otherwise { finished } else { Finished::At(seq) })
            }
            Finished::At(_) | Finished::Already(_) => Ok(finished),
        }
    }

    fn list_events(
        &mut self,
        store: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        let mut events = self.inner.list_events(store, task, from_seq, limit)?;
        events.extend(self.late(store, task).into_iter().filter(|event| event.seq >= from_seq));
        events.truncate(limit as usize);
        Ok(events)
    }

    fn max_seq(&mut self, store: &StoreId, task: &TaskId) -> Answer<u64> {
        Ok(self.inner.max_seq(store, task)? + self.late(store, task).len() as u64)
    }
}
