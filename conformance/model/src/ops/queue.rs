//! Calls of `work-queue`.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use wirt_contract::work_queue::{
    Boundary, ClaimRef, Claimant, Delivery, Entry, MergeKey, NewEntry, Slot, Work, WorkKind,
};
use wirt_contract::{EntryId, EpochMs, SessionId, StoreId};

use super::pools::{back, json, limit, session, text};
use crate::side::{Side, shown};

/// A call; lists are read to their end. What a store names itself is told by how long ago it did.
#[derive(Debug, Clone)]
pub(crate) enum QueueOp {
    Enqueue(NewEntry),
    Claim { claimant: Claimant, max: u32 },
    ClaimExact { claimant: Claimant, backs: Vec<u8> },
    Renew { claim: ClaimPick, ttl: u64 },
    Abandon(ClaimPick),
    Cancel { session: SessionId, back: u8 },
    List { session: SessionId, pending: bool, after: Option<u8>, limit: u32 },
}

/// One of the claims that were made, perhaps not as it was made.
#[derive(Debug, Clone)]
pub(crate) struct ClaimPick {
    back: u8,
    wrong: Option<Wrong>,
}

#[derive(Debug, Clone, Copy)]
enum Wrong {
    Session,
    Id,
    Fence,
    Lease,
}

pub(super) fn claim_pick() -> impl Strategy<Value = ClaimPick> + Clone {
    let wrong = select(vec![Wrong::Session, Wrong::Id, Wrong::Fence, Wrong::Lease]);
    (back(), weighted(0.1, wrong)).prop_map(|(back, wrong)| ClaimPick { back, wrong })
}

impl ClaimPick {
    pub(super) fn of(&self, side: &Side<'_>) -> ClaimRef {
        let mut claim = side.claim_before_newest(self.back);
        match self.wrong {
            None => {}
            Some(Wrong::Session) => claim.session_id = "s3".into(),
            Some(Wrong::Id) => claim.claim_id = "another".into(),
            Some(Wrong::Fence) => claim.fencing_token = claim.fencing_token.wrapping_add(1),
            Some(Wrong::Lease) => claim.lease_token.push('0'),
        }
        claim
    }
}

fn new_entry() -> impl Strategy<Value = NewEntry> {
    let delivery = prop_oneof![
        4 => Just(Delivery::EarliestSafeBoundary),
        1 => Just(Delivery::AfterCurrentTurnCommit),
    ];
    let slot = prop_oneof![2 => Just(Slot::Join), 1 => Just(Slot::Exclusive)];
    let merge_key = prop_oneof![
        2 => Just(MergeKey::Never),
        1 => Just(MergeKey::PayloadDefault),
        2 => text(&["g", ""]).prop_map(MergeKey::Group),
    ];
    let kind = select(vec![WorkKind::TurnInput, WorkKind::ProcessWake, WorkKind::SessionCommand]);
    let work = (kind, json()).prop_map(|(kind, body)| Work { kind, body });
    let available = prop_oneof![4 => Just(0), 1 => Just(1_767_225_600_500), 1 => Just(u64::MAX)];
    let items = prop_oneof![6 => vec(work.clone(), 1..3), 1 => vec(work, 0..1)];
    let source_key = weighted(0.4, text(&["k", "k2"]));
    (session(), source_key, delivery, slot, merge_key, available, items).prop_map(
        |(session_id, source_key, delivery, slot, merge_key, available_at, items)| NewEntry {
            session_id,
            source_key,
            delivery,
            slot,
            merge_key,
            available_at: EpochMs(available_at),
            items,
        },
    )
}

/// A ttl that runs out at once, soon, late or never.
fn ttl() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![1 => Just(0), 4 => Just(100), 3 => Just(1_000), 1 => Just(u64::MAX)]
}

fn claimant() -> impl Strategy<Value = Claimant> {
    let boundary =
        prop_oneof![3 => Just(Boundary::Idle), 1 => Just(Boundary::ActiveTurnCheckpoint)];
    (session(), text(&["me", "you"]), boundary, ttl()).prop_map(
        |(session_id, owner, boundary, ttl)| Claimant { session_id, owner, boundary, ttl },
    )
}

