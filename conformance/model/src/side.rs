//! One of the two stores that a history is put to.

use std::collections::BTreeMap;

use wirt_conformance::{Names, Subject};
use wirt_contract::transfer::Row;
use wirt_contract::work_queue::{ClaimRef, Entry};
use wirt_contract::{Answer, Error, Failure, Fault, FaultKind, Plugin, SessionId, StoreId};

/// Pages after which a list is taken for one without an end.
const MAX_PAGES: usize = 1_000;
/// Claims and entries a side remembers; the oldest are forgotten first.
const MAX_KNOWN: usize = 64;

/// A store, and what it has told of itself.
pub(crate) struct Side<'s> {
    pub(crate) subject: &'s mut dyn Subject,
    pub(crate) names: Names,
    /// Entries as it named them, oldest first.
    pub(crate) entries: Vec<(StoreId, Entry)>,
    /// Claims as it named them, oldest first.
    pub(crate) claims: Vec<ClaimRef>,
    /// Of each store id, as committed last.
    pub(crate) revisions: BTreeMap<StoreId, u64>,
    /// Rows that were exported, for an import later on.
    pub(crate) saved: Vec<Row>,
    /// Rows an import took.
    pub(crate) given: usize,
    pub(crate) in_batch: bool,
}

impl<'s> Side<'s> {
    pub(crate) fn new(subject: &'s mut dyn Subject) -> Self {
        Self {
            subject,
            names: Names::default(),
            entries: Vec::new(),
            claims: Vec::new(),
            revisions: BTreeMap::new(),
            saved: Vec::new(),
            given: 0,
            in_batch: false,
        }
    }

    /// Makes one call.
    pub(crate) fn ask<T>(&mut self, call: impl FnOnce(&mut dyn Plugin) -> Answer<T>) -> Answer<T> {
        match self.subject.plugin() {
            Ok(plugin) => call(plugin),
            Err(error) => Err(broken(&error.to_string())),
        }
    }

    /// Everything of a list, page by page; a page names the next one.
    pub(crate) fn walk<T, C>(
        &mut self,
        mut after: Option<C>,
        mut page: impl FnMut(&mut dyn Plugin, Option<&C>) -> Answer<(Vec<T>, Option<C>)>,
    ) -> Answer<Vec<T>> {
        let mut all = Vec::new();
        for _ in 0..MAX_PAGES {
            let (items, next) = self.ask(|plugin| page(plugin, after.as_ref()))?;
            all.extend(items);
            if next.is_none() {
                return Ok(all);
            }
            after = next;
        }
        Err(broken("a list has no end"))
    }

    /// Everything of a list that ends with an empty page; `place` says where an item stands.
    pub(crate) fn walk_until_empty<T, C: Clone>(
        &mut self,
        after: Option<C>,
        place: impl Fn(&T) -> C,
        mut page: impl FnMut(&mut dyn Plugin, Option<&C>) -> Answer<Vec<T>>,
    ) -> Answer<Vec<T>> {
        self.walk(after, |plugin, after| {
            let items = page(plugin, after)?;
            let next = items.last().map(&place);
            Ok((items, next))
        })
    }

    pub(crate) fn know_entry(&mut self, store: &StoreId, entry: &Entry) {
        let known = |it: &(StoreId, Entry)| it.0 == *store && it.1.entry_id == entry.entry_id;
        if !self.entries.iter().any(known) {
            self.entries.push((store.clone(), entry.clone()));
        }
        let extra = self.entries.len().saturating_sub(MAX_KNOWN);
        self.entries.drain(..extra);
    }

    pub(crate) fn know_claim(&mut self, claim: ClaimRef) {
        self.claims.push(claim);
        let extra = self.claims.len().saturating_sub(MAX_KNOWN);
        self.claims.drain(..extra);
    }

    /// What the store named may be named so again: it has lost what it named.
    pub(crate) fn forget_names(&mut self) {
        self.names = Names::default();
        self.entries.clear();
    }

    /// The entry this many before the newest of the store id.
    pub(crate) fn entry_before_newest(&self, store: &StoreId, back: u8) -> Option<&Entry> {
        let of_store = || self.entries.iter().filter(|(of, _)| of == store);
        let place = usize::from(back).checked_rem(of_store().count())?;
        of_store().rev().nth(place).map(|(_, entry)| entry)
    }

    /// The claim this many before the newest, or one nobody made.
    pub(crate) fn claim_before_newest(&self, back: u8) -> ClaimRef {
        let place = usize::from(back).checked_rem(self.claims.len());
        let known = place.and_then(|place| self.claims.iter().rev().nth(place));
        known.cloned().unwrap_or_else(|| ClaimRef {
            session_id: SessionId::from("s"),
            claim_id: "nobody's".into(),
            fencing_token: 1,
            lease_token: "nobody's".into(),
        })
    }
}

/// Says why a history cannot go on.
pub(crate) fn broken(detail: &str) -> Failure {
    let detail = detail.to_owned();
    Fault { kind: FaultKind::NotStarted, function: "the harness".into(), detail }.into()
}

/// An answer in full. Which error it is counts, and not its words.
pub(crate) fn shown<T: std::fmt::Debug>(answer: Answer<T>) -> String {
    match answer {
        Ok(value) => format!("{value:?}"),
        Err(Failure::Error(error)) => match error {
            Error::Conflict(_) => "an error `conflict`",
            Error::NotFound(_) => "an error `not-found`",
            Error::Expired(_) => "an error `expired`",
            Error::Invalid(_) => "an error `invalid`",
            Error::Unsupported(_) => "an error `unsupported`",
            Error::Backend { .. } => "an error `backend`",
        }
        .into(),
        Err(Failure::Fault(fault)) => format!("FAULT: {fault}"),
    }
}
