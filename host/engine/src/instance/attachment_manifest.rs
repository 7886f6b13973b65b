//! `wirt:persistence/attachment-manifest` of a plugin at work.

use wirt_contract::attachment_manifest::{
    AttachmentManifest, Intent, IntentCursor, ManifestRow, Retention,
};
use wirt_contract::{Answer, AttachmentId, EpochMs, Interface, SessionId, StoreId};

use super::{Instance, Running};
use crate::bindings::exports::wirt::persistence::attachment_manifest::Guest;
use crate::convert::attachment_manifest as manifest;
use crate::convert::store::{answer, id};

impl Instance {
    fn on_attachment_manifest<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&Guest, &mut Running) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        let interface = Interface::AttachmentManifest;
        self.call(interface, function, |functions| functions.attachment_manifest.as_ref(), run)
    }
}

impl AttachmentManifest for Instance {
    fn retention(&mut self) -> Answer<Retention> {
        let called =
            self.on_attachment_manifest("retention", |guest, store| guest.call_retention(store))?;
        Ok(manifest::retention(called))
    }

    fn record_intent(&mut self, store_id: &StoreId, intent: &Intent) -> Answer<()> {
        let intent = manifest::intent_to(intent);
        answer(self.on_attachment_manifest("record-intent", |guest, store| {
            guest.call_record_intent(store, &id(store_id), &intent)
        })?)
    }

    fn commit_refs(
        &mut self,
        store_id: &StoreId,
        session: &SessionId,
        attachments: &[AttachmentId],
    ) -> Answer<()> {
        let ids: Vec<String> = attachments.iter().map(|id| id.as_str().into()).collect();
        answer(self.on_attachment_manifest("commit-refs", |guest, store| {
            guest.call_commit_refs(store, &id(store_id), session.as_str(), &ids)
        })?)
    }

    fn get(
        &mut self,
        store_id: &StoreId,
        session: &SessionId,
        attachment: &AttachmentId,
    ) -> Answer<Option<ManifestRow>> {
        let called = self.on_attachment_manifest("get", |guest, store| {
            guest.call_get(store, &id(store_id), session.as_str(), attachment.as_str())
        })?;
        Ok(answer(called)?.map(manifest::row))
    }

    fn list_uncommitted(
        &mut self,
        store_id: &StoreId,
        until: EpochMs,
        after: Option<&IntentCursor>,
        limit: u32,
    ) -> Answer<Vec<ManifestRow>> {
        let after = after.map(manifest::cursor_to);
        let called = self.on_attachment_manifest("list-uncommitted", |guest, store| {
            guest.call_list_uncommitted(store, &id(store_id), until.0, after.as_ref(), limit)
        })?;
        Ok(answer(called)?.into_iter().map(manifest::row).collect())
    }

    fn is_referenced(&mut self, store_id: &StoreId, attachment: &AttachmentId) -> Answer<bool> {
        answer(self.on_attachment_manifest("is-referenced", |guest, store| {
            guest.call_is_referenced(store, &id(store_id), attachment.as_str())
        })?)
    }

    fn forget(
        &mut self,
        store_id: &StoreId,
        session: &SessionId,
        attachment: &AttachmentId,
    ) -> Answer<()> {
        answer(self.on_attachment_manifest("forget", |guest, store| {
            guest.call_forget(store, &id(store_id), session.as_str(), attachment.as_str())
        })?)
    }
}
