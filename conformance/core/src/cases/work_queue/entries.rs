//! What enqueue makes: contents, ids, places, source keys.

use std::collections::BTreeSet;
use std::slice::from_ref;

use wirt_contract::work_queue::{
    Delivery, Entry, Item, MergeKey, NewEntry, Slot, Work, WorkKind, WorkQueue,
};
use wirt_contract::{EntryId, EpochMs, StoreId};

use super::case;
use super::stage::{FAR, LONG, Queue, both, contents, ids, rises};
use crate::expect::{holds, same};
use crate::{Case, Probe, Reopen, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("work-queue/entry-round-trip", "work-queue.enqueue.round-trip", "wirt", round_trip),
    case("work-queue/bodies-kept-verbatim", "work-queue.enqueue.round-trip", "wirt", verbatim),
    case("work-queue/enqueued-at-the-stores-time", "work-queue.enqueue.round-trip", "wirt", clock),
    case("work-queue/item-ids-count-from-zero", "work-queue.enqueue.item-ids", "wirt", item_ids),
    case("work-queue/places-rise-over-all-sessions", "work-queue.enqueue.sequence", "wirt", places),
    case(
        "work-queue/places-and-ids-of-gone-entries-stay-used",
        "work-queue.enqueue.sequence",
        "wirt",
        places_stay_used,
    )
    .extended(),
    case(
        "work-queue/places-and-ids-stay-used-in-a-fresh-instance",
        "work-queue.enqueue.sequence",
        "wirt",
        places_survive,
    )
    .extended()
    .durable(),
    case(
        "work-queue/source-key-is-free-once-the-entry-left",
        "work-queue.enqueue.source-key",
        "wirt",
        key_free_again,
    ),
    case(
        "work-queue/source-key-stays-while-claimed",
        "work-queue.enqueue.source-key",
        "wirt",
        key_while_claimed,
    ),
    case(
        "work-queue/source-keys-per-session",
        "work-queue.enqueue.source-key",
        "wirt",
        keys_per_session,
    )
    .extended(),
    case(
        "work-queue/no-source-key-is-no-key",
        "work-queue.enqueue.source-key",
        "wirt",
        without_keys,
    ),
    case(
        "work-queue/replayed-entry-is-unchanged",
        "work-queue.enqueue.source-key",
        "wirt",
        replay_changes_nothing,
    ),
    case("work-queue/store-ids-apart", "store.id.isolation", "wirt", stores_apart),
    case("work-queue/queue-survives-reopen", "store.close.keeps", "wirt", survives)
        .extended()
        .durable(),
];

/// Names that careless keys take for one another.
const ALIKE: [&str; 7] = ["a", "A", "aa", "a\u{0}", "\u{0}a", "é", "e\u{301}"];

fn round_trip(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let keys = [
        MergeKey::Never,
        MergeKey::PayloadDefault,
        MergeKey::Group("never".into()),
        MergeKey::Group("ü \u{0}\n\"𝄞\"".into()),
    ];
    let mut made: Vec<Entry> = Vec::new();
    for delivery in [Delivery::EarliestSafeBoundary, Delivery::AfterCurrentTurnCommit] {
        for slot in [Slot::Join, Slot::Exclusive] {
            for merge_key in &keys {
                let new =
                    NewEntry { delivery, slot, merge_key: merge_key.clone(), ..queue.alone(probe) };
                made.push(queue.add(probe, &new)?);
            }
        }
    }
    let kinds = [WorkKind::SessionCommand, WorkKind::ProcessWake, WorkKind::TurnInput];
    for (available_at, source_key) in [(1, None), (u64::MAX, Some("ü\u{0}")), (FAR.0, Some(" "))] {
        let items = kinds.map(|kind| Work { kind, body: format!("[\"{}\"]", probe.word()) });
        let new = NewEntry {
            source_key: source_key.map(Into::into),
            available_at: EpochMs(available_at),
            items: items.into(),
            ..queue.alone(probe)
        };
        made.push(queue.add(probe, &new)?);
    }
    queue.holds(probe, &made)?;
    queue.awaits(probe, &made)
}

fn verbatim(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let bodies =
        ["{ \"b\":1.50, \"a\":[ ] }", "\"\\u00e9 é\"", "1e2", " null\n", "{\"a\":1,\"a\":2}"];
    let items =
        bodies.map(|body| Work { kind: WorkKind::SessionCommand, body: body.to_owned() }).to_vec();
    let new = NewEntry { items, ..queue.alone(probe) };
    let entry = queue.add(probe, &new)?;
    queue.holds(probe, from_ref(&entry))?;
    queue.takes_next(probe, from_ref(&entry)).map(drop)
}

