//! `wirt:persistence/attachment-manifest`.

use wirt_contract::attachment_manifest::{Intent, IntentCursor, ManifestRow, Retention};
use wirt_contract::{AttachmentId, EpochMs, SessionId};

use crate::bindings::exports::wirt::persistence::attachment_manifest as wit;

pub(crate) fn retention(from: wit::IntentRetention) -> Retention {
    match from {
        wit::IntentRetention::Kept => Retention::Kept,
        wit::IntentRetention::None => Retention::None,
    }
}

fn intent(from: wit::Intent) -> Intent {
    let wit::Intent { attachment_id, session_id, canonical_uri, intent_at } = from;
    Intent {
        attachment_id: AttachmentId::from(attachment_id),
        session_id: SessionId::from(session_id),
        canonical_uri,
        intent_at: EpochMs(intent_at),
    }
}

pub(crate) fn intent_to(from: &Intent) -> wit::Intent {
    let Intent { attachment_id, session_id, canonical_uri, intent_at } = from;
    wit::Intent {
        attachment_id: attachment_id.as_str().into(),
        session_id: session_id.as_str().into(),
        canonical_uri: canonical_uri.clone(),
        intent_at: intent_at.0,
    }
}

pub(crate) fn row(from: wit::Row) -> ManifestRow {
    let wit::Row { intent, committed_at } = from;
    ManifestRow { intent: self::intent(intent), committed_at: committed_at.map(EpochMs) }
}

pub(crate) fn row_to(from: &ManifestRow) -> wit::Row {
    let ManifestRow { intent, committed_at } = from;
    wit::Row { intent: intent_to(intent), committed_at: committed_at.map(|at| at.0) }
}

pub(crate) fn cursor_to(from: &IntentCursor) -> wit::IntentCursor {
    let IntentCursor { intent_at, session_id, attachment_id } = from;
    wit::IntentCursor {
        intent_at: intent_at.0,
        session_id: session_id.as_str().into(),
        attachment_id: attachment_id.as_str().into(),
    }
}
