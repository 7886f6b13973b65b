//! `wirt:persistence/work-queue`, and the claims of `…/types`.

use wirt_contract::work_queue::{
    Boundary, Claim, ClaimRef, Claimant, Delivery, Entry, Item, MergeKey, NewEntry, Slot, Work,
    WorkKind,
};
use wirt_contract::{ClaimId, EntryId, EpochMs, SessionId};

use crate::bindings::exports::wirt::persistence::work_queue as wit;
use crate::bindings::wirt::persistence::types;

pub(crate) fn claim_ref(from: types::ClaimRef) -> ClaimRef {
    let types::ClaimRef { session_id, claim_id, fencing_token, lease_token } = from;
    ClaimRef {
        session_id: SessionId::from(session_id),
        claim_id: ClaimId::from(claim_id),
        fencing_token,
        lease_token,
    }
}

pub(crate) fn claim_ref_to(from: &ClaimRef) -> types::ClaimRef {
    let ClaimRef { session_id, claim_id, fencing_token, lease_token } = from;
    types::ClaimRef {
        session_id: session_id.as_str().into(),
        claim_id: claim_id.as_str().into(),
        fencing_token: *fencing_token,
        lease_token: lease_token.clone(),
    }
}

fn delivery(from: wit::Delivery) -> Delivery {
    match from {
        wit::Delivery::EarliestSafeBoundary => Delivery::EarliestSafeBoundary,
        wit::Delivery::AfterCurrentTurnCommit => Delivery::AfterCurrentTurnCommit,
    }
}

fn delivery_to(from: Delivery) -> wit::Delivery {
    match from {
        Delivery::EarliestSafeBoundary => wit::Delivery::EarliestSafeBoundary,
        Delivery::AfterCurrentTurnCommit => wit::Delivery::AfterCurrentTurnCommit,
    }
}

fn slot(from: wit::Slot) -> Slot {
    match from {
        wit::Slot::Join => Slot::Join,
        wit::Slot::Exclusive => Slot::Exclusive,
    }
}

fn slot_to(from: Slot) -> wit::Slot {
    match from {
        Slot::Join => wit::Slot::Join,
        Slot::Exclusive => wit::Slot::Exclusive,
    }
}

fn merge_key(from: wit::MergeKey) -> MergeKey {
    match from {
        wit::MergeKey::Never => MergeKey::Never,
        wit::MergeKey::PayloadDefault => MergeKey::PayloadDefault,
        wit::MergeKey::Group(group) => MergeKey::Group(group),
    }
}

fn merge_key_to(from: &MergeKey) -> wit::MergeKey {
    match from {
        MergeKey::Never => wit::MergeKey::Never,
        MergeKey::PayloadDefault => wit::MergeKey::PayloadDefault,
        MergeKey::Group(group) => wit::MergeKey::Group(group.clone()),
    }
}

fn work(from: wit::Work) -> Work {
    let wit::Work { kind, body } = from;
    let kind = match kind {
        wit::WorkKind::TurnInput => WorkKind::TurnInput,
        wit::WorkKind::ProcessWake => WorkKind::ProcessWake,
        wit::WorkKind::SessionCommand => WorkKind::SessionCommand,
    };
    Work { kind, body }
}

fn work_to(from: &Work) -> wit::Work {
    let Work { kind, body } = from;
    let kind = match kind {
        WorkKind::TurnInput => wit::WorkKind::TurnInput,
        WorkKind::ProcessWake => wit::WorkKind::ProcessWake,
        WorkKind::SessionCommand => wit::WorkKind::SessionCommand,
    };
    wit::Work { kind, body: body.clone() }
}

pub(crate) fn new_entry(from: &NewEntry) -> wit::NewEntry {
    let NewEntry { session_id, source_key, delivery, slot, merge_key, available_at, items } = from;
    wit::NewEntry {
        session_id: session_id.as_str().into(),
        source_key: source_key.clone(),
        delivery: delivery_to(*delivery),
        slot: slot_to(*slot),
        merge_key: merge_key_to(merge_key),
        available_at: available_at.0,
        items: items.iter().map(work_to).collect(),
    }
}

pub(crate) fn entry(from: wit::Entry) -> Entry {
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
    let item = |wit::Item { item_id, work }| Item { item_id, work: self::work(work) };
    Entry {
        entry_id: EntryId::from(entry_id),
        session_id: SessionId::from(session_id),
        source_key,
        delivery: self::delivery(delivery),
        slot: self::slot(slot),
        merge_key: self::merge_key(merge_key),
        available_at: EpochMs(available_at),
        enqueue_seq,
        enqueued_at: EpochMs(enqueued_at),
        items: items.into_iter().map(item).collect(),
    }
}

pub(crate) fn entry_to(from: &Entry) -> wit::Entry {
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
    let item =
        |Item { item_id, work }: &Item| wit::Item { item_id: item_id.clone(), work: work_to(work) };
    wit::Entry {
        entry_id: entry_id.as_str().into(),
        session_id: session_id.as_str().into(),
        source_key: source_key.clone(),
        delivery: delivery_to(*delivery),
        slot: slot_to(*slot),
        merge_key: merge_key_to(merge_key),
        available_at: available_at.0,
        enqueue_seq: *enqueue_seq,
        enqueued_at: enqueued_at.0,
        items: items.iter().map(item).collect(),
    }
}

pub(crate) fn claimant(from: &Claimant) -> wit::Claimant {
    let Claimant { session_id, owner, boundary, ttl } = from;
    wit::Claimant {
        session_id: session_id.as_str().into(),
        owner: owner.clone(),
        boundary: match boundary {
            Boundary::Idle => wit::Boundary::Idle,
            Boundary::ActiveTurnCheckpoint => wit::Boundary::ActiveTurnCheckpoint,
        },
        ttl: *ttl,
    }
}

pub(crate) fn claim(from: wit::Claimed) -> Claim {
    let wit::Claimed { claim, owner, claimed_at, expires_at, entries } = from;
    Claim {
        claim: claim_ref(claim),
        owner,
        claimed_at: EpochMs(claimed_at),
        expires_at: EpochMs(expires_at),
        entries: entries.into_iter().map(entry).collect(),
    }
}
