//! Defects of `attachment-manifest`, and what several of them share.

mod list;
mod rows;

use wirt_contract::attachment_manifest::{AttachmentManifest, ManifestRow};
use wirt_contract::{Answer, AttachmentId, EpochMs, Error, Failure, SessionId, StoreId};

use super::Defect;
use crate::{Bend, Inner};

pub(super) use list::DEFECTS as LISTS;
pub(super) use rows::DEFECTS as ROWS;

/// Rows asked for at once; no case makes more but the one about pages.
const PAGE: u32 = 1_000;

const fn defect(name: &'static str, cases: &'static [&'static str], bend: Bend) -> Defect {
    Defect { name, cases, bend }
}

/// Rows that are not committed.
fn uncommitted(it: &mut Inner, store: &StoreId) -> Answer<Vec<ManifestRow>> {
    it.ledger.list_uncommitted(store, EpochMs(u64::MAX), None, PAGE)
}

/// Removes a row and records its intent anew.
fn renew(it: &mut Inner, store: &StoreId, row: &ManifestRow) -> Answer<()> {
    it.ledger.forget(store, &row.intent.session_id, &row.intent.attachment_id)?;
    it.ledger.record_intent(store, &row.intent)
}

fn commit(
    it: &mut Inner,
    store: &StoreId,
    session: &SessionId,
    attachment: &AttachmentId,
) -> Answer<()> {
    it.ledger.commit_refs(store, session, std::slice::from_ref(attachment))
}

/// Takes what is outside a bound without a word.
fn taken(answer: Answer<()>) -> Answer<()> {
    match answer {
        Err(Failure::Error(Error::Invalid(_))) => Ok(()),
        answer => answer,
    }
}