fn clock(probe: &mut Probe<'_>) -> Result<(), Stop> {
    const PAUSE: u64 = 12_345;
    let queue = Queue::new(probe);
    let mut entries = queue.add_alone(probe, 1)?;
    probe.advance(PAUSE)?;
    entries.extend(queue.add_alone(probe, 1)?);
    queue.holds(probe, &entries)?;
    let times: Vec<u64> = entries.iter().map(|entry| entry.enqueued_at.0).collect();
    let expected: Vec<u64> =
        times.first().into_iter().flat_map(|at| [*at, at.saturating_add(PAUSE)]).collect();
    same("the times of two entries", &times, &expected)
}

fn item_ids(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let work = Work { kind: WorkKind::TurnInput, body: "0".into() };
    for many in [1, 12] {
        let new = NewEntry { items: vec![work.clone(); many], ..queue.alone(probe) };
        let entry = queue.add(probe, &new)?;
        let expected: Vec<Item> = (0..many)
            .map(|place| Item {
                item_id: format!("{}:item:{place}", entry.entry_id),
                work: work.clone(),
            })
            .collect();
        same("the items", &entry.items, &expected)?;
    }
    Ok(())
}

/// Each place is above the one before, and no id is there twice.
fn all_new(entries: &[Entry]) -> Result<(), Stop> {
    let places: Vec<u64> = entries.iter().map(|entry| entry.enqueue_seq).collect();
    holds(places.is_sorted_by(|one, next| one < next), "rising places", || places.show())?;
    let ids = ids(entries);
    let different: BTreeSet<&EntryId> = ids.iter().collect();
    holds(different.len() == ids.len(), "ids that are all different", || ids.show())
}

fn places(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let one = Queue::new(probe);
    let other = one.beside(probe);
    let mut made = Vec::new();
    for queue in [&one, &other, &other, &one, &other] {
        made.extend(queue.add_alone(probe, 1)?);
    }
    all_new(&made)
}

/// Makes entries that leave again: cancelled, completed.
fn come_and_go(probe: &mut Probe<'_>, queue: &Queue) -> Result<Vec<Entry>, Stop> {
    let mut made = queue.add_alone(probe, 3)?;
    for entry in &made {
        let cancelled = probe.cancel(&queue.store, &queue.session, &entry.entry_id)?;
        same("cancel", &cancelled.as_ref(), &Some(entry))?;
    }
    let completed = queue.add_alone(probe, 1)?;
    let claim = queue.takes_next(probe, &completed)?;
    queue.completed(probe, &claim)?;
    queue.holds(probe, &[])?;
    made.extend(completed);
    Ok(made)
}

fn places_stay_used(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut made = Vec::new();
    for _ in 0..3 {
        made.extend(come_and_go(probe, &queue)?);
    }
    all_new(&made)
}

fn places_survive(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let mut made = Vec::new();
    for how in [Reopen::Closed, Reopen::Dropped] {
        made.extend(come_and_go(probe, &queue)?);
        probe.reopen(how)?;
    }
    made.extend(queue.add_alone(probe, 1)?);
    all_new(&made)
}

/// An entry with a source key.
fn keyed(probe: &mut Probe<'_>, queue: &Queue, key: &str) -> NewEntry {
    NewEntry { source_key: Some(key.into()), ..queue.alone(probe) }
}

/// An entry of this key is added anew.
fn added_anew(
    probe: &mut Probe<'_>,
    queue: &Queue,
    key: &str,
    before: &Entry,
) -> Result<Entry, Stop> {
    let new = keyed(probe, queue, key);
    let entry = queue.add(probe, &new)?;
    all_new(&[before.clone(), entry.clone()])?;
    queue.holds(probe, from_ref(&entry))?;
    Ok(entry)
}

fn key_free_again(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let key = probe.word();
    let new = keyed(probe, &queue, &key);
    let first = queue.add(probe, &new)?;
    let cancelled = probe.cancel(&queue.store, &queue.session, &first.entry_id)?;
    same("cancel", &cancelled.as_ref(), &Some(&first))?;
    let second = added_anew(probe, &queue, &key, &first)?;
    let claim = queue.takes_next(probe, from_ref(&second))?;
    queue.completed(probe, &claim)?;
    added_anew(probe, &queue, &key, &second).map(drop)
}

