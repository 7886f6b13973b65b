//! Lists of entries and of those in no live claim, in order and in pages.

use wirt_contract::work_queue::{Entry, NewEntry, WorkQueue};
use wirt_contract::{Answer, EpochMs};

use super::super::tasks::stage::{MAX_PAGES, PAGE};
use super::stage::{FAR, LONG, Queue, SHORT, both};
use super::{case, joins};
use crate::expect::{Kind, failed, holds, refused, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("work-queue/list-by-place", "work-queue.list.order", "wirt", by_place).extended(),
    case("work-queue/list-shows-claimed-entries", "work-queue.list.order", "wirt", shows_claimed)
        .extended(),
    case("work-queue/list-after-any-place", "work-queue.list.order", "wirt", after_any).extended(),
    case("work-queue/list-limit-zero-is-invalid", "work-queue.list.page", "wirt", limit_zero),
    case("work-queue/list-limit-is-cut", "work-queue.list.page", "wirt", limit_is_cut).extended(),
    case("work-queue/list-ends-with-an-empty-page", "work-queue.list.page", "wirt", ends_empty)
        .extended(),
    case("work-queue/pending-hides-live-claims", "work-queue.list.pending", "wirt", pending),
    case("work-queue/pending-in-pages", "work-queue.list.pending", "wirt", pending_in_pages)
        .extended(),
    case(
        "work-queue/pending-beyond-many-claimed",
        "work-queue.list.pending",
        "wirt",
        pending_beyond,
    )
    .extended(),
];

/// A list of a queue: all of it, or what is in no live claim.
type List = fn(&mut Probe<'_>, &Queue, Option<u64>, u32) -> Answer<Vec<Entry>>;

const ALL: List =
    |probe, queue, after, limit| probe.list_entries(&queue.store, &queue.session, after, limit);
const PENDING: List =
    |probe, queue, after, limit| probe.list_pending(&queue.store, &queue.session, after, limit);

/// The list in pages of at most this many holds exactly these.
fn in_pages(
    probe: &mut Probe<'_>,
    (queue, list): (&Queue, List),
    limit: u32,
    expected: &[Entry],
) -> Result<(), Stop> {
    let mut found: Vec<Entry> = Vec::new();
    for _ in 0..MAX_PAGES {
        let page = list(probe, queue, found.last().map(|last| last.enqueue_seq), limit)?;
        if page.is_empty() {
            return same(&format!("the list in pages of {limit}"), found.as_slice(), expected);
        }
        if page.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return failed(format!("at most {limit} entries"), page.show());
        }
        found.extend(page);
    }
    failed("a list with an end", format!("more than {} entries", found.len()))
}

/// A queue of entries of every kind, with another session's between them.
fn mixed(probe: &mut Probe<'_>) -> Result<(Queue, Vec<Entry>), Stop> {
    let queue = Queue::new(probe);
    let other = queue.beside(probe);
    let mut entries = queue.add_alone(probe, 2)?;
    other.add_alone(probe, 1)?;
    entries.extend(queue.add_group(probe, 3)?);
    other.add_group(probe, 2)?;
    for available_at in [FAR, EpochMs(0), EpochMs(u64::MAX)] {
        let new = NewEntry { available_at, ..queue.alone(probe) };
        entries.push(queue.add(probe, &new)?);
    }
    Ok((queue, entries))
}

fn by_place(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, entries) = mixed(probe)?;
    let empty = queue.beside(probe);
    for limit in [1, 2, 7, PAGE] {
        in_pages(probe, (&queue, ALL), limit, &entries)?;
        in_pages(probe, (&empty, ALL), limit, &[])?;
    }
    Ok(())
}

fn shows_claimed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, entries) = mixed(probe)?;
    queue.takes_shortly(probe, entries.get(..1).unwrap_or_default())?;
    queue.takes_next(probe, entries.get(1..2).unwrap_or_default())?;
    queue.takes_next(probe, entries.get(2..5).unwrap_or_default())?;
    for limit in [2, PAGE] {
        in_pages(probe, (&queue, ALL), limit, &entries)?;
    }
    probe.advance(SHORT)?;
    in_pages(probe, (&queue, ALL), PAGE, &entries)
}

