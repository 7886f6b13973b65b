//! Defects of what enqueue makes.

use wirt_contract::attachment_manifest::{AttachmentManifest, Intent};
use wirt_contract::batching::Batching;
use wirt_contract::sessions::Sessions;
use wirt_contract::work_queue::{Entry, Item, NewEntry, Work, WorkKind, WorkQueue};
use wirt_contract::{Answer, AttachmentId, EpochMs, SessionId, StoreId};

use super::{Defect, defect, in_seconds, is_invalid, pending, queue};
use crate::{Bend, Inner, STRAIGHT};

/// Enqueues something else than was asked for, and answers as if it were that.
pub(super) fn secretly(
    it: &mut Inner,
    store: &StoreId,
    entry: &NewEntry,
    change: impl FnOnce(&mut NewEntry),
) -> Answer<Entry> {
    let mut changed = entry.clone();
    change(&mut changed);
    let made = it.ledger.enqueue(store, &changed)?;
    Ok(Entry {
        source_key: entry.source_key.clone(),
        delivery: entry.delivery,
        slot: entry.slot,
        merge_key: entry.merge_key.clone(),
        available_at: entry.available_at,
        ..made
    })
}

/// The entry of a queue that has this one's source key.
fn of_key(it: &mut Inner, store: &StoreId, entry: &NewEntry) -> Answer<Option<Entry>> {
    let Some(key) = &entry.source_key else { return Ok(None) };
    let entries = queue(it, store, &entry.session_id)?;
    Ok(entries.into_iter().find(|other| other.source_key.as_ref() == Some(key)))
}

/// Entries this subject enqueued.
#[derive(Default)]
struct Enqueued(Vec<(StoreId, Entry)>);

fn noting(it: &mut Inner, store: &StoreId, entry: &NewEntry) -> Answer<Entry> {
    let made = it.ledger.enqueue(store, entry)?;
    it.notes.borrow_mut().of::<Enqueued>().0.push((store.clone(), made.clone()));
    Ok(made)
}

fn enqueued(it: &Inner, is_it: impl Fn(&StoreId, &Entry) -> bool) -> Option<Entry> {
    let mut notes = it.notes.borrow_mut();
    let found = notes.of::<Enqueued>().0.iter().find(|(store, entry)| is_it(store, entry));
    found.map(|(_, entry)| entry.clone())
}

/// The store id under which a store id's rows lie after it was begun anew this often.
fn generation(store: &StoreId, number: u32) -> StoreId {
    if number == 0 { store.clone() } else { StoreId::new(format!("{store}#{number}")) }
}

fn mark() -> AttachmentId {
    "in use".into()
}

/// The number of the generation in use. That it is stands in its manifest, which a fresh instance
/// finds again.
fn number(it: &mut Inner, store: &StoreId) -> Answer<u32> {
    let mut number = 0;
    while it.ledger.is_referenced(&generation(store, number + 1), &mark())? {
        number += 1;
    }
    Ok(number)
}

fn current(it: &mut Inner, store: &StoreId) -> Answer<StoreId> {
    Ok(generation(store, number(it, store)?))
}

/// Begins a store id anew, counters and all, where a session's queue is empty.
fn begin_anew(it: &mut Inner, store: &StoreId, session: &SessionId) -> Answer<()> {
    let number = number(it, store)?;
    if !queue(it, &generation(store, number), session)?.is_empty() {
        return Ok(());
    }
    let intent = Intent {
        attachment_id: mark(),
        session_id: "in use".into(),
        canonical_uri: String::new(),
        intent_at: EpochMs(0),
    };
    it.ledger.record_intent(&generation(store, number + 1), &intent)
}

