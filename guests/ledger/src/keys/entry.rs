//! What a key may name within a store id.

use wirt_contract::EpochMs;
use wirt_contract::tasks::Status;

use super::{DATA, Key, STATUSES, Space, Span, push_id, split_id, status_tag};
use crate::limits::shown;

/// What a key names. `S` is the text it is made of: borrowed on the way in, owned where it was
/// found. Ids of an entry have passed their bounds; what comes last may be any text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry<S> {
    /// A task's row, without its payloads.
    Row(S),
    /// Apart from the row, so that a list never reads it.
    Outcome(S),
    /// Apart from the row, so that a list never reads it.
    Failure(S),
    /// Index: each row once, under its status, newest first, then by id.
    ByStatus(Status, EpochMs, S),
    /// Index: rows that are not terminal or whose tape has no `final`.
    Unclosed(S),
    /// An event of a task's tape.
    Event(S, u64),
    /// An attachment without its bytes, under its id.
    Attachment(S),
    /// An attachment's bytes, under its id.
    Bytes(S),
    /// A session's head, without its frames.
    Head,
    /// The frames of a session's head.
    Frames,
    /// A session's description.
    Meta,
    /// Bytes a head names, or named, under their name.
    Blob(S),
    /// A node of a session's graph, under the graph's number and its id.
    Node(u64, S),
    /// Index: ids of a graph's nodes that are not tombstoned, by their place.
    NodeAt(u64, u64),
    /// Index: tombstoned nodes whose bodies are still there.
    Tombstone(u64, S),
    /// Index: ids of a graph's nodes that were tombstoned, by id.
    UsedId(u64, S),
    /// Sums of tokens, by source and model.
    Usage(S, S),
    /// A turn that was committed.
    Turn(S),
    /// The highest numbers given out to entries and claims.
    Counters,
    /// Number of a session's entries.
    QueueLen(S),
    /// An entry of a session's queue, without its work, by its number.
    Queued(S, u64),
    /// The work of an entry.
    Items(S, u64),
    /// Index: an entry's number by its id.
    ByEntryId(S, S),
    /// Index: an entry's number by its source key.
    BySourceKey(S, S),
    /// A claim that is held.
    Claim(S, S),
    /// A session's intent for an attachment, by both.
    Intent(S, S),
    /// Index: intents by attachment and session.
    IntentOf(S, S),
    /// Index: intents that are not committed, oldest first.
    Uncommitted(EpochMs, S, S),
    /// An artifact without its content.
    Artifact(S),
    /// An artifact's content.
    Content(S),
}

/// An entry read back from a key.
pub(crate) type Found = Entry<String>;

const ROW: u8 = 1;
const OUTCOME: u8 = 2;
const FAILURE: u8 = 3;
const BY_STATUS: u8 = 4;
const UNCLOSED: u8 = 5;
const EVENT: u8 = 6;
const ATTACHMENT: u8 = 7;
const BYTES: u8 = 8;
const HEAD: u8 = 9;
const FRAMES: u8 = 10;
const META: u8 = 11;
const BLOB: u8 = 12;
const NODE: u8 = 13;
const NODE_AT: u8 = 14;
const TOMBSTONE: u8 = 15;
const USAGE: u8 = 16;
const TURN: u8 = 17;
const COUNTERS: u8 = 18;
const QUEUE_LEN: u8 = 19;
const QUEUED: u8 = 20;
const ITEMS: u8 = 21;
const BY_ENTRY_ID: u8 = 22;
const BY_SOURCE_KEY: u8 = 23;
const CLAIM: u8 = 24;
const INTENT: u8 = 25;
const INTENT_OF: u8 = 26;
const UNCOMMITTED: u8 = 27;
const ARTIFACT: u8 = 28;
const CONTENT: u8 = 29;
const USED_ID: u8 = 30;

/// A key while it is written. Every part but the last is written so that it ends.
struct Draft(Vec<u8>);

impl Draft {
    fn number(mut self, number: u64) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    fn id(mut self, id: &str) -> Self {
        push_id(&mut self.0, id);
        self
    }

    fn last(mut self, text: &str) -> Key {
        self.0.extend(text.bytes());
        Key(self.0)
    }

    fn end(self) -> Key {
        Key(self.0)
    }

    fn span(self) -> Span {
        Span::under(self.0)
    }
}

