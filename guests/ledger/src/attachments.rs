//! `wirt:persistence/attachments`: bytes under the name of their content.

use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::{Answer, AttachmentId, Error, StoreId};

use crate::Ledger;
use crate::keys::{Entry, Space};
use crate::kv::KeyValue;
use crate::limits::{Id, PAGE_BYTES, attachment, optional_payload, page, shown};

impl<K: KeyValue> Attachments for Ledger<K> {
    fn put(&mut self, store: &StoreId, bytes: &[u8], metadata: &Metadata) -> Answer<Attachment> {
        self.call(|call| {
            let space = Space::new(store)?;
            attachment(bytes)?;
            Id::new("the media type", &metadata.media_type)?;
            optional_payload("the label", metadata.label.as_ref())?;

            let id = AttachmentId::of(bytes);
            // Compared, not only looked up: a second put heals damaged bytes and writes sound
            // ones once.
            let key = space.key(Entry::Bytes(id.as_str()));
            if call.bytes(&key)?.as_deref() != Some(bytes) {
                call.put_bytes(key, bytes.to_vec());
            }
            let kept = Attachment {
                byte_len: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
                metadata: metadata.clone(),
                id,
            };
            call.put(space.key(Entry::Attachment(kept.id.as_str())), &kept)?;
            Ok(kept)
        })
    }

    fn get(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Vec<u8>> {
        self.call(|call| {
            let key = Space::new(store)?.key(Entry::Bytes(id.as_str()));
            let name = shown(id.as_str());
            let Some(bytes) = call.bytes(&key)? else {
                return Err(Error::NotFound(format!("there is no attachment {name}")));
            };
            let found = AttachmentId::of(&bytes);
            if found != *id {
                return Err(Error::backend(format!(
                    "attachment {name} is damaged: its bytes hash to {found}; put it again"
                )));
            }
            Ok(bytes)
        })
    }

    fn head(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Option<Attachment>> {
        self.call(|call| call.value(&Space::new(store)?.key(Entry::Attachment(id.as_str()))))
    }

    fn delete(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<bool> {
        self.call(|call| {
            let space = Space::new(store)?;
            let mut there = false;
            for entry in [Entry::Attachment(id.as_str()), Entry::Bytes(id.as_str())] {
                let key = space.key(entry);
                if call.has(&key)? {
                    there = true;
                    call.remove(key);
                }
            }
            Ok(there)
        })
    }

    fn list(
        &mut self,
        store: &StoreId,
        after: Option<&AttachmentId>,
        limit: u32,
    ) -> Answer<Vec<Attachment>> {
        self.call(|call| {
            let space = Space::new(store)?;
            let span = space.attachments(after.map(AttachmentId::as_str));
            let mut listed = Vec::new();
            let mut bytes = 0;
            for key in call.keys(&span, page(limit)?)? {
                let Some(kept) = call.value::<Attachment>(&key)? else { continue };
                bytes += kept.metadata.label.as_ref().map_or(0, String::len);
                if bytes > PAGE_BYTES && !listed.is_empty() {
                    break;
                }
                listed.push(kept);
            }
            Ok(listed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LIMITS;
    use crate::tests::{ledger, store};

    fn metadata(label: Option<String>) -> Metadata {
        Metadata { media_type: "text/plain".into(), width: None, height: Some(3), label }
    }

    #[test]
    fn ids_that_no_put_could_give_are_not_found() {
        let mut ledger = ledger();
        let long = "x".repeat(100_000);
        for id in ["", "\0", "../..", &long, &"A".repeat(64)] {
            let id = AttachmentId::new(id);
            let error = Attachments::get(&mut ledger, &store(), &id).unwrap_err();
            assert!(matches!(&error, wirt_contract::Failure::Error(Error::NotFound(_))));
            assert!(error.to_string().len() < 200, "the id is cut: {error}");
            assert_eq!(ledger.head(&store(), &id), Ok(None));
            assert_eq!(ledger.delete(&store(), &id), Ok(false));
        }
    }

    #[test]
    fn a_page_of_long_labels_is_cut_and_goes_on() {
        let mut ledger = ledger();
        let label = "l".repeat(usize::try_from(LIMITS.max_payload_bytes).unwrap());
        for byte in 0..9 {
            ledger.put(&store(), &[byte], &metadata(Some(label.clone()))).unwrap();
        }
        let first = Attachments::list(&mut ledger, &store(), None, 100).unwrap();
        assert_eq!(first.len(), 8);
        let last = first.last().map(|kept| &kept.id);
        let rest = Attachments::list(&mut ledger, &store(), last, 100).unwrap();
        assert_eq!(rest.len(), 1);
    }
}