/// Everything goes to the generation in use.
const GENERATIONS: Bend = Bend {
    claim: |it, store, claimant, max| {
        let store = current(it, store)?;
        it.ledger.claim(&store, claimant, max)
    },
    renew: |it, store, claim, ttl| {
        let store = current(it, store)?;
        it.ledger.renew(&store, claim, ttl)
    },
    abandon: |it, store, claim| {
        let store = current(it, store)?;
        it.ledger.abandon(&store, claim)
    },
    cancel: |it, store, session, entry| {
        let store = current(it, store)?;
        it.ledger.cancel(&store, session, entry)
    },
    list_entries: |it, store, session, after, limit| {
        let store = current(it, store)?;
        it.ledger.list_entries(&store, session, after, limit)
    },
    list_pending: |it, store, session, after, limit| {
        let store = current(it, store)?;
        it.ledger.list_pending(&store, session, after, limit)
    },
    commit: |it, store, commit| {
        let store = current(it, store)?;
        it.ledger.commit(&store, commit)
    },
    ..STRAIGHT
};

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "adds an entry again for a source key that is there",
        &[
            "work-queue/queued-work-source-keys-are-idempotent-and-list-ordered",
            "work-queue/queued-wake-delivery-is-source-key-idempotent-and-claimed-once",
        ],
        Bend {
            enqueue: |it, store, entry| secretly(it, store, entry, |entry| entry.source_key = None),
            ..STRAIGHT
        },
    ),
    defect(
        "keeps times in 63 bits",
        &["work-queue/entry-round-trip"],
        Bend {
            enqueue: |it, store, entry| {
                let available_at = EpochMs(entry.available_at.0 & (u64::MAX >> 1));
                it.ledger.enqueue(store, &NewEntry { available_at, ..entry.clone() })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "writes JSON anew",
        &["work-queue/bodies-kept-verbatim"],
        Bend {
            enqueue: |it, store, entry| {
                let mut entry = entry.clone();
                entry.items.iter_mut().for_each(|work| work.body = work.body.replace(' ', ""));
                it.ledger.enqueue(store, &entry)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "enqueues at whole seconds",
        &["work-queue/enqueued-at-the-stores-time"],
        Bend {
            enqueue: |it, store, entry| in_seconds(it, |it| it.ledger.enqueue(store, entry)),
            ..STRAIGHT
        },
    ),
    defect(
        "counts items from one",
        &["work-queue/item-ids-count-from-zero"],
        Bend {
            enqueue: |it, store, entry| {
                let made = it.ledger.enqueue(store, entry)?;
                let named = (1..).zip(made.items).map(|(place, item)| Item {
                    item_id: format!("{}:item:{place}", made.entry_id),
                    ..item
                });
                Ok(Entry { items: named.collect(), ..made })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "counts places by session",
        &["work-queue/places-rise-over-all-sessions"],
        Bend {
            enqueue: |it, store, entry| {
                let made = it.ledger.enqueue(store, entry)?;
                let before = queue(it, store, &entry.session_id)?.len();
                Ok(Entry { enqueue_seq: u64::try_from(before).unwrap_or(u64::MAX), ..made })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "counts anew once a queue is empty",
        &[
            "work-queue/places-and-ids-of-gone-entries-stay-used",
            "work-queue/fencing-never-goes-back",
        ],
        Bend {
            enqueue: |it, store, entry| {
                begin_anew(it, store, &entry.session_id)?;
                let store = current(it, store)?;
                it.ledger.enqueue(&store, entry)
            },
            ..GENERATIONS
        },
    ),
    defect(
        "counts anew in a fresh instance that finds a queue empty",
        &[
            "work-queue/places-and-ids-stay-used-in-a-fresh-instance",
            "work-queue/fencing-goes-on-in-a-fresh-instance",
        ],
        Bend {
            enqueue: |it, store, entry| {
                if !std::mem::replace(&mut it.in_batch, true) {
                    begin_anew(it, store, &entry.session_id)?;
                }
                let store = current(it, store)?;
                it.ledger.enqueue(&store, entry)
            },
            ..GENERATIONS
        },
    ),
    defect(
        "uses a source key up for ever",
        &["work-queue/source-key-is-free-once-the-entry-left"],
        Bend {
            enqueue: |it, store, entry| {
                let used = enqueued(it, |_, old| {
                    old.source_key.is_some() && old.source_key == entry.source_key
                });
                used.map_or_else(|| noting(it, store, entry), Ok)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "looks for a source key among what is not claimed",
        &["work-queue/source-key-stays-while-claimed"],
        Bend {
            enqueue: |it, store, entry| match of_key(it, store, entry)? {
                Some(there) if !pending(it, store, &entry.session_id)?.contains(&there) => {
                    secretly(it, store, entry, |entry| entry.source_key = None)
                }
                _ => it.ledger.enqueue(store, entry),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes one session's source key for every session's",
        &["work-queue/source-keys-per-session"],
        Bend {
            enqueue: |it, store, entry| {
                let used = enqueued(it, |other, old| {
                    other == store && old.source_key.is_some() && old.source_key == entry.source_key
                });
                used.map_or_else(|| noting(it, store, entry), Ok)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes no source key for the key of no name",
        &["work-queue/no-source-key-is-no-key"],
        Bend {
            enqueue: |it, store, entry| {
                secretly(it, store, entry, |entry| {
                    entry.source_key.get_or_insert_with(|| "none".into());
                })
            },
            ..STRAIGHT
        },
    ),
    defect(
        "takes over what a repeated enqueue brings",
        &["work-queue/replayed-entry-is-unchanged"],
        Bend {
            enqueue: |it, store, entry| {
                if let Some(there) = of_key(it, store, entry)? {
                    it.ledger.cancel(store, &entry.session_id, &there.entry_id)?;
                }
                it.ledger.enqueue(store, entry)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "looks for a source key before it looks at bounds",
        &["work-queue/replay-has-bounds-too"],
        Bend {
            enqueue: |it, store, entry| match of_key(it, store, entry)? {
                Some(there) => Ok(there),
                None => it.ledger.enqueue(store, entry),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "has one queue of a session for all store ids",
        &["work-queue/store-ids-apart"],
        Bend {
            enqueue: |it, _, entry| it.ledger.enqueue(&"one".into(), entry),
            list_entries: |it, _, session, after, limit| {
                it.ledger.list_entries(&"one".into(), session, after, limit)
            },
            claim: |it, _, claimant, max| it.ledger.claim(&"one".into(), claimant, max),
            ..STRAIGHT
        },
    ),
    defect(
        "does not know of claims that an instance before it gave",
        &["work-queue/queue-survives-reopen"],
        Bend {
            claim: |it, store, claimant, max| {
                it.in_batch = true;
                it.ledger.claim(store, claimant, max)
            },
            list_pending: |it, store, session, after, limit| {
                if it.in_batch {
                    it.ledger.list_pending(store, session, after, limit)
                } else {
                    it.ledger.list_entries(store, session, after, limit)
                }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lists what was there before the batch",
        &["work-queue/batched-calls-see-each-other"],
        Bend {
            begin: |it| {
                it.ledger.begin()?;
                it.in_batch = true;
                Ok(())
            },
            flush: |it| {
                it.in_batch = false;
                it.ledger.flush()
            },
            list_entries: |it, store, session, after, limit| {
                if it.in_batch {
                    it.fresh().list_entries(store, session, after, limit)
                } else {
                    it.ledger.list_entries(store, session, after, limit)
                }
            },
            ..STRAIGHT
        },
    ),
    defect(
        "leaves an entry of one item where it refused one of none",
        &["work-queue/error-in-a-batch-undoes-itself"],
        Bend {
            enqueue: |it, store, entry| {
                let answer = it.ledger.enqueue(store, entry);
                if is_invalid(&answer) {
                    let work = Work { kind: WorkKind::TurnInput, body: "null".into() };
                    it.ledger.enqueue(store, &NewEntry { items: vec![work], ..entry.clone() })?;
                }
                answer
            },
            ..STRAIGHT
        },
    ),
    defect(
        "makes every call of a batch durable by itself",
        &["work-queue/unflushed-claim-leaves-no-trace"],
        Bend { begin: |_| Ok(()), flush: |_| Ok(()), ..STRAIGHT },
    ),
];
