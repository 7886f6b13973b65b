//! How long a claim lives: ttl, and what a renewal adds.

use std::slice::from_ref;

use wirt_contract::EpochMs;
use wirt_contract::work_queue::{Claim, Entry, WorkQueue};

use super::case;
use super::stage::{LONG, Queue, SHORT, looks_right, rises};
use crate::expect::{holds, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("work-queue/claim-lives-to-its-last-millisecond", "work-queue.claim.ttl", "wirt", edge),
    case("work-queue/claim-of-ttl-zero-is-not-live", "work-queue.claim.ttl", "wirt", ttl_zero),
    case("work-queue/claim-of-largest-ttl-lives", "work-queue.claim.ttl", "wirt", ttl_largest),
    case("work-queue/claimed-at-the-stores-time", "work-queue.claim.ttl", "wirt", clock),
    case("work-queue/expired-claim-completes", "work-queue.claim.ttl", "wirt", completes_late),
    case("work-queue/expired-claim-is-abandoned", "work-queue.claim.ttl", "wirt", abandons_late),
    case("work-queue/expired-claim-is-renewed", "work-queue.renew.held", "wirt", renews_late),
    case("work-queue/renewal-counts-from-now", "work-queue.renew.extends", "wirt", from_now),
    case("work-queue/renewal-may-shorten", "work-queue.renew.extends", "wirt", shortens),
    case("work-queue/renewal-of-largest-ttl-lives", "work-queue.renew.extends", "wirt", renew_most),
    case("work-queue/renewal-may-be-repeated", "work-queue.renew.extends", "wirt", again),
    case("work-queue/renewal-keeps-what-is-claimed", "work-queue.renew.extends", "wirt", keeps),
];

/// The entry is out of reach: no claim takes it, nobody can cancel it, no list says it is free.
fn is_live(probe: &mut Probe<'_>, queue: &Queue, entry: &Entry) -> Result<(), Stop> {
    queue.awaits(probe, &[])?;
    queue.gives_nothing(probe)?;
    let cancelled = probe.cancel(&queue.store, &queue.session, &entry.entry_id)?;
    same("cancel of a claimed entry", &cancelled, &None)
}

/// The entry is free: listed, and taken by the next claim.
fn is_free(
    probe: &mut Probe<'_>,
    queue: &Queue,
    before: &Claim,
    entry: &Entry,
) -> Result<(), Stop> {
    queue.awaits(probe, from_ref(entry))?;
    let next = queue.takes_next(probe, from_ref(entry))?;
    rises(before, &next)
}

/// One entry, claimed for this long.
fn claimed(probe: &mut Probe<'_>, ttl: u64) -> Result<(Queue, Entry, Claim), Stop> {
    let queue = Queue::new(probe);
    let new = queue.alone(probe);
    let entry = queue.add(probe, &new)?;
    let claimant = queue.idle(probe, ttl);
    let claim = queue.takes(probe, &claimant, 1, from_ref(&entry))?;
    Ok((queue, entry, claim))
}

fn edge(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, entry, claim) = claimed(probe, SHORT)?;
    is_live(probe, &queue, &entry)?;
    probe.advance(SHORT - 1)?;
    is_live(probe, &queue, &entry)?;
    probe.advance(1)?;
    is_free(probe, &queue, &claim, &entry)
}

fn ttl_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, entry, claim) = claimed(probe, 0)?;
    is_free(probe, &queue, &claim, &entry)
}

fn ttl_largest(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Thirty days: beyond what 32 bits of milliseconds hold.
    const AGES: u64 = 30 * 24 * 60 * 60 * 1_000;
    for ttl in [u64::MAX, u64::MAX / 2, 2 * AGES] {
        let (queue, entry, _) = claimed(probe, ttl)?;
        is_live(probe, &queue, &entry)?;
        probe.advance(AGES)?;
        is_live(probe, &queue, &entry)?;
    }
    Ok(())
}

