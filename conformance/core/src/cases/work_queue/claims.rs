//! Which entries a claim takes: available ones, the first of which decides; of one session; found
//! wherever they stand. What joins what has a room of its own.

use std::slice::from_ref;

use wirt_contract::EpochMs;
use wirt_contract::work_queue::{Claimant, Delivery, Entry, MergeKey, NewEntry, WorkQueue};

use super::stage::{FAR, LONG, MANY, Queue, both, looks_right};
use super::{case, joins};
use crate::expect::{holds, present, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("work-queue/empty-queue-gives-none", "work-queue.claim.head-decides", "wirt", empty),
    case("work-queue/first-entry-decides", "work-queue.claim.head-decides", "wirt", head_decides),
    case("work-queue/claims-follow-the-queue", "work-queue.claim.once", "wirt", in_order)
        .extended(),
    case("work-queue/entry-is-in-one-live-claim", "work-queue.claim.once", "wirt", once),
    case(
        "work-queue/unavailable-entries-are-passed-over",
        "work-queue.claim.available",
        "wirt",
        passed_over,
    ),
    case(
        "work-queue/available-from-its-millisecond-on",
        "work-queue.claim.available",
        "wirt",
        available_at,
    ),
    case("work-queue/available-at-this-very-time", "work-queue.claim.available", "wirt", at_now),
    case(
        "work-queue/checkpoint-waits-for-the-first-entry",
        "work-queue.claim.boundary",
        "wirt",
        checkpoint_waits,
    ),
    case(
        "work-queue/checkpoint-passes-over-what-is-unavailable",
        "work-queue.claim.boundary",
        "wirt",
        checkpoint_passes_over,
    ),
    case("work-queue/exclusive-entry-alone", "work-queue.claim.exclusive", "wirt", alone),
    case("work-queue/claim-of-at-most-none", "work-queue.claim.max", "wirt", at_most_none),
    case("work-queue/claim-of-at-most-some", "work-queue.claim.max", "wirt", at_most_some),
    case("work-queue/claim-up-to-max-list", "work-queue.claim.max", "wirt", up_to_max_list)
        .extended(),
    case(
        "work-queue/claim-scans-reach-rows-beyond-the-scan-surplus",
        "work-queue.claim.reaches",
        "head",
        reaches,
    )
    .extended(),
    case(
        "work-queue/claim-scans-reach-the-last-of-a-full-queue",
        "work-queue.claim.reaches",
        "head",
        reaches_far,
    )
    .extended(),
    case(
        "work-queue/sessions-queues-apart",
        "work-queue.claim.sessions-apart",
        "wirt",
        sessions_apart,
    )
    .extended(),
];

/// Entries of one queue, in all, that this suite makes.
pub(super) const MAX_MADE: u32 = 5_000;

fn empty(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    queue.gives_nothing(probe)?;
    let entries = queue.add_alone(probe, 1)?;
    queue.takes_next(probe, &entries)?;
    queue.gives_nothing(probe)?;
    let checkpoint = queue.at_checkpoint(probe);
    same("a claim at a checkpoint", &probe.claim(&queue.store, &checkpoint, MANY)?, &None)
}

fn head_decides(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let first = queue.add_alone(probe, 1)?;
    let group = queue.add_group(probe, 2)?;
    let last = queue.add_alone(probe, 1)?;
    let other = queue.add_group(probe, 1)?;
    for expected in [&first, &group, &last, &other] {
        queue.takes_next(probe, expected)?;
    }
    Ok(())
}

fn in_order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 12)?;
    let mut claims = Vec::new();
    for entry in &entries {
        claims.push(queue.takes_next(probe, from_ref(entry))?);
    }
    // Given back in another order, they are still taken in the queue's.
    for claim in claims.iter().rev().step_by(2).chain(claims.iter().step_by(2)) {
        same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
    }
    for entry in &entries {
        queue.takes_next(probe, from_ref(entry))?;
    }
    queue.gives_nothing(probe)
}

