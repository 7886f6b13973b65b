//! `attachments`.

use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::{Answer, AttachmentId, StoreId};

use super::super::{Probe, Show};

impl Attachments for Probe<'_> {
    fn put(&mut self, store: &StoreId, bytes: &[u8], metadata: &Metadata) -> Answer<Attachment> {
        let line =
            format!("attachments.put({}, {}, {})", store.show(), bytes.show(), metadata.show());
        self.call(line, |plugin| plugin.attachments()?.put(store, bytes, metadata))
    }

    fn get(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Vec<u8>> {
        let line = format!("attachments.get({}, {})", store.show(), id.show());
        self.call(line, |plugin| plugin.attachments()?.get(store, id))
    }

    fn head(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Option<Attachment>> {
        let line = format!("attachments.head({}, {})", store.show(), id.show());
        self.call(line, |plugin| plugin.attachments()?.head(store, id))
    }

    fn delete(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<bool> {
        let line = format!("attachments.delete({}, {})", store.show(), id.show());
        self.call(line, |plugin| plugin.attachments()?.delete(store, id))
    }

    fn list(
        &mut self,
        store: &StoreId,
        after: Option<&AttachmentId>,
        limit: u32,
    ) -> Answer<Vec<Attachment>> {
        let line = format!("attachments.list({}, {}, {limit})", store.show(), after.show());
        self.call(line, |plugin| plugin.attachments()?.list(store, after, limit))
    }
}
