//! The seed's own cases of what a claim takes: boundaries, availability, limits, groups.

use wirt_contract::work_queue::{Delivery, MergeKey, NewEntry, WorkQueue};

use super::case;
use super::stage::{FAR, LONG, Queue, looks_right, rises};
use crate::expect::{holds, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case(
        "work-queue/queued-work-claims-respect-boundaries-renewal-and-abandon",
        "work-queue.claim.boundary",
        "seed 38",
        boundaries,
    ),
    case(
        "work-queue/queued-work-respects-availability-limits-exclusivity-reclaim-and-sessions",
        "work-queue.claim.available",
        "seed 39",
        availability,
    ),
    case(
        "work-queue/queued-work-join-groups-by-delivery-policy-and-merge-key",
        "work-queue.claim.joins",
        "seed 40",
        groups,
    ),
];

/// Most entries the seed asks for at once.
const TEN: u32 = 10;

fn boundaries(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    let delivery = Delivery::AfterCurrentTurnCommit;
    let after_commit = NewEntry { delivery, ..root.alone(probe) };
    let after_commit = vec![root.add(probe, &after_commit)?];
    let earliest = root.add_alone(probe, 1)?;
    let (idle, checkpoint) = (root.idle(probe, LONG), root.at_checkpoint(probe));
    let waiting = probe.claim(&root.store, &checkpoint, TEN)?;
    same("a claim at a checkpoint, before work for between turns", &waiting, &None)?;
    let held = root.takes(probe, &idle, TEN, &after_commit)?;
    root.takes(probe, &checkpoint, TEN, &earliest)?;
    same("abandon", &probe.abandon(&root.store, &held.claim)?, &true)?;
    let next = root.idle(probe, LONG);
    let reclaimed = root.takes(probe, &next, TEN, &after_commit)?;
    rises(&held, &reclaimed)?;
    let renewed = probe.renew(&root.store, &reclaimed.claim, LONG)?;
    same("the renewed claim", &renewed.claim, &reclaimed.claim)?;
    looks_right(&renewed, &next, &after_commit)?;
    let no_earlier = renewed.expires_at >= reclaimed.expires_at;
    holds(no_earlier, format!("until {} or later", reclaimed.expires_at), || {
        renewed.expires_at.show()
    })
}

fn availability(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    let other = root.beside(probe);
    let not_ready = NewEntry { available_at: FAR, ..root.alone(probe) };
    root.add(probe, &not_ready)?;
    let alone = root.add_alone(probe, 1)?;
    let joined = root.add_group(probe, 1)?;
    let others = other.add_alone(probe, 1)?;
    for (queue, expected) in [(&root, &alone), (&root, &joined), (&other, &others)] {
        let claimant = queue.idle(probe, LONG);
        queue.takes(probe, &claimant, TEN, expected)?;
    }

    let reclaim = root.beside(probe);
    let entry = reclaim.add_alone(probe, 1)?;
    let (at_once, for_long) = (reclaim.idle(probe, 0), reclaim.idle(probe, LONG));
    let gone = reclaim.takes(probe, &at_once, 1, &entry)?;
    let reclaimed = reclaim.takes(probe, &for_long, 1, &entry)?;
    rises(&gone, &reclaimed)?;

    let limited = root.beside(probe);
    let mut first = limited.add_group(probe, 3)?;
    let rest = first.split_off(2);
    let (some, more) = (limited.idle(probe, LONG), limited.idle(probe, LONG));
    limited.takes(probe, &some, 2, &first)?;
    limited.takes(probe, &more, TEN, &rest).map(drop)
}

fn groups(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    let (a, b) = (MergeKey::Group("a".into()), MergeKey::Group("b".into()));
    let mut entries = Vec::new();
    for key in [&a, &a, &b] {
        let new = root.joining(probe, key);
        entries.push(root.add(probe, &new)?);
    }
    let delivery = Delivery::AfterCurrentTurnCommit;
    let other_delivery = NewEntry { delivery, ..root.joining(probe, &a) };
    let last = vec![root.add(probe, &other_delivery)?];
    let different_key = entries.split_off(2);
    for expected in [&entries, &different_key, &last] {
        let claimant = root.idle(probe, LONG);
        root.takes(probe, &claimant, TEN, expected)?;
    }
    Ok(())
}