fn key_while_claimed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let key = probe.word();
    let (new, again) = (keyed(probe, &queue, &key), keyed(probe, &queue, &key));
    let entry = queue.add(probe, &new)?;
    let short = queue.takes_shortly(probe, from_ref(&entry))?;
    same("enqueue again while claimed", &probe.enqueue(&queue.store, &again)?, &entry)?;
    queue.awaits(probe, &[])?;
    probe.advance(LONG)?;
    same("enqueue again after the ttl", &probe.enqueue(&queue.store, &again)?, &entry)?;
    same("abandon", &probe.abandon(&queue.store, &short.claim)?, &true)?;
    same("enqueue again after abandon", &probe.enqueue(&queue.store, &again)?, &entry)?;
    queue.holds(probe, from_ref(&entry))
}

fn keys_per_session(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    let mut made: Vec<(Queue, Vec<Entry>)> = Vec::new();
    for session in ALIKE {
        let queue = root.of(session.into());
        let mut entries = Vec::new();
        for key in ALIKE {
            let new = keyed(probe, &queue, key);
            entries.push(queue.add(probe, &new)?);
        }
        made.push((queue, entries));
    }
    for (queue, entries) in &made {
        queue.holds(probe, entries)?;
        for (key, entry) in ALIKE.iter().zip(entries) {
            let again = keyed(probe, queue, key);
            let what = format!("enqueue again of {} in {}", key.show(), queue.session.show());
            same(&what, &probe.enqueue(&queue.store, &again)?, entry)?;
        }
    }
    Ok(())
}

fn without_keys(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let new = queue.alone(probe);
    let made = [queue.add(probe, &new)?, queue.add(probe, &new)?, queue.add(probe, &new)?];
    all_new(&made)?;
    queue.holds(probe, &made)
}

fn replay_changes_nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let key = probe.word();
    let new = keyed(probe, &queue, &key);
    let first = queue.add(probe, &new)?;
    let later = queue.add_alone(probe, 1)?;
    let body = probe.word();
    let other = NewEntry {
        delivery: Delivery::AfterCurrentTurnCommit,
        slot: Slot::Join,
        merge_key: MergeKey::PayloadDefault,
        available_at: FAR,
        items: vec![Work { kind: WorkKind::ProcessWake, body }; 3],
        ..keyed(probe, &queue, &key)
    };
    probe.advance(LONG)?;
    same("enqueue again with other contents", &probe.enqueue(&queue.store, &other)?, &first)?;
    same("its contents", &contents(&first), &new)?;
    let entries = both(from_ref(&first), &later);
    queue.holds(probe, &entries)?;
    queue.awaits(probe, &entries)?;
    queue.takes_next(probe, from_ref(&first)).map(drop)
}

fn stores_apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let here = Queue::new(probe);
    let there = here.under(StoreId::new(format!("{}0", here.store)));
    let key = probe.word();
    let new = keyed(probe, &here, &key);
    let mine = here.add(probe, &new)?;
    there.holds(probe, &[])?;
    there.gives_nothing(probe)?;
    let yours = there.add(probe, &new)?;
    let cancelled = probe.cancel(&there.store, &there.session, &mine.entry_id)?;
    let expected = (mine.entry_id == yours.entry_id).then_some(yours);
    same("cancel under another store id", &cancelled, &expected)?;
    here.holds(probe, from_ref(&mine))?;
    let claim = here.takes_next(probe, from_ref(&mine))?;
    there.lost(probe, &claim.claim)?;
    here.awaits(probe, &[])?;
    here.completed(probe, &claim)
}

fn survives(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let queue = Queue::new(probe);
        let key = probe.word();
        let first = keyed(probe, &queue, &key);
        let first = queue.add(probe, &first)?;
        let rest = queue.add_group(probe, 2)?;
        let claim = queue.takes_next(probe, from_ref(&first))?;
        probe.reopen(how)?;
        queue.holds(probe, &both(from_ref(&first), &rest))?;
        queue.awaits(probe, &rest)?;
        let again = keyed(probe, &queue, &key);
        same("enqueue again", &probe.enqueue(&queue.store, &again)?, &first)?;
        let renewed = probe.renew(&queue.store, &claim.claim, LONG)?;
        same("the renewed claim", &renewed.claim, &claim.claim)?;
        let next = queue.takes_next(probe, &rest)?;
        rises(&claim, &next)?;
        queue.completed(probe, &claim)?;
        queue.holds(probe, &rest)?;
    }
    Ok(())
}
