//! Defects of abandon and cancel.

use wirt_contract::work_queue::{Slot, WorkQueue};
use wirt_contract::{EntryId, SessionId};

use super::{Defect, ages_later, defect, ids, known, noted, noting, pending, share_an_entry};
use crate::{Bend, STRAIGHT};

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "says that it takes a claim back and keeps it",
        &["work-queue/abandon-gives-back"],
        Bend {
            claim: noting,
            abandon: |it, store, claim| match known(it, claim) {
                Some(_) => Ok(true),
                None => it.ledger.abandon(store, claim),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes every claim back with one",
        &["work-queue/abandon-gives-back-its-own"],
        Bend {
            claim: noting,
            abandon: |it, store, claim| {
                let answer = it.ledger.abandon(store, claim)?;
                for other in noted(it) {
                    it.ledger.abandon(store, &other.claim)?;
                }
                Ok(answer)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "says of every claim that it was held",
        &["work-queue/abandon-twice-says-so"],
        Bend {
            abandon: |it, store, claim| it.ledger.abandon(store, claim).map(|_| true),
            ..STRAIGHT
        },
    ),
    defect(
        "takes entries back from whoever holds them",
        &["work-queue/stale-abandon-changes-nothing"],
        Bend {
            claim: noting,
            abandon: |it, store, claim| {
                let answer = it.ledger.abandon(store, claim)?;
                if let Some(known) = known(it, claim) {
                    for other in noted(it).iter().filter(|other| share_an_entry(&known, other)) {
                        it.ledger.abandon(store, &other.claim)?;
                    }
                }
                Ok(answer)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "cancels what is claimed",
        &[
            "work-queue/queued-work-cancel-removes-only-unclaimed-batches",
            "work-queue/claimed-entry-stays",
        ],
        Bend {
            cancel: |it, store, session, entry| {
                ages_later(it, |it| it.ledger.cancel(store, session, entry))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "cancels without a word",
        &["work-queue/cancel-gives-the-entry"],
        Bend {
            cancel: |it, store, session, entry| {
                it.ledger.cancel(store, session, entry)?;
                Ok(None)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes an id with a space after it for the id",
        &["work-queue/cancel-of-nothing-is-none"],
        Bend {
            cancel: |it, store, session, entry| {
                let trimmed = entry.as_str().trim_end();
                let entry = if trimmed.is_empty() { entry.clone() } else { EntryId::new(trimmed) };
                it.ledger.cancel(store, session, &entry)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "cancels in every session's queue",
        &["work-queue/cancel-of-another-sessions-entry"],
        Bend {
            enqueue: |it, store, entry| {
                let session = entry.session_id.clone();
                it.notes.borrow_mut().of::<Vec<SessionId>>().push(session);
                it.ledger.enqueue(store, entry)
            },
            cancel: |it, store, _, entry| {
                let sessions = it.notes.borrow_mut().of::<Vec<SessionId>>().clone();
                for session in sessions {
                    if let Some(gone) = it.ledger.cancel(store, &session, entry)? {
                        return Ok(Some(gone));
                    }
                }
                Ok(None)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "cancels a whole group with one of it",
        &["work-queue/cancel-takes-one-of-a-group"],
        Bend {
            cancel: |it, store, session, entry| {
                let answer = it.ledger.cancel(store, session, entry)?;
                if let Some(gone) = answer.as_ref().filter(|gone| gone.slot == Slot::Join) {
                    for other in pending(it, store, session)? {
                        if other.merge_key == gone.merge_key {
                            it.ledger.cancel(store, session, &other.entry_id)?;
                        }
                    }
                }
                Ok(answer)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "cancels nothing that was ever claimed",
        &["work-queue/cancel-after-the-ttl"],
        Bend {
            claim: noting,
            cancel: |it, store, session, entry| {
                if noted(it).iter().any(|claim| ids(&claim.entries).contains(entry)) {
                    return Ok(None);
                }
                it.ledger.cancel(store, session, entry)
            },
            ..STRAIGHT
        },
    ),
];
