//! New entries.

use wirt_contract::work_queue::{Entry, MergeKey, NewEntry};
use wirt_contract::{EntryId, Error};

use super::rows::{Counters, Queue, items, next_number};
use crate::call::Call;
use crate::keys::Space;
use crate::limits::{self, Id, LIMITS, payload, text};

pub(super) fn enqueue(
    call: &mut Call<'_>,
    space: Space<'_>,
    new: &NewEntry,
) -> Result<Entry, Error> {
    let queue = Queue::new(space, &new.session_id)?;
    bounds(new.source_key.as_deref(), &new.merge_key, new.items.len())?;
    for work in &new.items {
        payload("an item's body", &work.body)?;
    }
    if let Some(source_key) = &new.source_key
        && let Some(seq) = call.value::<u64>(&queue.by_source_key(source_key))?
    {
        let header = queue.header(call, seq)?;
        return queue.entry(call, header);
    }
    let len = queue.len(call)?;
    full(queue, len)?;

    let counters = Counters::read(call, space)?;
    let (entry_id, enqueue_seq) = next_id(call, queue, counters.enqueue_seq)?;
    let entry = Entry {
        session_id: new.session_id.clone(),
        source_key: new.source_key.clone(),
        delivery: new.delivery,
        slot: new.slot,
        merge_key: new.merge_key.clone(),
        available_at: new.available_at,
        enqueue_seq,
        enqueued_at: call.now(),
        items: items(&entry_id, new.items.clone()),
        entry_id,
    };
    Counters { enqueue_seq, ..counters }.write(call, space)?;
    queue.set_len(call, len + 1)?;
    queue.add(call, entry.clone(), None)?;
    Ok(entry)
}

/// What an entry may carry, beside the bodies of its items.
pub(super) fn bounds(
    source_key: Option<&str>,
    merge_key: &MergeKey,
    items: usize,
) -> Result<(), Error> {
    if let Some(source_key) = source_key {
        Id::new("the source key", source_key)?;
    }
    if let MergeKey::Group(group) = merge_key {
        // A claim rewrites it with each of its entries.
        text("the merge key's group", group, LIMITS.max_id_bytes)?;
    }
    if items == 0 {
        return Err(Error::Invalid("the entry has no items, and 1 or more are needed".into()));
    }
    limits::list("the entry", items)
}

/// Whether a queue of this length takes no more (`work-queue.enqueue.bound`).
pub(super) fn full(queue: Queue<'_>, len: u32) -> Result<(), Error> {
    if len < LIMITS.max_queued {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "the queue of session {} holds {len} entries, and at most {} are allowed; complete or \
         cancel some first",
        queue.session, LIMITS.max_queued
    )))
}

/// The next number, and the id that is made of it. An entry from another store may have that id
/// already, and its number is passed over then; a queue holds few enough of them.
fn next_id(call: &mut Call<'_>, queue: Queue<'_>, mut last: u64) -> Result<(EntryId, u64), Error> {
    for _ in 0..=LIMITS.max_queued {
        last = next_number(last)?;
        let id = format!("entry-{last}");
        if !call.has(&queue.by_entry_id(&id))? {
            return Ok((id.into(), last));
        }
    }
    Err(Error::backend(format!(
        "more entries than the queue of session {} may hold are in its index; run a check",
        queue.session
    )))
}