impl Space<'_> {
    fn draft(self, area: u8) -> Draft {
        Draft(self.area(area))
    }

    pub(crate) fn key<S: AsRef<str>>(self, entry: Entry<S>) -> Key {
        match &entry {
            Entry::Row(task) => self.draft(ROW).last(task.as_ref()),
            Entry::Outcome(task) => self.draft(OUTCOME).last(task.as_ref()),
            Entry::Failure(task) => self.draft(FAILURE).last(task.as_ref()),
            Entry::ByStatus(status, created_at, task) => {
                let draft = self.draft(BY_STATUS).byte(status_tag(*status));
                draft.number(!created_at.0).last(task.as_ref())
            }
            Entry::Unclosed(task) => self.draft(UNCLOSED).last(task.as_ref()),
            Entry::Event(task, seq) => self.draft(EVENT).id(task.as_ref()).number(*seq).end(),
            Entry::Attachment(id) => self.draft(ATTACHMENT).last(id.as_ref()),
            Entry::Bytes(id) => self.draft(BYTES).last(id.as_ref()),
            Entry::Head => self.draft(HEAD).end(),
            Entry::Frames => self.draft(FRAMES).end(),
            Entry::Meta => self.draft(META).end(),
            Entry::Blob(name) => self.draft(BLOB).last(name.as_ref()),
            Entry::Node(graph, id) => self.draft(NODE).number(*graph).last(id.as_ref()),
            Entry::NodeAt(graph, place) => self.draft(NODE_AT).number(*graph).number(*place).end(),
            Entry::Tombstone(graph, id) => self.draft(TOMBSTONE).number(*graph).last(id.as_ref()),
            Entry::UsedId(graph, id) => self.draft(USED_ID).number(*graph).last(id.as_ref()),
            Entry::Usage(source, model) => {
                self.draft(USAGE).id(source.as_ref()).last(model.as_ref())
            }
            Entry::Turn(turn) => self.draft(TURN).last(turn.as_ref()),
            Entry::Counters => self.draft(COUNTERS).end(),
            Entry::QueueLen(session) => self.draft(QUEUE_LEN).last(session.as_ref()),
            Entry::Queued(session, seq) => {
                self.draft(QUEUED).id(session.as_ref()).number(*seq).end()
            }
            Entry::Items(session, seq) => self.draft(ITEMS).id(session.as_ref()).number(*seq).end(),
            Entry::ByEntryId(session, id) => {
                self.draft(BY_ENTRY_ID).id(session.as_ref()).last(id.as_ref())
            }
            Entry::BySourceKey(session, key) => {
                self.draft(BY_SOURCE_KEY).id(session.as_ref()).last(key.as_ref())
            }
            Entry::Claim(session, claim) => {
                self.draft(CLAIM).id(session.as_ref()).last(claim.as_ref())
            }
            Entry::Intent(session, attachment) => {
                self.draft(INTENT).id(session.as_ref()).last(attachment.as_ref())
            }
            Entry::IntentOf(attachment, session) => {
                self.draft(INTENT_OF).id(attachment.as_ref()).last(session.as_ref())
            }
            Entry::Uncommitted(at, session, attachment) => {
                let draft = self.draft(UNCOMMITTED).number(at.0);
                draft.id(session.as_ref()).last(attachment.as_ref())
            }
            Entry::Artifact(module) => self.draft(ARTIFACT).last(module.as_ref()),
            Entry::Content(module) => self.draft(CONTENT).last(module.as_ref()),
        }
    }

    /// Rows of one status.
    pub(crate) fn by_status(self, status: Status) -> Span {
        self.draft(BY_STATUS).byte(status_tag(status)).span()
    }

    /// Unclosed tasks.
    pub(crate) fn unclosed(self) -> Span {
        self.draft(UNCLOSED).span()
    }

    /// A tape from a number on.
    pub(crate) fn events(self, task: &str, from_seq: u64) -> Span {
        let from = self.key(Entry::Event(task, from_seq)).into_bytes();
        Span { from, to: self.draft(EVENT).id(task).span().to }
    }

    /// Attachments without their bytes.
    pub(crate) fn attachments(self) -> Span {
        self.draft(ATTACHMENT).span()
    }

    /// Blobs.
    pub(crate) fn blobs(self) -> Span {
        self.draft(BLOB).span()
    }

    /// A graph's nodes that are not tombstoned, by place.
    pub(crate) fn nodes_at(self, graph: u64) -> Span {
        self.draft(NODE_AT).number(graph).span()
    }

    /// A graph's tombstoned nodes whose bodies are still there.
    pub(crate) fn tombstones(self, graph: u64) -> Span {
        self.draft(TOMBSTONE).number(graph).span()
    }

    /// Ids of a graph that were used.
    pub(crate) fn used_ids(self, graph: u64) -> Span {
        self.draft(USED_ID).number(graph).span()
    }

    /// Nodes of graphs with lower numbers than this one.
    pub(crate) fn nodes_before(self, graph: u64) -> Span {
        self.draft(NODE).span().before(&self.draft(NODE).number(graph).end())
    }

    /// Sums of tokens.
    pub(crate) fn usage(self) -> Span {
        self.draft(USAGE).span()
    }

    /// Turns that were committed.
    pub(crate) fn turns(self) -> Span {
        self.draft(TURN).span()
    }

    /// A session's queue.
    pub(crate) fn queue(self, session: &str) -> Span {
        self.draft(QUEUED).id(session).span()
    }

    /// All sessions' queues.
    pub(crate) fn queues(self) -> Span {
        self.draft(QUEUED).span()
    }

    /// Every session's intents.
    pub(crate) fn intents(self) -> Span {
        self.draft(INTENT).span()
    }

    /// Intents for one attachment.
    pub(crate) fn intents_of(self, attachment: &str) -> Span {
        self.draft(INTENT_OF).id(attachment).span()
    }

    /// Uncommitted intents up to and at a time.
    pub(crate) fn uncommitted(self, until: EpochMs) -> Span {
        let all = self.draft(UNCOMMITTED).span();
        Span { from: all.from, to: self.draft(UNCOMMITTED).number(until.0).span().to }
    }

    /// Task rows.
    pub(crate) fn rows(self) -> Span {
        self.draft(ROW).span()
    }

    /// Events of all tapes.
    pub(crate) fn tapes(self) -> Span {
        self.draft(EVENT).span()
    }

    /// Artifacts without their content.
    pub(crate) fn artifacts(self) -> Span {
        self.draft(ARTIFACT).span()
    }
}

