//! Filters: which entries a search looks at.
//!
//! A filter is a tree of conditions on fields, joined by `and` and `or`. As JSON each is an object
//! of one key:
//!
//! ```json
//! {"and": [
//!   {"owner_id": {"eq": "ann"}},
//!   {"timestamp": {"gte": 1747526400000}},
//!   {"or": [{"kind": {"in": ["episode", "note"]}}, {"session_id": {"ne": "s1"}}]}
//! ]}
//! ```

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use wirt_contract::EpochMs;

use crate::{
    entry::{Kind, OwnerType},
    error::{IndexError, SearchError},
    index::{Field, Reader},
};

/// How deep filters may lie in each other.
pub const MAX_FILTER_DEPTH: usize = 8;
/// Most conditions and values of a filter; each is a look into the index.
pub const MAX_FILTER_SIZE: usize = 1_024;

/// Which entries are looked at. An entry without a field fails every condition on it but `ne`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Filter {
    /// Those that every one of these lets through; at least one.
    And(Vec<Filter>),
    /// Those that any of these lets through; at least one.
    Or(Vec<Filter>),
    /// By whose they are; notes are nobody's.
    OwnerId(Is<String>),
    /// By whether that is a user or an agent.
    OwnerType(Is<OwnerType>),
    /// By their app.
    AppId(Is<String>),
    /// By their project.
    ProjectId(Is<String>),
    /// By their session.
    SessionId(Is<String>),
    /// By what kind of file they stand in.
    Kind(Is<Kind>),
    /// By what kind of thing they were made from.
    ParentType(Is<String>),
    /// By what they were made from.
    ParentId(Is<String>),
    /// By who said it: `eq` and `in` find those with any sender of that name, `ne` those without.
    Sender(Is<String>),
    /// By when it was said.
    Timestamp(When),
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Is<T> {
    /// It is this.
    Eq(T),
    /// It is not this, or there is none.
    Ne(T),
    /// It is one of these; at least one.
    In(Vec<T>),
}

/// What a time is compared with, in epoch milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// It is this.
    Eq(EpochMs),
    /// It is not this, or there is none.
    Ne(EpochMs),
    /// It is later.
    Gt(EpochMs),
    /// It is this or later.
    Gte(EpochMs),
    /// It is earlier.
    Lt(EpochMs),
    /// It is this or earlier.
    Lte(EpochMs),
    /// It is one of these; at least one.
    In(Vec<EpochMs>),
}

impl Filter {
    /// Only what is this owner's.
    pub fn owner(owner_id: impl Into<String>) -> Self {
        Self::OwnerId(Is::Eq(owner_id.into()))
    }

    /// Refuses a filter that asks for too much, or for nothing it could find.
    pub(super) fn check(&self) -> Result<(), SearchError> {
        let mut size = 0;
        self.measure(MAX_FILTER_DEPTH, &mut size)
    }

    fn measure(&self, depth: usize, size: &mut usize) -> Result<(), SearchError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(SearchError::FilterTooDeep { max: MAX_FILTER_DEPTH });
        };
        let (list, values) = match self {
            Self::And(filters) => ("and", Some(filters.len())),
            Self::Or(filters) => ("or", Some(filters.len())),
            Self::OwnerId(is)
            | Self::AppId(is)
            | Self::ProjectId(is)
            | Self::SessionId(is)
            | Self::ParentType(is)
            | Self::ParentId(is)
            | Self::Sender(is) => ("in", is.listed()),
            Self::OwnerType(is) => ("in", is.listed()),
            Self::Kind(is) => ("in", is.listed()),
            Self::Timestamp(When::In(times)) => ("in", Some(times.len())),
            Self::Timestamp(_) => ("in", None),
        };
        if values == Some(0) {
            return Err(SearchError::FilterEmpty { list });
        }
        *size += 1 + values.unwrap_or(0);
        if *size > MAX_FILTER_SIZE {
            return Err(SearchError::FilterTooLarge { found: *size, max: MAX_FILTER_SIZE });
        }
        if let Self::And(filters) | Self::Or(filters) = self {
            for filter in filters {
                filter.measure(depth, size)?;
            }
        }
        Ok(())
    }

    /// The entries it lets through.
    pub(super) fn docs(&self, reader: &Reader) -> Result<RoaringBitmap, IndexError> {
        let by_text = |field, is: &Is<String>| is.docs(reader, field, String::as_str);
        match self {
            Self::And(filters) => {
                let mut filters = filters.iter();
                let first = filters.next().map(|filter| filter.docs(reader)).transpose()?;
                let mut docs = first.unwrap_or_default();
                for filter in filters {
                    docs &= filter.docs(reader)?;
                }
                Ok(docs)
            }
            Self::Or(filters) => any(filters, |filter| filter.docs(reader)),
            Self::OwnerId(is) => by_text(Field::OwnerId, is),
            Self::OwnerType(is) => is.docs(reader, Field::OwnerType, |owner| owner.name()),
            Self::AppId(is) => by_text(Field::AppId, is),
            Self::ProjectId(is) => by_text(Field::ProjectId, is),
            Self::SessionId(is) => by_text(Field::SessionId, is),
            Self::Kind(is) => is.docs(reader, Field::Kind, |kind| kind.name()),
            Self::ParentType(is) => by_text(Field::ParentType, is),
            Self::ParentId(is) => by_text(Field::ParentId, is),
            Self::Sender(is) => by_text(Field::Sender, is),
            Self::Timestamp(when) => when.docs(reader),
        }
    }
}

impl<T> Is<T> {
    fn listed(&self) -> Option<usize> {
        if let Self::In(values) = self { Some(values.len()) } else { None }
    }

    fn docs(
        &self,
        reader: &Reader,
        field: Field,
        text: impl Fn(&T) -> &str,
    ) -> Result<RoaringBitmap, IndexError> {
        match self {
            Self::Eq(value) => reader.docs_with(field, text(value)),
            Self::Ne(value) => but(reader, &reader.docs_with(field, text(value))?),
            Self::In(values) => any(values, |value| reader.docs_with(field, text(value))),
        }
    }
}

impl When {
    fn docs(&self, reader: &Reader) -> Result<RoaringBitmap, IndexError> {
        const LAST: EpochMs = EpochMs(u64::MAX);
        match self {
            Self::Eq(at) => reader.docs_between(*at, *at),
            Self::Ne(at) => but(reader, &reader.docs_between(*at, *at)?),
            Self::Gt(at) => match at.0.checked_add(1) {
                Some(from) => reader.docs_between(EpochMs(from), LAST),
                None => Ok(RoaringBitmap::new()),
            },
            Self::Gte(at) => reader.docs_between(*at, LAST),
            Self::Lt(at) => match at.0.checked_sub(1) {
                Some(to) => reader.docs_between(EpochMs(0), EpochMs(to)),
                None => Ok(RoaringBitmap::new()),
            },
            Self::Lte(at) => reader.docs_between(EpochMs(0), *at),
            Self::In(times) => any(times, |at| reader.docs_between(*at, *at)),
        }
    }
}

/// Every entry but these.
fn but(reader: &Reader, docs: &RoaringBitmap) -> Result<RoaringBitmap, IndexError> {
    Ok(reader.docs_with(Field::All, "")? - docs)
}

fn any<T>(
    parts: &[T],
    docs: impl Fn(&T) -> Result<RoaringBitmap, IndexError>,
) -> Result<RoaringBitmap, IndexError> {
    let mut all = RoaringBitmap::new();
    for part in parts {
        all |= docs(part)?;
    }
    Ok(all)
}
