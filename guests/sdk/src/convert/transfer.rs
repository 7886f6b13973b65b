//! Values of `wirt:persistence/transfer`: rows made of the other interfaces' values, both ways.

use wirt_contract::transfer::{Data, Holder, Page, Row};
use wirt_contract::{EpochMs, NodeId, StoreId, TaskId, TurnId};

use crate::bindings::store::exports::wirt::persistence::transfer as wit;

impl From<wit::Row> for Row {
    fn from(from: wit::Row) -> Self {
        let wit::Row { store, data } = from;
        Self { store: StoreId::new(store), data: data.into() }
    }
}

impl From<Row> for wit::Row {
    fn from(from: Row) -> Self {
        let Row { store, data } = from;
        Self { store: store.as_str().to_owned(), data: data.into() }
    }
}

impl From<Page> for wit::Page {
    fn from(from: Page) -> Self {
        let Page { rows, next } = from;
        Self { rows: rows.into_iter().map(Into::into).collect(), next }
    }
}

impl From<wit::Holder> for Holder {
    fn from(from: wit::Holder) -> Self {
        let wit::Holder { claim, owner, claimed_at, expires_at } = from;
        Self {
            claim: claim.into(),
            owner,
            claimed_at: EpochMs(claimed_at),
            expires_at: EpochMs(expires_at),
        }
    }
}

impl From<Holder> for wit::Holder {
    fn from(from: Holder) -> Self {
        let Holder { claim, owner, claimed_at, expires_at } = from;
        Self { claim: claim.into(), owner, claimed_at: claimed_at.0, expires_at: expires_at.0 }
    }
}

impl From<wit::Data> for Data {
    fn from(from: wit::Data) -> Self {
        match from {
            wit::Data::Task(task) => Self::Task(task.into()),
            wit::Data::Event(wit::TaskEvent { task_id, event }) => {
                Self::Event { task_id: TaskId::new(task_id), event: event.into() }
            }
            wit::Data::Attachment(wit::AttachmentBytes { attachment, bytes }) => {
                Self::Attachment { attachment: attachment.into(), bytes }
            }
            wit::Data::Meta(meta) => Self::Meta(meta.into()),
            wit::Data::Session(session) => Self::Session(session.into()),
            wit::Data::Blob(bytes) => Self::Blob(bytes),
            wit::Data::UsedNodeId(node) => Self::UsedNodeId(NodeId::new(node)),
            wit::Data::Node(node) => Self::Node(node.into()),
            wit::Data::Usage(usage) => Self::Usage(usage.into()),
            wit::Data::Turn(wit::Turn { turn_id, turn_hash, committed }) => {
                Self::Turn { turn_id: TurnId::new(turn_id), turn_hash, committed: committed.into() }
            }
            wit::Data::Counters(wit::Counters { enqueue_seq, fencing_token }) => {
                Self::Counters { enqueue_seq, fencing_token }
            }
            wit::Data::Queued(wit::Queued { entry, holder }) => {
                Self::Queued { entry: entry.into(), holder: holder.map(Into::into) }
            }
            wit::Data::Manifest(row) => Self::Manifest(row.into()),
            wit::Data::Artifact(artifact) => Self::Artifact(artifact.into()),
        }
    }
}

impl From<Data> for wit::Data {
    fn from(from: Data) -> Self {
        match from {
            Data::Task(task) => Self::Task(task.into()),
            Data::Event { task_id, event } => Self::Event(wit::TaskEvent {
                task_id: task_id.as_str().to_owned(),
                event: event.into(),
            }),
            Data::Attachment { attachment, bytes } => {
                Self::Attachment(wit::AttachmentBytes { attachment: attachment.into(), bytes })
            }
            Data::Meta(meta) => Self::Meta(meta.into()),
            Data::Session(session) => Self::Session(session.into()),
            Data::Blob(bytes) => Self::Blob(bytes),
            Data::UsedNodeId(node) => Self::UsedNodeId(node.as_str().to_owned()),
            Data::Node(node) => Self::Node(node.into()),
            Data::Usage(usage) => Self::Usage(usage.into()),
            Data::Turn { turn_id, turn_hash, committed } => Self::Turn(wit::Turn {
                turn_id: turn_id.as_str().to_owned(),
                turn_hash,
                committed: committed.into(),
            }),
            Data::Counters { enqueue_seq, fencing_token } => {
                Self::Counters(wit::Counters { enqueue_seq, fencing_token })
            }
            Data::Queued { entry, holder } => {
                Self::Queued(wit::Queued { entry: entry.into(), holder: holder.map(Into::into) })
            }
            Data::Manifest(row) => Self::Manifest(row.into()),
            Data::Artifact(artifact) => Self::Artifact(artifact.into()),
        }
    }
}
