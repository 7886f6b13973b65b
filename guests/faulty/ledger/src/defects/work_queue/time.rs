//! Defects of how long a claim lives.

use wirt_contract::sessions::{CommitAnswer, Refusal, Sessions};
use wirt_contract::work_queue::{Claim, Claimant, WorkQueue};
use wirt_contract::{Answer, EpochMs, Error};

use super::{Defect, defect, in_seconds, known, noting, queue, ran_out, secretly_for};
use crate::{Bend, Inner, STRAIGHT};

fn expired<T>() -> Answer<T> {
    Err(Error::Expired("so it says".into()).into())
}

/// A ttl that is none where the sum with the time does not fit.
fn without_overflow(it: &Inner, ttl: u64) -> u64 {
    it.now().0.checked_add(ttl).map_or(0, |_| ttl)
}

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "lets a claim live a millisecond longer",
        &["work-queue/claim-lives-to-its-last-millisecond"],
        Bend {
            claim: |it, store, claimant, max| {
                secretly_for(it, store, claimant, max, claimant.ttl.saturating_add(1))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes a ttl of 0 for one without an end",
        &["work-queue/claim-of-ttl-zero-is-not-live"],
        Bend {
            claim: |it, store, claimant, max| {
                let ttl = if claimant.ttl == 0 { u64::MAX } else { claimant.ttl };
                secretly_for(it, store, claimant, max, ttl)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lets a claim run out at once whose end does not fit its numbers",
        &["work-queue/claim-of-largest-ttl-lives"],
        Bend {
            claim: |it, store, claimant, max| {
                let ttl = without_overflow(it, claimant.ttl);
                it.ledger.claim(store, &Claimant { ttl, ..claimant.clone() }, max)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "claims at whole seconds",
        &["work-queue/claimed-at-the-stores-time"],
        Bend {
            claim: |it, store, claimant, max| {
                in_seconds(it, |it| it.ledger.claim(store, claimant, max))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "does not complete what has run out",
        &["work-queue/expired-claim-completes"],
        Bend {
            claim: noting,
            commit: |it, store, commit| match commit
                .completed
                .iter()
                .find(|claim| ran_out(it, claim))
            {
                Some(claim) => {
                    Ok(CommitAnswer::Refused(Refusal::ClaimLost(claim.claim_id.clone())))
                }
                None => it.ledger.commit(store, commit),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "does not take back what has run out",
        &["work-queue/expired-claim-is-abandoned"],
        Bend {
            claim: noting,
            abandon: |it, store, claim| {
                if ran_out(it, claim) { Ok(false) } else { it.ledger.abandon(store, claim) }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "does not renew what has run out",
        &["work-queue/expired-claim-is-renewed"],
        Bend {
            claim: noting,
            renew: |it, store, claim, ttl| {
                if ran_out(it, claim) { expired() } else { it.ledger.renew(store, claim, ttl) }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "adds a renewal to what is left",
        &["work-queue/renewal-counts-from-now"],
        Bend {
            claim: noting,
            renew: |it, store, claim, ttl| {
                let until = known(it, claim).map_or(0, |known| known.expires_at.0);
                let left = until.saturating_sub(it.now().0);
                it.ledger.renew(store, claim, ttl.saturating_add(left))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "never shortens a claim",
        &["work-queue/renewal-may-shorten"],
        Bend {
            claim: noting,
            renew: |it, store, claim, ttl| {
                let until = known(it, claim).map_or(0, |known| known.expires_at.0);
                let left = until.saturating_sub(it.now().0);
                it.ledger.renew(store, claim, ttl.max(left))
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lets a renewed claim run out at once whose end does not fit its numbers",
        &["work-queue/renewal-of-largest-ttl-lives"],
        Bend {
            renew: |it, store, claim, ttl| {
                let renewed = it.ledger.renew(store, claim, without_overflow(it, ttl))?;
                let expires_at = EpochMs(it.now().0.saturating_add(ttl));
                Ok(Claim { expires_at, ..renewed })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "renews a claim once",
        &["work-queue/renewal-may-be-repeated"],
        Bend {
            renew: |it, store, claim, ttl| {
                it.notes.borrow_mut().calls += 1;
                if it.notes.borrow().calls > 1 {
                    return expired();
                }
                it.ledger.renew(store, claim, ttl)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "shows the whole queue in a renewed claim",
        &["work-queue/renewal-keeps-what-is-claimed"],
        Bend {
            renew: |it, store, claim, ttl| {
                let renewed = it.ledger.renew(store, claim, ttl)?;
                Ok(Claim { entries: queue(it, store, &claim.session_id)?, ..renewed })
            },
            ..STRAIGHT
        },
    ),
];
