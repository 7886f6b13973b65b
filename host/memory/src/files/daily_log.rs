//! Daily logs: entries between markers, one file an owner and day. Here is their structure, the
//! same for the four kinds; what the entries say is `log_entry`'s.
//!
//! Stricter than the system the format comes from, whose reader drops what follows a marker that
//! is never closed: here that, a marker that opens or closes nothing, a second entry of one name
//! and a second section of one title are errors of the file. A `### ` line that is no section of
//! the kind is text of the section it stands in, so that its words are not lost.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::{LineCounter, MAX_ENTRIES_PER_FILE, frontmatter};
use crate::{
    entry::{Kind, OwnerType},
    error::FileError,
};

/// What every opening marker begins with.
pub(super) const OPEN: &str = "<!-- entry:";
/// What every closing marker begins with.
pub(super) const CLOSE: &str = "<!-- /entry:";
const END: &str = " -->";
/// What the line that opens a section begins with.
pub(super) const SECTION: &str = "### ";

/// The kinds whose files are daily logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogKind {
    Episode,
    AtomicFact,
    Foresight,
    AgentCase,
}

/// Titles of sections.
pub(super) mod section {
    pub(in crate::files) const SUBJECT: &str = "Subject";
    pub(in crate::files) const SUMMARY: &str = "Summary";
    pub(in crate::files) const CONTENT: &str = "Content";
    pub(in crate::files) const FACT: &str = "Fact";
    pub(in crate::files) const FORESIGHT: &str = "Foresight";
    pub(in crate::files) const EVIDENCE: &str = "Evidence";
    pub(in crate::files) const TASK_INTENT: &str = "TaskIntent";
    pub(in crate::files) const APPROACH: &str = "Approach";
    pub(in crate::files) const KEY_INSIGHT: &str = "KeyInsight";
}

impl LogKind {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Episode => Kind::Episode,
            Self::AtomicFact => Kind::AtomicFact,
            Self::Foresight => Kind::Foresight,
            Self::AgentCase => Kind::AgentCase,
        }
    }

    /// What the ids of its entries begin with.
    pub(super) const fn id_prefix(self) -> &'static str {
        match self {
            Self::Episode => "ep",
            Self::AtomicFact => "af",
            Self::Foresight => "fs",
            Self::AgentCase => "ac",
        }
    }

    /// The owner's folder its logs lie in.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Episode => "episodes",
            Self::AtomicFact => ".atomic_facts",
            Self::Foresight => ".foresights",
            Self::AgentCase => ".cases",
        }
    }

    pub(super) const fn owner(self) -> OwnerType {
        match self {
            Self::Episode | Self::AtomicFact | Self::Foresight => OwnerType::User,
            Self::AgentCase => OwnerType::Agent,
        }
    }

    /// The titles of its sections, in the order they are written.
    const fn sections(self) -> &'static [&'static str] {
        match self {
            Self::Episode => &[section::SUBJECT, section::SUMMARY, section::CONTENT],
            Self::AtomicFact => &[section::FACT],
            Self::Foresight => &[section::FORESIGHT, section::EVIDENCE],
            Self::AgentCase => &[section::TASK_INTENT, section::APPROACH, section::KEY_INSIGHT],
        }
    }
}

/// What is read of a log's frontmatter. Ids are kept as they are written: `007` stays `007`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Head {
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    agent_id: Option<String>,
    #[serde(default)]
    pub(super) entry_count: Option<u64>,
}

impl Head {
    /// Whose the log is; empty where it does not say.
    pub(super) fn owner_id(&self, owner: OwnerType) -> &str {
        let id = match owner {
            OwnerType::User => &self.user_id,
            OwnerType::Agent => &self.agent_id,
        };
        id.as_deref().unwrap_or_default()
    }
}

/// A log's parts: its head and its blocks in file order.
#[derive(Debug)]
pub(super) struct Log<'a> {
    pub(super) head: Head,
    pub(super) blocks: Vec<Block<'a>>,
}

/// One entry, from its opening marker to its closing one.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) id: &'a str,
    pub(super) line: u32,
    pub(super) body: &'a str,
}

/// Reads the structure of a log, not yet what its entries say.
pub(super) fn log(text: &str) -> Result<Log<'_>, FileError> {
    let (head, document) = frontmatter::fields(text)?;
    Ok(Log { head, blocks: blocks(document.body, document.body_line)? })
}

