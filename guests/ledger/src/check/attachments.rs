//! Attachments, and their bytes.

use wirt_contract::attachments::Attachment;
use wirt_contract::{AttachmentId, Error};

use super::{Loaded, Looked, load, unless};
use crate::call::Call;
use crate::keys::{Entry, Found, Key, Space};

pub(super) fn look(
    call: &mut Call<'_>,
    space: Space<'_>,
    entry: &Found,
    key: &Key,
) -> Result<Looked, Error> {
    Ok(match entry {
        Entry::Attachment(id) => match load::<Attachment>(call, key)? {
            Loaded::Sound(kept) => {
                let mut found = unless(kept.id.as_str() == id, || format!("names {}", kept.id));
                let bytes = call.has(&space.key(Entry::Bytes(id)))?;
                found.extend(unless(bytes, || "has no bytes".into()));
                found.into()
            }
            Loaded::Absent | Loaded::Damaged => vec!["cannot be read".into()].into(),
        },
        Entry::Bytes(id) => {
            let bytes = call.bytes(key)?.unwrap_or_default();
            Looked { problems: attachment(call, space, id, &bytes)?, hashed: bytes.len() }
        }
        _ => Vec::new().into(),
    })
}

fn attachment(
    call: &mut Call<'_>,
    space: Space<'_>,
    id: &str,
    bytes: &[u8],
) -> Result<Vec<String>, Error> {
    let hash = AttachmentId::of(bytes);
    let mut found = unless(hash.as_str() == id, || format!("is damaged: it hashes to {hash}"));
    match load::<Attachment>(call, &space.key(Entry::Attachment(id)))? {
        Loaded::Sound(kept) => {
            let right = u64::try_from(bytes.len()).is_ok_and(|len| len == kept.byte_len);
            found.extend(unless(right, || {
                format!("has {} bytes, and {} were put", bytes.len(), kept.byte_len)
            }));
        }
        Loaded::Absent => found.push("has no metadata".into()),
        Loaded::Damaged => {}
    }
    Ok(found)
}
