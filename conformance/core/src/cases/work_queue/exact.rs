//! Claims of named entries: what is next, exactly, or nothing.

use std::slice::from_ref;

use wirt_contract::EntryId;
use wirt_contract::work_queue::{Claim, Claimant, Delivery, Entry, NewEntry, WorkQueue};

use super::case;
use super::stage::{FAR, LONG, Queue, SHORT, both, ids, looks_right, rises};
use crate::expect::{present, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    exact("work-queue/exact-claim-takes-a-whole-group", whole_group).extended(),
    exact("work-queue/exact-claim-takes-the-beginning-of-a-group", beginning),
    exact("work-queue/exact-claim-wants-the-queues-order", order),
    exact("work-queue/exact-claim-does-not-skip", skipping),
    exact("work-queue/exact-claim-of-more-than-joins", too_many).extended(),
    exact("work-queue/exact-claim-of-what-is-claimed", claimed),
    exact("work-queue/exact-claim-of-what-is-not-there", unknown),
    exact("work-queue/exact-claim-of-an-entry-named-twice", twice),
    exact("work-queue/exact-claim-of-nothing", nothing),
    exact("work-queue/exact-claim-of-what-is-unavailable", unavailable),
    exact("work-queue/exact-claim-at-a-checkpoint", at_checkpoint),
    exact("work-queue/exact-claim-of-another-sessions-entry", not_mine),
    exact("work-queue/exact-claim-lives-as-any-other", lives),
    exact("work-queue/failed-exact-claim-leaves-claims-held", leaves_held),
];

const fn exact(id: &'static str, run: crate::case::Run) -> Case {
    case(id, "work-queue.claim-exact", "wirt", run)
}

/// An exact claim of these by somebody between turns.
fn takes(probe: &mut Probe<'_>, queue: &Queue, entries: &[Entry]) -> Result<Claim, Stop> {
    let claimant = queue.idle(probe, LONG);
    takes_as(probe, queue, &claimant, entries)
}

fn takes_as(
    probe: &mut Probe<'_>,
    queue: &Queue,
    claimant: &Claimant,
    entries: &[Entry],
) -> Result<Claim, Stop> {
    let claim = probe.claim_exact(&queue.store, claimant, &ids(entries))?;
    let claim = present("an exact claim", claim)?;
    looks_right(&claim, claimant, entries)?;
    Ok(claim)
}

/// An exact claim of these gives none, and changes neither the queue nor what is free in it.
fn none(
    probe: &mut Probe<'_>,
    queue: &Queue,
    wanted: &[EntryId],
    (all, free): (&[Entry], &[Entry]),
) -> Result<(), Stop> {
    let claimant = queue.idle(probe, LONG);
    let answer = probe.claim_exact(&queue.store, &claimant, wanted)?;
    same(&format!("an exact claim of {}", wanted.show()), &answer, &None)?;
    queue.holds(probe, all)?;
    queue.awaits(probe, free)
}

fn whole_group(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let group = queue.add_group(probe, 3)?;
    let rest = queue.add_group(probe, 2)?;
    let first = takes(probe, &queue, &group)?;
    queue.awaits(probe, &rest)?;
    let second = takes(probe, &queue, &rest)?;
    rises(&first, &second)?;
    queue.awaits(probe, &[])?;
    queue.completed(probe, &first)?;
    queue.holds(probe, &rest)
}

fn beginning(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut group = queue.add_group(probe, 5)?;
    for many in [1, 2] {
        let rest = group.split_off(many);
        takes(probe, &queue, &group)?;
        queue.awaits(probe, &rest)?;
        group = rest;
    }
    queue.takes_next(probe, &group).map(drop)
}

fn order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let group = queue.add_group(probe, 3)?;
    let mut wanted = ids(&group);
    for _ in 0..2 {
        wanted.rotate_left(1);
        none(probe, &queue, &wanted, (&group, &group))?;
    }
    wanted.reverse();
    none(probe, &queue, &wanted, (&group, &group))?;
    takes(probe, &queue, &group).map(drop)
}

fn skipping(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let group = queue.add_group(probe, 3)?;
    let all = both(&group, &queue.add_alone(probe, 1)?);
    let ids = ids(&all);
    let [first, second, third, last] = ids.as_slice() else {
        return same("entries made", &ids.len(), &4);
    };
    let wanted = [vec![second], vec![third], vec![last], vec![second, third], vec![first, third]];
    for wanted in wanted {
        let wanted: Vec<EntryId> = wanted.into_iter().cloned().collect();
        none(probe, &queue, &wanted, (&all, &all))?;
    }
    takes(probe, &queue, &group).map(drop)
}

fn too_many(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let first = queue.add_alone(probe, 1)?;
    let group = queue.add_group(probe, 2)?;
    let other = queue.add_group(probe, 1)?;
    let mut all = both(&both(&first, &group), &other);
    none(probe, &queue, &ids(&all), (&all, &all))?;
    none(probe, &queue, &ids(&both(&first, &group)), (&all, &all))?;
    let claim = takes(probe, &queue, &first)?;
    queue.completed(probe, &claim)?;
    all.remove(0);
    none(probe, &queue, &ids(&all), (&all, &all))?;
    takes(probe, &queue, &group).map(drop)
}

