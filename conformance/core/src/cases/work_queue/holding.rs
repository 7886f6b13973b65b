//! Who holds a claim: its four values, its generation, and fencing tokens that only rise.

use std::slice::from_ref;

use wirt_contract::work_queue::{Claim, ClaimRef, WorkQueue};
use wirt_contract::{ClaimId, SessionId};

use super::case;
use super::stage::{LONG, Queue, SHORT, rises};
use crate::expect::same;
use crate::{Case, Probe, Reopen, Stop};

pub(super) const CASES: &[Case] = &[
    case(
        "work-queue/queued-work-claims-supersede-across-generations",
        "work-queue.renew.held",
        "head",
        supersede,
    ),
    case(
        "work-queue/claim-is-lost-with-one-of-its-entries",
        "work-queue.renew.held",
        "wirt",
        overlap,
    ),
    case("work-queue/lost-claim-stays-lost", "work-queue.renew.held", "wirt", stays_lost),
    case("work-queue/completed-claim-is-not-held", "work-queue.renew.held", "wirt", completed)
        .extended(),
    case("work-queue/claims-do-not-touch-each-other", "work-queue.renew.held", "wirt", others)
        .extended(),
    case("work-queue/claim-is-held-under-all-its-values", "work-queue.claim-ref", "wirt", values),
    case("work-queue/values-of-two-claims-do-not-mix", "work-queue.claim-ref", "wirt", mixed),
    case("work-queue/fencing-never-goes-back", "work-queue.claim.fencing", "wirt", fencing),
    case("work-queue/fencing-is-the-store-ids", "work-queue.claim.fencing", "wirt", fencing_over),
    case(
        "work-queue/fencing-goes-on-in-a-fresh-instance",
        "work-queue.claim.fencing",
        "wirt",
        fencing_survives,
    )
    .extended()
    .durable(),
];

fn supersede(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let mut lost: Vec<Claim> = Vec::new();
    for _ in 0..3 {
        let claim = queue.takes_shortly(probe, &entries)?;
        for old in &lost {
            rises(old, &claim)?;
            queue.lost(probe, &old.claim)?;
            // Trying changed nothing: the newer claim lives, its entry stays.
            queue.awaits(probe, &[])?;
            queue.holds(probe, &entries)?;
        }
        probe.advance(SHORT)?;
        lost.push(claim);
    }
    let last = queue.takes_next(probe, &entries)?;
    for old in &lost {
        queue.lost(probe, &old.claim)?;
    }
    let renewed = probe.renew(&queue.store, &last.claim, LONG)?;
    same("the renewed claim", &renewed.claim, &last.claim)?;
    queue.completed(probe, &last)?;
    queue.holds(probe, &[])?;
    for old in &lost {
        queue.lost(probe, &old.claim)?;
    }
    Ok(())
}

fn overlap(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut first = queue.add_group(probe, 3)?;
    let all = queue.takes_shortly(probe, &first)?;
    probe.advance(SHORT)?;
    let rest = first.split_off(1);
    let claimant = queue.idle(probe, LONG);
    let one = queue.takes(probe, &claimant, 1, &first)?;
    queue.lost(probe, &all.claim)?;
    queue.awaits(probe, &rest)?;
    let two = queue.takes_next(probe, &rest)?;
    queue.lost(probe, &all.claim)?;
    queue.awaits(probe, &[])?;
    queue.completed(probe, &one)?;
    queue.holds(probe, &rest)?;
    queue.completed(probe, &two)?;
    queue.holds(probe, &[])
}

/// Nobody holds the entry that made it lose; it does not come back for that.
fn stays_lost(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_group(probe, 2)?;
    let all = queue.takes_shortly(probe, &entries)?;
    probe.advance(SHORT)?;
    let claimant = queue.idle(probe, LONG);
    let one = queue.takes(probe, &claimant, 1, entries.get(..1).unwrap_or_default())?;
    same("abandon", &probe.abandon(&queue.store, &one.claim)?, &true)?;
    queue.lost(probe, &all.claim)?;
    queue.awaits(probe, &entries)?;
    let again = queue.takes_next(probe, &entries)?;
    queue.lost(probe, &all.claim)?;
    queue.lost(probe, &one.claim)?;
    queue.completed(probe, &again)?;
    queue.holds(probe, &[])
}

fn completed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_group(probe, 2)?;
    let claim = queue.takes_next(probe, &entries)?;
    queue.completed(probe, &claim)?;
    queue.lost(probe, &claim.claim)?;
    let next = queue.add_alone(probe, 1)?;
    let newer = queue.takes_next(probe, &next)?;
    queue.lost(probe, &claim.claim)?;
    queue.completed(probe, &newer)
}

/// A claim that runs out, is abandoned or completed does so alone.
fn others(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 3)?;
    let mut claims = Vec::new();
    for entry in &entries {
        claims.push(queue.takes_next(probe, from_ref(entry))?);
    }
    for place in 0..claims.len() {
        for (claim, entry) in claims.iter().zip(&entries).skip(place) {
            let renewed = probe.renew(&queue.store, &claim.claim, LONG)?;
            same("the renewed claim", &renewed.claim, &claim.claim)?;
            same("its entries", &renewed.entries, &vec![entry.clone()])?;
        }
        for claim in claims.get(place..=place).unwrap_or_default() {
            queue.completed(probe, claim)?;
        }
        queue.holds(probe, entries.get(place + 1..).unwrap_or_default())?;
    }
    Ok(())
}