fn clock(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 2)?;
    for (entry, pause) in entries.iter().zip([0, 54_321]) {
        probe.advance(pause)?;
        let claim = queue.takes_next(probe, from_ref(entry))?;
        let expected = EpochMs(entry.enqueued_at.0.saturating_add(pause));
        same("when it was claimed", &claim.claimed_at, &expected)?;
    }
    Ok(())
}

fn completes_late(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, _, claim) = claimed(probe, SHORT)?;
    probe.advance(LONG)?;
    queue.completed(probe, &claim)?;
    queue.holds(probe, &[])?;
    queue.lost(probe, &claim.claim)
}

fn abandons_late(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, entry, claim) = claimed(probe, SHORT)?;
    probe.advance(LONG)?;
    same("abandon of an expired claim", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
    same("abandon again", &probe.abandon(&queue.store, &claim.claim)?, &false)?;
    is_free(probe, &queue, &claim, &entry)
}

fn renews_late(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for ttl in [0, SHORT] {
        let (queue, entry, claim) = claimed(probe, ttl)?;
        probe.advance(LONG)?;
        queue.awaits(probe, from_ref(&entry))?;
        let renewed = probe.renew(&queue.store, &claim.claim, SHORT)?;
        same("the renewed claim", &renewed.claim, &claim.claim)?;
        is_live(probe, &queue, &entry)?;
        queue.completed(probe, &claim)?;
        queue.holds(probe, &[])?;
    }
    Ok(())
}

fn from_now(probe: &mut Probe<'_>) -> Result<(), Stop> {
    const PAUSE: u64 = 400;
    let (queue, entry, claim) = claimed(probe, SHORT)?;
    probe.advance(PAUSE)?;
    let renewed = probe.renew(&queue.store, &claim.claim, SHORT)?;
    let until = EpochMs(claim.expires_at.0.saturating_add(PAUSE));
    same("when the renewed claim runs out", &renewed.expires_at, &until)?;
    probe.advance(SHORT - 1)?;
    is_live(probe, &queue, &entry)?;
    probe.advance(1)?;
    is_free(probe, &queue, &claim, &entry)
}

fn shortens(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, entry, claim) = claimed(probe, LONG)?;
    let renewed = probe.renew(&queue.store, &claim.claim, SHORT)?;
    let until = EpochMs(claim.claimed_at.0.saturating_add(SHORT));
    same("when the renewed claim runs out", &renewed.expires_at, &until)?;
    is_live(probe, &queue, &entry)?;
    probe.renew(&queue.store, &claim.claim, 0)?;
    is_free(probe, &queue, &claim, &entry)
}

fn renew_most(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, entry, claim) = claimed(probe, SHORT)?;
    let renewed = probe.renew(&queue.store, &claim.claim, u64::MAX)?;
    let later = renewed.expires_at > claim.expires_at;
    holds(later, "a claim that lives longer", || renewed.show())?;
    probe.advance(LONG)?;
    is_live(probe, &queue, &entry)
}

fn again(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, entry, claim) = claimed(probe, SHORT)?;
    for _ in 0..5 {
        probe.advance(SHORT - 1)?;
        is_live(probe, &queue, &entry)?;
        let renewed = probe.renew(&queue.store, &claim.claim, SHORT)?;
        same("the renewed claim", &renewed.claim, &claim.claim)?;
    }
    queue.completed(probe, &claim)
}

fn keeps(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_group(probe, 3)?;
    let claimant = queue.idle(probe, LONG);
    let claim = queue.takes(probe, &claimant, 2, entries.get(..2).unwrap_or_default())?;
    let renewed = probe.renew(&queue.store, &claim.claim, LONG)?;
    same("the renewed claim", &renewed.claim, &claim.claim)?;
    looks_right(&renewed, &claimant, &claim.entries)?;
    queue.awaits(probe, entries.get(2..).unwrap_or_default())
}
