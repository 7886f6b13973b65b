//! Defects of `work-queue`, and what several of them share.

mod bounds;
mod claims;
mod entries;
mod exact;
mod giving;
mod held;
mod joins;
mod lists;
mod time;

use wirt_contract::work_queue::{Boundary, Claim, ClaimRef, Claimant, Entry, WorkQueue};
use wirt_contract::{Answer, EntryId, EpochMs, Error, Failure, SessionId, StoreId};

use super::Defect;
use crate::{Bend, Inner};

pub(super) use bounds::DEFECTS as BOUNDS;
pub(super) use claims::DEFECTS as CLAIMS;
pub(super) use entries::DEFECTS as ENTRIES;
pub(super) use exact::DEFECTS as EXACT;
pub(super) use giving::DEFECTS as GIVING;
pub(super) use held::DEFECTS as HELD;
pub(super) use joins::DEFECTS as JOINS;
pub(super) use lists::DEFECTS as LISTS;
pub(super) use time::DEFECTS as TIME;

/// Milliseconds after which no claim that a case makes is live, and every entry is available.
const AGES: u64 = 1 << 52;
/// Entries asked for at once.
const PAGE: u32 = 1_000;

const fn defect(name: &'static str, cases: &'static [&'static str], bend: Bend) -> Defect {
    Defect { name, cases, bend }
}

/// Every entry of a queue.
fn queue(it: &mut Inner, store: &StoreId, session: &SessionId) -> Answer<Vec<Entry>> {
    let mut found: Vec<Entry> = Vec::new();
    loop {
        let after = found.last().map(|last| last.enqueue_seq);
        let page = it.ledger.list_entries(store, session, after, PAGE)?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page);
    }
}

/// Every entry in no live claim.
fn pending(it: &mut Inner, store: &StoreId, session: &SessionId) -> Answer<Vec<Entry>> {
    let mut found: Vec<Entry> = Vec::new();
    loop {
        let after = found.last().map(|last| last.enqueue_seq);
        let page = it.ledger.list_pending(store, session, after, PAGE)?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page);
    }
}

fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.entry_id.clone()).collect()
}

fn is_invalid<T>(answer: &Answer<T>) -> bool {
    matches!(answer, Err(Failure::Error(Error::Invalid(_))))
}

fn is_expired<T>(answer: &Answer<T>) -> bool {
    matches!(answer, Err(Failure::Error(Error::Expired(_))))
}

/// Claims, and keeps a note of it.
fn noting(it: &mut Inner, store: &StoreId, claimant: &Claimant, max: u32) -> Answer<Option<Claim>> {
    let claim = it.ledger.claim(store, claimant, max)?;
    it.notes.borrow_mut().of::<Vec<Claim>>().extend(claim.clone());
    Ok(claim)
}

/// The claims noted so far.
fn noted(it: &Inner) -> Vec<Claim> {
    it.notes.borrow_mut().of::<Vec<Claim>>().clone()
}

/// The noted claim that this names.
fn known(it: &Inner, claim: &ClaimRef) -> Option<Claim> {
    noted(it).into_iter().find(|noted| noted.claim == *claim)
}

/// What a noted claim of the same id is held under.
fn by_id(it: &Inner, claim: &ClaimRef) -> ClaimRef {
    let of_id = noted(it).into_iter().rev().find(|noted| noted.claim.claim_id == claim.claim_id);
    of_id.map_or_else(|| claim.clone(), |noted| noted.claim)
}

/// Whether a noted claim has run out.
fn ran_out(it: &Inner, claim: &ClaimRef) -> bool {
    known(it, claim).is_some_and(|noted| noted.expires_at <= it.now())
}

fn share_an_entry(one: &Claim, other: &Claim) -> bool {
    one.entries.iter().any(|entry| ids(&other.entries).contains(&entry.entry_id))
}

/// Makes a call as if long from now, when no claim lives and everything is available.
fn ages_later<T>(it: &mut Inner, call: impl FnOnce(&mut Inner) -> Answer<T>) -> Answer<T> {
    it.run_ahead(AGES);
    let answer = call(it);
    it.run_ahead(0);
    answer
}

/// Makes a call with a clock of whole seconds.
fn in_seconds<T>(it: &mut Inner, call: impl FnOnce(&mut Inner) -> Answer<T>) -> Answer<T> {
    let since = it.now().0 % 1_000;
    it.run_ahead((1_000 - since) % 1_000);
    let answer = call(it);
    it.run_ahead(0);
    answer
}

/// Makes a call while another claim holds the entries to hide; where that would be all, none.
fn hiding<T>(
    it: &mut Inner,
    store: &StoreId,
    session: &SessionId,
    hide: impl Fn(&Entry) -> bool,
    call: impl FnOnce(&mut Inner) -> Answer<T>,
) -> Answer<T> {
    let hand = Claimant {
        session_id: session.clone(),
        owner: "hides".into(),
        boundary: Boundary::Idle,
        ttl: AGES,
    };
    let (mut hidden, mut shown) = (Vec::new(), Vec::new());
    while let Some(claim) = it.ledger.claim(store, &hand, 1)? {
        let side = if claim.entries.iter().any(&hide) { &mut hidden } else { &mut shown };
        side.push(claim.claim);
    }
    if shown.is_empty() {
        shown.append(&mut hidden);
    }
    for claim in &shown {
        it.ledger.abandon(store, claim)?;
    }
    let answer = call(it);
    for claim in &hidden {
        it.ledger.abandon(store, claim)?;
    }
    answer
}

/// A claim with another ttl than asked for, which looks as if it had that one.
fn secretly_for(
    it: &mut Inner,
    store: &StoreId,
    claimant: &Claimant,
    max: u32,
    ttl: u64,
) -> Answer<Option<Claim>> {
    let claim = it.ledger.claim(store, &Claimant { ttl, ..claimant.clone() }, max)?;
    Ok(claim.map(|claim| as_asked(claim, claimant)))
}

fn as_asked(claim: Claim, claimant: &Claimant) -> Claim {
    let expires_at = EpochMs(claim.claimed_at.0.saturating_add(claimant.ttl));
    Claim { expires_at, ..claim }
}