fn after_any(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (queue, entries) = mixed(probe)?;
    let gone = entries.iter().take(3).skip(1);
    for entry in gone.clone() {
        let cancelled = probe.cancel(&queue.store, &queue.session, &entry.entry_id)?;
        same("cancel", &cancelled.as_ref(), &Some(entry))?;
    }
    let left: Vec<&Entry> = entries.iter().filter(|it| !gone.clone().any(|no| no == *it)).collect();
    let last = entries.last().map_or(0, |entry| entry.enqueue_seq);
    // Also places of another session's entries, of none, and of those that are gone.
    for after in (0..=last.min(100)).chain([last.saturating_add(1), u64::MAX]) {
        let expected: Vec<Entry> =
            left.iter().filter(|entry| entry.enqueue_seq > after).copied().cloned().collect();
        for list in [ALL, PENDING] {
            let found = list(probe, &queue, Some(after), PAGE)?;
            same(&format!("the list after {after}"), &found, &expected)?;
        }
    }
    Ok(())
}

fn limit_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    for _ in 0..2 {
        for list in [ALL, PENDING] {
            let answer = list(probe, &queue, None, 0);
            refused("a list of limit 0", answer, Kind::Invalid)?;
        }
        queue.add_alone(probe, 1)?;
    }
    Ok(())
}

fn limit_is_cut(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.limits().max_page;
    if most >= super::claims::MAX_MADE.min(probe.limits().max_queued) {
        return Err(Stop::Skip(format!(
            "pages of {most} are more than a queue of this case holds"
        )));
    }
    let queue = Queue::new(probe);
    let entries = joins::add_many(probe, &queue, u64::from(most) + 1)?;
    for list in [ALL, PENDING] {
        let page = list(probe, &queue, None, u32::MAX)?;
        let fits = !page.is_empty() && page.len() <= usize::try_from(most).unwrap_or(usize::MAX);
        holds(fits, format!("1 to max-page = {most} entries"), || page.len().to_string())?;
        in_pages(probe, (&queue, list), most, &entries)?;
    }
    Ok(())
}

/// Pages are filled from the whole queue: none is empty while there is more.
fn ends_empty(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let other = queue.beside(probe);
    let mut entries = queue.add_alone(probe, 1)?;
    joins::add_many(probe, &other, u64::from(PAGE) * 2)?;
    entries.extend(queue.add_alone(probe, 1)?);
    for list in [ALL, PENDING] {
        for limit in [1, PAGE] {
            in_pages(probe, (&queue, list), limit, &entries)?;
        }
    }
    Ok(())
}

fn pending(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let first = queue.add_group(probe, 2)?;
    let second = queue.add_alone(probe, 1)?;
    let third = queue.add_group(probe, 2)?;
    let later = NewEntry { available_at: FAR, ..queue.alone(probe) };
    let later = vec![queue.add(probe, &later)?];
    let rest = both(&third, &later);
    queue.awaits(probe, &both(&first, &both(&second, &rest)))?;
    let short = queue.takes_shortly(probe, &first)?;
    let long = queue.takes_next(probe, &second)?;
    queue.awaits(probe, &rest)?;
    probe.advance(SHORT)?;
    queue.awaits(probe, &both(&first, &rest))?;
    same("abandon", &probe.abandon(&queue.store, &long.claim)?, &true)?;
    queue.awaits(probe, &both(&first, &both(&second, &rest)))?;
    probe.renew(&queue.store, &short.claim, LONG)?;
    queue.awaits(probe, &both(&second, &rest))?;
    queue.completed(probe, &short)?;
    queue.awaits(probe, &both(&second, &rest))
}

fn pending_in_pages(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut free: Vec<Entry> = Vec::new();
    // Each group's first two are claimed, its third is free.
    for _ in 0..5 {
        let group = queue.add_group(probe, 3)?;
        let claimant = queue.idle(probe, LONG);
        // Those that were left free before would be next, so they are claimed and given back.
        let mut before = Vec::new();
        for entry in &free {
            before.push(queue.takes(probe, &claimant, 1, std::slice::from_ref(entry))?);
        }
        queue.takes(probe, &claimant, 2, group.get(..2).unwrap_or_default())?;
        for claim in before {
            same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)?;
        }
        free.extend(group.get(2..).unwrap_or_default().iter().cloned());
        for limit in [1, 2, PAGE] {
            in_pages(probe, (&queue, PENDING), limit, &free)?;
        }
    }
    Ok(())
}

fn pending_beyond(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Claimed entries before the free ones; a claim of any store may hold as many.
    const CLAIMED: u32 = 250;
    let queue = Queue::new(probe);
    let claimed = joins::add_many(probe, &queue, u64::from(CLAIMED))?;
    let claimant = queue.idle(probe, LONG);
    queue.takes(probe, &claimant, CLAIMED, &claimed)?;
    let free = queue.add_alone(probe, 3)?;
    for limit in [1, 2, PAGE] {
        in_pages(probe, (&queue, PENDING), limit, &free)?;
    }
    Ok(())
}
