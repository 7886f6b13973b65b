//! Values of `transfer`.

use wirt_contract::transfer::{Data, Holder, Page, Row};

use super::Show;

impl Show for Holder {
    fn show(&self) -> String {
        format!(
            "{} in {} from {} to {}",
            self.claim.show(),
            self.owner.show(),
            self.claimed_at,
            self.expires_at
        )
    }
}

impl Show for Data {
    fn show(&self) -> String {
        match self {
            Self::Task(task) => format!("task {}", task.show()),
            Self::Event { task_id, event } => {
                format!("event of {} {}", task_id.show(), event.show())
            }
            Self::Attachment { attachment, bytes } => {
                format!("attachment {} {}", attachment.show(), bytes.show())
            }
            Self::Meta(meta) => format!("meta {}", meta.show()),
            Self::Session(session) => format!("session {}", session.show()),
            Self::Blob(bytes) => format!("blob {}", bytes.show()),
            Self::Node(node) => format!("node {}", node.show()),
            Self::UsedNodeId(node) => format!("used-node-id {}", node.show()),
            Self::Usage(usage) => format!("usage {}", usage.show()),
            Self::Turn { turn_id, turn_hash, committed } => {
                format!("turn {} hash {} {}", turn_id.show(), turn_hash.show(), committed.show())
            }
            Self::Counters { enqueue_seq, fencing_token } => {
                format!("counters enqueue-seq {enqueue_seq} fencing-token {fencing_token}")
            }
            Self::Queued { entry, holder } => {
                format!("queued {} held by {}", entry.show(), holder.show())
            }
            Self::Manifest(row) => format!("manifest {}", row.show()),
            Self::Artifact(artifact) => format!("artifact {}", artifact.show()),
        }
    }
}

impl Show for Row {
    fn show(&self) -> String {
        format!("{} {}", self.store.show(), self.data.show())
    }
}

impl Show for Page {
    fn show(&self) -> String {
        format!("{} next {}", self.rows.show(), self.next.show())
    }
}
