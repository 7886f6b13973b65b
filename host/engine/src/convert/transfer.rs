//! `wirt:persistence/transfer`: rows made of the other interfaces' values, both ways.

use wirt_contract::transfer::{Data, Holder, Page, Row};
use wirt_contract::{EpochMs, NodeId, StoreId, TaskId, TurnId};

use super::{artifacts, attachment_manifest, attachments, sessions, tasks, work_queue};
use crate::bindings::exports::wirt::persistence::transfer as wit;

pub(crate) fn page(from: wit::Page) -> Page {
    let wit::Page { rows, next } = from;
    Page { rows: rows.into_iter().map(row).collect(), next }
}

fn row(from: wit::Row) -> Row {
    let wit::Row { store, data } = from;
    Row { store: StoreId::from(store), data: self::data(data) }
}

pub(crate) fn row_to(from: &Row) -> wit::Row {
    let Row { store, data } = from;
    wit::Row { store: store.as_str().into(), data: data_to(data) }
}

fn holder(from: wit::Holder) -> Holder {
    let wit::Holder { claim, owner, claimed_at, expires_at } = from;
    Holder {
        claim: work_queue::claim_ref(claim),
        owner,
        claimed_at: EpochMs(claimed_at),
        expires_at: EpochMs(expires_at),
    }
}

fn holder_to(from: &Holder) -> wit::Holder {
    let Holder { claim, owner, claimed_at, expires_at } = from;
    wit::Holder {
        claim: work_queue::claim_ref_to(claim),
        owner: owner.clone(),
        claimed_at: claimed_at.0,
        expires_at: expires_at.0,
    }
}

fn data(from: wit::Data) -> Data {
    match from {
        wit::Data::Task(task) => Data::Task(tasks::task(task)),
        wit::Data::Event(wit::TaskEvent { task_id, event }) => {
            Data::Event { task_id: TaskId::from(task_id), event: tasks::event(event) }
        }
        wit::Data::Attachment(wit::AttachmentBytes { attachment, bytes }) => {
            Data::Attachment { attachment: attachments::attachment(attachment), bytes }
        }
        wit::Data::Meta(meta) => Data::Meta(sessions::meta(meta)),
        wit::Data::Session(session) => Data::Session(sessions::session(session)),
        wit::Data::Blob(bytes) => Data::Blob(bytes),
        wit::Data::Node(node) => Data::Node(sessions::node(node)),
        wit::Data::UsedNodeId(node) => Data::UsedNodeId(NodeId::from(node)),
        wit::Data::Usage(usage) => Data::Usage(sessions::usage(usage)),
        wit::Data::Turn(wit::Turn { turn_id, turn_hash, committed }) => Data::Turn {
            turn_id: TurnId::from(turn_id),
            turn_hash,
            committed: sessions::committed(committed),
        },
        wit::Data::Counters(wit::Counters { enqueue_seq, fencing_token }) => {
            Data::Counters { enqueue_seq, fencing_token }
        }
        wit::Data::Queued(wit::Queued { entry, holder }) => {
            Data::Queued { entry: work_queue::entry(entry), holder: holder.map(self::holder) }
        }
        wit::Data::Manifest(row) => Data::Manifest(attachment_manifest::row(row)),
        wit::Data::Artifact(artifact) => Data::Artifact(artifacts::artifact(artifact)),
    }
}

fn data_to(from: &Data) -> wit::Data {
    match from {
        Data::Task(task) => wit::Data::Task(tasks::task_to(task)),
        Data::Event { task_id, event } => wit::Data::Event(wit::TaskEvent {
            task_id: task_id.as_str().into(),
            event: tasks::event_to(event),
        }),
        Data::Attachment { attachment, bytes } => wit::Data::Attachment(wit::AttachmentBytes {
            attachment: attachments::attachment_to(attachment),
            bytes: bytes.clone(),
        }),
        Data::Meta(meta) => wit::Data::Meta(sessions::meta_to(meta)),
        Data::Session(session) => wit::Data::Session(sessions::session_to(session)),
        Data::Blob(bytes) => wit::Data::Blob(bytes.clone()),
        Data::Node(node) => wit::Data::Node(sessions::node_to(node)),
        Data::UsedNodeId(node) => wit::Data::UsedNodeId(node.as_str().into()),
        Data::Usage(usage) => wit::Data::Usage(sessions::usage_to(usage)),
        Data::Turn { turn_id, turn_hash, committed } => wit::Data::Turn(wit::Turn {
            turn_id: turn_id.as_str().into(),
            turn_hash: turn_hash.clone(),
            committed: sessions::committed_to(committed),
        }),
        Data::Counters { enqueue_seq, fencing_token } => wit::Data::Counters(wit::Counters {
            enqueue_seq: *enqueue_seq,
            fencing_token: *fencing_token,
        }),
        Data::Queued { entry, holder } => wit::Data::Queued(wit::Queued {
            entry: work_queue::entry_to(entry),
            holder: holder.as_ref().map(holder_to),
        }),
        Data::Manifest(row) => wit::Data::Manifest(attachment_manifest::row_to(row)),
        Data::Artifact(artifact) => wit::Data::Artifact(artifacts::artifact_to(artifact)),
    }
}
