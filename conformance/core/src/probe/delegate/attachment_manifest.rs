//! `attachment-manifest`.

use wirt_contract::attachment_manifest::{
    AttachmentManifest, Intent, IntentCursor, ManifestRow, Retention,
};
use wirt_contract::{Answer, AttachmentId, EpochMs, SessionId, StoreId};

use super::super::{Probe, Show};

impl AttachmentManifest for Probe<'_> {
    fn retention(&mut self) -> Answer<Retention> {
        let line = "attachment-manifest.retention()".to_owned();
        self.call(line, |plugin| plugin.attachment_manifest()?.retention())
    }

    fn record_intent(&mut self, store: &StoreId, intent: &Intent) -> Answer<()> {
        let line =
            format!("attachment-manifest.record-intent({}, {})", store.show(), intent.show());
        self.call(line, |plugin| plugin.attachment_manifest()?.record_intent(store, intent))
    }

    fn commit_refs(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        attachments: &[AttachmentId],
    ) -> Answer<()> {
        let line = format!(
            "attachment-manifest.commit-refs({}, {}, {})",
            store.show(),
            session.show(),
            attachments.show()
        );
        self.call(line, |plugin| {
            plugin.attachment_manifest()?.commit_refs(store, session, attachments)
        })
    }

    fn get(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        attachment: &AttachmentId,
    ) -> Answer<Option<ManifestRow>> {
        let line = format!(
            "attachment-manifest.get({}, {}, {})",
            store.show(),
            session.show(),
            attachment.show()
        );
        self.call(line, |plugin| plugin.attachment_manifest()?.get(store, session, attachment))
    }

    fn list_uncommitted(
        &mut self,
        store: &StoreId,
        until: EpochMs,
        after: Option<&IntentCursor>,
        limit: u32,
    ) -> Answer<Vec<ManifestRow>> {
        let line = format!(
            "attachment-manifest.list-uncommitted({}, {until}, {}, {limit})",
            store.show(),
            after.show()
        );
        self.call(line, |plugin| {
            plugin.attachment_manifest()?.list_uncommitted(store, until, after, limit)
        })
    }

    fn is_referenced(&mut self, store: &StoreId, attachment: &AttachmentId) -> Answer<bool> {
        let line =
            format!("attachment-manifest.is-referenced({}, {})", store.show(), attachment.show());
        self.call(line, |plugin| plugin.attachment_manifest()?.is_referenced(store, attachment))
    }

    fn forget(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        attachment: &AttachmentId,
    ) -> Answer<()> {
        let line = format!(
            "attachment-manifest.forget({}, {}, {})",
            store.show(),
            session.show(),
            attachment.show()
        );
        self.call(line, |plugin| plugin.attachment_manifest()?.forget(store, session, attachment))
    }
}
