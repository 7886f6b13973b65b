//! Values of `wirt:persistence/attachments`.

use wirt_contract::AttachmentId;
use wirt_contract::attachments::{Attachment, Metadata};

use crate::bindings::store::exports::wirt::persistence::attachments as wit;

impl From<wit::Metadata> for Metadata {
    fn from(metadata: wit::Metadata) -> Self {
        let wit::Metadata { media_type, width, height, label } = metadata;
        Self { media_type, width, height, label }
    }
}

impl From<Metadata> for wit::Metadata {
    fn from(metadata: Metadata) -> Self {
        let Metadata { media_type, width, height, label } = metadata;
        Self { media_type, width, height, label }
    }
}

impl From<Attachment> for wit::Attachment {
    fn from(attachment: Attachment) -> Self {
        let Attachment { id, byte_len, metadata } = attachment;
        Self { id: id.as_str().to_owned(), byte_len, metadata: metadata.into() }
    }
}

/// For an import.
impl From<wit::Attachment> for Attachment {
    fn from(attachment: wit::Attachment) -> Self {
        let wit::Attachment { id, byte_len, metadata } = attachment;
        Self { id: AttachmentId::new(id), byte_len, metadata: metadata.into() }
    }
}
