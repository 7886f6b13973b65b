//! `wirt:persistence/transfer`: everything a plugin holds, in a form every plugin reads.

use serde::{Deserialize, Serialize};

use crate::artifacts::Artifact;
use crate::attachment_manifest::ManifestRow;
use crate::attachments::Attachment;
use crate::sessions::{Committed, Meta, Node, Session, Usage};
use crate::tasks::{Event, Task};
use crate::work_queue::{ClaimRef, Entry};
use crate::{Answer, EpochMs, NodeId, StoreId, TaskId, TurnId};

/// A claim that an entry is held by, live or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// What fences it.
    pub claim: ClaimRef,
    /// In whose hand.
    pub owner: String,
    /// By the store's clock.
    pub claimed_at: EpochMs,
    /// Live while this is later than the store's clock.
    pub expires_at: EpochMs,
}

/// One row, in the order in which an export gives the kinds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// By task id.
    Task(Task),
    /// By task id, then number.
    Event {
        /// Whose tape.
        task_id: TaskId,
        /// What is on it.
        event: Event,
    },
    /// By id.
    Attachment {
        /// What is known of it.
        attachment: Attachment,
        /// Itself.
        #[serde(with = "crate::base64")]
        bytes: Vec<u8>,
    },
    /// At most one.
    Meta(Meta),
    /// At most one.
    Session(Session),
    /// Those the head names, by name.
    Blob(#[serde(with = "crate::base64")] Vec<u8>),
    /// Of a node that was tombstoned; by id.
    UsedNodeId(NodeId),
    /// By insertion.
    Node(Node),
    /// By source, then model.
    Usage(Usage),
    /// A turn that was committed; by id.
    Turn {
        /// Which.
        turn_id: TurnId,
        /// Digest of what it committed.
        turn_hash: String,
        /// What it came to.
        committed: Committed,
    },
    /// The highest numbers given out; at most one, where either is not 0.
    Counters {
        /// Of entries.
        enqueue_seq: u64,
        /// Of claims.
        fencing_token: u64,
    },
    /// By session, then number.
    Queued {
        /// The entry.
        entry: Entry,
        /// Who holds it.
        holder: Option<Holder>,
    },
    /// By session, then attachment.
    Manifest(ManifestRow),
    /// By name.
    Artifact(Artifact),
}

/// A row of a store id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Whose.
    pub store: StoreId,
    /// What.
    pub data: Data,
}

/// Part of an export.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Page {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Where to go on; none at the end.
    pub next: Option<String>,
}

/// Rules: `transfer.*` in `wit/persistence/transfer.wit`.
pub trait Transfer {
    /// Rows from after the place given, about `budget` of them.
    fn export(&mut self, after: Option<&str>, budget: u32) -> Answer<Page>;

    /// Makes an empty store ready for rows.
    fn begin_import(&mut self) -> Answer<()>;

    /// Takes rows in the order of an export.
    fn import_rows(&mut self, rows: &[Row]) -> Answer<()>;

    /// Opens the store once this many rows came in.
    fn finish_import(&mut self, rows: u64) -> Answer<()>;
}
