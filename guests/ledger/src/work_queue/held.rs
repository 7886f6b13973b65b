//! Claims that are held, and how they end.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry as Place};

use wirt_contract::work_queue::{Claim, ClaimRef, Entry};
use wirt_contract::{ClaimId, EpochMs, Error};

use super::claim::answer;
use super::rows::{ClaimRow, Header, Queue};
use crate::call::Call;
use crate::keys::Space;
use crate::limits::{Id, shown};

/// Most entries one commit completes. Its claims may be of many sessions, each with a full queue;
/// this bounds what a call reads before it writes.
const COMPLETED: usize = 16_384;

/// Claims of one queue that a call has looked at.
#[derive(Default)]
pub(super) struct Claims(BTreeMap<ClaimId, Option<Standing>>);

/// How a claim stands.
#[derive(Clone, Copy)]
struct Standing {
    fencing_token: u64,
    expires_at: EpochMs,
}

impl Claims {
    /// The claim that holds an entry, live or not.
    fn holder(
        &mut self,
        call: &mut Call<'_>,
        queue: Queue<'_>,
        header: &Header,
    ) -> Result<Option<Standing>, Error> {
        let Some(taken) = &header.taken else { return Ok(None) };
        let standing = match self.0.entry(taken.claim_id.clone()) {
            Place::Occupied(known) => *known.get(),
            Place::Vacant(unknown) => {
                let row: Option<ClaimRow> = call.value(&queue.claim(&taken.claim_id))?;
                *unknown.insert(row.map(|row| Standing {
                    fencing_token: row.holder.claim.fencing_token,
                    expires_at: row.holder.expires_at,
                }))
            }
        };
        Ok(standing.filter(|standing| standing.fencing_token == taken.fencing_token))
    }

    pub(super) fn is_live(
        &mut self,
        call: &mut Call<'_>,
        queue: Queue<'_>,
        header: &Header,
    ) -> Result<bool, Error> {
        let now = call.now();
        Ok(self.holder(call, queue, header)?.is_some_and(|standing| standing.expires_at > now))
    }

    /// Ends the claim that holds an entry, and with it all of that claim.
    pub(super) fn end(
        &mut self,
        call: &mut Call<'_>,
        queue: Queue<'_>,
        header: &Header,
    ) -> Result<(), Error> {
        if self.holder(call, queue, header)?.is_some()
            && let Some(taken) = &header.taken
        {
            call.remove(queue.claim(&taken.claim_id));
        }
        Ok(())
    }
}

/// The queue and the row of a claim that is held.
fn find<'a>(
    call: &mut Call<'_>,
    space: Space<'a>,
    claim: &'a ClaimRef,
) -> Result<Option<(Queue<'a>, ClaimRow)>, Error> {
    let queue = Queue::new(space, &claim.session_id)?;
    Id::new("the claim id", claim.claim_id.as_str())?;
    let row: Option<ClaimRow> = call.value(&queue.claim(&claim.claim_id))?;
    Ok(row.filter(|row| row.holder.claim == *claim).map(|row| (queue, row)))
}

pub(super) fn renew(
    call: &mut Call<'_>,
    space: Space<'_>,
    claim: &ClaimRef,
    ttl: u64,
) -> Result<Claim, Error> {
    let Some((queue, mut row)) = find(call, space, claim)? else {
        return Err(Error::Expired(format!(
            "claim {} of session {} is not held any more; claim again",
            shown(claim.claim_id.as_str()),
            shown(claim.session_id.as_str())
        )));
    };
    row.holder.expires_at = EpochMs(call.now().0.saturating_add(ttl));
    call.put(queue.claim(&claim.claim_id), &row)?;
    let mut headers = Vec::with_capacity(row.seqs.len());
    for seq in row.seqs {
        headers.push(queue.header(call, seq)?);
    }
    answer(call, queue, row.holder, headers, |_| Ok(()))
}

pub(super) fn abandon(
    call: &mut Call<'_>,
    space: Space<'_>,
    claim: &ClaimRef,
) -> Result<bool, Error> {
    let Some((queue, _)) = find(call, space, claim)? else { return Ok(false) };
    call.remove(queue.claim(&claim.claim_id));
    Ok(true)
}

pub(super) fn cancel(
    call: &mut Call<'_>,
    queue: Queue<'_>,
    entry: Id<'_>,
) -> Result<Option<Entry>, Error> {
    let Some(seq) = call.value(&queue.by_entry_id(entry.as_str()))? else { return Ok(None) };
    let header = queue.header(call, seq)?;
    let mut claims = Claims::default();
    if claims.is_live(call, queue, &header)? {
        return Ok(None);
    }
    claims.end(call, queue, &header)?;
    queue.remove(call, &header.entry);
    let len = queue.len(call)?;
    queue.set_len(call, len.saturating_sub(1))?;
    queue.entry(call, header).map(Some)
}

/// Removes the entries of claims, which must all be held, live or not. Answers the first that is
/// not, and has written nothing then; a claim that is named twice is not held the second time.
pub(crate) fn complete(
    call: &mut Call<'_>,
    space: Space<'_>,
    claims: &[ClaimRef],
) -> Result<Result<(), ClaimId>, Error> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut gone: BTreeMap<&str, (Queue<'_>, u32)> = BTreeMap::new();
    for claim in claims {
        let first = seen.insert((claim.session_id.as_str(), claim.claim_id.as_str()));
        let Some((queue, row)) = find(call, space, claim)?.filter(|_| first) else {
            return Ok(Err(claim.claim_id.clone()));
        };
        for seq in row.seqs {
            if found.len() >= COMPLETED {
                return Err(Error::Invalid(format!(
                    "the completed claims have more than {COMPLETED} entries; complete fewer at \
                     once"
                )));
            }
            found.push((queue, queue.header(call, seq)?.entry));
            gone.entry(queue.session.as_str()).or_insert((queue, 0)).1 += 1;
        }
    }

    for claim in claims {
        let queue = Queue::new(space, &claim.session_id)?;
        call.remove(queue.claim(&claim.claim_id));
    }
    for (queue, entry) in found {
        queue.remove(call, &entry);
    }
    for (queue, gone) in gone.into_values() {
        let len = queue.len(call)?;
        queue.set_len(call, len.saturating_sub(gone))?;
    }
    Ok(Ok(()))
}
