//! What is stored compared with itself: indexes with rows, tapes with their lengths, attachments
//! with their ids.
//!
//! A check walks all keys in order and looks at each with what belongs to it, so its cursor is a
//! key and it needs no memory of what it saw.

use wirt_contract::attachments::Attachment;
use wirt_contract::store::CheckPage;
use wirt_contract::tasks::{Event, EventKind};
use wirt_contract::{AttachmentId, Error};

use crate::call::Call;
use crate::keys::{Entry, Key, STATUSES, Space, Span};
use crate::limits::{Id, at_least_one, cut_to_page, shown};
use crate::tasks::Row;

/// What a cursor begins with; the last key looked at follows in hex.
const CURSOR: &str = "after-";

/// Hashing this many bytes counts as one more item of the budget.
const BYTES_PER_ITEM: usize = 64 << 10;

pub(crate) fn check(
    call: &mut Call<'_>,
    after: Option<&str>,
    budget: u32,
) -> Result<CheckPage, Error> {
    at_least_one("budget", budget)?;
    let budget = cut_to_page(budget);
    let after = after.map(read_cursor).transpose()?;
    let keys = call.keys(&Span::data(after.as_ref()), budget + 1)?;

    let mut page = CheckPage::default();
    let mut spent = 0;
    let mut looked_at = None;
    for key in &keys {
        if spent >= budget {
            page.next = looked_at.map(write_cursor);
            break;
        }
        spent += look_at(call, key, &mut page.problems)?;
        looked_at = Some(key);
    }
    Ok(page)
}

/// Answers how many items of the budget it took.
fn look_at(call: &mut Call<'_>, key: &Key, problems: &mut Vec<String>) -> Result<usize, Error> {
    let Some((space, entry)) = key.parse() else {
        problems.push(format!("{key}"));
        return Ok(1);
    };
    let found = match entry {
        Entry::Row(task) => row(call, space, task, key)?,
        Entry::Outcome(task) | Entry::Failure(task) => {
            let owned = call.has(&space.key(Entry::Row(task)))?;
            unless(owned, || "has no row".into())
        }
        Entry::ByStatus(status, created_at, task) => {
            match load::<Row>(call, &space.key(Entry::Row(task)))? {
                Loaded::Sound(row) => {
                    let fits = row.task.status == status && row.task.created_at == created_at;
                    unless(fits, || format!("is not where its row stands ({})", row.task.status))
                }
                Loaded::Absent => vec!["has no row".into()],
                Loaded::Damaged => Vec::new(),
            }
        }
        Entry::Unclosed(task) => match load::<Row>(call, &space.key(Entry::Row(task)))? {
            Loaded::Sound(row) => unless(row.is_unclosed(), || "is closed".into()),
            Loaded::Absent => vec!["has no row".into()],
            Loaded::Damaged => Vec::new(),
        },
        Entry::Event(task, seq) => event(call, space, task, seq, key)?,
        Entry::Attachment(id) => match load::<Attachment>(call, key)? {
            Loaded::Sound(kept) => {
                let mut found = unless(kept.id.as_str() == id, || format!("names {}", kept.id));
                let bytes = call.has(&space.key(Entry::Bytes(id)))?;
                found.extend(unless(bytes, || "has no bytes".into()));
                found
            }
            Loaded::Absent | Loaded::Damaged => vec!["cannot be read".into()],
        },
        Entry::Bytes(id) => {
            let bytes = call.bytes(key)?.unwrap_or_default();
            report(key, attachment(call, space, id, &bytes)?, problems);
            return Ok(1 + bytes.len() / BYTES_PER_ITEM);
        }
    };
    report(key, found, problems);
    Ok(1)
}

fn report(key: &Key, found: Vec<String>, problems: &mut Vec<String>) {
    problems.extend(found.into_iter().map(|what| format!("{key} {what}")));
}

fn unless(sound: bool, what: impl FnOnce() -> String) -> Vec<String> {
    if sound { Vec::new() } else { vec![what()] }
}

