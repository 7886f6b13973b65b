//! Where each thing is kept: keys whose byte order is the order the contracts list in.
//!
//! A key of data is `1, length of the store id, store id, area, the rest`. Lengths are two bytes,
//! so no id is another one's prefix (`store.id.isolation`); an id at a key's end goes without.
//! Numbers are big-endian; a time that lists newest first is kept as its complement.

use wirt_contract::tasks::{Ending, Status};
use wirt_contract::{EpochMs, Error, StoreId};

use crate::limits::{Id, shown};

/// Version of this layout and of the values under it.
pub const DATA_FORMAT: u32 = 1;

/// The key of the format's number. Of any format to come, too: it is how one knows the other.
pub(crate) const FORMAT_KEY: &[u8] = b"\0format";

/// First byte of every key of data.
const DATA: u8 = 1;

/// What a key may name within a store id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    /// A task's row, without its payloads.
    Row(Id<'a>),
    /// Apart from the row, so that a list never reads it.
    Outcome(Id<'a>),
    /// Apart from the row, so that a list never reads it.
    Failure(Id<'a>),
    /// Index: each row once, under its status, newest first, then by id.
    ByStatus(Status, EpochMs, Id<'a>),
    /// Index: rows that are not terminal or whose tape has no `final`.
    Unclosed(Id<'a>),
    /// An event of a task's tape.
    Event(Id<'a>, u64),
    /// An attachment without its bytes, under its id.
    Attachment(&'a str),
    /// An attachment's bytes, under its id.
    Bytes(&'a str),
}

/// The statuses in the order of their tags in keys.
pub(crate) const STATUSES: [Status; 5] = [
    Status::Pending,
    Status::Running,
    Status::Ended(Ending::Succeeded),
    Status::Ended(Ending::Failed),
    Status::Ended(Ending::Cancelled),
];

const ROW: u8 = 1;
const OUTCOME: u8 = 2;
const FAILURE: u8 = 3;
const BY_STATUS: u8 = 4;
const UNCLOSED: u8 = 5;
const EVENT: u8 = 6;
const ATTACHMENT: u8 = 7;
const BYTES: u8 = 8;

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
#[derive(Debug)]
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

    /// What of it comes after the key.
    fn after(self, key: Vec<u8>) -> Self {
        Self { from: Key(key).next(), to: self.to }
    }

    /// All data of all store ids, or what comes after the key.
    pub(crate) fn data(after: Option<&Key>) -> Self {
        let all = Self::under(vec![DATA]);
        match after {
            Some(key) => all.after(key.0.clone()),
            None => all,
        }
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

    /// What it names; none where it is not a key of this layout.
    pub(crate) fn parse(&self) -> Option<(Space<'_>, Entry<'_>)> {
        let rest = self.0.strip_prefix(&[DATA])?;
        let (store, rest) = split_id(rest)?;
        let (&area, rest) = rest.split_first()?;
        let entry = match area {
            ROW => Entry::Row(id(rest)?),
            OUTCOME => Entry::Outcome(id(rest)?),
            FAILURE => Entry::Failure(id(rest)?),
            BY_STATUS => {
                let (&tag, rest) = rest.split_first()?;
                let (created, rest) = rest.split_first_chunk()?;
                let status = *STATUSES.get(usize::from(tag))?;
                Entry::ByStatus(status, EpochMs(!u64::from_be_bytes(*created)), id(rest)?)
            }
            UNCLOSED => Entry::Unclosed(id(rest)?),
            EVENT => {
                let (task, rest) = split_id(rest)?;
                Entry::Event(task, u64::from_be_bytes(rest.try_into().ok()?))
            }
            ATTACHMENT => Entry::Attachment(str::from_utf8(rest).ok()?),
            BYTES => Entry::Bytes(str::from_utf8(rest).ok()?),
            _ => return None,
        };
        Some((Space(store), entry))
    }
}

fn id(bytes: &[u8]) -> Option<Id<'_>> {
    Id::new("id", str::from_utf8(bytes).ok()?).ok()
}

fn split_id(bytes: &[u8]) -> Option<(Id<'_>, &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
    Some((id(text)?, rest))
}

impl std::fmt::Display for Key {
    /// For people: what is kept there.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((space, entry)) = self.parse() else {
            return write!(f, "a key of {} bytes in no known form", self.0.len());
        };
        match entry {
            Entry::Row(task) => write!(f, "the row of task {task}")?,
            Entry::Outcome(task) => write!(f, "the outcome of task {task}")?,
            Entry::Failure(task) => write!(f, "the failure of task {task}")?,
            Entry::ByStatus(status, _, task) => {
                write!(f, "the index entry of task {task} under {status}")?;
            }
            Entry::Unclosed(task) => write!(f, "the index entry of unclosed task {task}")?,
            Entry::Event(task, seq) => write!(f, "event {seq} of task {task}")?,
            Entry::Attachment(id) => write!(f, "the metadata of attachment {}", shown(id))?,
            Entry::Bytes(id) => write!(f, "attachment {}", shown(id))?,
        }
        write!(f, " in store {}", space.0)
    }
}

/// One store id's part of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Space<'a>(Id<'a>);

impl<'a> Space<'a> {
    pub(crate) fn new(store: &'a StoreId) -> Result<Self, Error> {
        Id::new("the store id", store.as_str()).map(Self)
    }

    pub(crate) fn key(self, entry: Entry<'_>) -> Key {
        let mut key = self.area(match entry {
            Entry::Row(_) => ROW,
            Entry::Outcome(_) => OUTCOME,
            Entry::Failure(_) => FAILURE,
            Entry::ByStatus(..) => BY_STATUS,
            Entry::Unclosed(_) => UNCLOSED,
            Entry::Event(..) => EVENT,
            Entry::Attachment(_) => ATTACHMENT,
            Entry::Bytes(_) => BYTES,
        });
        match entry {
            Entry::Row(task)
            | Entry::Outcome(task)
            | Entry::Failure(task)
            | Entry::Unclosed(task) => key.extend(task.as_str().bytes()),
            Entry::ByStatus(status, created_at, task) => {
                key.push(status_tag(status));
                key.extend((!created_at.0).to_be_bytes());
                key.extend(task.as_str().bytes());
            }
            Entry::Event(task, seq) => {
                push_id(&mut key, task);
                key.extend(seq.to_be_bytes());
            }
            Entry::Attachment(id) | Entry::Bytes(id) => key.extend(id.bytes()),
        }
        Key(key)
    }

    /// Rows of one status from after the one given.
    pub(crate) fn by_status(self, status: Status, after: Option<(EpochMs, Id<'_>)>) -> Span {
        let mut prefix = self.area(BY_STATUS);
        prefix.push(status_tag(status));
        let all = Span::under(prefix);
        match after {
            Some((at, task)) => all.after(self.key(Entry::ByStatus(status, at, task)).0),
            None => all,
        }
    }

    /// Unclosed tasks from after the id given.
    pub(crate) fn unclosed(self, after: Option<Id<'_>>) -> Span {
        let all = Span::under(self.area(UNCLOSED));
        match after {
            Some(task) => all.after(self.key(Entry::Unclosed(task)).0),
            None => all,
        }
    }

    /// A tape from a number on.
    pub(crate) fn events(self, task: Id<'_>, from_seq: u64) -> Span {
        let mut prefix = self.area(EVENT);
        push_id(&mut prefix, task);
        Span { from: self.key(Entry::Event(task, from_seq)).0, to: Span::under(prefix).to }
    }

    /// Attachments from after the id given.
    pub(crate) fn attachments(self, after: Option<&str>) -> Span {
        let all = Span::under(self.area(ATTACHMENT));
        match after {
            Some(id) => all.after(self.key(Entry::Attachment(id)).0),
            None => all,
        }
    }

    fn area(self, area: u8) -> Vec<u8> {
        let mut key = vec![DATA];
        push_id(&mut key, self.0);
        key.push(area);
        key
    }
}

fn push_id(key: &mut Vec<u8>, id: Id<'_>) {
    key.extend(id.key_len().to_be_bytes());
    key.extend(id.as_str().bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(text: &str) -> Id<'_> {
        Id::new("task id", text).unwrap()
    }

    #[test]
    fn every_entry_reads_back_from_its_key() {
        let store = StoreId::new("s\0\u{7f}ü");
        let space = Space::new(&store).unwrap();
        let mut entries = vec![
            Entry::Row(task("t")),
            Entry::Outcome(task("t")),
            Entry::Failure(task("t")),
            Entry::Unclosed(task("\0")),
            Entry::Event(task("t\0"), u64::MAX),
            Entry::Attachment(""),
            Entry::Bytes("not even hex"),
        ];
        entries.extend(STATUSES.map(|status| Entry::ByStatus(status, EpochMs(7), task("t"))));
        for entry in entries {
            assert_eq!(space.key(entry).parse(), Some((space, entry)));
        }
        assert_eq!(Key(vec![DATA, 0, 1, b's', 99]).parse(), None);
        assert_eq!(Key(b"\0format".to_vec()).parse(), None);
    }

    #[test]
    fn keys_sort_as_the_contracts_list() {
        let store = StoreId::new("s");
        let space = Space::new(&store).unwrap();
        let at = |ms, id| space.key(Entry::ByStatus(Status::Running, EpochMs(ms), task(id)));
        assert!(at(300, "z") < at(299, "a"), "newer comes first");
        assert!(at(300, "a") < at(300, "ab"), "then by id");
        let event = |seq| space.key(Entry::Event(task("t"), seq));
        assert!(event(255) < event(256));
    }

    #[test]
    fn no_store_and_no_tape_sees_into_another() {
        let inside = |span: &Span, key: &Key| {
            span.from.as_slice() <= key.as_bytes() && key.as_bytes() < span.to.as_slice()
        };
        // `b` spells what a key of `a` without lengths would hold: area and id.
        let (a, b) = (StoreId::new("a"), StoreId::new("a\u{5}t"));
        let (a, b) = (Space::new(&a).unwrap(), Space::new(&b).unwrap());
        assert!(inside(&a.unclosed(None), &a.key(Entry::Unclosed(task("t")))));
        assert!(!inside(&a.unclosed(None), &b.key(Entry::Unclosed(task("t")))));
        assert!(!inside(&a.unclosed(Some(task("t"))), &a.key(Entry::Unclosed(task("t")))));
        assert!(!inside(&a.unclosed(None), &a.key(Entry::Event(task("t"), 1))));

        let long = task("t\0\0\0\0\0\0\0\u{1}");
        assert!(inside(&a.events(task("t"), 1), &a.key(Entry::Event(task("t"), u64::MAX))));
        assert!(!inside(&a.events(task("t"), 1), &a.key(Entry::Event(long, 1))));
    }

    #[test]
    fn a_prefix_that_ends_in_the_last_byte_still_ends() {
        let span = Span::under(vec![1, 0xff]);
        assert_eq!((span.from, span.to), (vec![1, 0xff], vec![2]));
    }
}
