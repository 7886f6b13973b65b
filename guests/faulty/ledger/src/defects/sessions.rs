//! Defects of `sessions`, in rooms like those of its cases.

mod blobs;
mod bounds;
mod claims;
mod commit;
mod graph;
mod growth;
mod meta;
mod order;
mod prune;
mod stamps;
mod usage;

use wirt_contract::sessions::{CommitAnswer, NewCommit, Refusal, Sessions};
use wirt_contract::store::{Description, Durability, Store};
use wirt_contract::{Answer, StoreId};

use super::Defect;
use crate::Inner;

/// Every defect, room by room.
pub(super) const DEFECTS: &[&[Defect]] = &[
    commit::DEFECTS,
    stamps::DEFECTS,
    claims::DEFECTS,
    order::DEFECTS,
    growth::DEFECTS,
    graph::DEFECTS,
    prune::DEFECTS,
    blobs::DEFECTS,
    usage::DEFECTS,
    meta::DEFECTS,
    bounds::DEFECTS,
];

/// Why a commit was refused, if it was.
fn refusal(answer: &Answer<CommitAnswer>) -> Option<&Refusal> {
    match answer {
        Ok(CommitAnswer::Refused(refusal)) => Some(refusal),
        Ok(CommitAnswer::Committed(_)) | Err(_) => None,
    }
}

/// Whether it stands.
fn stands(answer: &Answer<CommitAnswer>) -> bool {
    matches!(answer, Ok(CommitAnswer::Committed(_)))
}

/// As the ledger answers.
fn right(it: &mut Inner, store: &StoreId, commit: &NewCommit) -> Answer<CommitAnswer> {
    it.ledger.commit(store, commit)
}

/// Says that it is durable, whether it is or not: what a case of durable stores has to see through.
fn says_durable(it: &mut Inner) -> Answer<Description> {
    Ok(Description { durability: Durability::Durable, ..it.ledger.describe()? })
}
