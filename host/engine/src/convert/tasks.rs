//! `wirt:persistence/tasks`.

use wirt_contract::{EpochMs, TaskId, tasks};

use crate::bindings::exports::wirt::persistence::tasks as wit;

fn ending_to(from: tasks::Ending) -> wit::Ending {
    match from {
        tasks::Ending::Succeeded => wit::Ending::Succeeded,
        tasks::Ending::Failed => wit::Ending::Failed,
        tasks::Ending::Cancelled => wit::Ending::Cancelled,
    }
}

fn ending(from: wit::Ending) -> tasks::Ending {
    match from {
        wit::Ending::Succeeded => tasks::Ending::Succeeded,
        wit::Ending::Failed => tasks::Ending::Failed,
        wit::Ending::Cancelled => tasks::Ending::Cancelled,
    }
}

fn status_to(from: tasks::Status) -> wit::Status {
    match from {
        tasks::Status::Pending => wit::Status::Pending,
        tasks::Status::Running => wit::Status::Running,
        tasks::Status::Ended(ending) => wit::Status::Ended(ending_to(ending)),
    }
}

fn status(from: wit::Status) -> tasks::Status {
    match from {
        wit::Status::Pending => tasks::Status::Pending,
        wit::Status::Running => tasks::Status::Running,
        wit::Status::Ended(from) => tasks::Status::Ended(ending(from)),
    }
}

fn kind_to(from: tasks::EventKind) -> wit::EventKind {
    match from {
        tasks::EventKind::TaskStarted => wit::EventKind::TaskStarted,
        tasks::EventKind::Progress => wit::EventKind::Progress,
        tasks::EventKind::Log => wit::EventKind::Log,
        tasks::EventKind::Partial => wit::EventKind::Partial,
        tasks::EventKind::Final(ending) => wit::EventKind::Final(ending_to(ending)),
    }
}

fn kind(from: wit::EventKind) -> tasks::EventKind {
    match from {
        wit::EventKind::TaskStarted => tasks::EventKind::TaskStarted,
        wit::EventKind::Progress => tasks::EventKind::Progress,
        wit::EventKind::Log => tasks::EventKind::Log,
        wit::EventKind::Partial => tasks::EventKind::Partial,
        wit::EventKind::Final(from) => tasks::EventKind::Final(ending(from)),
    }
}

pub(crate) fn new_task(from: &tasks::NewTask) -> wit::NewTask {
    wit::NewTask {
        task_id: from.task_id.as_str().into(),
        op: from.op.clone(),
        params_digest: from.params_digest.clone(),
        created_at: from.created_at.0,
    }
}

pub(crate) fn task(from: wit::Task) -> tasks::Task {
    tasks::Task {
        task_id: TaskId::from(from.task_id),
        op: from.op,
        status: status(from.status),
        params_digest: from.params_digest,
        created_at: EpochMs(from.created_at),
        started_at: from.started_at.map(EpochMs),
        finished_at: from.finished_at.map(EpochMs),
        outcome: from.outcome,
        failure: from.failure,
    }
}

pub(crate) fn task_change(from: &tasks::TaskChange) -> wit::TaskChange {
    wit::TaskChange {
        status: status_to(from.status),
        started_at: from.started_at.map(|at| at.0),
        finished_at: from.finished_at.map(|at| at.0),
        outcome: from.outcome.clone(),
        failure: from.failure.clone(),
    }
}

pub(crate) fn new_event(from: &tasks::NewEvent) -> wit::NewEvent {
    wit::NewEvent { kind: kind_to(from.kind), at: from.at.0, payload: from.payload.clone() }
}

pub(crate) fn event(from: wit::Event) -> tasks::Event {
    tasks::Event {
        seq: from.seq,
        kind: kind(from.kind),
        at: EpochMs(from.at),
        payload: from.payload,
    }
}

pub(crate) fn updated(from: wit::Updated) -> tasks::Updated {
    match from {
        wit::Updated::Applied => tasks::Updated::Applied,
        wit::Updated::Already(from) => tasks::Updated::Already(ending(from)),
    }
}

pub(crate) fn appended(from: wit::Appended) -> tasks::Appended {
    match from {
        wit::Appended::At(seq) => tasks::Appended::At(seq),
        wit::Appended::Dropped(seq) => tasks::Appended::Dropped(seq),
    }
}

pub(crate) fn started(from: wit::Started) -> tasks::Started {
    match from {
        wit::Started::At(seq) => tasks::Started::At(seq),
        wit::Started::Refused(from) => tasks::Started::Refused(status(from)),
    }
}

pub(crate) fn closing(from: &tasks::Closing) -> wit::Closing {
    wit::Closing {
        ending: ending_to(from.ending),
        at: from.at.0,
        outcome: from.outcome.clone(),
        failure: from.failure.clone(),
        payload: from.payload.clone(),
    }
}

pub(crate) fn finished(from: wit::Finished) -> tasks::Finished {
    match from {
        wit::Finished::At(seq) => tasks::Finished::At(seq),
        wit::Finished::Already(from) => tasks::Finished::Already(ending(from)),
    }
}

pub(crate) fn task_filter(from: &tasks::TaskFilter) -> wit::TaskFilter {
    wit::TaskFilter { status: from.status.map(status_to), op: from.op.clone() }
}

pub(crate) fn task_cursor(from: &tasks::TaskCursor) -> wit::TaskCursor {
    wit::TaskCursor { created_at: from.created_at.0, task_id: from.task_id.as_str().into() }
}

pub(crate) fn task_page(from: wit::TaskPage) -> tasks::TaskPage {
    tasks::TaskPage {
        tasks: from.tasks.into_iter().map(task).collect(),
        next: from.next.map(|next| tasks::TaskCursor {
            created_at: EpochMs(next.created_at),
            task_id: TaskId::from(next.task_id),
        }),
    }
}

/// For an import.
pub(crate) fn task_to(from: &tasks::Task) -> wit::Task {
    let tasks::Task {
        task_id,
        op,
        status,
        params_digest,
        created_at,
        started_at,
        finished_at,
        outcome,
        failure,
    } = from;
    wit::Task {
        task_id: task_id.as_str().into(),
        op: op.clone(),
        status: status_to(*status),
        params_digest: params_digest.clone(),
        created_at: created_at.0,
        started_at: started_at.map(|at| at.0),
        finished_at: finished_at.map(|at| at.0),
        outcome: outcome.clone(),
        failure: failure.clone(),
    }
}

/// For an import.
pub(crate) fn event_to(from: &tasks::Event) -> wit::Event {
    let tasks::Event { seq, kind, at, payload } = from;
    wit::Event { seq: *seq, kind: kind_to(*kind), at: at.0, payload: payload.clone() }
}