/// The rest of a key while it is read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*number))
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn id(&mut self) -> Option<String> {
        let (id, rest) = split_id(self.0)?;
        self.0 = rest;
        Some(id)
    }

    fn last(&mut self) -> Option<String> {
        let text = str::from_utf8(self.0).ok()?;
        self.0 = &[];
        Some(text.to_owned())
    }
}

impl Key {
    /// The store id and what it names there; none where it is not a key of this layout.
    pub(crate) fn parse(&self) -> Option<(String, Found)> {
        let (store, rest) = split_id(self.as_bytes().strip_prefix(&[DATA])?)?;
        let mut rest = Rest(rest);
        let found = match rest.byte()? {
            ROW => Entry::Row(rest.last()?),
            OUTCOME => Entry::Outcome(rest.last()?),
            FAILURE => Entry::Failure(rest.last()?),
            BY_STATUS => {
                let status = *STATUSES.get(usize::from(rest.byte()?))?;
                Entry::ByStatus(status, EpochMs(!rest.number()?), rest.last()?)
            }
            UNCLOSED => Entry::Unclosed(rest.last()?),
            EVENT => Entry::Event(rest.id()?, rest.number()?),
            ATTACHMENT => Entry::Attachment(rest.last()?),
            BYTES => Entry::Bytes(rest.last()?),
            HEAD => Entry::Head,
            FRAMES => Entry::Frames,
            META => Entry::Meta,
            BLOB => Entry::Blob(rest.last()?),
            NODE => Entry::Node(rest.number()?, rest.last()?),
            NODE_AT => Entry::NodeAt(rest.number()?, rest.number()?),
            TOMBSTONE => Entry::Tombstone(rest.number()?, rest.last()?),
            USED_ID => Entry::UsedId(rest.number()?, rest.last()?),
            USAGE => Entry::Usage(rest.id()?, rest.last()?),
            TURN => Entry::Turn(rest.last()?),
            COUNTERS => Entry::Counters,
            QUEUE_LEN => Entry::QueueLen(rest.last()?),
            QUEUED => Entry::Queued(rest.id()?, rest.number()?),
            ITEMS => Entry::Items(rest.id()?, rest.number()?),
            BY_ENTRY_ID => Entry::ByEntryId(rest.id()?, rest.last()?),
            BY_SOURCE_KEY => Entry::BySourceKey(rest.id()?, rest.last()?),
            CLAIM => Entry::Claim(rest.id()?, rest.last()?),
            INTENT => Entry::Intent(rest.id()?, rest.last()?),
            INTENT_OF => Entry::IntentOf(rest.id()?, rest.last()?),
            UNCOMMITTED => Entry::Uncommitted(EpochMs(rest.number()?), rest.id()?, rest.last()?),
            ARTIFACT => Entry::Artifact(rest.last()?),
            CONTENT => Entry::Content(rest.last()?),
            _ => return None,
        };
        rest.0.is_empty().then_some((store, found))
    }
}