pub(super) fn any_op() -> impl Strategy<Value = QueueOp> {
    let max = prop_oneof![1 => Just(0_u32), 3 => Just(1), 2 => Just(2), 3 => Just(10)];
    let backs = prop_oneof![
        3 => vec(back(), 1..2),
        // The newest, in their order.
        3 => (1..4_u8).prop_map(|many| (0..many).rev().collect()),
        1 => vec(back(), 0..3),
    ];
    prop_oneof![
        6 => new_entry().prop_map(QueueOp::Enqueue),
        5 => (claimant(), max).prop_map(|(claimant, max)| QueueOp::Claim { claimant, max }),
        2 => (claimant(), backs)
            .prop_map(|(claimant, backs)| QueueOp::ClaimExact { claimant, backs }),
        3 => (claim_pick(), ttl()).prop_map(|(claim, ttl)| QueueOp::Renew { claim, ttl }),
        2 => claim_pick().prop_map(QueueOp::Abandon),
        2 => (session(), back()).prop_map(|(session, back)| QueueOp::Cancel { session, back }),
        3 => (session(), any::<bool>(), weighted(0.3, back()), limit()).prop_map(
            |(session, pending, after, limit)| QueueOp::List { session, pending, after, limit }
        ),
    ]
}

fn entry_id(side: &Side<'_>, store: &StoreId, back: u8) -> EntryId {
    let known = side.entry_before_newest(store, back);
    known.map_or_else(|| "nobody's".into(), |entry| entry.entry_id.clone())
}

impl QueueOp {
    pub(super) fn apply(&self, side: &mut Side<'_>, store: &StoreId) -> String {
        match self {
            Self::Enqueue(entry) => {
                let answer = side.ask(|plugin| plugin.work_queue()?.enqueue(store, entry));
                if let Ok(entry) = &answer {
                    side.know_entry(store, entry);
                }
                shown(answer.map(|entry| side.names.entry(store, entry)))
            }
            Self::Claim { claimant, max } => {
                let claim = side.ask(|plugin| plugin.work_queue()?.claim(store, claimant, *max));
                claimed(side, store, claim)
            }
            Self::ClaimExact { claimant, backs } => {
                let ids: Vec<_> = backs.iter().map(|back| entry_id(side, store, *back)).collect();
                let claim =
                    side.ask(|plugin| plugin.work_queue()?.claim_exact(store, claimant, &ids));
                claimed(side, store, claim)
            }
            Self::Renew { claim, ttl } => {
                let claim = claim.of(side);
                let renewed = side.ask(|plugin| plugin.work_queue()?.renew(store, &claim, *ttl));
                shown(renewed.map(|claim| side.names.claim(store, claim)))
            }
            Self::Abandon(claim) => {
                let claim = claim.of(side);
                shown(side.ask(|plugin| plugin.work_queue()?.abandon(store, &claim)))
            }
            Self::Cancel { session, back } => {
                let id = entry_id(side, store, *back);
                let gone = side.ask(|plugin| plugin.work_queue()?.cancel(store, session, &id));
                shown(gone.map(|gone| gone.map(|entry| side.names.entry(store, entry))))
            }
            Self::List { session, pending, after, limit } => {
                let known = after.and_then(|back| side.entry_before_newest(store, back));
                let after = known.map(|entry| entry.enqueue_seq);
                let place = |entry: &Entry| entry.enqueue_seq;
                let listed = side.walk_until_empty(after, place, |plugin, after| {
                    let (queue, after) = (plugin.work_queue()?, after.copied());
                    if *pending {
                        queue.list_pending(store, session, after, *limit)
                    } else {
                        queue.list_entries(store, session, after, *limit)
                    }
                });
                for entry in listed.iter().flatten() {
                    side.know_entry(store, entry);
                }
                shown(listed.map(|entries| side.names.entries(store, entries)))
            }
        }
    }
}

fn claimed(
    side: &mut Side<'_>,
    store: &StoreId,
    answer: wirt_contract::Answer<Option<wirt_contract::work_queue::Claim>>,
) -> String {
    if let Ok(Some(claim)) = &answer {
        side.know_claim(claim.claim.clone());
    }
    shown(answer.map(|claim| claim.map(|claim| side.names.claim(store, claim))))
}
