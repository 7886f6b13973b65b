//! How large ids, payloads, lists and queues may be.

use wirt_contract::store::Limits;
use wirt_contract::work_queue::{Claimant, MergeKey, NewEntry, Work, WorkKind, WorkQueue};
use wirt_contract::{EntryId, SessionId, StoreId};

use super::claims::MAX_MADE;
use super::stage::{LONG, Queue, both, looks_right};
use super::{case, joins};
use crate::expect::{Kind, present, refused, same};
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("work-queue/store-id-bound", "store.id.bound", "wirt", store_id),
    case("work-queue/session-id-bound", "store.id.bound", "wirt", session_id),
    case("work-queue/owner-bound", "store.id.bound", "wirt", owner),
    case("work-queue/entry-id-bound", "store.id.bound", "wirt", entry_id),
    case("work-queue/source-key-bound", "work-queue.enqueue.bound", "wirt", source_key),
    case("work-queue/group-bound", "work-queue.enqueue.bound", "wirt", group),
    case("work-queue/payload-floor-fits", "work-queue.enqueue.bound", "wirt", payload_floor),
    case("work-queue/payload-bound", "work-queue.enqueue.bound", "wirt", payload).extended(),
    case("work-queue/no-items-are-invalid", "work-queue.enqueue.bound", "wirt", no_items),
    case("work-queue/items-bound", "work-queue.enqueue.bound", "wirt", items).extended(),
    case("work-queue/queue-floor-fits", "work-queue.enqueue.bound", "wirt", queue_floor).extended(),
    case("work-queue/queue-bound", "work-queue.enqueue.bound", "wirt", queued).extended(),
    case("work-queue/replay-has-bounds-too", "work-queue.enqueue.bound", "wirt", replay),
    case("work-queue/exact-claim-list-bound", "work-queue.claim-exact", "wirt", exact_list)
        .extended(),
];

/// Longest id, in bytes, this suite makes.
const MAX_ID: u32 = 65_536;
/// Longest payload, in bytes, this suite makes.
const MAX_PAYLOAD: u32 = 16 << 20;

/// The longest id there may be, and those outside the bound that this suite makes.
pub(in crate::cases) fn id_bounds(probe: &mut Probe<'_>) -> (String, Vec<String>) {
    let most = probe.limits().max_id_bytes;
    let length = usize::try_from(most.min(MAX_ID)).unwrap_or(0);
    let longest = probe.text(length);
    let mut outside = vec![String::new()];
    if most < MAX_ID {
        outside.push(probe.text(length + 1));
    }
    (longest, outside)
}

fn store_id(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (longest, outside) = id_bounds(probe);
    let valid = Queue::new(probe);
    let new = valid.alone(probe);
    let claimant = valid.idle(probe, LONG);
    let entry = valid.add(probe, &new)?;
    let claim = valid.takes(probe, &claimant, 1, &[entry])?.claim;
    for store in outside.into_iter().map(StoreId::new) {
        let session = &valid.session;
        let what = |call| format!("{call} under a store id of {} bytes", store.as_str().len());
        refused(&what("enqueue"), probe.enqueue(&store, &new), Kind::Invalid)?;
        refused(&what("claim"), probe.claim(&store, &claimant, 1), Kind::Invalid)?;
        let answer = probe.claim_exact(&store, &claimant, &["a".into()]);
        refused(&what("claim-exact"), answer, Kind::Invalid)?;
        refused(&what("renew"), probe.renew(&store, &claim, LONG), Kind::Invalid)?;
        refused(&what("abandon"), probe.abandon(&store, &claim), Kind::Invalid)?;
        refused(&what("cancel"), probe.cancel(&store, session, &"a".into()), Kind::Invalid)?;
        let answer = probe.list_entries(&store, session, None, 1);
        refused(&what("list-entries"), answer, Kind::Invalid)?;
        let answer = probe.list_pending(&store, session, None, 1);
        refused(&what("list-pending"), answer, Kind::Invalid)?;
    }
    let queue = valid.under(longest.into());
    let entry = queue.add(probe, &new)?;
    queue.holds(probe, std::slice::from_ref(&entry))?;
    queue.takes_next(probe, &[entry]).map(drop)
}

