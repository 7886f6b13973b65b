//! What is stored compared with itself: indexes with rows, tapes with their lengths, bytes with
//! their names.
//!
//! A check walks all keys in order and looks at each with what belongs to it, so its cursor is a
//! key and it needs no memory of what it saw. Each room says what is wrong with a key of its own.

mod artifacts;
mod attachments;
mod manifest;
mod queue;
mod sessions;
mod tasks;

use wirt_contract::store::CheckPage;
use wirt_contract::{Error, StoreId};

use crate::call::Call;
use crate::cursor;
use crate::keys::{Entry, Key, Space, Span};
use crate::limits::{at_least_one, cut_to_page};

/// Hashing this many bytes counts as one more item of the budget.
const BYTES_PER_ITEM: usize = 64 << 10;

pub(crate) fn check(
    call: &mut Call<'_>,
    after: Option<&str>,
    budget: u32,
) -> Result<CheckPage, Error> {
    at_least_one("budget", budget)?;
    let budget = cut_to_page(budget);
    let after = after.map(cursor::read).transpose()?;
    let keys = call.keys(&Span::data().after(after.as_ref()), budget + 1)?;

    let mut page = CheckPage::default();
    let mut spent = 0;
    let mut looked_at = None;
    for key in &keys {
        if spent >= budget {
            page.next = looked_at.map(cursor::write);
            break;
        }
        spent += look_at(call, key, &mut page.problems)?;
        looked_at = Some(key);
    }
    Ok(page)
}

/// What a look at a key came to.
struct Looked {
    /// What is wrong with it, to be read after its name.
    problems: Vec<String>,
    /// Bytes that were hashed.
    hashed: usize,
}

impl From<Vec<String>> for Looked {
    fn from(problems: Vec<String>) -> Self {
        Self { problems, hashed: 0 }
    }
}

/// Answers how many items of the budget it took.
fn look_at(call: &mut Call<'_>, key: &Key, problems: &mut Vec<String>) -> Result<usize, Error> {
    let Some((store, entry)) = key.parse() else {
        problems.push(format!("{key}"));
        return Ok(1);
    };
    let store = StoreId::new(store);
    let space = match Space::new(&store) {
        Ok(space) => space,
        // No call can have written it: it is damage, and the walk goes on.
        Err(error) => {
            problems.push(format!("{key} belongs to no store id: {error}"));
            return Ok(1);
        }
    };
    let looked = match &entry {
        Entry::Row(_)
        | Entry::Outcome(_)
        | Entry::Failure(_)
        | Entry::ByStatus(..)
        | Entry::Unclosed(_)
        | Entry::Event(..) => tasks::look(call, space, &entry, key)?.into(),
        Entry::Attachment(_) | Entry::Bytes(_) => attachments::look(call, space, &entry, key)?,
        Entry::Head
        | Entry::Frames
        | Entry::Meta
        | Entry::Blob(_)
        | Entry::Node(..)
        | Entry::NodeAt(..)
        | Entry::Tombstone(..)
        | Entry::UsedId(..)
        | Entry::Usage(..)
        | Entry::Turn(_) => sessions::look(call, space, &entry, key)?,
        Entry::Counters
        | Entry::QueueLen(_)
        | Entry::Queued(..)
        | Entry::Items(..)
        | Entry::ByEntryId(..)
        | Entry::BySourceKey(..)
        | Entry::Claim(..) => queue::look(call, space, &entry, key)?,
        Entry::Intent(..) | Entry::IntentOf(..) | Entry::Uncommitted(..) => {
            manifest::look(call, space, &entry, key)?.into()
        }
        Entry::Artifact(_) | Entry::Content(_) => artifacts::look(call, space, &entry, key)?,
    };
    problems.extend(looked.problems.into_iter().map(|what| format!("{key} {what}")));
    Ok(1 + looked.hashed / BYTES_PER_ITEM)
}

fn unless(sound: bool, what: impl FnOnce() -> String) -> Vec<String> {
    if sound { Vec::new() } else { vec![what()] }
}

enum Loaded<T> {
    Sound(T),
    Absent,
    /// Reported where the walk meets it.
    Damaged,
}

/// As [`Call::value`], where a damaged value is a finding and not an error.
fn load<T: serde::de::DeserializeOwned>(
    call: &mut Call<'_>,
    key: &Key,
) -> Result<Loaded<T>, Error> {
    let Some(bytes) = call.bytes(key)? else { return Ok(Loaded::Absent) };
    Ok(postcard::from_bytes(&bytes).map_or(Loaded::Damaged, Loaded::Sound))
}

#[cfg(test)]
pub(crate) mod tests;
