//! `wirt:persistence/attachment-manifest`.

use wirt_contract::{AttachmentId, EpochMs, Plugin, SessionId, StoreId};

use crate::bindings::store::exports::wirt::persistence::attachment_manifest;
use crate::bindings::store::wirt::persistence::types::Error;
use crate::{Holds, trap};

impl<G: Holds<dyn Plugin>> attachment_manifest::Guest for G {
    fn retention() -> attachment_manifest::IntentRetention {
        G::with(|plugin| plugin.attachment_manifest()?.retention())
            .unwrap_or_else(|failure| trap("attachment-manifest.retention", &failure))
            .into()
    }

    fn record_intent(store: String, intent: attachment_manifest::Intent) -> Result<(), Error> {
        G::with(|plugin| {
            let manifest = plugin.attachment_manifest()?;
            Ok(manifest.record_intent(&StoreId::new(store), &intent.into())?)
        })
    }

    fn commit_refs(
        store: String,
        session_id: String,
        attachment_ids: Vec<String>,
    ) -> Result<(), Error> {
        let ids: Vec<AttachmentId> = attachment_ids.into_iter().map(AttachmentId::new).collect();
        G::with(|plugin| {
            let manifest = plugin.attachment_manifest()?;
            Ok(manifest.commit_refs(&StoreId::new(store), &SessionId::new(session_id), &ids)?)
        })
    }

    fn get(
        store: String,
        session_id: String,
        attachment_id: String,
    ) -> Result<Option<attachment_manifest::Row>, Error> {
        G::with(|plugin| {
            let manifest = plugin.attachment_manifest()?;
            let (session, id) = (SessionId::new(session_id), AttachmentId::new(attachment_id));
            Ok(manifest.get(&StoreId::new(store), &session, &id)?.map(Into::into))
        })
    }

    fn list_uncommitted(
        store: String,
        until: u64,
        after: Option<attachment_manifest::IntentCursor>,
        limit: u32,
    ) -> Result<Vec<attachment_manifest::Row>, Error> {
        let (store, after) = (StoreId::new(store), after.map(Into::into));
        G::with(|plugin| {
            let manifest = plugin.attachment_manifest()?;
            let page = manifest.list_uncommitted(&store, EpochMs(until), after.as_ref(), limit)?;
            Ok(page.into_iter().map(Into::into).collect())
        })
    }

    fn is_referenced(store: String, attachment_id: String) -> Result<bool, Error> {
        G::with(|plugin| {
            let manifest = plugin.attachment_manifest()?;
            Ok(manifest.is_referenced(&StoreId::new(store), &AttachmentId::new(attachment_id))?)
        })
    }

    fn forget(store: String, session_id: String, attachment_id: String) -> Result<(), Error> {
        G::with(|plugin| {
            let manifest = plugin.attachment_manifest()?;
            let (session, id) = (SessionId::new(session_id), AttachmentId::new(attachment_id));
            Ok(manifest.forget(&StoreId::new(store), &session, &id)?)
        })
    }
}
