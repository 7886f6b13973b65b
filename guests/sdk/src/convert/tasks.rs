//! Values of `wirt:persistence/tasks`.

use wirt_contract::tasks::{
    Appended, Closing, Ending, Event, EventKind, Finished, NewEvent, NewTask, Started, Status,
    Task, TaskChange, TaskCursor, TaskFilter, TaskPage, Updated,
};
use wirt_contract::{EpochMs, TaskId};

use crate::bindings::store::exports::wirt::persistence::tasks as wit;

impl From<wit::Ending> for Ending {
    fn from(ending: wit::Ending) -> Self {
        match ending {
            wit::Ending::Succeeded => Self::Succeeded,
            wit::Ending::Failed => Self::Failed,
            wit::Ending::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Ending> for wit::Ending {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Succeeded => Self::Succeeded,
            Ending::Failed => Self::Failed,
            Ending::Cancelled => Self::Cancelled,
        }
    }
}

impl From<wit::Status> for Status {
    fn from(status: wit::Status) -> Self {
        match status {
            wit::Status::Pending => Self::Pending,
            wit::Status::Running => Self::Running,
            wit::Status::Ended(ending) => Self::Ended(ending.into()),
        }
    }
}

impl From<Status> for wit::Status {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Running => Self::Running,
            Status::Ended(ending) => Self::Ended(ending.into()),
        }
    }
}

impl From<wit::EventKind> for EventKind {
    fn from(kind: wit::EventKind) -> Self {
        match kind {
            wit::EventKind::TaskStarted => Self::TaskStarted,
            wit::EventKind::Progress => Self::Progress,
            wit::EventKind::Log => Self::Log,
            wit::EventKind::Partial => Self::Partial,
            wit::EventKind::Final(ending) => Self::Final(ending.into()),
        }
    }
}

impl From<EventKind> for wit::EventKind {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::TaskStarted => Self::TaskStarted,
            EventKind::Progress => Self::Progress,
            EventKind::Log => Self::Log,
            EventKind::Partial => Self::Partial,
            EventKind::Final(ending) => Self::Final(ending.into()),
        }
    }
}

impl From<wit::NewTask> for NewTask {
    fn from(task: wit::NewTask) -> Self {
        let wit::NewTask { task_id, op, params_digest, created_at } = task;
        Self { task_id: TaskId::new(task_id), op, params_digest, created_at: EpochMs(created_at) }
    }
}

impl From<Task> for wit::Task {
    fn from(task: Task) -> Self {
        let Task {
            task_id,
            op,
            status,
            params_digest,
            created_at,
            started_at,
            finished_at,
            outcome,
            failure,
        } = task;
        Self {
            task_id: task_id.as_str().to_owned(),
            op,
            status: status.into(),
            params_digest,
            created_at: created_at.0,
            started_at: started_at.map(|at| at.0),
            finished_at: finished_at.map(|at| at.0),
            outcome,
            failure,
        }
    }
}

impl From<wit::TaskChange> for TaskChange {
    fn from(change: wit::TaskChange) -> Self {
        let wit::TaskChange { status, started_at, finished_at, outcome, failure } = change;
        Self {
            status: status.into(),
            started_at: started_at.map(EpochMs),
            finished_at: finished_at.map(EpochMs),
            outcome,
            failure,
        }
    }
}

impl From<wit::NewEvent> for NewEvent {
    fn from(event: wit::NewEvent) -> Self {
        let wit::NewEvent { kind, at, payload } = event;
        Self { kind: kind.into(), at: EpochMs(at), payload }
    }
}

impl From<Event> for wit::Event {
    fn from(event: Event) -> Self {
        let Event { seq, kind, at, payload } = event;
        Self { seq, kind: kind.into(), at: at.0, payload }
    }
}

impl From<Updated> for wit::Updated {
    fn from(updated: Updated) -> Self {
        match updated {
            Updated::Applied => Self::Applied,
            Updated::Already(ending) => Self::Already(ending.into()),
        }
    }
}

impl From<Appended> for wit::Appended {
    fn from(appended: Appended) -> Self {
        match appended {
            Appended::At(seq) => Self::At(seq),
            Appended::Dropped(last) => Self::Dropped(last),
        }
    }
}

impl From<Started> for wit::Started {
    fn from(started: Started) -> Self {
        match started {
            Started::At(seq) => Self::At(seq),
            Started::Refused(status) => Self::Refused(status.into()),
        }
    }
}

impl From<wit::Closing> for Closing {
    fn from(closing: wit::Closing) -> Self {
        let wit::Closing { ending, at, outcome, failure, payload } = closing;
        Self { ending: ending.into(), at: EpochMs(at), outcome, failure, payload }
    }
}

impl From<Finished> for wit::Finished {
    fn from(finished: Finished) -> Self {
        match finished {
            Finished::At(seq) => Self::At(seq),
            Finished::Already(ending) => Self::Already(ending.into()),
        }
    }
}

impl From<wit::TaskCursor> for TaskCursor {
    fn from(cursor: wit::TaskCursor) -> Self {
        let wit::TaskCursor { created_at, task_id } = cursor;
        Self { created_at: EpochMs(created_at), task_id: TaskId::new(task_id) }
    }
}

impl From<TaskCursor> for wit::TaskCursor {
    fn from(cursor: TaskCursor) -> Self {
        let TaskCursor { created_at, task_id } = cursor;
        Self { created_at: created_at.0, task_id: task_id.as_str().to_owned() }
    }
}

impl From<wit::TaskFilter> for TaskFilter {
    fn from(filter: wit::TaskFilter) -> Self {
        let wit::TaskFilter { status, op } = filter;
        Self { status: status.map(Into::into), op }
    }
}

impl From<TaskPage> for wit::TaskPage {
    fn from(page: TaskPage) -> Self {
        let TaskPage { tasks, next } = page;
        Self { tasks: tasks.into_iter().map(Into::into).collect(), next: next.map(Into::into) }
    }
}

/// For an import.
impl From<wit::Task> for Task {
    fn from(task: wit::Task) -> Self {
        let wit::Task {
            task_id,
            op,
            status,
            params_digest,
            created_at,
            started_at,
            finished_at,
            outcome,
            failure,
        } = task;
        Self {
            task_id: TaskId::new(task_id),
            op,
            status: status.into(),
            params_digest,
            created_at: EpochMs(created_at),
            started_at: started_at.map(EpochMs),
            finished_at: finished_at.map(EpochMs),
            outcome,
            failure,
        }
    }
}

/// For an import.
impl From<wit::Event> for Event {
    fn from(event: wit::Event) -> Self {
        let wit::Event { seq, kind, at, payload } = event;
        Self { seq, kind: kind.into(), at: EpochMs(at), payload }
    }
}
