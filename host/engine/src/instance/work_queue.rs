//! `wirt:persistence/work-queue` of a plugin at work.

use wirt_contract::work_queue::{Claim, ClaimRef, Claimant, Entry, NewEntry, WorkQueue};
use wirt_contract::{Answer, EntryId, Interface, SessionId, StoreId};

use super::{Instance, Running};
use crate::bindings::exports::wirt::persistence::work_queue::Guest;
use crate::bindings::wirt::persistence::types;
use crate::convert::store::{answer, id};
use crate::convert::work_queue as queue;

impl Instance {
    fn on_work_queue<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&Guest, &mut Running) -> wasmtime::Result<Result<T, types::Error>>,
    ) -> Answer<T> {
        let called = self.call(
            Interface::WorkQueue,
            function,
            |functions| functions.work_queue.as_ref(),
            run,
        )?;
        answer(called)
    }
}

impl WorkQueue for Instance {
    fn enqueue(&mut self, store_id: &StoreId, entry: &NewEntry) -> Answer<Entry> {
        let entry = queue::new_entry(entry);
        let kept = self.on_work_queue("enqueue", |guest, store| {
            guest.call_enqueue(store, &id(store_id), &entry)
        })?;
        Ok(queue::entry(kept))
    }

    fn claim(
        &mut self,
        store_id: &StoreId,
        claimant: &Claimant,
        max: u32,
    ) -> Answer<Option<Claim>> {
        let claimant = queue::claimant(claimant);
        let claim = self.on_work_queue("claim", |guest, store| {
            guest.call_claim(store, &id(store_id), &claimant, max)
        })?;
        Ok(claim.map(queue::claim))
    }

    fn claim_exact(
        &mut self,
        store_id: &StoreId,
        claimant: &Claimant,
        entries: &[EntryId],
    ) -> Answer<Option<Claim>> {
        let claimant = queue::claimant(claimant);
        let ids: Vec<String> = entries.iter().map(|id| id.as_str().into()).collect();
        let claim = self.on_work_queue("claim-exact", |guest, store| {
            guest.call_claim_exact(store, &id(store_id), &claimant, &ids)
        })?;
        Ok(claim.map(queue::claim))
    }

    fn renew(&mut self, store_id: &StoreId, claim: &ClaimRef, ttl: u64) -> Answer<Claim> {
        let claim = queue::claim_ref_to(claim);
        let renewed = self.on_work_queue("renew", |guest, store| {
            guest.call_renew(store, &id(store_id), &claim, ttl)
        })?;
        Ok(queue::claim(renewed))
    }

    fn abandon(&mut self, store_id: &StoreId, claim: &ClaimRef) -> Answer<bool> {
        let claim = queue::claim_ref_to(claim);
        self.on_work_queue("abandon", |guest, store| {
            guest.call_abandon(store, &id(store_id), &claim)
        })
    }

    fn cancel(
        &mut self,
        store_id: &StoreId,
        session: &SessionId,
        entry: &EntryId,
    ) -> Answer<Option<Entry>> {
        let removed = self.on_work_queue("cancel", |guest, store| {
            guest.call_cancel(store, &id(store_id), session.as_str(), entry.as_str())
        })?;
        Ok(removed.map(queue::entry))
    }

    fn list_entries(
        &mut self,
        store_id: &StoreId,
        session: &SessionId,
        after: Option<u64>,
        limit: u32,
    ) -> Answer<Vec<Entry>> {
        let page = self.on_work_queue("list-entries", |guest, store| {
            guest.call_list_entries(store, &id(store_id), session.as_str(), after, limit)
        })?;
        Ok(page.into_iter().map(queue::entry).collect())
    }

    fn list_pending(
        &mut self,
        store_id: &StoreId,
        session: &SessionId,
        after: Option<u64>,
        limit: u32,
    ) -> Answer<Vec<Entry>> {
        let page = self.on_work_queue("list-pending", |guest, store| {
            guest.call_list_pending(store, &id(store_id), session.as_str(), after, limit)
        })?;
        Ok(page.into_iter().map(queue::entry).collect())
    }
}
