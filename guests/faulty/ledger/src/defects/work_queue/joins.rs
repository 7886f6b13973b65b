//! Defects of what joins what.

use wirt_contract::work_queue::{Boundary, Delivery, MergeKey, Slot, WorkQueue};

use super::entries::secretly;
use super::{Defect, defect, hiding, pending, queue};
use crate::{Bend, STRAIGHT};

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "joins whatever joins at all",
        &["work-queue/queued-work-join-groups-by-delivery-policy-and-merge-key"],
        Bend {
            enqueue: |it, store, entry| {
                secretly(it, store, entry, |entry| entry.merge_key = MergeKey::Never)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "never joins what has no key",
        &["work-queue/equal-keys-join"],
        Bend {
            claim: |it, store, claimant, max| {
                let Some(claim) = it.ledger.claim(store, claimant, max)? else { return Ok(None) };
                let keyless = claim.entries.iter().any(|entry| entry.merge_key == MergeKey::Never);
                if !keyless {
                    return Ok(Some(claim));
                }
                it.ledger.abandon(store, &claim.claim)?;
                it.ledger.claim(store, claimant, 1)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes no key for the payload's own",
        &["work-queue/different-keys-do-not-join"],
        Bend {
            enqueue: |it, store, entry| {
                secretly(it, store, entry, |entry| {
                    if entry.merge_key == MergeKey::Never {
                        entry.merge_key = MergeKey::PayloadDefault;
                    }
                })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "joins across deliveries",
        &["work-queue/other-delivery-does-not-join"],
        Bend {
            enqueue: |it, store, entry| {
                secretly(it, store, entry, |entry| {
                    entry.delivery = Delivery::EarliestSafeBoundary;
                })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "joins past an exclusive entry",
        &["work-queue/joins-end-at-an-exclusive-entry"],
        Bend {
            claim: |it, store, claimant, max| {
                let session = &claimant.session_id;
                let free = pending(it, store, session)?;
                let joins = free.first().is_some_and(|entry| entry.slot == Slot::Join);
                hiding(
                    it,
                    store,
                    session,
                    |entry| joins && entry.slot == Slot::Exclusive,
                    |it| it.ledger.claim(store, claimant, max),
                )
            },
            ..STRAIGHT
        },
    ),
    defect(
        "joins equal keys wherever they stand",
        &["work-queue/equal-keys-apart-do-not-join"],
        Bend {
            claim: |it, store, claimant, max| {
                let session = &claimant.session_id;
                let key = pending(it, store, session)?.into_iter().next().map(|it| it.merge_key);
                hiding(
                    it,
                    store,
                    session,
                    |entry| key.as_ref() != Some(&entry.merge_key),
                    |it| it.ledger.claim(store, claimant, max),
                )
            },
            ..STRAIGHT
        },
    ),
    defect(
        "joins neighbours in the whole queue alone",
        &[
            "work-queue/unavailable-entries-between-do-not-part",
            "work-queue/claimed-entries-between-do-not-part",
        ],
        Bend {
            claim: |it, store, claimant, max| {
                let Some(claim) = it.ledger.claim(store, claimant, max)? else { return Ok(None) };
                let all = queue(it, store, &claimant.session_id)?;
                let from = all.iter().skip_while(|entry| claim.entries.first() != Some(entry));
                let near = from.zip(&claim.entries).take_while(|(one, other)| one == other).count();
                if near == claim.entries.len() {
                    return Ok(Some(claim));
                }
                it.ledger.abandon(store, &claim.claim)?;
                it.ledger.claim(store, claimant, u32::try_from(near).unwrap_or(max))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "joins nothing at a checkpoint",
        &["work-queue/checkpoint-joins-what-may-be-claimed-there"],
        Bend {
            claim: |it, store, claimant, max| {
                let alone = claimant.boundary == Boundary::ActiveTurnCheckpoint;
                it.ledger.claim(store, claimant, if alone { max.min(1) } else { max })
            },
            ..STRAIGHT
        },
    ),
];
