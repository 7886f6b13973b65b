//! `wirt:persistence`.

use wirt_contract::store::{CheckPage, Description, Durability, Limits};
use wirt_contract::{Answer, AttachmentId, EpochMs, Error, TaskId, attachments, tasks};

use crate::bindings::exports::wirt::persistence as wit;
use crate::bindings::wirt::persistence::types;

pub(crate) fn answer<T>(answer: Result<T, types::Error>) -> Answer<T> {
    answer.map_err(|error| {
        match error {
            types::Error::Conflict(message) => Error::Conflict(message),
            types::Error::NotFound(message) => Error::NotFound(message),
            types::Error::Expired(message) => Error::Expired(message),
            types::Error::Invalid(message) => Error::Invalid(message),
            types::Error::Unsupported(message) => Error::Unsupported(message),
            types::Error::Backend(types::BackendError { message, retryable }) => {
                Error::Backend { message, retryable }
            }
        }
        .into()
    })
}

pub(crate) fn description(from: wit::store::Description) -> Description {
    let wit::store::Limits {
        max_id_bytes,
        max_payload_bytes,
        max_attachment_bytes,
        max_page,
        max_batch_calls,
        max_batch_bytes,
    } = from.limits;
    Description {
        name: from.name,
        version: from.version,
        data_format: from.data_format,
        durability: match from.durability {
            types::Durability::Inline => Durability::Inline,
            types::Durability::Durable => Durability::Durable,
        },
        limits: Limits {
            max_id_bytes,
            max_payload_bytes,
            max_attachment_bytes,
            max_page,
            max_batch_calls,
            max_batch_bytes,
        },
    }
}

pub(crate) fn check_page(from: wit::store::CheckPage) -> CheckPage {
    CheckPage { problems: from.problems, next: from.next }
}

fn ending_to(from: tasks::Ending) -> wit::tasks::Ending {
    match from {
        tasks::Ending::Succeeded => wit::tasks::Ending::Succeeded,
        tasks::Ending::Failed => wit::tasks::Ending::Failed,
        tasks::Ending::Cancelled => wit::tasks::Ending::Cancelled,
    }
}

fn ending(from: wit::tasks::Ending) -> tasks::Ending {
    match from {
        wit::tasks::Ending::Succeeded => tasks::Ending::Succeeded,
        wit::tasks::Ending::Failed => tasks::Ending::Failed,
        wit::tasks::Ending::Cancelled => tasks::Ending::Cancelled,
    }
}

fn status_to(from: tasks::Status) -> wit::tasks::Status {
    match from {
        tasks::Status::Pending => wit::tasks::Status::Pending,
        tasks::Status::Running => wit::tasks::Status::Running,
        tasks::Status::Ended(ending) => wit::tasks::Status::Ended(ending_to(ending)),
    }
}

fn status(from: wit::tasks::Status) -> tasks::Status {
    match from {
        wit::tasks::Status::Pending => tasks::Status::Pending,
        wit::tasks::Status::Running => tasks::Status::Running,
        wit::tasks::Status::Ended(from) => tasks::Status::Ended(ending(from)),
    }
}

fn kind_to(from: tasks::EventKind) -> wit::tasks::EventKind {
    match from {
        tasks::EventKind::TaskStarted => wit::tasks::EventKind::TaskStarted,
        tasks::EventKind::Progress => wit::tasks::EventKind::Progress,
        tasks::EventKind::Log => wit::tasks::EventKind::Log,
        tasks::EventKind::Partial => wit::tasks::EventKind::Partial,
        tasks::EventKind::Final(ending) => wit::tasks::EventKind::Final(ending_to(ending)),
    }
}

fn kind(from: wit::tasks::EventKind) -> tasks::EventKind {
    match from {
        wit::tasks::EventKind::TaskStarted => tasks::EventKind::TaskStarted,
        wit::tasks::EventKind::Progress => tasks::EventKind::Progress,
        wit::tasks::EventKind::Log => tasks::EventKind::Log,
        wit::tasks::EventKind::Partial => tasks::EventKind::Partial,
        wit::tasks::EventKind::Final(from) => tasks::EventKind::Final(ending(from)),
    }
}

