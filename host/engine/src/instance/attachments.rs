//! `wirt:persistence/attachments` of a plugin at work.

use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::{Answer, AttachmentId, Interface, StoreId};

use super::{Instance, Running};
use crate::bindings::exports::wirt::persistence::attachments::Guest;
use crate::bindings::wirt::persistence::types;
use crate::convert::attachments;
use crate::convert::store::{answer, id};

impl Instance {
    fn on_attachments<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&Guest, &mut Running) -> wasmtime::Result<Result<T, types::Error>>,
    ) -> Answer<T> {
        let called = self.call(
            Interface::Attachments,
            function,
            |functions| functions.attachments.as_ref(),
            run,
        )?;
        answer(called)
    }
}

impl Attachments for Instance {
    fn put(&mut self, store_id: &StoreId, bytes: &[u8], metadata: &Metadata) -> Answer<Attachment> {
        let metadata = attachments::metadata(metadata);
        let kept = self.on_attachments("put", |guest, store| {
            guest.call_put(store, &id(store_id), bytes, &metadata)
        })?;
        Ok(attachments::attachment(kept))
    }

    fn get(&mut self, store_id: &StoreId, attachment: &AttachmentId) -> Answer<Vec<u8>> {
        self.on_attachments("get", |guest, store| {
            guest.call_get(store, &id(store_id), attachment.as_str())
        })
    }

    fn head(
        &mut self,
        store_id: &StoreId,
        attachment: &AttachmentId,
    ) -> Answer<Option<Attachment>> {
        let found = self.on_attachments("head", |guest, store| {
            guest.call_head(store, &id(store_id), attachment.as_str())
        })?;
        Ok(found.map(attachments::attachment))
    }

    fn delete(&mut self, store_id: &StoreId, attachment: &AttachmentId) -> Answer<bool> {
        self.on_attachments("delete", |guest, store| {
            guest.call_delete(store, &id(store_id), attachment.as_str())
        })
    }

    fn list(
        &mut self,
        store_id: &StoreId,
        after: Option<&AttachmentId>,
        limit: u32,
    ) -> Answer<Vec<Attachment>> {
        let page = self.on_attachments("list", |guest, store| {
            guest.call_list(store, &id(store_id), after.map(AttachmentId::as_str), limit)
        })?;
        Ok(page.into_iter().map(attachments::attachment).collect())
    }
}