fn row(call: &mut Call<'_>, space: Space<'_>, id: Id<'_>, key: &Key) -> Result<Vec<String>, Error> {
    let Loaded::Sound(row) = load::<Row>(call, key)? else {
        return Ok(vec!["cannot be read".into()]);
    };
    let mut found = unless(row.task.task_id.as_str() == id.as_str(), || {
        format!("names {}", shown(row.task.task_id.as_str()))
    });
    for status in STATUSES {
        let index = space.key(Entry::ByStatus(status, row.task.created_at, id));
        let wanted = status == row.task.status;
        // An entry too many is reported where the walk meets it.
        found.extend(unless(!wanted || call.has(&index)?, || {
            format!("is missing from the index of {status} tasks")
        }));
    }
    let index = space.key(Entry::Unclosed(id));
    found.extend(unless(!row.is_unclosed() || call.has(&index)?, || {
        "is missing from the index of unclosed tasks".into()
    }));
    let last = row.tape.last;
    let whole = last == 0 || call.has(&space.key(Entry::Event(id, last)))?;
    found
        .extend(unless(whole, || format!("says its tape has {last} events, and the last is gone")));
    if let (Some(row), Some(tape)) = (row.task.status.ending(), row.tape.ending) {
        found.extend(unless(row == tape, || format!("ended {row}, and its tape {tape}")));
    }
    Ok(found)
}

/// That each event has the one before it, with the row's word for the last, makes the tape whole.
fn event(
    call: &mut Call<'_>,
    space: Space<'_>,
    task: Id<'_>,
    seq: u64,
    key: &Key,
) -> Result<Vec<String>, Error> {
    let Loaded::Sound(event) = load::<Event>(call, key)? else {
        return Ok(vec!["cannot be read".into()]);
    };
    let mut found = unless(event.seq == seq, || format!("says it is number {}", event.seq));
    if seq != 1 {
        let before = seq.checked_sub(1).map(|before| space.key(Entry::Event(task, before)));
        let follows = match before {
            Some(before) => call.has(&before)?,
            None => false,
        };
        found.extend(unless(follows, || "does not follow another".into()));
    }
    let tape = match load::<Row>(call, &space.key(Entry::Row(task)))? {
        Loaded::Sound(row) => row.tape,
        Loaded::Absent => {
            found.push("has no row".into());
            return Ok(found);
        }
        Loaded::Damaged => return Ok(found),
    };
    found.extend(unless(seq <= tape.last, || {
        format!("lies beyond the {} events its row knows", tape.last)
    }));
    let said = match event.kind {
        EventKind::Final(ending) => Some(ending),
        _ => None,
    };
    let known = if seq == tape.last { tape.ending } else { None };
    found.extend(unless(said == known, || {
        format!("is {}, against what its row knows of its tape's end", event.kind)
    }));
    Ok(found)
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

fn write_cursor(key: &Key) -> String {
    use std::fmt::Write as _;
    let mut cursor = String::from(CURSOR);
    for byte in key.as_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(cursor, "{byte:02x}");
    }
    cursor
}

fn read_cursor(cursor: &str) -> Result<Key, Error> {
    let pairs = cursor.strip_prefix(CURSOR).map(|hex| hex.as_bytes().chunks(2));
    let key: Option<Vec<u8>> = pairs.and_then(|mut pairs| pairs.try_fold(Vec::new(), read_byte));
    match key.map(Key::found) {
        Some(key) if key.is_data() => Ok(key),
        _ => Err(Error::Invalid(format!(
            "{} is no cursor of a check; give back the `next` of the page before, or none",
            shown(cursor)
        ))),
    }
}

fn read_byte(mut bytes: Vec<u8>, pair: &[u8]) -> Option<Vec<u8>> {
    let lower_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if pair.len() != 2 || !pair.iter().all(lower_hex) {
        return None;
    }
    bytes.push(u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?);
    Some(bytes)
}

#[cfg(test)]
mod tests;
