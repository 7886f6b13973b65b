//! Defects of claims of named entries.

use wirt_contract::work_queue::{Boundary, Claimant, Entry, WorkQueue};
use wirt_contract::{EntryId, SessionId};

use super::{Defect, ages_later, as_asked, defect, hiding, ids, is_invalid, queue};
use crate::{Bend, STRAIGHT};

/// How many a claim may take that was given these names.
fn many(entries: &[EntryId]) -> u32 {
    u32::try_from(entries.len()).unwrap_or(u32::MAX)
}

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "claims what is next, whatever was named",
        &["work-queue/queued-work-exact-claim-uses-selected-batch-ids"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                it.ledger.claim(store, claimant, many(entries))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "claims by name one at a time",
        &["work-queue/exact-claim-takes-a-whole-group"],
        Bend {
            claim_exact: |it, store, claimant, entries| match entries {
                [_] => it.ledger.claim_exact(store, claimant, entries),
                _ => Ok(None),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "wants a group to be named whole",
        &["work-queue/exact-claim-takes-the-beginning-of-a-group"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                let claim = it.ledger.claim(store, claimant, u32::MAX)?;
                let Some(claim) = claim else { return Ok(None) };
                if ids(&claim.entries) == entries {
                    return Ok(Some(claim));
                }
                it.ledger.abandon(store, &claim.claim)?;
                Ok(None)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes names in any order",
        &["work-queue/exact-claim-wants-the-queues-order"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                let mut all = ids(&queue(it, store, &claimant.session_id)?);
                all.retain(|id| entries.contains(id));
                if all.len() != entries.len() {
                    return Ok(None);
                }
                it.ledger.claim_exact(store, claimant, &all)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "skips what was not named",
        &["work-queue/exact-claim-does-not-skip"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                hiding(
                    it,
                    store,
                    &claimant.session_id,
                    |entry| !entries.contains(&entry.entry_id),
                    |it| it.ledger.claim_exact(store, claimant, entries),
                )
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes as many of the named as join",
        &["work-queue/exact-claim-of-more-than-joins"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                let claim = it.ledger.claim(store, claimant, many(entries))?;
                let Some(claim) = claim else { return Ok(None) };
                if entries.starts_with(&ids(&claim.entries)) {
                    return Ok(Some(claim));
                }
                it.ledger.abandon(store, &claim.claim)?;
                Ok(None)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes by name what is claimed, or not available",
        &[
            "work-queue/exact-claim-of-what-is-claimed",
            "work-queue/exact-claim-of-what-is-unavailable",
        ],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                ages_later(it, |it| it.ledger.claim_exact(store, claimant, entries))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "passes over names it does not know",
        &["work-queue/exact-claim-of-what-is-not-there"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                let all = ids(&queue(it, store, &claimant.session_id)?);
                let known: Vec<EntryId> =
                    entries.iter().filter(|id| all.contains(id)).cloned().collect();
                it.ledger.claim_exact(store, claimant, &known)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes a name given twice for one",
        &["work-queue/exact-claim-of-an-entry-named-twice"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                let mut once: Vec<EntryId> = Vec::new();
                for id in entries {
                    if !once.contains(id) {
                        once.push(id.clone());
                    }
                }
                it.ledger.claim_exact(store, claimant, &once)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes no names for any",
        &["work-queue/exact-claim-of-nothing"],
        Bend {
            claim_exact: |it, store, claimant, entries| match entries {
                [] => it.ledger.claim(store, claimant, u32::MAX),
                _ => it.ledger.claim_exact(store, claimant, entries),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "does not ask where the caller is when entries are named",
        &["work-queue/exact-claim-at-a-checkpoint"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                let claimant = Claimant { boundary: Boundary::Idle, ..claimant.clone() };
                it.ledger.claim_exact(store, &claimant, entries)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "finds named entries in every session's queue",
        &["work-queue/exact-claim-of-another-sessions-entry"],
        Bend {
            enqueue: |it, store, entry| {
                let made = it.ledger.enqueue(store, entry)?;
                it.notes.borrow_mut().of::<Vec<Entry>>().push(made.clone());
                Ok(made)
            },
            claim_exact: |it, store, claimant, entries| {
                let owner = |entry: &Entry| {
                    (entries.first() == Some(&entry.entry_id)).then(|| entry.session_id.clone())
                };
                let found: Option<SessionId> =
                    it.notes.borrow_mut().of::<Vec<Entry>>().iter().find_map(owner);
                let session_id = found.unwrap_or_else(|| claimant.session_id.clone());
                let claimant = Claimant { session_id, ..claimant.clone() };
                it.ledger.claim_exact(store, &claimant, entries)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lets a claim by name live for ever",
        &["work-queue/exact-claim-lives-as-any-other"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                let for_ever = Claimant { ttl: u64::MAX, ..claimant.clone() };
                let claim = it.ledger.claim_exact(store, &for_ever, entries)?;
                Ok(claim.map(|claim| as_asked(claim, claimant)))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "claims what is next and gives it back where it was not named",
        &[
            "work-queue/failed-exact-claim-leaves-claims-held",
            "work-queue/history-agrees-with-a-model",
            "work-queue/long-history-agrees-with-a-model",
        ],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                let claim = it.ledger.claim(store, claimant, many(entries))?;
                let Some(claim) = claim else { return Ok(None) };
                if ids(&claim.entries) == entries {
                    return Ok(Some(claim));
                }
                it.ledger.abandon(store, &claim.claim)?;
                Ok(None)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes any number of names",
        &["work-queue/exact-claim-list-bound"],
        Bend {
            claim_exact: |it, store, claimant, entries| {
                let answer = it.ledger.claim_exact(store, claimant, entries);
                if is_invalid(&answer) { Ok(None) } else { answer }
            },
            ..STRAIGHT
        },
    ),
];