fn claimed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let group = queue.add_group(probe, 2)?;
    let rest = queue.add_alone(probe, 1)?;
    let all = both(&group, &rest);
    let short = queue.takes_shortly(probe, &group)?;
    for wanted in [group.as_slice(), group.get(..1).unwrap_or_default(), all.as_slice()] {
        none(probe, &queue, &ids(wanted), (&all, &rest))?;
    }
    probe.advance(SHORT)?;
    let claim = takes(probe, &queue, &group)?;
    rises(&short, &claim)?;
    queue.lost(probe, &short.claim)?;
    takes(probe, &queue, &rest).map(drop)
}

fn unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let word = EntryId::new(probe.word());
    none(probe, &queue, from_ref(&word), (&[], &[]))?;
    let mut entries = queue.add_group(probe, 2)?;
    let gone = entries.remove(0);
    let cancelled = probe.cancel(&queue.store, &queue.session, &gone.entry_id)?;
    same("cancel", &cancelled.as_ref(), &Some(&gone))?;
    let known = ids(&entries);
    for unknown in [word, gone.entry_id, "ü".into()] {
        none(probe, &queue, from_ref(&unknown), (&entries, &entries))?;
        let before = [from_ref(&unknown), &known].concat();
        none(probe, &queue, &before, (&entries, &entries))?;
        let after = [&known, from_ref(&unknown)].concat();
        none(probe, &queue, &after, (&entries, &entries))?;
    }
    takes(probe, &queue, &entries).map(drop)
}

fn twice(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let group = queue.add_group(probe, 2)?;
    let known = ids(&group);
    let first = known.get(..1).unwrap_or_default();
    for wanted in [[first, first].concat(), [known.as_slice(), first].concat()] {
        none(probe, &queue, &wanted, (&group, &group))?;
    }
    takes(probe, &queue, &group).map(drop)
}

fn nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    none(probe, &queue, &[], (&[], &[]))?;
    let entries = queue.add_alone(probe, 2)?;
    none(probe, &queue, &[], (&entries, &entries))
}

fn unavailable(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let later = NewEntry { available_at: FAR, ..queue.alone(probe) };
    let later = vec![queue.add(probe, &later)?];
    none(probe, &queue, &ids(&later), (&later, &later))?;
    let ready = queue.add_alone(probe, 1)?;
    let all = both(&later, &ready);
    none(probe, &queue, &ids(&later), (&all, &all))?;
    none(probe, &queue, &ids(&all), (&all, &all))?;
    takes(probe, &queue, &ready).map(drop)
}

fn at_checkpoint(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let delivery = Delivery::AfterCurrentTurnCommit;
    let between_turns = NewEntry { delivery, ..queue.alone(probe) };
    let first = vec![queue.add(probe, &between_turns)?];
    let second = queue.add_alone(probe, 1)?;
    let checkpoint = queue.at_checkpoint(probe);
    for wanted in [&first, &second] {
        let answer = probe.claim_exact(&queue.store, &checkpoint, &ids(wanted))?;
        same("an exact claim before work for between turns", &answer, &None)?;
    }
    queue.awaits(probe, &both(&first, &second))?;
    takes(probe, &queue, &first)?;
    takes_as(probe, &queue, &checkpoint, &second).map(drop)
}

fn not_mine(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let mine = Queue::new(probe);
    let yours = mine.beside(probe);
    let entries = mine.add_alone(probe, 1)?;
    none(probe, &yours, &ids(&entries), (&[], &[]))?;
    let others = yours.add_alone(probe, 1)?;
    none(probe, &yours, &ids(&entries), (&others, &others))?;
    mine.awaits(probe, &entries)?;
    takes(probe, &mine, &entries)?;
    takes(probe, &yours, &others).map(drop)
}

fn lives(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let claimant = queue.idle(probe, SHORT);
    let first = takes_as(probe, &queue, &claimant, &entries)?;
    probe.advance(SHORT - 1)?;
    queue.gives_nothing(probe)?;
    queue.awaits(probe, &[])?;
    probe.advance(1)?;
    queue.awaits(probe, &entries)?;
    let renewed = probe.renew(&queue.store, &first.claim, SHORT)?;
    same("the renewed claim", &renewed.claim, &first.claim)?;
    same("abandon", &probe.abandon(&queue.store, &first.claim)?, &true)?;
    let second = takes(probe, &queue, &entries)?;
    rises(&first, &second)?;
    queue.lost(probe, &first.claim)?;
    queue.completed(probe, &second)?;
    queue.holds(probe, &[])
}

/// What it would have claimed is still in its old claim's hand, live or not.
fn leaves_held(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let first = queue.add_alone(probe, 1)?;
    let second = queue.add_alone(probe, 1)?;
    let all = both(&first, &second);
    let short = queue.takes_shortly(probe, &first)?;
    probe.advance(SHORT)?;
    none(probe, &queue, &ids(&second), (&all, &all))?;
    none(probe, &queue, &ids(&all), (&all, &all))?;
    none(probe, &queue, &[], (&all, &all))?;
    let claimant = queue.idle(probe, LONG);
    same("a claim of at most 0", &probe.claim(&queue.store, &claimant, 0)?, &None)?;
    let renewed = probe.renew(&queue.store, &short.claim, LONG)?;
    same("the renewed claim", &renewed.claim, &short.claim)?;
    queue.completed(probe, &short)?;
    queue.holds(probe, &second)
}
