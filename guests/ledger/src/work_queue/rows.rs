//! What is kept of a queue, and where.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use wirt_contract::transfer::Holder;
use wirt_contract::work_queue::{Entry, Item, Work};
use wirt_contract::{ClaimId, EntryId, Error, SessionId};

use crate::call::Call;
use crate::keys::{Entry as Named, Key, Space};
use crate::limits::Id;

/// Keys of a queue that are asked for at once. The first entry is mostly the one looked for, and a
/// full queue is walked in a few dozen steps.
const SCAN_KEYS: usize = 64;

/// An entry as it is kept, without its work.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Without items.
    pub(crate) entry: Entry,
    /// Who took it last. That claim may be gone, and then nobody holds it.
    pub(crate) taken: Option<Taken>,
}

/// A claim by its name and its number. Names may come from another store, and one of ours might be
/// equal to it later; numbers are given once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) claim_id: ClaimId,
    pub(crate) fencing_token: u64,
}

/// A claim that is held. Every entry of it is in the queue and names it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ClaimRow {
    pub(crate) holder: Holder,
    /// Numbers of its entries, ascending.
    pub(crate) seqs: Vec<u64>,
}

/// The highest numbers a store id has given out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counters {
    pub(crate) enqueue_seq: u64,
    pub(crate) fencing_token: u64,
}

impl ClaimRow {
    pub(crate) fn taken(&self) -> Taken {
        let claim = &self.holder.claim;
        Taken { claim_id: claim.claim_id.clone(), fencing_token: claim.fencing_token }
    }
}

impl Counters {
    pub(crate) fn read(call: &mut Call<'_>, space: Space<'_>) -> Result<Self, Error> {
        Ok(call.value(&space.key(Named::<&str>::Counters))?.unwrap_or_default())
    }

    pub(crate) fn write(self, call: &mut Call<'_>, space: Space<'_>) -> Result<(), Error> {
        call.put(space.key(Named::<&str>::Counters), &self)
    }
}

/// The number after this one.
pub(super) fn next_number(number: u64) -> Result<u64, Error> {
    number.checked_add(1).ok_or_else(|| {
        Error::backend(
            "the store id has given out its last number to entries or claims; go on under a fresh \
             store id",
        )
    })
}

/// A session's queue: its place and its keys.
#[derive(Clone, Copy)]
pub(super) struct Queue<'a> {
    pub(super) space: Space<'a>,
    pub(super) session: Id<'a>,
}

impl<'a> Queue<'a> {
    pub(super) fn new(space: Space<'a>, session: &'a SessionId) -> Result<Self, Error> {
        Ok(Self { space, session: Id::new("the session id", session.as_str())? })
    }

    pub(super) fn session_id(self) -> SessionId {
        self.session.as_str().into()
    }

    pub(super) fn queued(self, seq: u64) -> Key {
        self.space.key(Named::Queued(self.session, seq))
    }

    pub(super) fn items(self, seq: u64) -> Key {
        self.space.key(Named::Items(self.session, seq))
    }

    pub(super) fn by_entry_id(self, entry: &str) -> Key {
        self.space.key(Named::ByEntryId(self.session.as_str(), entry))
    }

    pub(super) fn by_source_key(self, source_key: &str) -> Key {
        self.space.key(Named::BySourceKey(self.session.as_str(), source_key))
    }

    pub(super) fn claim(self, claim: &ClaimId) -> Key {
        self.space.key(Named::Claim(self.session.as_str(), claim.as_str()))
    }

    fn len_key(self) -> Key {
        self.space.key(Named::QueueLen(self.session))
    }

    /// How many entries it holds.
    pub(super) fn len(self, call: &mut Call<'_>) -> Result<u32, Error> {
        Ok(call.value(&self.len_key())?.unwrap_or(0))
    }

    /// An empty queue keeps no length, as if it had never been.
    pub(super) fn set_len(self, call: &mut Call<'_>, len: u32) -> Result<(), Error> {
        if len == 0 {
            call.remove(self.len_key());
            return Ok(());
        }
        call.put(self.len_key(), &len)
    }

    /// An entry that something in the store names.
    pub(super) fn header(self, call: &mut Call<'_>, seq: u64) -> Result<Header, Error> {
        let key = self.queued(seq);
        call.value(&key)?.ok_or_else(|| gone(&key))
    }

    /// The entry of a header, with its work.
    pub(super) fn entry(self, call: &mut Call<'_>, header: Header) -> Result<Entry, Error> {
        let key = self.items(header.entry.enqueue_seq);
        let work: Vec<Work> = call.value(&key)?.ok_or_else(|| gone(&key))?;
        let items = items(&header.entry.entry_id, work);
        Ok(Entry { items, ..header.entry })
    }

    /// Adds an entry; its number and its names are free. The length is the caller's to count.
    pub(super) fn add(
        self,
        call: &mut Call<'_>,
        mut entry: Entry,
        taken: Option<Taken>,
    ) -> Result<(), Error> {
        let seq = entry.enqueue_seq;
        let work: Vec<Work> =
            std::mem::take(&mut entry.items).into_iter().map(|item| item.work).collect();
        call.put(self.items(seq), &work)?;
        call.put(self.by_entry_id(entry.entry_id.as_str()), &seq)?;
        if let Some(source_key) = &entry.source_key {
            call.put(self.by_source_key(source_key), &seq)?;
        }
        call.put(self.queued(seq), &Header { entry, taken })
    }

    /// Removes an entry. The length is the caller's to count.
    pub(super) fn remove(self, call: &mut Call<'_>, entry: &Entry) {
        let seq = entry.enqueue_seq;
        call.remove(self.queued(seq));
        call.remove(self.items(seq));
        call.remove(self.by_entry_id(entry.entry_id.as_str()));
        if let Some(source_key) = &entry.source_key {
            call.remove(self.by_source_key(source_key));
        }
    }

    /// Looks at the entries by number, from after the one given, until `look` has seen enough or
    /// the queue ends.
    pub(super) fn walk(
        self,
        call: &mut Call<'_>,
        after: Option<u64>,
        mut look: impl FnMut(&mut Call<'_>, Header) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let mut after = after.map(|seq| self.queued(seq));
        loop {
            let span = self.space.queue(self.session.as_str()).after(after.as_ref());
            let mut keys = call.keys(&span, SCAN_KEYS)?;
            for key in &keys {
                let header = call.value(key)?.ok_or_else(|| gone(key))?;
                if look(call, header)?.is_break() {
                    return Ok(());
                }
            }
            if keys.len() < SCAN_KEYS {
                return Ok(());
            }
            after = keys.pop();
        }
    }
}

/// `work-queue.enqueue.item-ids`.
pub(super) fn items(entry: &EntryId, work: Vec<Work>) -> Vec<Item> {
    let item = |(place, work)| Item { item_id: format!("{entry}:item:{place}"), work };
    work.into_iter().enumerate().map(item).collect()
}

pub(super) fn entry_id(entry: &EntryId) -> Result<Id<'_>, Error> {
    Id::new("the entry id", entry.as_str())
}

fn gone(key: &Key) -> Error {
    Error::backend(format!("{key} is gone while something names it; run a check"))
}
