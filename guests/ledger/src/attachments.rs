//! `wirt:persistence/attachments`: bytes under the name of their content.

use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::{Answer, AttachmentId, Error, StoreId};

use crate::Ledger;
use crate::call::Call;
use crate::keys::{Entry, Space};
use crate::kv::KeyValue;
use crate::limits::{self, Id, PAGE_BYTES, optional_payload, page, shown};

/// Keeps bytes and metadata.
pub(crate) fn keep(
    call: &mut Call<'_>,
    space: Space<'_>,
    bytes: &[u8],
    metadata: &Metadata,
) -> Result<Attachment, Error> {
    limits::bytes("the attachment", bytes)?;
    Id::new("the media type", &metadata.media_type)?;
    optional_payload("the label", metadata.label.as_ref())?;

    let id = AttachmentId::of(bytes);
    // Compared, not only looked up: a second put heals damaged bytes and writes sound ones once.
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
}

/// The bytes, compared with their name.
fn load(call: &mut Call<'_>, space: Space<'_>, id: &AttachmentId) -> Result<Vec<u8>, Error> {
    let name = shown(id.as_str());
    let Some(bytes) = call.bytes(&space.key(Entry::Bytes(id.as_str())))? else {
        return Err(Error::NotFound(format!("there is no attachment {name}")));
    };
    let found = AttachmentId::of(&bytes);
    if found != *id {
        return Err(Error::backend(format!(
            "attachment {name} is damaged: its bytes hash to {found}; put it again"
        )));
    }
    Ok(bytes)
}

/// An attachment and its bytes, for an export.
pub(crate) fn whole(
    call: &mut Call<'_>,
    space: Space<'_>,
    id: &AttachmentId,
) -> Result<Option<(Attachment, Vec<u8>)>, Error> {
    let kept = call.value::<Attachment>(&space.key(Entry::Attachment(id.as_str())))?;
    kept.map(|kept| Ok((kept, load(call, space, id)?))).transpose()
}

impl<K: KeyValue> Attachments for Ledger<K> {
    fn put(&mut self, store: &StoreId, bytes: &[u8], metadata: &Metadata) -> Answer<Attachment> {
        self.call(|call| keep(call, Space::new(store)?, bytes, metadata))
    }

    fn get(&mut self, store: &StoreId, id: &AttachmentId) -> Answer<Vec<u8>> {
        self.call(|call| load(call, Space::new(store)?, id))
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
            let after = after.map(|id| space.key(Entry::Attachment(id.as_str())));
            let span = space.attachments().after(after.as_ref());
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
    use crate::tests::{error, ledger, ledger_over, store};
    use crate::{LIMITS, Memory};

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
    fn damaged_bytes_are_an_error_that_names_them_until_they_are_put_again() {
        let mut memory = Memory::default();
        let put = ledger_over(&memory).put(&store(), b"bytes", &metadata(None)).unwrap();
        for damaged in [b"bites".as_slice(), b"byte", b""] {
            let owner = store();
            let key = Space::new(&owner).unwrap().key(Entry::Bytes(put.id.as_str())).into_bytes();
            memory.write([(key, Some(damaged.to_vec()))].into()).unwrap();
            memory.commit().unwrap();
            let mut ledger = ledger_over(&memory);
            let Error::Backend { message, .. } =
                error(Attachments::get(&mut ledger, &store(), &put.id))
            else {
                panic!("damage is a backend error");
            };
            assert!(message.contains(put.id.as_str()), "{message}");
            ledger.put(&store(), b"bytes", &metadata(None)).unwrap();
            assert_eq!(Attachments::get(&mut ledger, &store(), &put.id), Ok(b"bytes".to_vec()));
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
