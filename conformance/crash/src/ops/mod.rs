//! Operations: calls that write, in a form that a file can hold. A stored failure is made of these
//! and not of a seed, so that it outlives every change of what is drawn from seeds.

mod given;
mod put;

use serde::{Deserialize, Serialize};
use wirt_contract::attachment_manifest::Intent;
use wirt_contract::attachments::Metadata;
use wirt_contract::sessions::{Meta, NewCommit};
use wirt_contract::tasks::{Closing, NewEvent, NewTask, TaskChange};
use wirt_contract::work_queue::{Claimant, NewEntry};
use wirt_contract::{
    AttachmentId, EpochMs, Interface, ModuleRef, NodeId, SessionId, StoreId, TaskId,
};

pub use given::Given;
pub(crate) use given::{Known, kind, named, told};

/// Names what an operation was answered with, so that later ones can mean it.
pub type Tag = u32;

/// One operation of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// The plugin's clock goes on by so many milliseconds.
    Advance(u64),
    /// Opens a batch.
    Begin,
    /// Makes the batch durable.
    Flush,
    /// A call that writes.
    Call {
        /// Under this store id.
        store: StoreId,
        /// What.
        call: Call,
    },
}

/// Bytes by what they are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Tells contents of one length apart.
    pub seed: u8,
    /// How many bytes.
    pub len: u32,
}

impl Content {
    /// The bytes: never the same in two blocks, and never all zero.
    pub fn bytes(self) -> Vec<u8> {
        let mut state = u32::from(self.seed) | 0x0100;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [.., high] = state.to_le_bytes();
            high
        };
        (0..self.len).map(next).collect()
    }

    /// Their id.
    pub fn id(self) -> AttachmentId {
        AttachmentId::of(&self.bytes())
    }
}

/// A call that writes, of any persistence contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// `tasks.create`.
    CreateTask(NewTask),
    /// `tasks.start`.
    StartTask {
        /// Which.
        task: TaskId,
        /// When.
        at: EpochMs,
        /// Of `task-started`.
        payload: String,
    },
    /// `tasks.update-status`.
    UpdateTask {
        /// Which.
        task: TaskId,
        /// How.
        change: TaskChange,
    },
    /// `tasks.append-event`.
    AppendEvent {
        /// Onto whose tape.
        task: TaskId,
        /// What.
        event: NewEvent,
    },
    /// `tasks.finish`.
    FinishTask {
        /// Which.
        task: TaskId,
        /// How.
        closing: Closing,
    },
    /// `attachments.put`.
    PutAttachment {
        /// Its bytes.
        content: Content,
        /// What is kept beside them.
        metadata: Metadata,
    },
    /// `attachments.delete`.
    DeleteAttachment(AttachmentId),
    /// `sessions.commit`.
    Commit {
        /// The commit, without claims.
        commit: Box<NewCommit>,
        /// Claims it completes.
        completes: Vec<Tag>,
    },
    /// `sessions.save-meta`.
    SaveMeta(Meta),
    /// `sessions.tombstone-nodes`.
    Tombstone(Vec<NodeId>),
    /// `sessions.vacuum`.
    Vacuum(u32),
    /// `sessions.gc-unreachable`, from the beginning.
    Gc(u32),
    /// `work-queue.enqueue`.
    Enqueue {
        /// What.
        entry: NewEntry,
        /// What the entry is called later on.
        tag: Tag,
    },
    /// `work-queue.claim`.
    Claim {
        /// For whom.
        claimant: Claimant,
        /// At most so many entries.
        max: u32,
        /// What the claim is called later on.
        tag: Tag,
    },
    /// `work-queue.claim-exact`.
    ClaimExact {
        /// For whom.
        claimant: Claimant,
        /// These.
        entries: Vec<Tag>,
        /// What the claim is called later on.
        tag: Tag,
    },
    /// `work-queue.renew`.
    Renew {
        /// Which claim.
        claim: Tag,
        /// In milliseconds.
        ttl: u64,
    },
    /// `work-queue.abandon`.
    Abandon(Tag),
    /// `work-queue.cancel`.
    Cancel {
        /// Of whose queue.
        session: SessionId,
        /// Which entry.
        entry: Tag,
    },
    /// `attachment-manifest.record-intent`.
    RecordIntent(Intent),
    /// `attachment-manifest.commit-refs`.
    CommitRefs {
        /// Whose.
        session: SessionId,
        /// Which.
        attachments: Vec<AttachmentId>,
    },
    /// `attachment-manifest.forget`.
    Forget {
        /// Whose.
        session: SessionId,
        /// Which.
        attachment: AttachmentId,
    },
    /// `artifacts.put`, of an artifact that holds these bytes.
    PutArtifact(Content),
    /// `artifacts.delete`.
    DeleteArtifact(ModuleRef),
}

impl Op {
    /// The contract it calls; none where it calls none.
    pub fn interface(&self) -> Option<Interface> {
        match self {
            Self::Advance(_) => None,
            Self::Begin | Self::Flush => Some(Interface::Batching),
            Self::Call { call, .. } => Some(call.interface()),
        }
    }

    /// Whether its answer may tell of what no export shows, so that the same call after a crash
    /// may rightly be answered otherwise.
    pub(crate) fn tells_of_the_unseen(&self) -> bool {
        matches!(self, Self::Call { call: Call::Vacuum(_) | Call::Gc(_), .. })
    }
}

impl Call {
    fn interface(&self) -> Interface {
        match self {
            Self::CreateTask(_)
            | Self::StartTask { .. }
            | Self::UpdateTask { .. }
            | Self::AppendEvent { .. }
            | Self::FinishTask { .. } => Interface::Tasks,
            Self::PutAttachment { .. } | Self::DeleteAttachment(_) => Interface::Attachments,
            Self::Commit { .. }
            | Self::SaveMeta(_)
            | Self::Tombstone(_)
            | Self::Vacuum(_)
            | Self::Gc(_) => Interface::Sessions,
            Self::Enqueue { .. }
            | Self::Claim { .. }
            | Self::ClaimExact { .. }
            | Self::Renew { .. }
            | Self::Abandon(_)
            | Self::Cancel { .. } => Interface::WorkQueue,
            Self::RecordIntent(_) | Self::CommitRefs { .. } | Self::Forget { .. } => {
                Interface::AttachmentManifest
            }
            Self::PutArtifact(_) | Self::DeleteArtifact(_) => Interface::Artifacts,
        }
    }
}

/// The operation's name, for people.
impl std::fmt::Display for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match serde_json::to_string(self) {
            Ok(text) => f.write_str(&text),
            Err(_) => f.write_str("an operation without a written form"),
        }
    }
}
