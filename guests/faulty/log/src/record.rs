//! What stands in the log: a record a commit, with its length and checksum before it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use wirt_ledger::Writes;

/// Bytes before a record: its length and its checksum.
pub(crate) const HEAD_BYTES: usize = 16;

/// A record as it is written.
pub(crate) fn encode(writes: &Writes) -> Result<Vec<u8>, postcard::Error> {
    let body = postcard::to_allocvec(writes)?;
    let mut record = Vec::with_capacity(HEAD_BYTES + body.len());
    record.extend(u64::try_from(body.len()).unwrap_or(u64::MAX).to_le_bytes());
    record.extend(checksum(&body).to_le_bytes());
    record.extend(body);
    Ok(record)
}

/// A record as it is found.
pub(crate) enum Found<'a> {
    /// A whole one, and what follows it.
    Whole(&'a [u8], &'a [u8]),
    /// One whose bytes are not those that were written, and what follows it.
    Damaged(&'a [u8], &'a [u8]),
    /// One that is cut short.
    Torn(&'a [u8]),
    /// None: the log ends here.
    End,
}

pub(crate) fn find(log: &[u8]) -> Found<'_> {
    if log.is_empty() {
        return Found::End;
    }
    let Some((len, rest)) = log.split_first_chunk() else { return Found::Torn(&[]) };
    let Some((sum, rest)) = rest.split_first_chunk() else { return Found::Torn(&[]) };
    let len = usize::try_from(u64::from_le_bytes(*len)).unwrap_or(usize::MAX);
    match rest.split_at_checked(len) {
        // No commit is empty: zeros are room that was never written.
        Some((body, _)) if body.is_empty() => Found::Torn(body),
        Some((body, after)) if checksum(body) == u64::from_le_bytes(*sum) => {
            Found::Whole(body, after)
        }
        Some((body, after)) => Found::Damaged(body, after),
        None => Found::Torn(rest),
    }
}

fn checksum(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}
