//! `wirt:persistence/attachment-manifest`: which session means to use which attachment.

use serde::{Deserialize, Serialize};

use crate::{Answer, AttachmentId, EpochMs, SessionId, StoreId};

/// What a plugin does with intents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retention {
    /// It keeps them.
    Kept,
    /// It takes them and keeps nothing.
    None,
}

/// What a session means to use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Which attachment.
    pub attachment_id: AttachmentId,
    /// Which session.
    pub session_id: SessionId,
    /// Where the bytes will be.
    pub canonical_uri: String,
    /// Since when.
    pub intent_at: EpochMs,
}

/// A row of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestRow {
    /// What was meant.
    pub intent: Intent,
    /// When it was first committed, by the store's clock.
    pub committed_at: Option<EpochMs>,
}

/// Where a list of intents goes on: the last row seen. Ordered as the list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IntentCursor {
    /// Its time.
    pub intent_at: EpochMs,
    /// Its session.
    pub session_id: SessionId,
    /// Its attachment.
    pub attachment_id: AttachmentId,
}

impl Intent {
    /// Where a list goes on after it.
    pub fn cursor(&self) -> IntentCursor {
        IntentCursor {
            intent_at: self.intent_at,
            session_id: self.session_id.clone(),
            attachment_id: self.attachment_id.clone(),
        }
    }
}

/// Rules: `manifest.*` in `wit/persistence/attachment-manifest.wit`.
pub trait AttachmentManifest {
    /// What this plugin does with intents.
    fn retention(&mut self) -> Answer<Retention>;

    /// Keeps an intent.
    fn record_intent(&mut self, store: &StoreId, intent: &Intent) -> Answer<()>;

    /// Commits a session's intents.
    fn commit_refs(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        attachments: &[AttachmentId],
    ) -> Answer<()>;

    /// A session's row for an attachment.
    fn get(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        attachment: &AttachmentId,
    ) -> Answer<Option<ManifestRow>>;

    /// Uncommitted rows up to a time, oldest first, in pages.
    fn list_uncommitted(
        &mut self,
        store: &StoreId,
        until: EpochMs,
        after: Option<&IntentCursor>,
        limit: u32,
    ) -> Answer<Vec<ManifestRow>>;

    /// Whether any session has a row for the attachment.
    fn is_referenced(&mut self, store: &StoreId, attachment: &AttachmentId) -> Answer<bool>;

    /// Removes a session's row.
    fn forget(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        attachment: &AttachmentId,
    ) -> Answer<()>;
}
