//! What is kept under the name of its bytes, and who means to use it.

use wirt_contract::attachment_manifest::Intent;
use wirt_contract::attachments::Metadata;
use wirt_contract::{EpochMs, ModuleRef};

use super::call;
use crate::{Call, Content, Op};

pub(super) const fn content(seed: u8, len: u32) -> Content {
    Content { seed, len }
}

pub(super) fn put(content: Content, label: Option<&str>) -> Call {
    let label = label.map(str::to_owned);
    let metadata = Metadata { media_type: "image/png".into(), width: Some(4), height: None, label };
    Call::PutAttachment { content, metadata }
}

/// Around one block, of several, none; put again, put with another label, deleted, put anew.
pub(super) fn attachments(store: &str) -> Vec<Op> {
    let (block, long) = (content(1, 4_096), content(2, 9_000));
    let (empty, small) = (content(3, 0), content(4, 40));
    let calls = vec![
        put(small, None),
        put(long, None),
        put(small, Some("renamed")),
        Call::DeleteAttachment(long.id()),
        put(block, None),
        put(empty, None),
        put(long, Some("again")),
        Call::DeleteAttachment(small.id()),
        // Gone already.
        Call::DeleteAttachment(small.id()),
        put(content(5, 4_097), None),
        put(block, Some("block")),
    ];
    calls.into_iter().map(|it| call(store, it)).collect()
}

pub(super) fn artifacts(store: &str) -> Vec<Op> {
    let (small, long) = (content(11, 60), content(12, 9_000));
    let delete = |content: Content| Call::DeleteArtifact(ModuleRef::of(&content.bytes()));
    let calls = vec![
        Call::PutArtifact(small),
        Call::PutArtifact(long),
        Call::PutArtifact(small),
        delete(long),
        delete(long),
        Call::PutArtifact(content(13, 4_096)),
        Call::PutArtifact(long),
    ];
    calls.into_iter().map(|it| call(store, it)).collect()
}

pub(super) fn manifest(store: &str) -> Vec<Op> {
    let (one, other) = (content(21, 30), content(22, 30));
    let intent = |content: Content, session: &str, at| {
        Call::RecordIntent(Intent {
            attachment_id: content.id(),
            session_id: session.into(),
            canonical_uri: format!("attachments/{}", content.seed),
            intent_at: EpochMs(at),
        })
    };
    let commit = |session: &str, contents: &[Content]| Call::CommitRefs {
        session: session.into(),
        attachments: contents.iter().map(|it| it.id()).collect(),
    };
    let forget = |content: Content, session: &str| Call::Forget {
        session: session.into(),
        attachment: content.id(),
    };
    let calls = vec![
        intent(one, "a", 10),
        intent(other, "a", 11),
        commit("a", &[one]),
        intent(one, "b", 12),
        forget(other, "a"),
        intent(other, "a", 13),
        commit("a", &[one, other]),
        commit("b", &[one]),
        forget(one, "a"),
        // Gone already.
        forget(one, "a"),
    ];
    calls.into_iter().map(|it| call(store, it)).collect()
}
