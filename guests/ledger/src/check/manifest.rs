//! Intents, and the indexes over them.

use wirt_contract::Error;
use wirt_contract::attachment_manifest::ManifestRow;

use super::{Loaded, load, unless};
use crate::call::Call;
use crate::keys::{Entry, Found, Key, Space};
use crate::limits::shown;

pub(super) fn look(
    call: &mut Call<'_>,
    space: Space<'_>,
    entry: &Found,
    key: &Key,
) -> Result<Vec<String>, Error> {
    Ok(match entry {
        Entry::Intent(session, attachment) => row(call, space, session, attachment, key)?,
        Entry::IntentOf(attachment, session) => {
            let row = call.has(&space.key(Entry::Intent(session, attachment)))?;
            unless(row, || "has no intent".into())
        }
        Entry::Uncommitted(at, session, attachment) => {
            match load::<ManifestRow>(call, &space.key(Entry::Intent(session, attachment)))? {
                Loaded::Sound(row) => {
                    let mut found = unless(row.committed_at.is_none(), || "is committed".into());
                    let meant = row.intent.intent_at;
                    found.extend(unless(meant == *at, || {
                        format!("lies at {at}, and its intent at {meant}")
                    }));
                    found
                }
                Loaded::Absent => vec!["has no intent".into()],
                Loaded::Damaged => Vec::new(),
            }
        }
        _ => Vec::new(),
    })
}

fn row(
    call: &mut Call<'_>,
    space: Space<'_>,
    session: &str,
    attachment: &str,
    key: &Key,
) -> Result<Vec<String>, Error> {
    let Loaded::Sound(row) = load::<ManifestRow>(call, key)? else {
        return Ok(vec!["cannot be read".into()]);
    };
    let intent = &row.intent;
    let fits = intent.session_id.as_str() == session && intent.attachment_id.as_str() == attachment;
    let mut found = unless(fits, || {
        format!(
            "is of session {} for {}",
            shown(intent.session_id.as_str()),
            shown(intent.attachment_id.as_str())
        )
    });
    let index = space.key(Entry::IntentOf(attachment, session));
    found.extend(unless(call.has(&index)?, || "is missing from the index by attachment".into()));
    let index = space.key(Entry::Uncommitted(intent.intent_at, session, attachment));
    // An entry too many is reported where the walk meets it.
    found.extend(unless(row.committed_at.is_some() || call.has(&index)?, || {
        "is missing from the index of uncommitted intents".into()
    }));
    Ok(found)
}
