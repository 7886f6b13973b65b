//! Values of `wirt:persistence/work-queue`, and the claims of `…/types`.

use wirt_contract::work_queue::{
    Boundary, Claim, ClaimRef, Claimant, Delivery, Entry, Item, MergeKey, NewEntry, Slot, Work,
    WorkKind,
};
use wirt_contract::{ClaimId, EntryId, EpochMs, SessionId};

use crate::bindings::store::exports::wirt::persistence::work_queue as wit;
use crate::bindings::store::wirt::persistence::types;

impl From<types::ClaimRef> for ClaimRef {
    fn from(from: types::ClaimRef) -> Self {
        let types::ClaimRef { session_id, claim_id, fencing_token, lease_token } = from;
        Self {
            session_id: SessionId::new(session_id),
            claim_id: ClaimId::new(claim_id),
            fencing_token,
            lease_token,
        }
    }
}

impl From<ClaimRef> for types::ClaimRef {
    fn from(from: ClaimRef) -> Self {
        let ClaimRef { session_id, claim_id, fencing_token, lease_token } = from;
        Self {
            session_id: session_id.as_str().to_owned(),
            claim_id: claim_id.as_str().to_owned(),
            fencing_token,
            lease_token,
        }
    }
}

impl From<wit::Delivery> for Delivery {
    fn from(from: wit::Delivery) -> Self {
        match from {
            wit::Delivery::EarliestSafeBoundary => Self::EarliestSafeBoundary,
            wit::Delivery::AfterCurrentTurnCommit => Self::AfterCurrentTurnCommit,
        }
    }
}

impl From<Delivery> for wit::Delivery {
    fn from(from: Delivery) -> Self {
        match from {
            Delivery::EarliestSafeBoundary => Self::EarliestSafeBoundary,
            Delivery::AfterCurrentTurnCommit => Self::AfterCurrentTurnCommit,
        }
    }
}

impl From<wit::Slot> for Slot {
    fn from(from: wit::Slot) -> Self {
        match from {
            wit::Slot::Join => Self::Join,
            wit::Slot::Exclusive => Self::Exclusive,
        }
    }
}

impl From<Slot> for wit::Slot {
    fn from(from: Slot) -> Self {
        match from {
            Slot::Join => Self::Join,
            Slot::Exclusive => Self::Exclusive,
        }
    }
}

impl From<wit::WorkKind> for WorkKind {
    fn from(from: wit::WorkKind) -> Self {
        match from {
            wit::WorkKind::TurnInput => Self::TurnInput,
            wit::WorkKind::ProcessWake => Self::ProcessWake,
            wit::WorkKind::SessionCommand => Self::SessionCommand,
        }
    }
}

impl From<WorkKind> for wit::WorkKind {
    fn from(from: WorkKind) -> Self {
        match from {
            WorkKind::TurnInput => Self::TurnInput,
            WorkKind::ProcessWake => Self::ProcessWake,
            WorkKind::SessionCommand => Self::SessionCommand,
        }
    }
}

impl From<wit::Boundary> for Boundary {
    fn from(from: wit::Boundary) -> Self {
        match from {
            wit::Boundary::Idle => Self::Idle,
            wit::Boundary::ActiveTurnCheckpoint => Self::ActiveTurnCheckpoint,
        }
    }
}

impl From<wit::MergeKey> for MergeKey {
    fn from(from: wit::MergeKey) -> Self {
        match from {
            wit::MergeKey::Never => Self::Never,
            wit::MergeKey::PayloadDefault => Self::PayloadDefault,
            wit::MergeKey::Group(group) => Self::Group(group),
        }
    }
}

impl From<MergeKey> for wit::MergeKey {
    fn from(from: MergeKey) -> Self {
        match from {
            MergeKey::Never => Self::Never,
            MergeKey::PayloadDefault => Self::PayloadDefault,
            MergeKey::Group(group) => Self::Group(group),
        }
    }
}

impl From<wit::Work> for Work {
    fn from(from: wit::Work) -> Self {
        let wit::Work { kind, body } = from;
        Self { kind: kind.into(), body }
    }
}

impl From<Work> for wit::Work {
    fn from(from: Work) -> Self {
        let Work { kind, body } = from;
        Self { kind: kind.into(), body }
    }
}

impl From<wit::NewEntry> for NewEntry {
    fn from(from: wit::NewEntry) -> Self {
        let wit::NewEntry {
            session_id,
            source_key,
            delivery,
            slot,
            merge_key,
            available_at,
            items,
        } = from;
        Self {
            session_id: SessionId::new(session_id),
            source_key,
            delivery: delivery.into(),
            slot: slot.into(),
            merge_key: merge_key.into(),
            available_at: EpochMs(available_at),
            items: items.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<wit::Item> for Item {
    fn from(from: wit::Item) -> Self {
        let wit::Item { item_id, work } = from;
        Self { item_id, work: work.into() }
    }
}

impl From<Item> for wit::Item {
    fn from(from: Item) -> Self {
        let Item { item_id, work } = from;
        Self { item_id, work: work.into() }
    }
}

impl From<wit::Entry> for Entry {
    fn from(from: wit::Entry) -> Self {
        let wit::Entry {
            entry_id,
            session_id,
            source_key,
            delivery,
            slot,
            merge_key,
            available_at,
            enqueue_seq,
            enqueued_at,
            items,
        } = from;
        Self {
            entry_id: EntryId::new(entry_id),
            session_id: SessionId::new(session_id),
            source_key,
            delivery: delivery.into(),
            slot: slot.into(),
            merge_key: merge_key.into(),
            available_at: EpochMs(available_at),
            enqueue_seq,
            enqueued_at: EpochMs(enqueued_at),
            items: items.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Entry> for wit::Entry {
    fn from(from: Entry) -> Self {
        let Entry {
            entry_id,
            session_id,
            source_key,
            delivery,
            slot,
            merge_key,
            available_at,
            enqueue_seq,
            enqueued_at,
            items,
        } = from;
        Self {
            entry_id: entry_id.as_str().to_owned(),
            session_id: session_id.as_str().to_owned(),
            source_key,
            delivery: delivery.into(),
            slot: slot.into(),
            merge_key: merge_key.into(),
            available_at: available_at.0,
            enqueue_seq,
            enqueued_at: enqueued_at.0,
            items: items.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<wit::Claimant> for Claimant {
    fn from(from: wit::Claimant) -> Self {
        let wit::Claimant { session_id, owner, boundary, ttl } = from;
        Self { session_id: SessionId::new(session_id), owner, boundary: boundary.into(), ttl }
    }
}

impl From<Claim> for wit::Claimed {
    fn from(from: Claim) -> Self {
        let Claim { claim, owner, claimed_at, expires_at, entries } = from;
        Self {
            claim: claim.into(),
            owner,
            claimed_at: claimed_at.0,
            expires_at: expires_at.0,
            entries: entries.into_iter().map(Into::into).collect(),
        }
    }
}