fn once(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut entries = queue.add_alone(probe, 2)?;
    entries.extend(queue.add_group(probe, 5)?);
    entries.extend(queue.add_alone(probe, 1)?);
    let mut claimed: Vec<Entry> = Vec::new();
    let asks: [fn(&Queue, &mut Probe<'_>) -> Claimant; 2] =
        [|queue, probe| queue.idle(probe, LONG), |queue, probe| queue.at_checkpoint(probe)];
    for ask in asks.iter().cycle().take(entries.len() + 2) {
        let claimant = ask(&queue, probe);
        if let Some(claim) = probe.claim(&queue.store, &claimant, 2)? {
            looks_right(&claim, &claimant, &claim.entries)?;
            claimed.extend(claim.entries);
        }
    }
    same("all entries claimed", &claimed, &entries)?;
    queue.awaits(probe, &[])?;
    queue.holds(probe, &entries)
}

fn passed_over(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut all = Vec::new();
    let mut ready = Vec::new();
    for _ in 0..3 {
        let later = NewEntry { available_at: FAR, ..queue.alone(probe) };
        all.push(queue.add(probe, &later)?);
        ready.extend(queue.add_alone(probe, 1)?);
        all.extend(ready.last().cloned());
    }
    for entry in &ready {
        queue.takes_next(probe, from_ref(entry))?;
    }
    queue.gives_nothing(probe)?;
    queue.holds(probe, &all)?;
    all.retain(|entry| entry.available_at == FAR);
    queue.awaits(probe, &all)
}

/// The time an entry would be enqueued at.
fn now(probe: &mut Probe<'_>, queue: &Queue) -> Result<EpochMs, Stop> {
    let clock = queue.beside(probe);
    let new = clock.alone(probe);
    Ok(clock.add(probe, &new)?.enqueued_at)
}

fn available_at(probe: &mut Probe<'_>) -> Result<(), Stop> {
    const PAUSE: u64 = 500;
    let queue = Queue::new(probe);
    let at = EpochMs(now(probe, &queue)?.0.saturating_add(PAUSE));
    let later = NewEntry { available_at: at, ..queue.alone(probe) };
    let later = vec![queue.add(probe, &later)?];
    queue.gives_nothing(probe)?;
    probe.advance(PAUSE - 1)?;
    queue.gives_nothing(probe)?;
    probe.advance(1)?;
    queue.takes_next(probe, &later).map(drop)
}

fn at_now(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let available_at = now(probe, &queue)?;
    let entry = NewEntry { available_at, ..queue.alone(probe) };
    let entry = vec![queue.add(probe, &entry)?];
    queue.takes_next(probe, &entry).map(drop)
}

/// Adds work for between turns.
fn add_between_turns(probe: &mut Probe<'_>, queue: &Queue) -> Result<Entry, Stop> {
    let delivery = Delivery::AfterCurrentTurnCommit;
    let new = NewEntry { delivery, ..queue.alone(probe) };
    queue.add(probe, &new)
}

fn checkpoint_waits(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let first = queue.add_alone(probe, 1)?;
    let waits = vec![add_between_turns(probe, &queue)?];
    let last = queue.add_group(probe, 2)?;
    let checkpoint = queue.at_checkpoint(probe);
    queue.takes(probe, &checkpoint, MANY, &first)?;
    for max in [1, MANY] {
        let answer = probe.claim(&queue.store, &checkpoint, max)?;
        same("a claim at a checkpoint, before work for between turns", &answer, &None)?;
    }
    queue.awaits(probe, &both(&waits, &last))?;
    queue.takes_next(probe, &waits)?;
    queue.takes(probe, &checkpoint, MANY, &last).map(drop)
}

fn checkpoint_passes_over(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let delivery = Delivery::AfterCurrentTurnCommit;
    let later = NewEntry { delivery, available_at: FAR, ..queue.alone(probe) };
    queue.add(probe, &later)?;
    let ready = queue.add_alone(probe, 1)?;
    let checkpoint = queue.at_checkpoint(probe);
    queue.takes(probe, &checkpoint, MANY, &ready).map(drop)
}

fn alone(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let key = MergeKey::Group(probe.word());
    let exclusive = NewEntry { merge_key: key.clone(), ..queue.alone(probe) };
    let joining = queue.joining(probe, &key);
    let mut entries = Vec::new();
    for new in [&joining, &exclusive, &exclusive, &joining, &joining] {
        entries.push(queue.add(probe, new)?);
    }
    let last = entries.split_off(3);
    for entry in &entries {
        queue.takes_next(probe, from_ref(entry))?;
    }
    queue.takes_next(probe, &last).map(drop)
}

fn at_most_none(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let claimant = queue.idle(probe, LONG);
    same("a claim of at most 0", &probe.claim(&queue.store, &claimant, 0)?, &None)?;
    let first = queue.add_alone(probe, 1)?;
    same("a claim of at most 0", &probe.claim(&queue.store, &claimant, 0)?, &None)?;
    queue.awaits(probe, &first)?;
    queue.takes(probe, &claimant, 1, &first)?;
    let group = queue.add_group(probe, 2)?;
    same("a claim of at most 0", &probe.claim(&queue.store, &claimant, 0)?, &None)?;
    queue.awaits(probe, &group)
}

fn at_most_some(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut left = queue.add_group(probe, 10)?;
    for max in [1, 2, 3] {
        let size = usize::try_from(max).unwrap_or(usize::MAX).min(left.len());
        let rest = left.split_off(size);
        let claimant = queue.idle(probe, LONG);
        queue.takes(probe, &claimant, max, &left)?;
        left = rest;
        queue.awaits(probe, &left)?;
    }
    let claimant = queue.idle(probe, LONG);
    queue.takes(probe, &claimant, u32::MAX, &left).map(drop)
}

/// One more than a list may hold where a queue takes as many, else a queue that is full.
fn up_to_max_list(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let limits = probe.limits();
    let made = limits.max_list.saturating_add(1).min(limits.max_queued);
    if made > MAX_MADE {
        return Err(Stop::Skip(format!("a queue of {made} is more than this case makes")));
    }
    let queue = Queue::new(probe);
    let mut entries = joins::add_many(probe, &queue, u64::from(made))?;
    let most = usize::try_from(limits.max_list).unwrap_or(usize::MAX);
    let rest = entries.split_off(most.min(entries.len()));
    let claimant = queue.idle(probe, LONG);
    queue.takes(probe, &claimant, u32::MAX, &entries)?;
    queue.awaits(probe, &rest)
}

/// A queue of this many entries of which only the last can be claimed, and then only together with
/// nothing: the first half is claimed, the second not available yet.
fn buried(probe: &mut Probe<'_>, many: u32) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let claimed = u64::from(many / 2);
    let mut held = joins::add_many(probe, &queue, claimed)?;
    while !held.is_empty() {
        let claimant = queue.idle(probe, LONG);
        let claim = present("a claim", probe.claim(&queue.store, &claimant, u32::MAX)?)?;
        let most = claim.entries.len().clamp(1, held.len());
        let rest = held.split_off(most);
        looks_right(&claim, &claimant, &held)?;
        held = rest;
    }
    let new = NewEntry { available_at: FAR, ..queue.alone(probe) };
    let rest = u64::from(many).saturating_sub(claimed + 1);
    probe.bulk(rest, |probe| Ok(probe.enqueue(&queue.store, &new).map(drop)?))?;
    queue.gives_nothing(probe)?;
    let last = queue.add_alone(probe, 1)?;
    let claim = queue.takes_next(probe, &last)?;
    same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
    let checkpoint = queue.at_checkpoint(probe);
    queue.takes(probe, &checkpoint, 1, &last)?;
    let first = probe.list_pending(&queue.store, &queue.session, None, 1)?;
    holds(first.len() == 1, "an entry in no live claim", || first.show())
}

fn reaches(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Entries before the first claimable one; twice the smallest largest page and list.
    const BURIED: u32 = 600;
    buried(probe, BURIED)
}

fn reaches_far(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.limits().max_queued;
    if most > MAX_MADE {
        return Err(Stop::Skip(format!("a queue of {most} is more than this case makes")));
    }
    buried(probe, most)
}

fn sessions_apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    // One session's name begins another's, and one key is everybody's.
    let names = ["a", "a\u{0}", "aa", "b", "é"];
    let key = MergeKey::Group("a".into());
    let mut queues: Vec<(Queue, Vec<Entry>)> =
        names.iter().map(|name| (root.of((*name).into()), Vec::new())).collect();
    for _ in 0..2 {
        for (queue, entries) in &mut queues {
            let new = queue.joining(probe, &key);
            entries.push(queue.add(probe, &new)?);
        }
    }
    for (queue, entries) in queues.iter().rev() {
        queue.awaits(probe, entries)?;
        queue.takes_next(probe, entries)?;
        queue.awaits(probe, &[])?;
    }
    for (queue, entries) in &queues {
        queue.holds(probe, entries)?;
        queue.gives_nothing(probe)?;
    }
    Ok(())
}
