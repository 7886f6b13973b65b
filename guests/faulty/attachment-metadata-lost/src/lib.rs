//! Wrong: an attachment's label is answered by `put` and not kept.
//! Caught by `attachments/metadata-kept-exactly` (`attachments.head`).

use faulty_base::{Defect, Inner, faulty};
use wirt_sdk::contract::attachments::{Attachment, Attachments, Metadata};
use wirt_sdk::contract::{Answer, StoreId};

struct LabelLost;

impl Defect for LabelLost {
    fn put(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        bytes: &[u8],
        metadata: &Metadata,
    ) -> Answer<Attachment> {
        // Asked once with the label, so that its bound is kept, and once without.
        let answer = inner.put(store, bytes, metadata)?;
        inner.put(store, bytes, &Metadata { label: None, ..metadata.clone() })?;
        Ok(answer)
    }
}

wirt_sdk::export_store!(|| faulty("faulty-attachment-metadata-lost", LabelLost));
