//! Bytes under the name of their content.

use std::collections::BTreeSet;

use wirt_contract::sessions::{Collected, Part};
use wirt_contract::{BlobName, Error};

use crate::call::Call;
use crate::keys::{Entry, Space};
use crate::limits::{at_least_one, cut_to_page, shown};

/// The bytes, compared with their name.
pub(crate) fn load(
    call: &mut Call<'_>,
    space: Space<'_>,
    name: &BlobName,
) -> Result<Vec<u8>, Error> {
    let Some(bytes) = call.bytes(&space.key(Entry::Blob(name.as_str())))? else {
        return Err(Error::NotFound(format!("there is no blob {}", shown(name.as_str()))));
    };
    let found = BlobName::of(&bytes);
    if found != *name {
        return Err(Error::backend(format!(
            "blob {} is damaged: its bytes hash to {found}; restore the store from a backup",
            shown(name.as_str())
        )));
    }
    Ok(bytes)
}

/// Keeps a part, and gives its name; the inner error is the name of a kept part that is not there.
pub(super) fn keep(
    call: &mut Call<'_>,
    space: Space<'_>,
    part: &Part,
) -> Result<Result<BlobName, BlobName>, Error> {
    let name = part.name();
    let key = space.key(Entry::Blob(name.as_str()));
    match part {
        Part::Bytes(bytes) => {
            // Compared, not only looked up: a second commit heals damaged bytes and writes sound
            // ones once.
            if call.bytes(&key)?.as_ref() != Some(bytes) {
                call.put_bytes(key, bytes.clone());
            }
        }
        Part::Kept(_) if !call.has(&key)? => return Ok(Err(name)),
        Part::Kept(_) => {}
    }
    Ok(Ok(name))
}

/// Names of every blob the head needs.
pub(crate) fn roots(call: &mut Call<'_>, space: Space<'_>) -> Result<BTreeSet<BlobName>, Error> {
    let session = super::session(call, space)?;
    Ok(session.iter().flat_map(|session| session.blobs().cloned()).collect())
}

pub(super) fn collect(
    call: &mut Call<'_>,
    space: Space<'_>,
    after: Option<&BlobName>,
    budget: u32,
) -> Result<Collected, Error> {
    at_least_one("budget", budget)?;
    let budget = cut_to_page(budget);
    let roots = roots(call, space)?;
    let after = after.map(|name| space.key(Entry::Blob(name.as_str())));
    let keys = call.keys(&space.blobs().after(after.as_ref()), budget + 1)?;
    let count = u64::try_from(roots.len()).unwrap_or(u64::MAX);
    let mut collected = Collected { roots: count, retained: 0, deleted: 0, next: None };
    let more = keys.len() > budget;
    for key in keys.into_iter().take(budget) {
        let Some((_, Entry::Blob(name))) = key.parse() else { continue };
        let name = BlobName::new(name);
        if roots.contains(&name) {
            collected.retained += 1;
        } else {
            call.remove(key);
            collected.deleted += 1;
        }
        if more {
            collected.next = Some(name);
        }
    }
    Ok(collected)
}
