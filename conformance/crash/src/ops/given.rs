//! What operations are answered with.

use std::collections::BTreeMap;

use wirt_conformance::Names;
use wirt_contract::attachments::Attachment;
use wirt_contract::sessions::{Collected, CommitAnswer, Vacuumed};
use wirt_contract::tasks::{Appended, Finished, Started, Updated};
use wirt_contract::work_queue::{Claim, ClaimRef, Entry};
use wirt_contract::{Answer, EntryId, Failure};

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

/// An answer with what the store chose for itself under the names given so far.
pub(crate) fn named(names: &mut Names, op: &Op, answer: &Answer<Given>) -> Answer<Given> {
    let Op::Call { store, .. } = op else { return answer.clone() };
    Ok(match answer.clone()? {
        Given::Entry(Some(entry)) => Given::Entry(Some(Box::new(names.entry(store, *entry)))),
        Given::Claim(Some(claim)) => Given::Claim(Some(Box::new(names.claim(store, *claim)))),
        Given::Commit(answer) => Given::Commit(names.commit(store, answer)),
        other => other,
    })
}
