//! `work-queue`.

use wirt_contract::work_queue::{Claim, ClaimRef, Claimant, Entry, NewEntry, WorkQueue};
use wirt_contract::{Answer, EntryId, SessionId, StoreId};

use super::super::{Probe, Show};

impl WorkQueue for Probe<'_> {
    fn enqueue(&mut self, store: &StoreId, entry: &NewEntry) -> Answer<Entry> {
        let line = format!("work-queue.enqueue({}, {})", store.show(), entry.show());
        self.call(line, |plugin| plugin.work_queue()?.enqueue(store, entry))
    }

    fn claim(&mut self, store: &StoreId, claimant: &Claimant, max: u32) -> Answer<Option<Claim>> {
        let line = format!("work-queue.claim({}, {}, {max})", store.show(), claimant.show());
        self.call(line, |plugin| plugin.work_queue()?.claim(store, claimant, max))
    }

    fn claim_exact(
        &mut self,
        store: &StoreId,
        claimant: &Claimant,
        entries: &[EntryId],
    ) -> Answer<Option<Claim>> {
        let line = format!(
            "work-queue.claim-exact({}, {}, {})",
            store.show(),
            claimant.show(),
            entries.show()
        );
        self.call(line, |plugin| plugin.work_queue()?.claim_exact(store, claimant, entries))
    }

    fn renew(&mut self, store: &StoreId, claim: &ClaimRef, ttl: u64) -> Answer<Claim> {
        let line = format!("work-queue.renew({}, {}, {ttl})", store.show(), claim.show());
        self.call(line, |plugin| plugin.work_queue()?.renew(store, claim, ttl))
    }

    fn abandon(&mut self, store: &StoreId, claim: &ClaimRef) -> Answer<bool> {
        let line = format!("work-queue.abandon({}, {})", store.show(), claim.show());
        self.call(line, |plugin| plugin.work_queue()?.abandon(store, claim))
    }

    fn cancel(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        entry: &EntryId,
    ) -> Answer<Option<Entry>> {
        let line =
            format!("work-queue.cancel({}, {}, {})", store.show(), session.show(), entry.show());
        self.call(line, |plugin| plugin.work_queue()?.cancel(store, session, entry))
    }

    fn list_entries(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        after: Option<u64>,
        limit: u32,
    ) -> Answer<Vec<Entry>> {
        let line = format!(
            "work-queue.list-entries({}, {}, {}, {limit})",
            store.show(),
            session.show(),
            after.show()
        );
        self.call(line, |plugin| plugin.work_queue()?.list_entries(store, session, after, limit))
    }

    fn list_pending(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        after: Option<u64>,
        limit: u32,
    ) -> Answer<Vec<Entry>> {
        let line = format!(
            "work-queue.list-pending({}, {}, {}, {limit})",
            store.show(),
            session.show(),
            after.show()
        );
        self.call(line, |plugin| plugin.work_queue()?.list_pending(store, session, after, limit))
    }
}
