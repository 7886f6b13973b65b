//! `wirt:persistence/attachments`.

use wirt_contract::AttachmentId;
use wirt_contract::attachments::{Attachment, Metadata};

use crate::bindings::exports::wirt::persistence::attachments as wit;

pub(crate) fn metadata(from: &Metadata) -> wit::Metadata {
    wit::Metadata {
        media_type: from.media_type.clone(),
        width: from.width,
        height: from.height,
        label: from.label.clone(),
    }
}

pub(crate) fn attachment(from: wit::Attachment) -> Attachment {
    Attachment {
        id: AttachmentId::from(from.id),
        byte_len: from.byte_len,
        metadata: Metadata {
            media_type: from.metadata.media_type,
            width: from.metadata.width,
            height: from.metadata.height,
            label: from.metadata.label,
        },
    }
}

/// For an import.
pub(crate) fn attachment_to(from: &Attachment) -> wit::Attachment {
    let Attachment { id, byte_len, metadata } = from;
    wit::Attachment {
        id: id.as_str().into(),
        byte_len: *byte_len,
        metadata: self::metadata(metadata),
    }
}
