//! What is next in a queue, and who takes it.

use std::ops::ControlFlow;

use wirt_contract::transfer::Holder;
use wirt_contract::work_queue::{Boundary, Claim, ClaimRef, Claimant, Delivery, Entry, Slot};
use wirt_contract::{ClaimId, EpochMs, Error, json};

use super::held::Claims;
use super::rows::{ClaimRow, Counters, Header, Queue, next_number};
use crate::call::Call;
use crate::limits::LIMITS;

/// Hex digits of a lease token.
const TOKEN_DIGITS: usize = 32;

/// Claims what is next, at most `max` entries, if it is what is wanted.
pub(super) fn claim(
    call: &mut Call<'_>,
    queue: Queue<'_>,
    claimant: &Claimant,
    max: usize,
    is_wanted: impl FnOnce(&[Header]) -> bool,
) -> Result<Option<Claim>, Error> {
    if max == 0 {
        return Ok(None);
    }
    let mut claims = Claims::default();
    let next = next(call, queue, &mut claims, claimant.boundary, max)?;
    if next.is_empty() || !is_wanted(&next) {
        return Ok(None);
    }
    take(call, queue, &mut claims, claimant, next).map(Some)
}

fn next(
    call: &mut Call<'_>,
    queue: Queue<'_>,
    claims: &mut Claims,
    boundary: Boundary,
    max: usize,
) -> Result<Vec<Header>, Error> {
    let mut next: Vec<Header> = Vec::new();
    queue.walk(call, None, |call, header| {
        let entry = &header.entry;
        if entry.available_at > call.now() || claims.is_live(call, queue, &header)? {
            return Ok(ControlFlow::Continue(()));
        }
        let fits = match next.first() {
            Some(head) => joins(&head.entry, entry),
            None => boundary == Boundary::Idle || entry.delivery == Delivery::EarliestSafeBoundary,
        };
        if !fits {
            return Ok(ControlFlow::Break(()));
        }
        let alone = entry.slot == Slot::Exclusive;
        next.push(header);
        Ok(if alone || next.len() >= max {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    Ok(next)
}

/// Whether an entry is claimed with a head that joins (`work-queue.claim.joins`).
fn joins(head: &Entry, entry: &Entry) -> bool {
    entry.slot == Slot::Join && entry.delivery == head.delivery && entry.merge_key == head.merge_key
}

fn take(
    call: &mut Call<'_>,
    queue: Queue<'_>,
    claims: &mut Claims,
    claimant: &Claimant,
    next: Vec<Header>,
) -> Result<Claim, Error> {
    let counters = Counters::read(call, queue.space)?;
    let (claim_id, fencing_token) = next_id(call, queue, counters.fencing_token)?;
    Counters { fencing_token, ..counters }.write(call, queue.space)?;

    let now = call.now();
    let row = ClaimRow {
        holder: Holder {
            claim: ClaimRef {
                session_id: queue.session_id(),
                claim_id,
                fencing_token,
                lease_token: lease_token(queue, fencing_token, &claimant.owner, now),
            },
            owner: claimant.owner.clone(),
            claimed_at: now,
            expires_at: EpochMs(now.0.saturating_add(claimant.ttl)),
        },
        seqs: next.iter().map(|header| header.entry.enqueue_seq).collect(),
    };
    call.put(queue.claim(&row.holder.claim.claim_id), &row)?;
    let taken = row.taken();
    for header in &next {
        claims.end(call, queue, header)?;
        let header = Header { entry: header.entry.clone(), taken: Some(taken.clone()) };
        call.put(queue.queued(header.entry.enqueue_seq), &header)?;
    }
    let mut room = usize::try_from(LIMITS.max_batch_bytes).unwrap_or(usize::MAX);
    answer(call, queue, row.holder, next, |entry| {
        // What one enqueue wrote fits, so that a claim of one entry always does.
        let bytes = entry.items.iter().map(|item| item.work.body.len()).sum();
        match room.checked_sub(bytes) {
            Some(left) => {
                room = left;
                Ok(())
            }
            None => Err(Error::Invalid(format!(
                "the work of the claim has more than {} bytes; claim fewer entries at once",
                LIMITS.max_batch_bytes
            ))),
        }
    })
}

/// A claim as a caller sees it.
pub(super) fn answer(
    call: &mut Call<'_>,
    queue: Queue<'_>,
    holder: Holder,
    headers: Vec<Header>,
    mut fits: impl FnMut(&Entry) -> Result<(), Error>,
) -> Result<Claim, Error> {
    let mut entries = Vec::with_capacity(headers.len());
    for header in headers {
        let entry = queue.entry(call, header)?;
        fits(&entry)?;
        entries.push(entry);
    }
    let Holder { claim, owner, claimed_at, expires_at } = holder;
    Ok(Claim { claim, owner, claimed_at, expires_at, entries })
}

/// The next number, and the id that is made of it. A claim from another store may have that id
/// already, and its number is passed over then; each holds an entry, so that they are few enough.
fn next_id(call: &mut Call<'_>, queue: Queue<'_>, mut last: u64) -> Result<(ClaimId, u64), Error> {
    for _ in 0..=LIMITS.max_queued {
        last = next_number(last)?;
        let id = ClaimId::new(format!("claim-{last}"));
        if !call.has(&queue.claim(&id))? {
            return Ok((id, last));
        }
    }
    Err(Error::backend(format!(
        "session {} has more claims than its queue may hold entries; run a check",
        queue.session
    )))
}

/// Differs between two histories that gave out the same number, as after a restore: made at
/// another time, or for another owner.
fn lease_token(queue: Queue<'_>, fencing_token: u64, owner: &str, now: EpochMs) -> String {
    let (store, session) = (queue.space.id().as_str(), queue.session.as_str());
    let told = format!(
        "{fencing_token} {} {} {} {store}{session}{owner}",
        now.0,
        store.len(),
        session.len()
    );
    let mut token = json::sha256_hex(told.as_bytes());
    token.truncate(TOKEN_DIGITS);
    token
}