impl std::fmt::Display for Key {
    /// For people: what is kept there.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((store, entry)) = self.parse() else {
            return write!(f, "a key of {} bytes in no known form", self.0.len());
        };
        match &entry {
            Entry::Row(task) => write!(f, "the row of task {}", shown(task))?,
            Entry::Outcome(task) => write!(f, "the outcome of task {}", shown(task))?,
            Entry::Failure(task) => write!(f, "the failure of task {}", shown(task))?,
            Entry::ByStatus(status, _, task) => {
                write!(f, "the index entry of task {} under {status}", shown(task))?;
            }
            Entry::Unclosed(task) => {
                write!(f, "the index entry of unclosed task {}", shown(task))?;
            }
            Entry::Event(task, seq) => write!(f, "event {seq} of task {}", shown(task))?,
            Entry::Attachment(id) => write!(f, "the metadata of attachment {}", shown(id))?,
            Entry::Bytes(id) => write!(f, "attachment {}", shown(id))?,
            Entry::Head => f.write_str("the session's head")?,
            Entry::Frames => f.write_str("the session's frames")?,
            Entry::Meta => f.write_str("the session's description")?,
            Entry::Blob(name) => write!(f, "blob {}", shown(name))?,
            Entry::Node(graph, id) => write!(f, "node {} of graph {graph}", shown(id))?,
            Entry::NodeAt(graph, place) => {
                write!(f, "the index entry of node {place} of graph {graph}")?;
            }
            Entry::Tombstone(graph, id) => {
                write!(f, "the tombstone of node {} of graph {graph}", shown(id))?;
            }
            Entry::UsedId(graph, id) => {
                write!(f, "the used id {} of graph {graph}", shown(id))?;
            }
            Entry::Usage(source, model) => {
                write!(f, "the usage of {} by {}", shown(model), shown(source))?;
            }
            Entry::Turn(turn) => write!(f, "the stamp of turn {}", shown(turn))?,
            Entry::Counters => f.write_str("the queues' counters")?,
            Entry::QueueLen(session) => {
                write!(f, "the length of session {}'s queue", shown(session))?;
            }
            Entry::Queued(session, seq) => {
                write!(f, "entry {seq} of session {}", shown(session))?;
            }
            Entry::Items(session, seq) => {
                write!(f, "the work of entry {seq} of session {}", shown(session))?;
            }
            Entry::ByEntryId(session, id) => {
                write!(f, "the index entry of entry {} of session {}", shown(id), shown(session))?;
            }
            Entry::BySourceKey(session, key) => {
                let session = shown(session);
                write!(f, "the index entry of source key {} of session {session}", shown(key))?;
            }
            Entry::Claim(session, claim) => {
                write!(f, "claim {} of session {}", shown(claim), shown(session))?;
            }
            Entry::Intent(session, attachment) => {
                write!(f, "the intent of session {} for {}", shown(session), shown(attachment))?;
            }
            Entry::IntentOf(attachment, session) => {
                let session = shown(session);
                write!(f, "the index entry of {} for session {session}", shown(attachment))?;
            }
            Entry::Uncommitted(_, session, attachment) => {
                let (session, attachment) = (shown(session), shown(attachment));
                write!(f, "the index entry of session {session}'s uncommitted {attachment}")?;
            }
            Entry::Artifact(module) => write!(f, "artifact {}", shown(module))?,
            Entry::Content(module) => write!(f, "the content of artifact {}", shown(module))?,
        }
        write!(f, " in store {}", shown(&store))
    }
}
