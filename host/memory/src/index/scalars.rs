//! Scalars: which entries have a value in a field, for filters.
//!
//! A field's values lie in `scalars`, a roaring bitmap each, cut at every [`DOCS_PER_CHUNK`]
//! documents so that an upsert rewrites at most 8 KB of one. Times lie in `times` in their order,
//! and by the day in `scalars`: a range is its whole days and the entries of what is left.

use std::ops::RangeInclusive;

use roaring::RoaringBitmap;

use crate::entry::{Entry, OwnerType};
use wirt_contract::EpochMs;

use super::keys;

/// One container of a roaring bitmap.
const DOCS_PER_CHUNK: u32 = 1 << 16;
const DAY_MS: u64 = 86_400_000;
const DOC_BYTES: usize = 4;

/// A field that filters ask for by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// Every entry, under the empty value.
    All,
    OwnerId,
    OwnerType,
    AppId,
    ProjectId,
    SessionId,
    Kind,
    ParentType,
    ParentId,
    Sender,
}

/// Days stand behind all values of fields.
const DAY: u8 = 0x80;

impl Field {
    const fn tag(self) -> u8 {
        match self {
            Self::All => 1,
            Self::OwnerId => 2,
            Self::OwnerType => 3,
            Self::AppId => 4,
            Self::ProjectId => 5,
            Self::SessionId => 6,
            Self::Kind => 7,
            Self::ParentType => 8,
            Self::ParentId => 9,
            Self::Sender => 10,
        }
    }

    /// What the keys of a value's chunks begin with; those of no other value do.
    pub(super) fn prefix(self, value: &str) -> Vec<u8> {
        keys::value_prefix(self.tag(), value)
    }
}

impl OwnerType {
    /// As it stands in the index.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
        }
    }
}

/// The prefixes of every value an entry has, each once.
pub(super) fn values(entry: &Entry) -> Vec<Vec<u8>> {
    let mut values = vec![Field::All.prefix(""), Field::Kind.prefix(entry.kind.name())];
    for (field, value) in [
        (Field::OwnerId, entry.owner_id.as_deref()),
        (Field::OwnerType, entry.owner_type.map(OwnerType::name)),
        (Field::AppId, entry.app_id.as_deref()),
        (Field::ProjectId, entry.project_id.as_deref()),
        (Field::SessionId, entry.session_id.as_deref()),
        (Field::ParentType, entry.parent_type.as_deref()),
        (Field::ParentId, entry.parent_id.as_deref()),
    ] {
        values.extend(value.map(|value| field.prefix(value)));
    }
    values.extend(entry.sender_ids.iter().map(|sender| Field::Sender.prefix(sender)));
    values.extend(entry.timestamp.map(|at| day_prefix(at.0 / DAY_MS)));
    values.sort_unstable();
    values.dedup();
    values
}

/// What the keys of a day's chunks begin with; all are of one length, so that they stand by day.
pub(super) fn day_prefix(day: u64) -> Vec<u8> {
    let mut key = vec![DAY];
    key.extend_from_slice(&day.to_be_bytes());
    key
}

/// The key of the chunk a document is in.
pub(super) fn chunk_key(prefix: &[u8], doc: u32) -> Vec<u8> {
    let chunk = u16::try_from(doc / DOCS_PER_CHUNK).unwrap_or(u16::MAX);
    let mut key = prefix.to_vec();
    key.extend_from_slice(&chunk.to_be_bytes());
    key
}

/// A chunk's key without the chunk: the same in every index that has the value.
pub(crate) fn value_of(key: &[u8]) -> &[u8] {
    key.split_last_chunk::<2>().map_or(key, |(prefix, _)| prefix)
}

/// The key of an entry's time.
pub(super) fn time_key(at: EpochMs, doc: u32) -> Vec<u8> {
    let mut key = at.0.to_be_bytes().to_vec();
    key.extend_from_slice(&doc.to_be_bytes());
    key
}

/// The time and document of a key.
pub(super) fn split_time_key(key: &[u8]) -> Option<(EpochMs, u32)> {
    let (at, doc) = key.split_last_chunk::<DOC_BYTES>()?;
    Some((EpochMs(u64::from_be_bytes(at.try_into().ok()?)), u32::from_be_bytes(*doc)))
}

/// A range of times as days and what is left of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Whole days, as numbers since 1970.
    pub(super) days: Option<RangeInclusive<u64>>,
    /// Times that are in no whole day, in milliseconds.
    pub(super) rest: Vec<RangeInclusive<u64>>,
}

/// The times from `from` to `to`, both included, in milliseconds.
pub(super) fn span(from: u64, to: u64) -> Span {
    if from > to {
        return Span { days: None, rest: Vec::new() };
    }
    let first = from.div_ceil(DAY_MS);
    // The end of time is in the middle of a day.
    let after = to.checked_add(1).map_or(u64::MAX / DAY_MS, |after| after / DAY_MS);
    if first >= after {
        return Span { days: None, rest: vec![from..=to] };
    }
    let mut rest = Vec::new();
    if from < first * DAY_MS {
        rest.push(from..=first * DAY_MS - 1);
    }
    if after * DAY_MS <= to {
        rest.push(after * DAY_MS..=to);
    }
    Span { days: Some(first..=after - 1), rest }
}

/// A stored bitmap.
pub(super) fn bitmap(bytes: &[u8]) -> Result<RoaringBitmap, crate::IndexError> {
    RoaringBitmap::deserialize_from(bytes)
        .map_err(|_| crate::IndexError::Damaged { what: "a set of entries" })
}

/// A bitmap as it is stored.
pub(super) fn stored(mut docs: RoaringBitmap) -> Result<Vec<u8>, heed::Error> {
    docs.optimize();
    let mut bytes = Vec::with_capacity(docs.serialized_size());
    docs.serialize_into(&mut bytes).map_err(heed::Error::Io)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_its_range_cut_at_days() {
        let day = DAY_MS;
        for (from, to) in [
            (0, 0),
            (0, day - 1),
            (0, day),
            (1, day),
            (5, 4),
            (day - 1, day),
            (day, 3 * day - 1),
            (day + 5, 4 * day + 7),
            (0, u64::MAX),
            (u64::MAX, u64::MAX),
        ] {
            let span = span(from, to);
            let mut parts = span.rest.clone();
            parts.extend(
                span.days.clone().map(|days| days.start() * day..=days.end() * day + (day - 1)),
            );
            parts.sort_unstable_by_key(|part| *part.start());
            let mut next = Some(from);
            for part in &parts {
                assert_eq!(Some(*part.start()), next, "{from} {to}: {span:?}");
                next = part.end().checked_add(1);
            }
            let after = if from > to { Some(from) } else { to.checked_add(1) };
            assert_eq!(next, after, "{from} {to}: {span:?}");
            let longest = span.rest.iter().map(|part| part.end() - part.start()).max();
            assert!(longest.unwrap_or(0) < 2 * day, "{span:?}");
        }
    }

    #[test]
    fn keys_read_back() {
        assert_eq!(split_time_key(&time_key(EpochMs(7), 9)), Some((EpochMs(7), 9)));
        let prefix = Field::OwnerId.prefix("u");
        assert_eq!(value_of(&chunk_key(&prefix, 70_000)), prefix);
        assert_ne!(chunk_key(&prefix, 70_000), chunk_key(&prefix, 65_535));
    }
}
