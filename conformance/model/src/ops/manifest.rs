//! Calls of `attachment-manifest`.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use wirt_contract::attachment_manifest::{Intent, IntentCursor, ManifestRow};
use wirt_contract::{AttachmentId, EpochMs, SessionId, StoreId};

use super::pools::{attachment, limit, session, text, time};
use crate::side::{Side, shown};

/// A call; lists are read to their end.
#[derive(Debug, Clone)]
pub(crate) enum ManifestOp {
    Retention,
    RecordIntent(Intent),
    CommitRefs(SessionId, Vec<AttachmentId>),
    Get(SessionId, AttachmentId),
    ListUncommitted { until: EpochMs, after: Option<IntentCursor>, limit: u32 },
    IsReferenced(AttachmentId),
    Forget(SessionId, AttachmentId),
}

pub(super) fn any_op() -> impl Strategy<Value = ManifestOp> {
    let intent = (attachment(), session(), text(&["", "file:x"]), time()).prop_map(
        |(attachment_id, session_id, canonical_uri, intent_at)| Intent {
            attachment_id,
            session_id,
            canonical_uri,
            intent_at,
        },
    );
    let cursor =
        (time(), session(), attachment()).prop_map(|(intent_at, session_id, attachment_id)| {
            IntentCursor { intent_at, session_id, attachment_id }
        });
    prop_oneof![
        1 => Just(ManifestOp::Retention),
        5 => intent.prop_map(ManifestOp::RecordIntent),
        2 => (session(), vec(attachment(), 0..3))
            .prop_map(|(session, ids)| ManifestOp::CommitRefs(session, ids)),
        2 => (session(), attachment()).prop_map(|(session, id)| ManifestOp::Get(session, id)),
        2 => (time(), weighted(0.3, cursor), limit()).prop_map(
            |(until, after, limit)| ManifestOp::ListUncommitted { until, after, limit }
        ),
        1 => attachment().prop_map(ManifestOp::IsReferenced),
        1 => (session(), attachment()).prop_map(|(session, id)| ManifestOp::Forget(session, id)),
    ]
}

impl ManifestOp {
    pub(super) fn apply(&self, side: &mut Side<'_>, store: &StoreId) -> String {
        match self {
            Self::Retention => shown(side.ask(|plugin| plugin.attachment_manifest()?.retention())),
            Self::RecordIntent(intent) => {
                shown(side.ask(|plugin| plugin.attachment_manifest()?.record_intent(store, intent)))
            }
            Self::CommitRefs(session, ids) => shown(
                side.ask(|plugin| plugin.attachment_manifest()?.commit_refs(store, session, ids)),
            ),
            Self::Get(session, id) => {
                shown(side.ask(|plugin| plugin.attachment_manifest()?.get(store, session, id)))
            }
            Self::ListUncommitted { until, after, limit } => {
                let place = |row: &ManifestRow| row.intent.cursor();
                shown(side.walk_until_empty(after.clone(), place, |plugin, after| {
                    let manifest = plugin.attachment_manifest()?;
                    manifest.list_uncommitted(store, *until, after, *limit)
                }))
            }
            Self::IsReferenced(id) => {
                shown(side.ask(|plugin| plugin.attachment_manifest()?.is_referenced(store, id)))
            }
            Self::Forget(session, id) => {
                shown(side.ask(|plugin| plugin.attachment_manifest()?.forget(store, session, id)))
            }
        }
    }
}
