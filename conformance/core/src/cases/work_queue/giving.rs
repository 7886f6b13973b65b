//! Giving entries back and taking them out: abandon, cancel.

use std::slice::from_ref;

use wirt_contract::EntryId;
use wirt_contract::work_queue::{NewEntry, WorkQueue};

use super::case;
use super::stage::{FAR, LONG, Queue, SHORT, both, rises};
use crate::expect::same;
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("work-queue/abandon-gives-back", "work-queue.abandon", "wirt", gives_back),
    case("work-queue/abandon-gives-back-its-own", "work-queue.abandon", "wirt", own_entries),
    case("work-queue/abandon-twice-says-so", "work-queue.abandon.stale", "wirt", twice),
    case("work-queue/stale-abandon-changes-nothing", "work-queue.abandon.stale", "wirt", stale),
    case("work-queue/cancel-gives-the-entry", "work-queue.cancel", "wirt", cancel),
    case("work-queue/cancel-of-nothing-is-none", "work-queue.cancel", "wirt", nothing),
    case("work-queue/cancel-of-another-sessions-entry", "work-queue.cancel", "wirt", not_mine),
    case("work-queue/cancel-takes-one-of-a-group", "work-queue.cancel", "wirt", out_of_group),
    case("work-queue/cancel-after-the-ttl", "work-queue.cancel.claimed", "wirt", after_ttl),
    case("work-queue/claimed-entry-stays", "work-queue.cancel.claimed", "wirt", claimed_stays),
];

fn gives_back(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let group = queue.add_group(probe, 3)?;
    let rest = queue.add_alone(probe, 1)?;
    let claim = queue.takes_next(probe, &group)?;
    same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
    queue.awaits(probe, &both(&group, &rest))?;
    queue.holds(probe, &both(&group, &rest))?;
    queue.lost(probe, &claim.claim)?;
    let next = queue.takes_next(probe, &group)?;
    rises(&claim, &next)
}

fn own_entries(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 2)?;
    let other = queue.beside(probe);
    let others = other.add_alone(probe, 1)?;
    let kept = other.takes_next(probe, &others)?;
    let mut claims = Vec::new();
    for entry in &entries {
        claims.push(queue.takes_next(probe, from_ref(entry))?);
    }
    let freed = entries.get(1..).unwrap_or_default();
    for claim in claims.get(1..).unwrap_or_default() {
        same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
    }
    queue.awaits(probe, freed)?;
    other.awaits(probe, &[])?;
    for claim in claims.get(..1).unwrap_or_default().iter().chain([&kept]) {
        queue.completed(probe, claim)?;
    }
    queue.holds(probe, freed)?;
    other.holds(probe, &[])
}

fn twice(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let claim = queue.takes_next(probe, &entries)?;
    for expected in [true, false, false] {
        same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &expected)?;
    }
    queue.awaits(probe, &entries)
}

fn stale(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let first = queue.takes_shortly(probe, &entries)?;
    probe.advance(SHORT)?;
    let second = queue.takes_next(probe, &entries)?;
    for _ in 0..2 {
        let abandoned = probe.abandon(&queue.store, &first.claim)?;
        same("abandon of a claim that is not held", &abandoned, &false)?;
        queue.awaits(probe, &[])?;
        queue.gives_nothing(probe)?;
    }
    queue.completed(probe, &second)?;
    let abandoned = probe.abandon(&queue.store, &second.claim)?;
    same("abandon of a completed claim", &abandoned, &false)?;
    queue.holds(probe, &[])
}

fn cancel(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut entries = queue.add_alone(probe, 4)?;
    let later = NewEntry { available_at: FAR, ..queue.alone(probe) };
    entries.push(queue.add(probe, &later)?);
    // From the middle, the end (it is not available yet) and the beginning.
    for place in [1, 3, 0] {
        let gone = entries.remove(place);
        let cancelled = probe.cancel(&queue.store, &queue.session, &gone.entry_id)?;
        same("cancel", &cancelled.as_ref(), &Some(&gone))?;
        let again = probe.cancel(&queue.store, &queue.session, &gone.entry_id)?;
        same("cancel again", &again, &None)?;
        queue.holds(probe, &entries)?;
        queue.awaits(probe, &entries)?;
    }
    for entry in &entries {
        queue.takes_next(probe, from_ref(entry))?;
    }
    queue.gives_nothing(probe)
}

fn nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let word = EntryId::new(probe.word());
    let cancelled = probe.cancel(&queue.store, &queue.session, &word)?;
    same("cancel in an empty queue", &cancelled, &None)?;
    let entries = queue.add_alone(probe, 1)?;
    let id = entries.first().map_or("", |entry| entry.entry_id.as_str());
    let odd = [format!("{id} "), format!("{id}0"), format!("{id}:item:0"), " ".into(), "ü".into()];
    for id in odd.into_iter().map(EntryId::new).chain([word]) {
        let cancelled = probe.cancel(&queue.store, &queue.session, &id)?;
        same("cancel of what is not there", &cancelled, &None)?;
    }
    queue.holds(probe, &entries)
}

fn not_mine(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let mine = Queue::new(probe);
    let yours = mine.beside(probe);
    let mut entries = mine.add_alone(probe, 1)?;
    let others = yours.add_alone(probe, 1)?;
    for entry in &entries {
        let cancelled = probe.cancel(&yours.store, &yours.session, &entry.entry_id)?;
        same("cancel of another session's entry", &cancelled, &None)?;
    }
    mine.holds(probe, &entries)?;
    yours.holds(probe, &others)?;
    entries.extend(mine.add_alone(probe, 1)?);
    mine.awaits(probe, &entries)
}

fn out_of_group(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut entries = queue.add_group(probe, 4)?;
    let claim = queue.takes_shortly(probe, &entries)?;
    same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
    let gone = entries.remove(2);
    let cancelled = probe.cancel(&queue.store, &queue.session, &gone.entry_id)?;
    same("cancel", &cancelled, &Some(gone))?;
    let claim = queue.takes_next(probe, &entries)?;
    queue.completed(probe, &claim)?;
    queue.holds(probe, &[])
}

fn after_ttl(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut entries = queue.add_group(probe, 3)?;
    let claim = queue.takes_shortly(probe, &entries)?;
    probe.advance(SHORT)?;
    let gone = entries.remove(1);
    let cancelled = probe.cancel(&queue.store, &queue.session, &gone.entry_id)?;
    same("cancel after the ttl", &cancelled, &Some(gone))?;
    // An entry of it is gone, so the claim is not held any more.
    queue.lost(probe, &claim.claim)?;
    queue.awaits(probe, &entries)?;
    queue.holds(probe, &entries)?;
    let next = queue.takes_next(probe, &entries)?;
    queue.lost(probe, &claim.claim)?;
    queue.completed(probe, &next)
}

fn claimed_stays(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_group(probe, 2)?;
    let claim = queue.takes_next(probe, &entries)?;
    for entry in &entries {
        let cancelled = probe.cancel(&queue.store, &queue.session, &entry.entry_id)?;
        same("cancel of a claimed entry", &cancelled, &None)?;
    }
    queue.holds(probe, &entries)?;
    let renewed = probe.renew(&queue.store, &claim.claim, LONG)?;
    same("the renewed claim", &renewed.entries, &entries)?;
    queue.completed(probe, &claim)
}
