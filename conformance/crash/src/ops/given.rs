//! What operations are answered with, and what of it is a store's own choice.

use std::collections::BTreeMap;

use wirt_contract::attachments::Attachment;
use wirt_contract::sessions::{Collected, CommitAnswer, Refusal, Vacuumed};
use wirt_contract::tasks::{Appended, Finished, Started, Updated};
use wirt_contract::transfer::{Data, Row};
use wirt_contract::work_queue::{Claim, ClaimRef, Entry};
use wirt_contract::{Answer, ClaimId, EntryId, Failure, StoreId};

use super::{Call, Op, Tag};

/// What an operation was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// That it is done.
    Nothing,
    /// Whether there was something to do.
    Whether(bool),
    /// Of `tasks.start`.
    Started(Started),
    /// Of `tasks.update-status`.
    Updated(Updated),
    /// Of `tasks.append-event`.
    Appended(Appended),
    /// Of `tasks.finish`.
    Finished(Finished),
    /// Of `attachments.put`.
    Attachment(Attachment),
    /// Of `sessions.commit`.
    Commit(CommitAnswer),
    /// Of `sessions.vacuum`.
    Vacuumed(Vacuumed),
    /// Of `sessions.gc-unreachable`.
    Collected(Collected),
    /// Of `enqueue` and `cancel`.
    Entry(Option<Box<Entry>>),
    /// Of claims and renewals.
    Claim(Option<Box<Claim>>),
}

/// What earlier operations were answered with, by the names later ones use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(super) entries: BTreeMap<Tag, EntryId>,
    pub(super) claims: BTreeMap<Tag, ClaimRef>,
}

impl Known {
    /// Remembers what the operation was answered with.
    pub(crate) fn learn(&mut self, op: &Op, answer: &Answer<Given>) {
        let (Op::Call { call, .. }, Ok(given)) = (op, answer) else { return };
        match (call, given) {
            (Call::Enqueue { tag, .. }, Given::Entry(Some(entry))) => {
                self.entries.insert(*tag, entry.entry_id.clone());
            }
            (Call::Claim { tag, .. } | Call::ClaimExact { tag, .. }, Given::Claim(Some(claim))) => {
                self.claims.insert(*tag, claim.claim.clone());
            }
            _ => {}
        }
    }
}

/// What kind of answer it is: two stores that do alike may word an error differently.
pub(crate) fn kind(answer: &Answer<Given>) -> Result<&Given, &'static str> {
    match answer {
        Ok(given) => Ok(given),
        Err(Failure::Fault(_)) => Err("a fault"),
        Err(Failure::Error(error)) => Err(match error {
            wirt_contract::Error::Conflict(_) => "conflict",
            wirt_contract::Error::NotFound(_) => "not-found",
            wirt_contract::Error::Expired(_) => "expired",
            wirt_contract::Error::Invalid(_) => "invalid",
            wirt_contract::Error::Unsupported(_) => "unsupported",
            wirt_contract::Error::Backend { .. } => "backend",
        }),
    }
}

/// An answer in a line.
pub(crate) fn told(answer: &Answer<Given>) -> String {
    match answer {
        Ok(given) => format!("{given:?}"),
        Err(failure) => failure.to_string(),
    }
}

/// What a store names itself, under names that are alike for two stores that did alike: ids by the
/// order in which they were met, numbers likewise.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
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
    /// An answer under such names.
    pub(crate) fn given(&mut self, op: &Op, answer: &Answer<Given>) -> Answer<Given> {
        let Op::Call { store, .. } = op else { return answer.clone() };
        Ok(match answer.clone()? {
            Given::Entry(Some(entry)) => Given::Entry(Some(Box::new(self.entry(store, *entry)))),
            Given::Claim(Some(claim)) => Given::Claim(Some(Box::new(self.claim(store, *claim)))),
            Given::Commit(CommitAnswer::Refused(Refusal::ClaimLost(claim))) => {
                let name = ClaimId::new(self.text("claim", store, claim.as_str()));
                Given::Commit(CommitAnswer::Refused(Refusal::ClaimLost(name)))
            }
            other => other,
        })
    }

    /// Rows under such names.
    pub(crate) fn rows(&mut self, rows: &[Row]) -> Vec<Row> {
        // A store id's counters come before its entries, and count what was met by now.
        rows.iter().cloned().map(|row| self.row(row)).collect()
    }

    fn row(&mut self, row: Row) -> Row {
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

    fn entry(&mut self, store: &StoreId, mut entry: Entry) -> Entry {
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

    fn claim_ref(&mut self, store: &StoreId, claim: ClaimRef) -> ClaimRef {
        ClaimRef {
            claim_id: ClaimId::new(self.text("claim", store, claim.claim_id.as_str())),
            fencing_token: self.number("fence", store, claim.fencing_token),
            lease_token: self.text("lease", store, &claim.lease_token),
            session_id: claim.session_id,
        }
    }

    fn claim(&mut self, store: &StoreId, claim: Claim) -> Claim {
        let entries = claim.entries.into_iter().map(|entry| self.entry(store, entry)).collect();
        Claim { claim: self.claim_ref(store, claim.claim), entries, ..claim }
    }
}
