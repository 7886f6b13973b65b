//! `wirt:persistence/attachments`: bytes under the name of their content.

use serde::{Deserialize, Serialize};

use crate::{Answer, AttachmentId, StoreId};

/// What is kept beside the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// As in `Content-Type`.
    pub media_type: String,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// For people.
    pub label: Option<String>,
}

/// An attachment without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Lower-case hex SHA-256 of the bytes.
    pub id: AttachmentId,
    /// Length of the bytes.
    pub byte_len: u64,
    /// What is kept beside them.
    pub metadata: Metadata,
}

/// Rules: `attachments.*` in `wit/persistence/attachments.wit`.
pub trait Attachments {
    /// Keeps bytes; replaces the metadata of bytes it has.
    fn put(&mut self, store: &StoreId, bytes: &[u8], metadata: &Metadata) -> Answer<Attachment>;

    /// The bytes, verified; `not-found` where there are none.
    fn get(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Vec<u8>>;

    /// What `put` answered last, if anything.
    fn head(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Option<Attachment>>;

    /// Removes bytes and metadata; says whether they were there.
    fn delete(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<bool>;

    /// By id ascending, in pages.
    fn list(
        &mut self,
        store: &StoreId,
        after: Option<&AttachmentId>,
        limit: u32,
    ) -> Answer<Vec<Attachment>>;
}
