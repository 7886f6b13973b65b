//! Defects of who holds a claim.

use wirt_contract::sessions::{CommitAnswer, NewCommit, Sessions};
use wirt_contract::work_queue::{Claim, ClaimRef, WorkQueue};

use super::{
    Defect, by_id, defect, ids, is_expired, known, noted, noting, pending, queue, share_an_entry,
};
use crate::{Bend, STRAIGHT};

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "renews for a claim that was superseded the one that holds its entries",
        &["work-queue/queued-work-claims-supersede-across-generations"],
        Bend {
            claim: noting,
            renew: |it, store, claim, ttl| {
                let answer = it.ledger.renew(store, claim, ttl);
                let Some(known) = known(it, claim).filter(|_| is_expired(&answer)) else {
                    return answer;
                };
                let holder = noted(it).into_iter().rev().find(|it| share_an_entry(&known, it));
                holder.map_or(answer, |holder| it.ledger.renew(store, &holder.claim, ttl))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "renews what is left of a claim",
        &["work-queue/claim-is-lost-with-one-of-its-entries"],
        Bend {
            claim: noting,
            renew: |it, store, claim, ttl| {
                let answer = it.ledger.renew(store, claim, ttl);
                let Some(mut known) = known(it, claim).filter(|_| is_expired(&answer)) else {
                    return answer;
                };
                let free = pending(it, store, &claim.session_id)?;
                known.entries.retain(|entry| free.contains(entry));
                if known.entries.is_empty() { answer } else { Ok(known) }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "renews a lost claim where nobody holds its entries",
        &["work-queue/lost-claim-stays-lost"],
        Bend {
            claim: noting,
            renew: |it, store, claim, ttl| {
                let answer = it.ledger.renew(store, claim, ttl);
                let Some(known) = known(it, claim).filter(|_| is_expired(&answer)) else {
                    return answer;
                };
                let free = pending(it, store, &claim.session_id)?;
                if known.entries.iter().all(|it| free.contains(it)) { Ok(known) } else { answer }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "completes a claim as often as it is asked to",
        &["work-queue/completed-claim-is-not-held"],
        Bend {
            commit: |it, store, commit| {
                let mut fresh = commit.completed.clone();
                let before = it.notes.borrow_mut().of::<Vec<ClaimRef>>().clone();
                fresh.retain(|claim| !before.contains(claim));
                let commit = NewCommit { completed: fresh.clone(), ..commit.clone() };
                let answer = it.ledger.commit(store, &commit)?;
                if matches!(answer, CommitAnswer::Committed(_)) {
                    it.notes.borrow_mut().of::<Vec<ClaimRef>>().append(&mut fresh);
                }
                Ok(answer)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "completes all that a session has claimed",
        &["work-queue/claims-do-not-touch-each-other"],
        Bend {
            claim: noting,
            commit: |it, store, commit| {
                let mut completed = commit.completed.clone();
                for claim in &commit.completed {
                    let there = ids(&queue(it, store, &claim.session_id)?);
                    let of_session = noted(it).into_iter().filter(|other: &Claim| {
                        other.claim != *claim
                            && other.claim.session_id == claim.session_id
                            && ids(&other.entries).iter().all(|id| there.contains(id))
                    });
                    completed.extend(of_session.map(|other| other.claim));
                }
                it.ledger.commit(store, &NewCommit { completed, ..commit.clone() })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "knows a claim by its id alone",
        &[
            "work-queue/queued-work-completion-is-lease-guarded",
            "work-queue/claim-is-held-under-all-its-values",
            "work-queue/values-of-two-claims-do-not-mix",
        ],
        Bend {
            claim: noting,
            renew: |it, store, claim, ttl| it.ledger.renew(store, &by_id(it, claim), ttl),
            abandon: |it, store, claim| it.ledger.abandon(store, &by_id(it, claim)),
            commit: |it, store, commit| {
                let completed = commit.completed.iter().map(|claim| by_id(it, claim)).collect();
                it.ledger.commit(store, &NewCommit { completed, ..commit.clone() })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "counts claims by session",
        &["work-queue/fencing-is-the-store-ids"],
        Bend {
            claim: |it, store, claimant, max| {
                let Some(mut claim) = noting(it, store, claimant, max)? else { return Ok(None) };
                let of_session = noted(it)
                    .iter()
                    .filter(|it| it.claim.session_id == claimant.session_id)
                    .count();
                claim.claim.fencing_token = u64::try_from(of_session).unwrap_or(u64::MAX);
                Ok(Some(claim))
            },
            ..STRAIGHT
        },
    ),
];
