//! Defects of which entries a claim takes.

use wirt_contract::work_queue::{
    Boundary, Claim, ClaimRef, Claimant, Delivery, Entry, Slot, WorkQueue,
};
use wirt_contract::{EpochMs, SessionId};

use super::entries::secretly;
use super::{Defect, defect, hiding, pending, secretly_for};
use crate::{Bend, STRAIGHT};

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "claims between turns whatever it is asked",
        &["work-queue/queued-work-claims-respect-boundaries-renewal-and-abandon"],
        Bend {
            claim: |it, store, claimant, max| {
                let claimant = Claimant { boundary: Boundary::Idle, ..claimant.clone() };
                it.ledger.claim(store, &claimant, max)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "does not look at when an entry is available",
        &["work-queue/queued-work-respects-availability-limits-exclusivity-reclaim-and-sessions"],
        Bend {
            enqueue: |it, store, entry| {
                secretly(it, store, entry, |entry| entry.available_at = EpochMs(0))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "claims nothing where there is nothing",
        &["work-queue/empty-queue-gives-none"],
        Bend {
            claim: |it, store, claimant, max| {
                let claim = it.ledger.claim(store, claimant, max)?;
                let nothing = Claim {
                    claim: ClaimRef {
                        session_id: claimant.session_id.clone(),
                        claim_id: "nothing".into(),
                        fencing_token: 0,
                        lease_token: String::new(),
                    },
                    owner: claimant.owner.clone(),
                    claimed_at: it.now(),
                    expires_at: it.now(),
                    entries: Vec::new(),
                };
                Ok(claim.or(Some(nothing)))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "prefers what joins",
        &["work-queue/first-entry-decides"],
        Bend {
            claim: |it, store, claimant, max| {
                let alone = |entry: &Entry| entry.slot == Slot::Exclusive;
                hiding(it, store, &claimant.session_id, alone, |it| {
                    it.ledger.claim(store, claimant, max)
                })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes the youngest first",
        &["work-queue/claims-follow-the-queue"],
        Bend {
            claim: |it, store, claimant, max| {
                let session = &claimant.session_id;
                let last = pending(it, store, session)?.last().map(|entry| entry.entry_id.clone());
                hiding(
                    it,
                    store,
                    session,
                    |entry| Some(&entry.entry_id) != last.as_ref(),
                    |it| it.ledger.claim(store, claimant, max),
                )
            },
            ..STRAIGHT
        },
    ),
    defect(
        "does not keep how long a claim lives",
        &["work-queue/entry-is-in-one-live-claim"],
        Bend {
            claim: |it, store, claimant, max| secretly_for(it, store, claimant, max, 0),
            ..STRAIGHT
        },
    ),
    defect(
        "waits for a first entry that is not available",
        &["work-queue/unavailable-entries-are-passed-over"],
        Bend {
            claim: |it, store, claimant, max| {
                let now = it.now();
                let free = pending(it, store, &claimant.session_id)?;
                if free.first().is_some_and(|entry| entry.available_at > now) {
                    return Ok(None);
                }
                it.ledger.claim(store, claimant, max)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "has an entry available a millisecond late",
        &["work-queue/available-from-its-millisecond-on", "work-queue/available-at-this-very-time"],
        Bend {
            claim: |it, store, claimant, max| {
                let now = it.now();
                hiding(
                    it,
                    store,
                    &claimant.session_id,
                    |entry| entry.available_at < now,
                    |it| {
                        let free = pending(it, store, &claimant.session_id)?;
                        let late = free.iter().any(|entry| entry.available_at == now);
                        if late { Ok(None) } else { it.ledger.claim(store, claimant, max) }
                    },
                )
            },
            ..STRAIGHT
        },
    ),
    defect(
        "passes over work for between turns at a checkpoint",
        &["work-queue/checkpoint-waits-for-the-first-entry"],
        Bend {
            claim: |it, store, claimant, max| {
                if claimant.boundary == Boundary::Idle {
                    return it.ledger.claim(store, claimant, max);
                }
                hiding(
                    it,
                    store,
                    &claimant.session_id,
                    |entry| entry.delivery == Delivery::AfterCurrentTurnCommit,
                    |it| it.ledger.claim(store, claimant, max),
                )
            },
            ..STRAIGHT
        },
    ),
    defect(
        "waits at a checkpoint for any work for between turns",
        &["work-queue/checkpoint-passes-over-what-is-unavailable"],
        Bend {
            claim: |it, store, claimant, max| {
                let free = pending(it, store, &claimant.session_id)?;
                let waits = free.iter().any(|it| it.delivery == Delivery::AfterCurrentTurnCommit);
                if waits && claimant.boundary == Boundary::ActiveTurnCheckpoint {
                    return Ok(None);
                }
                it.ledger.claim(store, claimant, max)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "joins what is to be alone",
        &["work-queue/exclusive-entry-alone"],
        Bend {
            enqueue: |it, store, entry| secretly(it, store, entry, |entry| entry.slot = Slot::Join),
            ..STRAIGHT
        },
    ),
    defect(
        "claims one where none was asked for",
        &["work-queue/claim-of-at-most-none"],
        Bend {
            claim: |it, store, claimant, max| it.ledger.claim(store, claimant, max.max(1)),
            ..STRAIGHT
        },
    ),
    defect(
        "claims whole groups",
        &["work-queue/claim-of-at-most-some"],
        Bend {
            claim: |it, store, claimant, _| it.ledger.claim(store, claimant, u32::MAX),
            ..STRAIGHT
        },
    ),
    defect(
        "claims a hundred at most",
        &["work-queue/claim-up-to-max-list"],
        Bend {
            claim: |it, store, claimant, max| it.ledger.claim(store, claimant, max.min(100)),
            ..STRAIGHT
        },
    ),
    defect(
        "looks at the first 256 entries alone",
        &[
            "work-queue/claim-scans-reach-rows-beyond-the-scan-surplus",
            "work-queue/claim-scans-reach-the-last-of-a-full-queue",
        ],
        Bend {
            claim: |it, store, claimant, max| {
                let seen = it.ledger.list_entries(store, &claimant.session_id, None, 256)?;
                let last = seen.last().map_or(0, |entry| entry.enqueue_seq);
                let Some(claim) = it.ledger.claim(store, claimant, max)? else { return Ok(None) };
                if claim.entries.first().is_some_and(|entry| entry.enqueue_seq > last) {
                    it.ledger.abandon(store, &claim.claim)?;
                    return Ok(None);
                }
                Ok(Some(claim))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "claims for whatever session has work",
        &["work-queue/sessions-queues-apart"],
        Bend {
            enqueue: |it, store, entry| {
                let session = entry.session_id.clone();
                it.notes.borrow_mut().of::<Vec<SessionId>>().push(session);
                it.ledger.enqueue(store, entry)
            },
            claim: |it, store, claimant, max| {
                let sessions = it.notes.borrow_mut().of::<Vec<SessionId>>().clone();
                for session_id in sessions {
                    let claimant = Claimant { session_id, ..claimant.clone() };
                    if let Some(claim) = it.ledger.claim(store, &claimant, max)? {
                        return Ok(Some(claim));
                    }
                }
                Ok(None)
            },
            ..STRAIGHT
        },
    ),
];