fn values(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_group(probe, 2)?;
    let held = queue.takes_next(probe, &entries)?.claim;
    let other = SessionId::new(probe.word());
    let wrong = [
        ClaimRef { session_id: other, ..held.clone() },
        ClaimRef { claim_id: ClaimId::new(format!("{}0", held.claim_id)), ..held.clone() },
        ClaimRef { claim_id: ClaimId::new(probe.word()), ..held.clone() },
        ClaimRef { fencing_token: held.fencing_token.wrapping_add(1), ..held.clone() },
        ClaimRef { fencing_token: held.fencing_token.wrapping_sub(1), ..held.clone() },
        ClaimRef { lease_token: format!("{}:stale", held.lease_token), ..held.clone() },
        ClaimRef { lease_token: probe.word(), ..held.clone() },
    ];
    for wrong in &wrong {
        queue.lost(probe, wrong)?;
        queue.awaits(probe, &[])?;
        queue.holds(probe, &entries)?;
    }
    let renewed = probe.renew(&queue.store, &held, LONG)?;
    same("the renewed claim", &renewed.claim, &held)?;
    same("its entries", &renewed.entries, &entries)
}

fn mixed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let others = queue.beside(probe);
    let entry = others.add_alone(probe, 1)?;
    let one = queue.takes_next(probe, &entries)?.claim;
    let two = others.takes_next(probe, &entry)?.claim;
    for wrong in [
        ClaimRef { session_id: two.session_id.clone(), ..one.clone() },
        ClaimRef { fencing_token: two.fencing_token, ..one.clone() },
        ClaimRef { session_id: one.session_id.clone(), ..two.clone() },
        ClaimRef { fencing_token: one.fencing_token, ..two.clone() },
    ] {
        queue.lost(probe, &wrong)?;
        queue.awaits(probe, &[])?;
        others.awaits(probe, &[])?;
    }
    for claim in [&one, &two] {
        same("abandon", &probe.abandon(&queue.store, claim)?, &true)?;
    }
    Ok(())
}

/// Claims an entry that is made for it.
fn next(probe: &mut Probe<'_>, queue: &Queue) -> Result<Claim, Stop> {
    let entries = queue.add_alone(probe, 1)?;
    queue.takes_next(probe, &entries)
}

/// Each claim's token is above the one before.
fn all_rise(claims: &[Claim]) -> Result<(), Stop> {
    claims.iter().zip(claims.iter().skip(1)).try_for_each(|(before, after)| rises(before, after))
}

fn fencing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let mut claims = vec![queue.takes_shortly(probe, &entries)?];
    probe.advance(SHORT)?;
    claims.push(queue.takes_next(probe, &entries)?);
    for _ in 0..2 {
        if let Some(claim) = claims.last() {
            same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
        }
        claims.push(queue.takes_next(probe, &entries)?);
    }
    if let Some(claim) = claims.last() {
        queue.completed(probe, claim)?;
    }
    // The queue is empty, and the count goes on.
    for _ in 0..2 {
        let claim = next(probe, &queue)?;
        queue.completed(probe, &claim)?;
        claims.push(claim);
    }
    let entries = queue.add_alone(probe, 1)?;
    let claim = queue.takes_next(probe, &entries)?;
    same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
    claims.push(claim);
    for entry in &entries {
        let cancelled = probe.cancel(&queue.store, &queue.session, &entry.entry_id)?;
        same("cancel", &cancelled.as_ref(), &Some(entry))?;
    }
    queue.holds(probe, &[])?;
    claims.push(next(probe, &queue)?);
    all_rise(&claims)
}

fn fencing_over(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let one = Queue::new(probe);
    let (two, three) = (one.beside(probe), one.beside(probe));
    let mut claims = Vec::new();
    for queue in [&one, &two, &three, &two, &one, &one, &three] {
        claims.push(next(probe, queue)?);
    }
    all_rise(&claims)
}

fn fencing_survives(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut claims = Vec::new();
    for how in [Reopen::Closed, Reopen::Dropped] {
        let claim = next(probe, &queue)?;
        queue.completed(probe, &claim)?;
        claims.push(claim);
        probe.reopen(how)?;
    }
    // One is not completed: it is lost to whoever comes after it, in whatever instance.
    let entries = queue.add_alone(probe, 1)?;
    let old = queue.takes_shortly(probe, &entries)?;
    probe.reopen(Reopen::Dropped)?;
    probe.advance(SHORT)?;
    let new = queue.takes_next(probe, &entries)?;
    claims.extend([old.clone(), new.clone()]);
    all_rise(&claims)?;
    probe.reopen(Reopen::Closed)?;
    queue.lost(probe, &old.claim)?;
    queue.completed(probe, &new)
}
