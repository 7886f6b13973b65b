//! Values of `wirt:persistence/attachment-manifest`.

use wirt_contract::attachment_manifest::{Intent, IntentCursor, ManifestRow, Retention};
use wirt_contract::{AttachmentId, EpochMs, SessionId};

use crate::bindings::store::exports::wirt::persistence::attachment_manifest as wit;

impl From<Retention> for wit::IntentRetention {
    fn from(from: Retention) -> Self {
        match from {
            Retention::Kept => Self::Kept,
            Retention::None => Self::None,
        }
    }
}

impl From<wit::Intent> for Intent {
    fn from(from: wit::Intent) -> Self {
        let wit::Intent { attachment_id, session_id, canonical_uri, intent_at } = from;
        Self {
            attachment_id: AttachmentId::new(attachment_id),
            session_id: SessionId::new(session_id),
            canonical_uri,
            intent_at: EpochMs(intent_at),
        }
    }
}

impl From<Intent> for wit::Intent {
    fn from(from: Intent) -> Self {
        let Intent { attachment_id, session_id, canonical_uri, intent_at } = from;
        Self {
            attachment_id: attachment_id.as_str().to_owned(),
            session_id: session_id.as_str().to_owned(),
            canonical_uri,
            intent_at: intent_at.0,
        }
    }
}

impl From<wit::Row> for ManifestRow {
    fn from(from: wit::Row) -> Self {
        let wit::Row { intent, committed_at } = from;
        Self { intent: intent.into(), committed_at: committed_at.map(EpochMs) }
    }
}

impl From<ManifestRow> for wit::Row {
    fn from(from: ManifestRow) -> Self {
        let ManifestRow { intent, committed_at } = from;
        Self { intent: intent.into(), committed_at: committed_at.map(|at| at.0) }
    }
}

impl From<wit::IntentCursor> for IntentCursor {
    fn from(from: wit::IntentCursor) -> Self {
        let wit::IntentCursor { intent_at, session_id, attachment_id } = from;
        Self {
            intent_at: EpochMs(intent_at),
            session_id: SessionId::new(session_id),
            attachment_id: AttachmentId::new(attachment_id),
        }
    }
}
