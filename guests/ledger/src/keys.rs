//! Where each thing is kept: keys whose byte order is the order the contracts list in.
//!
//! A key of data is `1, store id, area, the rest`. An id within a key is written so that no id is
//! another one's prefix (`store.id.isolation`) and ids sort by their bytes; an id at a key's end
//! goes without that. Numbers are big-endian; a time that lists newest first is kept as its
//! complement.

mod entry;

use wirt_contract::tasks::{Ending, Status};
use wirt_contract::{Error, StoreId};

use crate::limits::Id;
pub(crate) use entry::{Entry, Found};

/// Version of this layout and of the values under it.
pub const DATA_FORMAT: u32 = 1;

/// The key of the format's number. Of any format to come, too: it is how one knows the other.
pub(crate) const FORMAT_KEY: &[u8] = b"\0format";

/// The key of an unfinished import.
pub(crate) const IMPORT_KEY: &[u8] = b"\0import";

/// First byte of every key of data.
const DATA: u8 = 1;

/// The statuses in the order of their tags in keys.
pub(crate) const STATUSES: [Status; 5] = [
    Status::Pending,
    Status::Running,
    Status::Ended(Ending::Succeeded),
    Status::Ended(Ending::Failed),
    Status::Ended(Ending::Cancelled),
];

fn status_tag(status: Status) -> u8 {
    match status {
        Status::Pending => 0,
        Status::Running => 1,
        Status::Ended(Ending::Succeeded) => 2,
        Status::Ended(Ending::Failed) => 3,
        Status::Ended(Ending::Cancelled) => 4,
    }
}

/// A key of data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(Vec<u8>);

/// Keys with `from <= key < to`.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) from: Vec<u8>,
    pub(crate) to: Vec<u8>,
}

impl Span {
    /// All keys that begin so.
    fn under(prefix: Vec<u8>) -> Self {
        let mut to = prefix.clone();
        // The next prefix: 0xff at the end cannot be counted up.
        while let Some(last) = to.pop() {
            if let Some(next) = last.checked_add(1) {
                to.push(next);
                break;
            }
        }
        Self { from: prefix, to }
    }

    /// What of it comes after the key; all of it where there is none.
    pub(crate) fn after(self, key: Option<&Key>) -> Self {
        match key {
            Some(key) => Self { from: key.clone().next(), to: self.to },
            None => self,
        }
    }

    /// What of it does not come before the key.
    pub(crate) fn from(self, key: &Key) -> Self {
        Self { from: key.0.clone(), to: self.to }
    }

    /// What of it comes before the key.
    pub(crate) fn before(self, key: &Key) -> Self {
        Self { from: self.from, to: key.0.clone() }
    }

    /// All data of all store ids.
    pub(crate) fn data() -> Self {
        Self::under(vec![DATA])
    }
}

impl Key {
    /// A key that storage gave back.
    pub(crate) fn found(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Whether it lies where data lies.
    pub(crate) fn is_data(&self) -> bool {
        self.0.first() == Some(&DATA)
    }

    /// The span of this key alone.
    pub(crate) fn alone(&self) -> Span {
        Span { from: self.0.clone(), to: self.clone().next() }
    }

    /// The smallest key greater than this.
    fn next(mut self) -> Vec<u8> {
        self.0.push(0);
        self.0
    }
}

/// One store id's part of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Space<'a>(Id<'a>);

impl<'a> Space<'a> {
    pub(crate) fn new(store: &'a StoreId) -> Result<Self, Error> {
        Id::new("the store id", store.as_str()).map(Self)
    }

    pub(crate) fn id(self) -> Id<'a> {
        self.0
    }

    /// Everything of this store id.
    pub(crate) fn all(self) -> Span {
        let mut key = vec![DATA];
        push_id(&mut key, self.0.as_str());
        Span::under(key)
    }

    fn area(self, area: u8) -> Vec<u8> {
        let mut key = vec![DATA];
        push_id(&mut key, self.0.as_str());
        key.push(area);
        key
    }
}

/// Writes an id so that ids sort by their bytes and none is another's prefix: a zero byte is
/// followed by 0xff, and two zero bytes end it.
fn push_id(key: &mut Vec<u8>, id: &str) {
    for byte in id.bytes() {
        key.push(byte);
        if byte == 0 {
            key.push(0xff);
        }
    }
    key.extend([0, 0]);
}

/// What [`push_id`] wrote, and what follows it.
fn split_id(bytes: &[u8]) -> Option<(String, &[u8])> {
    let mut id = Vec::new();
    let mut rest = bytes;
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        if byte == 0 {
            let (&mark, after) = rest.split_first()?;
            rest = after;
            match mark {
                0 => return Some((String::from_utf8(id).ok()?, rest)),
                0xff => {}
                _ => return None,
            }
        }
        id.push(byte);
    }
}

#[cfg(test)]
mod tests;
