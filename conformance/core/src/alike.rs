//! What stores choose for themselves, under names that are alike for two stores that did alike:
//! for whoever compares a plugin with the ledger.
//!
//! Entry ids, claim ids and lease tokens may be any text, and numbers may have gaps; so each is
//! named by the order in which a history first met it.

use wirt_contract::sessions::{CommitAnswer, Refusal};
use wirt_contract::transfer::{Data, Row};
use wirt_contract::work_queue::{Claim, ClaimRef, Entry};
use wirt_contract::{ClaimId, EntryId, StoreId};

/// Names given so far, of one store plugin. Each store id has its own.
#[derive(Debug, Clone, Default)]
pub struct Names {
    texts: Vec<(&'static str, StoreId, String)>,
    numbers: Vec<(&'static str, StoreId, u64)>,
}

/// The place of an item, which is added where it is not there yet.
fn place<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    items.iter().position(|known| *known == item).unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
}

impl Names {
    fn text(&mut self, what: &'static str, store: &StoreId, text: &str) -> String {
        let place = place(&mut self.texts, (what, store.clone(), text.to_owned()));
        format!("{what} {place}")
    }

    fn number(&mut self, what: &'static str, store: &StoreId, number: u64) -> u64 {
        let place = place(&mut self.numbers, (what, store.clone(), number));
        u64::try_from(place).unwrap_or(u64::MAX)
    }

    /// How many of the numbers met are not above this one.
    fn up_to(&self, what: &'static str, store: &StoreId, highest: u64) -> u64 {
        let below = |known: &&(&str, StoreId, u64)| {
            known.0 == what && known.1 == *store && known.2 <= highest
        };
        u64::try_from(self.numbers.iter().filter(below).count()).unwrap_or(u64::MAX)
    }

    /// An entry, with its ids and its place so named.
    pub fn entry(&mut self, store: &StoreId, mut entry: Entry) -> Entry {
        let name = self.text("entry", store, entry.entry_id.as_str());
        for item in &mut entry.items {
            if let Some(rest) = item.item_id.strip_prefix(entry.entry_id.as_str()) {
                item.item_id = format!("{name}{rest}");
            }
        }
        entry.entry_id = EntryId::new(name);
        entry.enqueue_seq = self.number("place", store, entry.enqueue_seq);
        entry
    }

    /// Entries, in the order given.
    pub fn entries(&mut self, store: &StoreId, entries: Vec<Entry>) -> Vec<Entry> {
        entries.into_iter().map(|entry| self.entry(store, entry)).collect()
    }

    fn claim_ref(&mut self, store: &StoreId, claim: ClaimRef) -> ClaimRef {
        ClaimRef {
            claim_id: ClaimId::new(self.text("claim", store, claim.claim_id.as_str())),
            fencing_token: self.number("fence", store, claim.fencing_token),
            lease_token: self.text("lease", store, &claim.lease_token),
            session_id: claim.session_id,
        }
    }

    /// A claim with its entries; its ids, tokens and numbers so named.
    pub fn claim(&mut self, store: &StoreId, claim: Claim) -> Claim {
        Claim {
            claim: self.claim_ref(store, claim.claim),
            entries: self.entries(store, claim.entries),
            ..claim
        }
    }

    /// The answer of a commit; it may name a claim.
    pub fn commit(&mut self, store: &StoreId, answer: CommitAnswer) -> CommitAnswer {
        match answer {
            CommitAnswer::Refused(Refusal::ClaimLost(claim)) => {
                let name = self.text("claim", store, claim.as_str());
                CommitAnswer::Refused(Refusal::ClaimLost(ClaimId::new(name)))
            }
            other => other,
        }
    }

    /// A row of an export. Counters count what was met so far, so rows come in the order of an
    /// export.
    pub fn row(&mut self, row: Row) -> Row {
        let store = &row.store;
        let data = match row.data {
            Data::Queued { entry, holder } => {
                let holder = holder.map(|mut holder| {
                    holder.claim = self.claim_ref(store, holder.claim);
                    holder
                });
                Data::Queued { entry: self.entry(store, entry), holder }
            }
            Data::Counters { enqueue_seq, fencing_token } => Data::Counters {
                enqueue_seq: self.up_to("place", store, enqueue_seq),
                fencing_token: self.up_to("fence", store, fencing_token),
            },
            other => other,
        };
        Row { data, ..row }
    }
}

#[cfg(test)]
mod tests {
    use wirt_contract::work_queue::{Delivery, Item, MergeKey, Slot, Work, WorkKind};

    use super::*;

    fn entry(id: &str, enqueue_seq: u64) -> Entry {
        let work = Work { kind: WorkKind::TurnInput, body: "{}".into() };
        Entry {
            entry_id: id.into(),
            session_id: "s".into(),
            source_key: None,
            delivery: Delivery::EarliestSafeBoundary,
            slot: Slot::Join,
            merge_key: MergeKey::Never,
            available_at: wirt_contract::EpochMs(0),
            enqueue_seq,
            enqueued_at: wirt_contract::EpochMs(0),
            items: vec![Item { item_id: format!("{id}:item:0"), work }],
        }
    }

    fn counters(store: &StoreId, enqueue_seq: u64) -> Row {
        let data = Data::Counters { enqueue_seq, fencing_token: 0 };
        Row { store: store.clone(), data }
    }

    #[test]
    fn stores_that_name_and_count_otherwise_are_alike() {
        let store = StoreId::from("a");
        let told = |named: [(&str, u64); 3], highest| {
            let mut names = Names::default();
            let entries = named.map(|(id, seq)| names.entry(&store, entry(id, seq)));
            (entries, names.row(counters(&store, highest)))
        };
        let one = told([("entry-1", 1), ("entry-2", 2), ("entry-1", 1)], 2);
        assert_eq!(one, told([("x", 7), ("y", 90), ("x", 7)], 95));
        // Another entry, another number, and counters that fall behind are seen.
        assert_ne!(one, told([("x", 7), ("y", 90), ("y", 90)], 95));
        assert_ne!(one, told([("x", 7), ("y", 90), ("x", 8)], 95));
        assert_ne!(one, told([("x", 7), ("y", 90), ("x", 7)], 89));
    }
}
