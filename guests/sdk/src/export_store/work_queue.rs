//! `wirt:persistence/work-queue`.

use wirt_contract::{EntryId, Plugin, SessionId, StoreId};

use crate::Holds;
use crate::bindings::store::exports::wirt::persistence::work_queue;
use crate::bindings::store::wirt::persistence::types::{ClaimRef, Error};

impl<G: Holds<dyn Plugin>> work_queue::Guest for G {
    fn enqueue(store: String, entry: work_queue::NewEntry) -> Result<work_queue::Entry, Error> {
        G::with(|plugin| {
            Ok(plugin.work_queue()?.enqueue(&StoreId::new(store), &entry.into())?.into())
        })
    }

    fn claim(
        store: String,
        claimant: work_queue::Claimant,
        max: u32,
    ) -> Result<Option<work_queue::Claimed>, Error> {
        G::with(|plugin| {
            let queue = plugin.work_queue()?;
            let claim = queue.claim(&StoreId::new(store), &claimant.into(), max)?;
            Ok(claim.map(Into::into))
        })
    }

    fn claim_exact(
        store: String,
        claimant: work_queue::Claimant,
        entry_ids: Vec<String>,
    ) -> Result<Option<work_queue::Claimed>, Error> {
        let entries: Vec<EntryId> = entry_ids.into_iter().map(EntryId::new).collect();
        G::with(|plugin| {
            let queue = plugin.work_queue()?;
            let claim = queue.claim_exact(&StoreId::new(store), &claimant.into(), &entries)?;
            Ok(claim.map(Into::into))
        })
    }

    fn renew(store: String, claim: ClaimRef, ttl: u64) -> Result<work_queue::Claimed, Error> {
        G::with(|plugin| {
            Ok(plugin.work_queue()?.renew(&StoreId::new(store), &claim.into(), ttl)?.into())
        })
    }

    fn abandon(store: String, claim: ClaimRef) -> Result<bool, Error> {
        G::with(|plugin| Ok(plugin.work_queue()?.abandon(&StoreId::new(store), &claim.into())?))
    }

    fn cancel(
        store: String,
        session_id: String,
        entry_id: String,
    ) -> Result<Option<work_queue::Entry>, Error> {
        G::with(|plugin| {
            let queue = plugin.work_queue()?;
            let (session, entry) = (SessionId::new(session_id), EntryId::new(entry_id));
            let removed = queue.cancel(&StoreId::new(store), &session, &entry)?;
            Ok(removed.map(Into::into))
        })
    }

    fn list_entries(
        store: String,
        session_id: String,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<work_queue::Entry>, Error> {
        G::with(|plugin| {
            let queue = plugin.work_queue()?;
            let (store, session) = (StoreId::new(store), SessionId::new(session_id));
            let page = queue.list_entries(&store, &session, after, limit)?;
            Ok(page.into_iter().map(Into::into).collect())
        })
    }

    fn list_pending(
        store: String,
        session_id: String,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<work_queue::Entry>, Error> {
        G::with(|plugin| {
            let queue = plugin.work_queue()?;
            let (store, session) = (StoreId::new(store), SessionId::new(session_id));
            let page = queue.list_pending(&store, &session, after, limit)?;
            Ok(page.into_iter().map(Into::into).collect())
        })
    }
}
