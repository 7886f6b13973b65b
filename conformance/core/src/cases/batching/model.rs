//! The same calls twice, in a batch and one by one: answers and traces have to be the same.

use wirt_contract::batching::Batching;
use wirt_contract::store::Durability;
use wirt_contract::tasks::{
    Closing, Ending, EventKind, NewEvent, NewTask, Status, TaskChange, TaskFilter, Tasks,
};
use wirt_contract::{Answer, EpochMs, Error, Failure, StoreId, TaskId};

use super::super::tasks::stage::{PAGE, Seen, closing, event, new_task, seen, time};
use crate::expect::same;
use crate::{Probe, Reopen, Show, Stop};

/// Calls of one comparison; a batch of any store takes as many.
const CALLS: u32 = 40;
/// Tasks they are about: few, so that calls meet.
const TASKS: u64 = 4;

/// One call, with all it is given.
enum Call {
    Create(NewTask),
    Get(TaskId),
    List(TaskFilter),
    ListUnclosed,
    Update(TaskId, TaskChange),
    Append(TaskId, NewEvent),
    Start(TaskId, EpochMs),
    Finish(TaskId, Closing),
    ListEvents(TaskId),
    MaxSeq(TaskId),
}

impl Call {
    fn draw(probe: &mut Probe<'_>, tasks: &[NewTask]) -> Option<Self> {
        let task = probe.pick(tasks)?.clone();
        let id = task.task_id.clone();
        let ending = *probe.pick(&Ending::ALL)?;
        let statuses = [Status::Pending, Status::Running, Status::Running, Status::Ended(ending)];
        let status = *probe.pick(&statuses)?;
        let kinds = [EventKind::Progress, EventKind::Log, EventKind::Final(ending)];
        let kind = *probe.pick(&kinds)?;
        Some(match probe.number(14) {
            0..=2 => Self::Create(task),
            3 => Self::Get(id),
            4 => Self::List(TaskFilter { status: Some(status), op: None }),
            5 => Self::ListUnclosed,
            6 | 7 => Self::Update(id, TaskChange::to(status)),
            8 | 9 => Self::Append(id, event(probe, kind)),
            10 => Self::Start(id, time(probe)),
            11 => Self::Finish(id, closing(probe, ending)),
            12 => Self::ListEvents(id),
            _ => Self::MaxSeq(id),
        })
    }

    /// The answer as a line; of an error only its kind, for its words may name the store id.
    fn put(&self, probe: &mut Probe<'_>, store: &StoreId) -> Result<String, Stop> {
        match self {
            Self::Create(task) => line(probe.create(store, task)),
            Self::Get(id) => line(probe.get(store, id)),
            Self::List(filter) => line(probe.list(store, filter, None, PAGE)),
            Self::ListUnclosed => line(probe.list_unclosed(store, None, PAGE)),
            Self::Update(id, change) => line(probe.update_status(store, id, change)),
            Self::Append(id, event) => line(probe.append_event(store, id, event)),
            Self::Start(id, at) => line(probe.start(store, id, *at, "{}")),
            Self::Finish(id, closing) => line(probe.finish(store, id, closing)),
            Self::ListEvents(id) => line(probe.list_events(store, id, 0, PAGE)),
            Self::MaxSeq(id) => line(probe.max_seq(store, id)),
        }
    }
}

fn line<T: Show>(answer: Answer<T>) -> Result<String, Stop> {
    Ok(match answer {
        Ok(value) => value.show(),
        Err(Failure::Fault(fault)) => return Err(Stop::Fault(fault)),
        Err(Failure::Error(error)) => match error {
            Error::Conflict(_) => "conflict",
            Error::NotFound(_) => "not found",
            Error::Expired(_) => "expired",
            Error::Invalid(_) => "invalid",
            Error::Unsupported(_) => "unsupported",
            Error::Backend { .. } => "backend",
        }
        .into(),
    })
}

fn traces(probe: &mut Probe<'_>, store: &StoreId, tasks: &[NewTask]) -> Result<Vec<Seen>, Stop> {
    tasks.iter().map(|task| seen(probe, store, &task.task_id)).collect()
}

pub(super) fn same_as_singles(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (single, batched) = (probe.store_id(), probe.store_id());
    let tasks: Vec<NewTask> = (0..TASKS).map(|_| new_task(probe)).collect();
    let calls: Vec<Call> = (0..CALLS).filter_map(|_| Call::draw(probe, &tasks)).collect();
    let mut answers = Vec::new();
    for call in &calls {
        answers.push(call.put(probe, &single)?);
    }
    probe.begin()?;
    for (call, answer) in calls.iter().zip(&answers) {
        same("the answer in a batch", &call.put(probe, &batched)?, answer)?;
    }
    probe.flush()?;
    let expected = traces(probe, &single, &tasks)?;
    same("what the batch leaves", &traces(probe, &batched, &tasks)?, &expected)?;
    if probe.durability() == Durability::Durable {
        probe.reopen(Reopen::Dropped)?;
        same("what the batch left", &traces(probe, &batched, &tasks)?, &expected)?;
    }
    Ok(())
}
