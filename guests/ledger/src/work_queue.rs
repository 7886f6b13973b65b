//! `wirt:persistence/work-queue`: work that waits for a session.
//!
//! An entry is kept in two parts, so that claiming it rewrites no work. It names the claim that
//! took it last; the claim's own row decides whether it still holds it. A claim ends by the
//! removal of its row alone, and renewing it writes nothing else.
//!
//! - `rows`: what is kept, and where; `held`: claims that are held, and how they end;
//! - `enqueue`, `claim`, `list`: what their names say; `moving`: what an export reads and an import
//!   writes.

mod claim;
mod enqueue;
mod held;
mod list;
mod moving;
mod rows;
#[cfg(test)]
mod tests;

use wirt_contract::work_queue::{Claim, ClaimRef, Claimant, Entry, NewEntry, WorkQueue};
use wirt_contract::{Answer, EntryId, SessionId, StoreId};

use crate::Ledger;
use crate::keys::Space;
use crate::kv::KeyValue;
use crate::limits::{self, Id, LIMITS};

pub(crate) use held::complete;
pub(crate) use moving::{counters, import, import_counters, whole};
pub(crate) use rows::{ClaimRow, Counters, Header};
use rows::{Queue, entry_id};

impl<K: KeyValue> WorkQueue for Ledger<K> {
    fn enqueue(&mut self, store: &StoreId, entry: &NewEntry) -> Answer<Entry> {
        self.call(|call| enqueue::enqueue(call, Space::new(store)?, entry))
    }

    fn claim(&mut self, store: &StoreId, claimant: &Claimant, max: u32) -> Answer<Option<Claim>> {
        self.call(|call| {
            let queue = of_claimant(store, claimant)?;
            let max = usize::try_from(max.min(LIMITS.max_list)).unwrap_or(usize::MAX);
            claim::claim(call, queue, claimant, max, |_| true)
        })
    }

    fn claim_exact(
        &mut self,
        store: &StoreId,
        claimant: &Claimant,
        entries: &[EntryId],
    ) -> Answer<Option<Claim>> {
        self.call(|call| {
            let queue = of_claimant(store, claimant)?;
            limits::list("the list of entry ids", entries.len())?;
            for entry in entries {
                entry_id(entry)?;
            }
            claim::claim(call, queue, claimant, entries.len(), |next| {
                next.iter().map(|header| &header.entry.entry_id).eq(entries)
            })
        })
    }

    fn renew(&mut self, store: &StoreId, claim: &ClaimRef, ttl: u64) -> Answer<Claim> {
        self.call(|call| held::renew(call, Space::new(store)?, claim, ttl))
    }

    fn abandon(&mut self, store: &StoreId, claim: &ClaimRef) -> Answer<bool> {
        self.call(|call| held::abandon(call, Space::new(store)?, claim))
    }

    fn cancel(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        entry: &EntryId,
    ) -> Answer<Option<Entry>> {
        self.call(|call| {
            let queue = Queue::new(Space::new(store)?, session)?;
            held::cancel(call, queue, entry_id(entry)?)
        })
    }

    fn list_entries(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        after: Option<u64>,
        limit: u32,
    ) -> Answer<Vec<Entry>> {
        self.call(|call| {
            let queue = Queue::new(Space::new(store)?, session)?;
            list::entries(call, queue, after, limit)
        })
    }

    fn list_pending(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        after: Option<u64>,
        limit: u32,
    ) -> Answer<Vec<Entry>> {
        self.call(|call| {
            let queue = Queue::new(Space::new(store)?, session)?;
            list::pending(call, queue, after, limit)
        })
    }
}

fn of_claimant<'a>(
    store: &'a StoreId,
    claimant: &'a Claimant,
) -> Result<Queue<'a>, wirt_contract::Error> {
    let queue = Queue::new(Space::new(store)?, &claimant.session_id)?;
    Id::new("the owner", &claimant.owner)?;
    Ok(queue)
}