pub(crate) fn new_task(from: &tasks::NewTask) -> wit::tasks::NewTask {
    wit::tasks::NewTask {
        task_id: from.task_id.as_str().into(),
        op: from.op.clone(),
        params_digest: from.params_digest.clone(),
        created_at: from.created_at.0,
    }
}

pub(crate) fn task(from: wit::tasks::Task) -> tasks::Task {
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

pub(crate) fn task_change(from: &tasks::TaskChange) -> wit::tasks::TaskChange {
    wit::tasks::TaskChange {
        status: status_to(from.status),
        started_at: from.started_at.map(|at| at.0),
        finished_at: from.finished_at.map(|at| at.0),
        outcome: from.outcome.clone(),
        failure: from.failure.clone(),
    }
}

pub(crate) fn new_event(from: &tasks::NewEvent) -> wit::tasks::NewEvent {
    wit::tasks::NewEvent { kind: kind_to(from.kind), at: from.at.0, payload: from.payload.clone() }
}

pub(crate) fn event(from: wit::tasks::Event) -> tasks::Event {
    tasks::Event {
        seq: from.seq,
        kind: kind(from.kind),
        at: EpochMs(from.at),
        payload: from.payload,
    }
}

pub(crate) fn updated(from: wit::tasks::Updated) -> tasks::Updated {
    match from {
        wit::tasks::Updated::Applied => tasks::Updated::Applied,
        wit::tasks::Updated::Already(from) => tasks::Updated::Already(ending(from)),
    }
}

pub(crate) fn appended(from: wit::tasks::Appended) -> tasks::Appended {
    match from {
        wit::tasks::Appended::At(seq) => tasks::Appended::At(seq),
        wit::tasks::Appended::Dropped(seq) => tasks::Appended::Dropped(seq),
    }
}

pub(crate) fn started(from: wit::tasks::Started) -> tasks::Started {
    match from {
        wit::tasks::Started::At(seq) => tasks::Started::At(seq),
        wit::tasks::Started::Refused(from) => tasks::Started::Refused(status(from)),
    }
}

pub(crate) fn closing(from: &tasks::Closing) -> wit::tasks::Closing {
    wit::tasks::Closing {
        ending: ending_to(from.ending),
        at: from.at.0,
        outcome: from.outcome.clone(),
        failure: from.failure.clone(),
        payload: from.payload.clone(),
    }
}

pub(crate) fn finished(from: wit::tasks::Finished) -> tasks::Finished {
    match from {
        wit::tasks::Finished::At(seq) => tasks::Finished::At(seq),
        wit::tasks::Finished::Already(from) => tasks::Finished::Already(ending(from)),
    }
}

pub(crate) fn task_filter(from: &tasks::TaskFilter) -> wit::tasks::TaskFilter {
    wit::tasks::TaskFilter { status: from.status.map(status_to), op: from.op.clone() }
}

pub(crate) fn task_cursor(from: &tasks::TaskCursor) -> wit::tasks::TaskCursor {
    wit::tasks::TaskCursor { created_at: from.created_at.0, task_id: from.task_id.as_str().into() }
}

pub(crate) fn task_page(from: wit::tasks::TaskPage) -> tasks::TaskPage {
    tasks::TaskPage {
        tasks: from.tasks.into_iter().map(task).collect(),
        next: from.next.map(|next| tasks::TaskCursor {
            created_at: EpochMs(next.created_at),
            task_id: TaskId::from(next.task_id),
        }),
    }
}

pub(crate) fn metadata(from: &attachments::Metadata) -> wit::attachments::Metadata {
    wit::attachments::Metadata {
        media_type: from.media_type.clone(),
        width: from.width,
        height: from.height,
        label: from.label.clone(),
    }
}

pub(crate) fn attachment(from: wit::attachments::Attachment) -> attachments::Attachment {
    attachments::Attachment {
        id: AttachmentId::from(from.id),
        byte_len: from.byte_len,
        metadata: attachments::Metadata {
            media_type: from.metadata.media_type,
            width: from.metadata.width,
            height: from.metadata.height,
            label: from.metadata.label,
        },
    }
}
