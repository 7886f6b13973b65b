//! Artifacts, and their content.

use wirt_contract::{Error, ModuleRef};

use super::{Loaded, Looked, load, unless};
use crate::artifacts::Row;
use crate::call::Call;
use crate::keys::{Entry, Found, Key, Space};

pub(super) fn look(
    call: &mut Call<'_>,
    space: Space<'_>,
    entry: &Found,
    key: &Key,
) -> Result<Looked, Error> {
    Ok(match entry {
        Entry::Artifact(module) => match load::<Row>(call, key)? {
            Loaded::Sound(_) => {
                let content = call.has(&space.key(Entry::Content(module)))?;
                unless(content, || "has no content".into()).into()
            }
            Loaded::Absent | Loaded::Damaged => vec!["cannot be read".into()].into(),
        },
        Entry::Content(module) => {
            let content = call.bytes(key)?.unwrap_or_default();
            let found = ModuleRef::of(&content);
            let mut problems =
                unless(found.as_str() == module, || format!("is damaged: it is that of {found}"));
            let row = call.has(&space.key(Entry::Artifact(module)))?;
            problems.extend(unless(row, || "has no artifact".into()));
            Looked { problems, hashed: content.len() }
        }
        _ => Vec::new().into(),
    })
}