fn session_id(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (longest, outside) = id_bounds(probe);
    let root = Queue::new(probe);
    for session in outside.into_iter().map(SessionId::new) {
        let queue = root.of(session);
        let what = |call| format!("{call} in a session of {} bytes", queue.session.as_str().len());
        let (new, claimant) = (queue.alone(probe), queue.idle(probe, LONG));
        refused(&what("enqueue"), probe.enqueue(&queue.store, &new), Kind::Invalid)?;
        refused(&what("claim"), probe.claim(&queue.store, &claimant, 1), Kind::Invalid)?;
        let answer = probe.claim_exact(&queue.store, &claimant, &["a".into()]);
        refused(&what("claim-exact"), answer, Kind::Invalid)?;
        let answer = probe.cancel(&queue.store, &queue.session, &"a".into());
        refused(&what("cancel"), answer, Kind::Invalid)?;
        let answer = probe.list_entries(&queue.store, &queue.session, None, 1);
        refused(&what("list-entries"), answer, Kind::Invalid)?;
        let answer = probe.list_pending(&queue.store, &queue.session, None, 1);
        refused(&what("list-pending"), answer, Kind::Invalid)?;
    }
    let queue = root.of(longest.into());
    let entries = queue.add_alone(probe, 2)?;
    queue.holds(probe, &entries)?;
    queue.awaits(probe, &entries)?;
    let claim = queue.takes_next(probe, entries.get(..1).unwrap_or_default())?;
    probe.renew(&queue.store, &claim.claim, LONG)?;
    same("abandon", &probe.abandon(&queue.store, &claim.claim)?, &true)
}

fn owner(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (longest, outside) = id_bounds(probe);
    let queue = Queue::new(probe);
    let new = queue.alone(probe);
    let entry = queue.add(probe, &new)?;
    let named = [entry.entry_id.clone()];
    for owner in outside {
        let claimant = Claimant { owner, ..queue.idle(probe, LONG) };
        let what = |call| format!("{call} by an owner of {} bytes", claimant.owner.len());
        refused(&what("claim"), probe.claim(&queue.store, &claimant, 1), Kind::Invalid)?;
        let answer = probe.claim_exact(&queue.store, &claimant, &named);
        refused(&what("claim-exact"), answer, Kind::Invalid)?;
        queue.awaits(probe, std::slice::from_ref(&entry))?;
    }
    let claimant = Claimant { owner: longest, ..queue.idle(probe, LONG) };
    let claim = queue.takes(probe, &claimant, 1, std::slice::from_ref(&entry))?;
    let renewed = probe.renew(&queue.store, &claim.claim, LONG)?;
    looks_right(&renewed, &claimant, &[entry])
}

fn entry_id(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (longest, outside) = id_bounds(probe);
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let claimant = queue.idle(probe, LONG);
    for id in outside.into_iter().map(EntryId::new) {
        let what = |call| format!("{call} of an entry id of {} bytes", id.as_str().len());
        let answer = probe.cancel(&queue.store, &queue.session, &id);
        refused(&what("cancel"), answer, Kind::Invalid)?;
        let answer = probe.claim_exact(&queue.store, &claimant, std::slice::from_ref(&id));
        refused(&what("claim-exact"), answer, Kind::Invalid)?;
        queue.awaits(probe, &entries)?;
    }
    let id = EntryId::new(longest);
    let cancelled = probe.cancel(&queue.store, &queue.session, &id)?;
    same("cancel of what is not there", &cancelled, &None)?;
    let answer = probe.claim_exact(&queue.store, &claimant, &[id])?;
    same("an exact claim of what is not there", &answer, &None)
}

/// The first entry is taken and kept; the others are `invalid` and leave nothing.
fn bound(
    probe: &mut Probe<'_>,
    what: &str,
    queue: &Queue,
    (largest, outside): (&NewEntry, &[NewEntry]),
) -> Result<(), Stop> {
    let entry = vec![queue.add(probe, largest)?];
    queue.holds(probe, &entry)?;
    for new in outside {
        let answer = probe.enqueue(&queue.store, new);
        refused(&format!("enqueue with {what} outside its bound"), answer, Kind::Invalid)?;
        queue.holds(probe, &entry)?;
    }
    queue.takes_next(probe, &entry).map(drop)
}

fn source_key(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (longest, outside) = id_bounds(probe);
    let queue = Queue::new(probe);
    let keyed =
        |probe: &mut Probe<'_>, key| NewEntry { source_key: Some(key), ..queue.alone(probe) };
    let largest = keyed(probe, longest);
    let outside: Vec<NewEntry> = outside.into_iter().map(|key| keyed(probe, key)).collect();
    bound(probe, "a source key", &queue, (&largest, &outside))
}

/// A group's name has an id's upper bound.
fn group(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (longest, outside) = id_bounds(probe);
    let queue = Queue::new(probe);
    let largest = queue.joining(probe, &MergeKey::Group(longest));
    let outside: Vec<NewEntry> = outside
        .into_iter()
        .filter(|name| !name.is_empty())
        .map(|name| queue.joining(probe, &MergeKey::Group(name)))
        .collect();
    bound(probe, "a group's name", &queue, (&largest, &outside))
}

