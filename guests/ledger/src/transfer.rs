//! `wirt:persistence/transfer`: everything in rows, and back.
//!
//! The kinds of rows are walked one after the other, each over the keys that lie in its order; a
//! place in an export is the key of the row before it.

mod export;
mod import;
#[cfg(test)]
mod tests;

use wirt_contract::Answer;
use wirt_contract::transfer::{Data, Page, Row, Transfer};

use crate::Ledger;
use crate::keys::{Entry, Found};
use crate::kv::KeyValue;
pub(crate) use import::{Import, unfinished};

/// The kinds of rows, in the order of an export.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub(crate) enum Kind {
    Task,
    Event,
    Attachment,
    Meta,
    Session,
    Blob,
    UsedNodeId,
    Node,
    Usage,
    Turn,
    Counters,
    Queued,
    Manifest,
    Artifact,
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::Task,
        Self::Event,
        Self::Attachment,
        Self::Meta,
        Self::Session,
        Self::Blob,
        Self::UsedNodeId,
        Self::Node,
        Self::Usage,
        Self::Turn,
        Self::Counters,
        Self::Queued,
        Self::Manifest,
        Self::Artifact,
    ];

    fn of(data: &Data) -> Self {
        match data {
            Data::Task(_) => Self::Task,
            Data::Event { .. } => Self::Event,
            Data::Attachment { .. } => Self::Attachment,
            Data::Meta(_) => Self::Meta,
            Data::Session(_) => Self::Session,
            Data::Blob(_) => Self::Blob,
            Data::UsedNodeId(_) => Self::UsedNodeId,
            Data::Node(_) => Self::Node,
            Data::Usage(_) => Self::Usage,
            Data::Turn { .. } => Self::Turn,
            Data::Counters { .. } => Self::Counters,
            Data::Queued { .. } => Self::Queued,
            Data::Manifest(_) => Self::Manifest,
            Data::Artifact(_) => Self::Artifact,
        }
    }

    /// The kind whose rows are walked over such keys.
    fn walked_over(entry: &Found) -> Option<Self> {
        match entry {
            Entry::Row(_) => Some(Self::Task),
            Entry::Event(..) => Some(Self::Event),
            Entry::Attachment(_) => Some(Self::Attachment),
            Entry::Meta => Some(Self::Meta),
            Entry::Head => Some(Self::Session),
            Entry::Blob(_) => Some(Self::Blob),
            Entry::UsedId(..) => Some(Self::UsedNodeId),
            Entry::NodeAt(..) => Some(Self::Node),
            Entry::Usage(..) => Some(Self::Usage),
            Entry::Turn(_) => Some(Self::Turn),
            Entry::Counters => Some(Self::Counters),
            Entry::Queued(..) => Some(Self::Queued),
            Entry::Intent(..) => Some(Self::Manifest),
            Entry::Artifact(_) => Some(Self::Artifact),
            Entry::Outcome(_)
            | Entry::Failure(_)
            | Entry::ByStatus(..)
            | Entry::Unclosed(_)
            | Entry::Bytes(_)
            | Entry::Frames
            | Entry::Node(..)
            | Entry::Tombstone(..)
            | Entry::QueueLen(_)
            | Entry::Items(..)
            | Entry::ByEntryId(..)
            | Entry::BySourceKey(..)
            | Entry::Claim(..)
            | Entry::IntentOf(..)
            | Entry::Uncommitted(..)
            | Entry::Content(_) => None,
        }
    }
}

impl<K: KeyValue> Transfer for Ledger<K> {
    fn export(&mut self, after: Option<&str>, budget: u32) -> Answer<Page> {
        self.call(|call| export::page(call, after, budget))
    }

    fn begin_import(&mut self) -> Answer<()> {
        self.start_importing(import::begin)
    }

    fn import_rows(&mut self, rows: &[Row]) -> Answer<()> {
        let retention = self.identity.retention;
        self.go_on_importing(|call, state| {
            import::rows(call, state, retention, rows).map(|()| true)
        })
    }

    fn finish_import(&mut self, rows: u64) -> Answer<()> {
        self.go_on_importing(|call, state| import::finish(call, state, rows).map(|()| false))
    }
}
