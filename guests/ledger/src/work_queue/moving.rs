//! What an export reads of queues and an import writes to them.
//!
//! An import's call sees its own writes, and takes rows in the order of an export: counters before
//! the entries they count.

use wirt_contract::transfer::Holder;
use wirt_contract::work_queue::Entry;
use wirt_contract::{Error, SessionId};

use super::enqueue::{bounds, full};
use super::rows::{ClaimRow, Counters, Header, Queue, Taken, entry_id, items};
use crate::call::Call;
use crate::keys::Space;
use crate::limits::{self, Id, LIMITS, payload, shown, text};

/// A store id's counters.
pub(crate) fn counters(call: &mut Call<'_>, space: Space<'_>) -> Result<Counters, Error> {
    Counters::read(call, space)
}

/// An entry and the claim that holds it, live or not.
pub(crate) fn whole(
    call: &mut Call<'_>,
    space: Space<'_>,
    session: &str,
    seq: u64,
) -> Result<Option<(Entry, Option<Holder>)>, Error> {
    let session = SessionId::new(session);
    let queue = Queue::new(space, &session)?;
    let Some(header) = call.value::<Header>(&queue.queued(seq))? else { return Ok(None) };
    let holder = match &header.taken {
        Some(taken) => call
            .value::<ClaimRow>(&queue.claim(&taken.claim_id))?
            .filter(|row| row.taken() == *taken)
            .map(|row| row.holder),
        None => None,
    };
    Ok(Some((queue.entry(call, header)?, holder)))
}

/// Takes a store id's counters.
pub(crate) fn import_counters(
    call: &mut Call<'_>,
    space: Space<'_>,
    enqueue_seq: u64,
    fencing_token: u64,
) -> Result<(), Error> {
    let counters = Counters { enqueue_seq, fencing_token };
    if counters == Counters::default() {
        return Err(Error::Invalid(format!(
            "the counters of store id {} are both 0, and such a row no export has",
            space.id()
        )));
    }
    counters.write(call, space)
}

/// Takes an entry and its holder. That numbers rise is the caller's to see to.
pub(crate) fn import(
    call: &mut Call<'_>,
    space: Space<'_>,
    entry: &Entry,
    holder: Option<&Holder>,
) -> Result<(), Error> {
    let queue = Queue::new(space, &entry.session_id)?;
    let id = entry_id(&entry.entry_id)?;
    bounds(entry.source_key.as_deref(), &entry.merge_key, entry.items.len())?;
    let work = entry.items.iter().map(|item| item.work.clone()).collect();
    if items(&entry.entry_id, work) != entry.items {
        return Err(Error::Invalid(format!(
            "an item of entry {id} is not named by the entry's id, \":item:\" and its place"
        )));
    }
    for item in &entry.items {
        payload("an item's body", &item.work.body)?;
    }
    let counters = Counters::read(call, space)?;
    given_out("entry", id, entry.enqueue_seq, counters.enqueue_seq)?;
    let source = entry.source_key.as_ref().map(|source_key| queue.by_source_key(source_key));
    for name in [Some(queue.by_entry_id(id.as_str())), source].into_iter().flatten() {
        if call.has(&name)? {
            return Err(Error::Invalid(format!("{name} is there already; each name comes once")));
        }
    }
    let len = queue.len(call)?;
    full(queue, len)?;
    queue.set_len(call, len + 1)?;
    let taken = match holder {
        Some(holder) => Some(hold(call, queue, holder, counters, entry.enqueue_seq)?),
        None => None,
    };
    queue.add(call, entry.clone(), taken)
}

/// Adds an entry to the row of the claim that holds it; every entry says the same of that claim.
fn hold(
    call: &mut Call<'_>,
    queue: Queue<'_>,
    holder: &Holder,
    counters: Counters,
    seq: u64,
) -> Result<Taken, Error> {
    let claim = &holder.claim;
    let id = Id::new("the claim id", claim.claim_id.as_str())?;
    Id::new("the owner", &holder.owner)?;
    text("the lease token", &claim.lease_token, LIMITS.max_id_bytes)?;
    given_out("claim", id, claim.fencing_token, counters.fencing_token)?;
    if claim.session_id.as_str() != queue.session.as_str() {
        return Err(Error::Invalid(format!(
            "claim {id} is of session {}, and holds an entry of session {}",
            shown(claim.session_id.as_str()),
            queue.session
        )));
    }
    let key = queue.claim(&claim.claim_id);
    let mut row = call
        .value::<ClaimRow>(&key)?
        .unwrap_or_else(|| ClaimRow { holder: holder.clone(), seqs: Vec::new() });
    if row.holder != *holder {
        return Err(Error::Invalid(format!(
            "two entries of session {} differ in what they say of claim {id}",
            queue.session
        )));
    }
    row.seqs.push(seq);
    limits::list("a claim's list of entries", row.seqs.len())?;
    call.put(key, &row)?;
    Ok(row.taken())
}

/// Sees that a number is none that will be given out again.
fn given_out(what: &str, id: Id<'_>, number: u64, last: u64) -> Result<(), Error> {
    if number <= last {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{what} {id} has number {number}, and the counters say that {last} was the last"
    )))
}