fn with_body(probe: &mut Probe<'_>, queue: &Queue, bytes: u32) -> NewEntry {
    let body = probe.text(usize::try_from(bytes).unwrap_or(0));
    let items = vec![Work { kind: WorkKind::ProcessWake, body }];
    NewEntry { items, ..queue.alone(probe) }
}

fn payload_floor(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let largest = with_body(probe, &queue, Limits::FLOOR.max_payload_bytes);
    bound(probe, "a body", &queue, (&largest, &[]))
}

fn payload(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let most = probe.limits().max_payload_bytes.min(MAX_PAYLOAD);
    let largest = with_body(probe, &queue, most);
    let mut outside = Vec::new();
    if most < MAX_PAYLOAD {
        let longer = with_body(probe, &queue, most + 1);
        // Also where it is not the first.
        let items = both_items(&queue.alone(probe), &longer);
        outside.extend([NewEntry { items, ..queue.alone(probe) }, longer]);
    }
    bound(probe, "a body", &queue, (&largest, &outside))
}

fn both_items(first: &NewEntry, second: &NewEntry) -> Vec<Work> {
    first.items.iter().chain(&second.items).cloned().collect()
}

/// An entry of this many small items.
fn with_items(probe: &mut Probe<'_>, queue: &Queue, many: u32) -> NewEntry {
    let work = |number: u32| Work { kind: WorkKind::TurnInput, body: number.to_string() };
    NewEntry { items: (0..many).map(work).collect(), ..queue.alone(probe) }
}

fn no_items(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let (one, none) = (with_items(probe, &queue, 1), with_items(probe, &queue, 0));
    bound(probe, "a number of items", &queue, (&one, &[none]))
}

fn items(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let most = probe.limits().max_list.min(MAX_MADE);
    let largest = with_items(probe, &queue, most);
    let mut outside = Vec::new();
    if most < MAX_MADE {
        outside.push(with_items(probe, &queue, most + 1));
    }
    bound(probe, "a number of items", &queue, (&largest, &outside))
}

fn queue_floor(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = joins::add_many(probe, &queue, u64::from(Limits::FLOOR.max_queued))?;
    queue.holds(probe, &entries)
}

fn queued(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.limits().max_queued;
    if most >= MAX_MADE {
        return Err(Stop::Skip(format!("a queue of {most} is more than this case makes")));
    }
    let queue = Queue::new(probe);
    let keyed = NewEntry { source_key: Some(probe.word()), ..queue.alone(probe) };
    let first = vec![queue.add(probe, &keyed)?];
    let mut all = both(&first, &joins::add_many(probe, &queue, u64::from(most) - 1)?);
    let new = queue.alone(probe);
    let full = |probe: &mut Probe<'_>| {
        let answer = probe.enqueue(&queue.store, &new);
        refused(&format!("entry {} of a queue", u64::from(most) + 1), answer, Kind::Invalid)
    };
    full(probe)?;
    queue.holds(probe, &all)?;
    let again = probe.enqueue(&queue.store, &keyed)?;
    same("enqueue again in a full queue", &vec![again], &first)?;
    // Another session's queue is another queue, and a claimed entry is still in its own.
    let other = queue.beside(probe);
    other.add_alone(probe, 1)?;
    let claim = queue.takes_next(probe, &first)?;
    full(probe)?;
    queue.completed(probe, &claim)?;
    all.remove(0);
    all.push(queue.add(probe, &new)?);
    full(probe)?;
    let gone = all.remove(0);
    let cancelled = probe.cancel(&queue.store, &queue.session, &gone.entry_id)?;
    let gone = present("the cancelled entry", cancelled)?;
    same("its session", &gone.session_id, &queue.session)?;
    all.push(queue.add(probe, &new)?);
    full(probe)?;
    queue.holds(probe, &all)
}

fn replay(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let keyed = NewEntry { source_key: Some(probe.word()), ..queue.alone(probe) };
    let none = NewEntry { items: Vec::new(), ..keyed.clone() };
    bound(probe, "a number of items", &queue, (&keyed, &[none]))
}

fn exact_list(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let queue = Queue::new(probe);
    let entries = queue.add_alone(probe, 1)?;
    let claimant = queue.idle(probe, LONG);
    let most = probe.limits().max_list.min(MAX_MADE);
    let mut named: Vec<EntryId> =
        (0..most).map(|number| EntryId::new(format!("e{number}"))).collect();
    let answer = probe.claim_exact(&queue.store, &claimant, &named)?;
    same("an exact claim of what is not there", &answer, &None)?;
    if most < MAX_MADE {
        named.push("e".into());
        let answer = probe.claim_exact(&queue.store, &claimant, &named);
        refused(&format!("an exact claim of {} entries", named.len()), answer, Kind::Invalid)?;
    }
    queue.awaits(probe, &entries)
}
