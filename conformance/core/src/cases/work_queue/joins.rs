//! What joins what in a claim.

use wirt_contract::EpochMs;
use wirt_contract::work_queue::{Delivery, Entry, MergeKey, NewEntry, WorkQueue};

use super::case;
use super::stage::{FAR, LONG, MANY, Queue, both};
use crate::expect::same;
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("work-queue/equal-keys-join", "work-queue.claim.joins", "wirt", equal_keys),
    case("work-queue/different-keys-do-not-join", "work-queue.claim.joins", "wirt", other_keys),
    case("work-queue/other-delivery-does-not-join", "work-queue.claim.joins", "wirt", deliveries),
    case("work-queue/joins-end-at-an-exclusive-entry", "work-queue.claim.joins", "wirt", ends),
    case("work-queue/equal-keys-apart-do-not-join", "work-queue.claim.joins", "wirt", not_adjacent),
    case(
        "work-queue/unavailable-entries-between-do-not-part",
        "work-queue.claim.joins",
        "wirt",
        unavailable_between,
    ),
    case(
        "work-queue/claimed-entries-between-do-not-part",
        "work-queue.claim.joins",
        "wirt",
        claimed_between,
    ),
    case(
        "work-queue/checkpoint-joins-what-may-be-claimed-there",
        "work-queue.claim.joins",
        "wirt",
        at_checkpoint,
    ),
];

/// Adds many small entries that join; some cases fill queues with them.
pub(super) fn add_many(
    probe: &mut Probe<'_>,
    queue: &Queue,
    many: u64,
) -> Result<Vec<Entry>, Stop> {
    let new = queue.joining(probe, &MergeKey::PayloadDefault);
    let mut entries = Vec::new();
    probe.bulk(many, |probe| {
        entries.push(probe.enqueue(&queue.store, &new)?);
        Ok(())
    })?;
    Ok(entries)
}

fn add_all(probe: &mut Probe<'_>, queue: &Queue, keys: &[MergeKey]) -> Result<Vec<Entry>, Stop> {
    let mut entries = Vec::new();
    for key in keys {
        let new = queue.joining(probe, key);
        entries.push(queue.add(probe, &new)?);
    }
    Ok(entries)
}

fn equal_keys(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let group = MergeKey::Group(probe.word());
    for key in [MergeKey::Never, MergeKey::PayloadDefault, group] {
        let queue = Queue::new(probe);
        let entries = add_all(probe, &queue, &[key.clone(), key.clone(), key])?;
        queue.takes_next(probe, &entries)?;
    }
    Ok(())
}

fn other_keys(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let group = |name: &str| MergeKey::Group(name.into());
    let keys = [
        MergeKey::Never,
        MergeKey::PayloadDefault,
        group("never"),
        group("payload-default"),
        group("a"),
        group("A"),
        group("a "),
        group("aa"),
        group("a\u{0}"),
        MergeKey::Never,
    ];
    for entry in add_all(probe, &queue, &keys)? {
        queue.takes_next(probe, &[entry])?;
    }
    Ok(())
}

fn deliveries(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let key = MergeKey::Group(probe.word());
    let at_once = queue.joining(probe, &key);
    let delivery = Delivery::AfterCurrentTurnCommit;
    let between_turns = NewEntry { delivery, ..queue.joining(probe, &key) };
    let mut entries = Vec::new();
    for new in [&at_once, &between_turns, &between_turns, &at_once] {
        entries.push(queue.add(probe, new)?);
    }
    let last = entries.split_off(3);
    let two = entries.split_off(1);
    for expected in [&entries, &two, &last] {
        queue.takes_next(probe, expected)?;
    }
    Ok(())
}

fn ends(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let key = MergeKey::Group(probe.word());
    let before = add_all(probe, &queue, &[key.clone(), key.clone()])?;
    let alone = NewEntry { merge_key: key.clone(), ..queue.alone(probe) };
    let alone = vec![queue.add(probe, &alone)?];
    let after = add_all(probe, &queue, &[key])?;
    for expected in [&before, &alone, &after] {
        queue.takes_next(probe, expected)?;
    }
    Ok(())
}

fn not_adjacent(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let (a, b) = (MergeKey::Group(probe.word()), MergeKey::Group(probe.word()));
    let first = add_all(probe, &queue, &[a.clone(), a.clone()])?;
    let second = add_all(probe, &queue, std::slice::from_ref(&b))?;
    let third = add_all(probe, &queue, &[a])?;
    let fourth = add_all(probe, &queue, &[b])?;
    for expected in [&first, &second, &third, &fourth] {
        queue.takes_next(probe, expected)?;
    }
    Ok(())
}

fn unavailable_between(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let key = MergeKey::Group(probe.word());
    let before = add_all(probe, &queue, std::slice::from_ref(&key))?;
    let alone = NewEntry { available_at: FAR, ..queue.alone(probe) };
    let joining = NewEntry { available_at: FAR, ..queue.joining(probe, &key) };
    let later = [queue.add(probe, &alone)?, queue.add(probe, &joining)?];
    let after = add_all(probe, &queue, &[key])?;
    queue.takes_next(probe, &both(&before, &after))?;
    queue.awaits(probe, &later)
}

fn claimed_between(probe: &mut Probe<'_>) -> Result<(), Stop> {
    const PAUSE: u64 = 100;
    let queue = Queue::new(probe);
    let key = MergeKey::Group(probe.word());
    let now = queue.add_alone(probe, 1)?;
    let time = now.first().map_or(EpochMs(0), |entry| entry.enqueued_at);
    // The first is not available before the second is claimed.
    let soon = EpochMs(time.0.saturating_add(PAUSE));
    let before = NewEntry { available_at: soon, ..queue.joining(probe, &key) };
    let before = vec![queue.add(probe, &before)?];
    let between = queue.add_alone(probe, 2)?;
    let after = add_all(probe, &queue, &[key])?;
    queue.takes_next(probe, &now)?;
    for entry in between {
        queue.takes_next(probe, &[entry])?;
    }
    probe.advance(PAUSE)?;
    let claim = queue.takes_next(probe, &both(&before, &after))?;
    same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
    queue.takes_next(probe, &both(&before, &after)).map(drop)
}

fn at_checkpoint(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_group(probe, 3)?;
    let delivery = Delivery::AfterCurrentTurnCommit;
    let key = MergeKey::Group(probe.word());
    for _ in 0..2 {
        let new = NewEntry { delivery, ..queue.joining(probe, &key) };
        queue.add(probe, &new)?;
    }
    let checkpoint = queue.at_checkpoint(probe);
    queue.takes(probe, &checkpoint, MANY, &entries)?;
    let waiting = probe.claim(&queue.store, &checkpoint, MANY)?;
    same("a claim at a checkpoint, before work for between turns", &waiting, &None)?;
    let all = queue.idle(probe, LONG);
    same("a claim between turns", &probe.claim(&queue.store, &all, 1)?.is_some(), &true)
}