fn blocks(body: &str, body_line: u32) -> Result<Vec<Block<'_>>, FileError> {
    let mut lines = LineCounter::new(body, body_line);
    let mut first_lines: HashMap<&str, u32> = HashMap::new();
    let mut blocks = Vec::new();
    let mut from = 0;
    while let Some(open) = find(body, OPEN, from) {
        refuse_stray_close(body, from, open, &mut lines)?;
        let line = lines.at(open);
        let Some(id) = marker_id(body, open + OPEN.len()) else {
            return Err(FileError::Marker { found: "an entry marker without an id", line });
        };
        let start = open + OPEN.len() + id.len() + END.len();
        let closing = format!("{CLOSE}{id}{END}");
        let Some(close) = find(body, &closing, start) else {
            return Err(FileError::Unterminated { id: id.to_owned(), line });
        };
        if let Some(first) = first_lines.insert(id, line) {
            return Err(FileError::DuplicateEntry { id: id.to_owned(), line, first });
        }
        if blocks.len() >= MAX_ENTRIES_PER_FILE {
            return Err(FileError::TooManyEntries { max: MAX_ENTRIES_PER_FILE });
        }
        let inside = body.get(start..close).unwrap_or_default();
        if let Some(at) = inside.find(OPEN) {
            return Err(FileError::Marker {
                found: "an entry is opened inside another one",
                line: lines.at(start + at),
            });
        }
        blocks.push(Block { id, line, body: strip_one_newline(inside) });
        from = close + closing.len();
    }
    refuse_stray_close(body, from, body.len(), &mut lines)?;
    Ok(blocks)
}

fn find(text: &str, needle: &str, from: usize) -> Option<usize> {
    Some(from + text.get(from..)?.find(needle)?)
}

/// A closing marker between two entries means that an opening one was lost.
fn refuse_stray_close(
    body: &str,
    from: usize,
    until: usize,
    lines: &mut LineCounter<'_>,
) -> Result<(), FileError> {
    match body.get(from..until).unwrap_or_default().find(CLOSE) {
        None => Ok(()),
        Some(at) => Err(FileError::Marker {
            found: "an entry is closed that was not opened",
            line: lines.at(from + at),
        }),
    }
}

/// The id between `entry:` and ` -->`.
fn marker_id(body: &str, start: usize) -> Option<&str> {
    let rest = body.get(start..)?;
    let length = rest.bytes().position(|byte| !is_id_byte(byte))?;
    let (id, after) = rest.split_at(length);
    (!id.is_empty() && after.starts_with(END)).then_some(id)
}

const fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn strip_one_newline(text: &str) -> &str {
    let text = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text);
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

/// What a block says: its inline keys and its sections.
#[derive(Debug, Default)]
pub(super) struct Content<'a> {
    pub(super) inline: BTreeMap<&'a str, &'a str>,
    /// By title; line breaks within are `\n`, those around are gone.
    pub(super) sections: BTreeMap<&'static str, String>,
}

/// Reads a block of a log of this kind.
pub(super) fn content<'a>(kind: LogKind, block: &Block<'a>) -> Result<Content<'a>, FileError> {
    let mut content = Content::default();
    let mut open: Option<(&'static str, usize)> = None;
    let mut offset = 0;
    for line in block.body.split_inclusive('\n') {
        let text = line.trim_end_matches(['\r', '\n']);
        let titled = text.strip_prefix(SECTION).map(str::trim);
        let known = titled.and_then(|title| kind.sections().iter().find(|known| **known == title));
        if let Some(title) = known {
            close(block, open, offset, &mut content)?;
            open = Some((title, offset + line.len()));
        } else if open.is_none()
            && let Some((key, value)) = inline_key(text)
        {
            content.inline.insert(key, value);
        }
        offset += line.len();
    }
    close(block, open, block.body.len(), &mut content)?;
    Ok(content)
}

fn close(
    block: &Block<'_>,
    open: Option<(&'static str, usize)>,
    end: usize,
    content: &mut Content<'_>,
) -> Result<(), FileError> {
    let Some((section, start)) = open else { return Ok(()) };
    let text = block.body.get(start..end).unwrap_or_default().replace("\r\n", "\n");
    let text = text.trim_matches(['\r', '\n']).to_owned();
    match content.sections.insert(section, text) {
        None => Ok(()),
        Some(_) => {
            let (id, line) = (block.id.to_owned(), block.line);
            Err(FileError::DuplicateSection { id, line, section })
        }
    }
}

/// `**key**: value`
fn inline_key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix("**")?.split_once("**:")?;
    Some((key, value.trim()))
}
