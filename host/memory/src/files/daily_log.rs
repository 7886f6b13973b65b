//! Daily logs: entries between markers, one file a user and day.
//!
//! Stricter than the system the format comes from, whose reader drops what follows a marker that
//! is never closed: here that, a marker that opens or closes nothing, and a second entry of one
//! name are errors of the file.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::{
    LineCounter, MAX_ENTRIES_PER_FILE,
    frontmatter::{self, Frontmatter},
};
use crate::{
    entry::{Entry, Kind, OwnerType},
    error::FileError,
    time,
};

/// The section that holds a fact's text.
pub(super) const FACT_SECTION: &str = "Fact";
pub(super) const OPEN: &str = "<!-- entry:";
pub(super) const CLOSE: &str = "<!-- /entry:";
const END: &str = " -->";

/// What is read of a log's frontmatter. Ids are kept as they are written: `007` stays `007`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Head {
    #[serde(default)]
    pub(super) user_id: Option<String>,
    #[serde(default)]
    pub(super) entry_count: Option<u64>,
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
    let document = frontmatter::split(text);
    let head = match document.frontmatter {
        Frontmatter::Absent => Head::default(),
        Frontmatter::Unclosed => {
            let detail = "its first `---` is never closed".to_owned();
            return Err(FileError::Frontmatter { detail });
        }
        Frontmatter::Closed(yaml) => frontmatter::read::<Head>(yaml)?.unwrap_or_default(),
    };
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
struct Content<'a> {
    inline: BTreeMap<&'a str, &'a str>,
    sections: BTreeMap<&'a str, &'a str>,
}

fn content(body: &str) -> Content<'_> {
    let mut inline = BTreeMap::new();
    let mut sections = BTreeMap::new();
    let mut open: Option<(&str, usize)> = None;
    let mut offset = 0;
    for line in body.split_inclusive('\n') {
        let text = line.trim_end_matches(['\r', '\n']);
        if let Some(title) = text.strip_prefix("### ") {
            close(body, open, offset, &mut sections);
            open = Some((title.trim(), offset + line.len()));
        } else if open.is_none()
            && let Some((key, value)) = inline_key(text)
        {
            inline.insert(key, value);
        }
        offset += line.len();
    }
    close(body, open, body.len(), &mut sections);
    Content { inline, sections }
}

fn close<'a>(
    body: &'a str,
    open: Option<(&'a str, usize)>,
    end: usize,
    sections: &mut BTreeMap<&'a str, &'a str>,
) {
    if let Some((title, start)) = open {
        let text = body.get(start..end).unwrap_or_default();
        sections.insert(title, text.trim_matches(['\r', '\n']));
    }
}

/// `**key**: value`
fn inline_key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix("**")?.split_once("**:")?;
    Some((key, value.trim()))
}

/// The entries of a log of atomic facts.
pub(super) fn entries(path: &str, text: &str) -> Result<Vec<Entry>, FileError> {
    let Log { head, blocks } = log(text)?;
    let owner_id = head.user_id.unwrap_or_default();
    let mut parts = path.split('/');
    let app_id = parts.next().map(|part| id_of_folder(part, "app"));
    let project_id = parts.next().map(|part| id_of_folder(part, "project"));
    blocks
        .into_iter()
        .map(|block| {
            let Content { inline, sections } = content(block.body);
            let timestamp = |found: String| FileError::Timestamp {
                id: block.id.to_owned(),
                line: block.line,
                found,
            };
            let written = inline.get("timestamp").copied().unwrap_or_default();
            if written.is_empty() {
                return Err(timestamp("no timestamp".to_owned()));
            }
            let at = time::parse(written)
                .ok_or_else(|| timestamp(format!("the timestamp `{written}`")))?;
            let Some(fact) = sections.get(FACT_SECTION) else {
                return Err(FileError::Section {
                    id: block.id.to_owned(),
                    line: block.line,
                    section: FACT_SECTION,
                });
            };
            let session = inline.get("session_id").filter(|session| !session.is_empty());
            Ok(Entry {
                path: path.to_owned(),
                line: block.line,
                entry_id: block.id.to_owned(),
                kind: Kind::AtomicFact,
                app_id: app_id.clone(),
                project_id: project_id.clone(),
                owner_type: Some(OwnerType::User),
                owner_id: Some(owner_id.clone()),
                session_id: session.map(|session| (*session).to_owned()),
                timestamp: Some(at),
                parent_type: None,
                parent_id: None,
                sender_ids: Vec::new(),
                content_sha256: String::new(),
                title: String::new(),
                headings: Vec::new(),
                tags: Vec::new(),
                aliases: Vec::new(),
                links: Vec::new(),
                text: (*fact).to_owned(),
            })
        })
        .collect()
}

/// The id a folder stands for: `default_app` is `default`, every other itself.
fn id_of_folder(folder: &str, role: &str) -> String {
    if folder.strip_prefix("default_") == Some(role) {
        "default".to_owned()
    } else {
        folder.to_owned()
    }
}

/// The folder an id stands in; the other way round.
pub(super) fn folder_of_id(id: &str, role: &str) -> String {
    if id == "default" { format!("default_{role}") } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use wirt_contract::EpochMs;

    use super::*;

    const PATH: &str = "default_app/p1/users/u_alice/.atomic_facts/atomic_fact-2026-05-18.md";
    const LOG: &str = "---
id: atomic_fact_log_u_alice_2026-05-18
type: atomic_fact_daily
file_type: atomic_fact_daily
schema_version: 1
user_id: u_alice
track: user
date: '2026-05-18'
entry_count: 2
last_appended_at: '2026-11-21T11:15:12.029259+00:00'
---
<!-- entry:af_20260518_00000001 -->
## af_20260518_00000001

**owner_id**: u_alice
**session_id**: s_0
**timestamp**: 2026-05-18T07:04:26+00:00
**parent_id**: mc_0
**sender_ids**: [u_alice, u_bob]

### Fact
Alice plays the cello.
<!-- /entry:af_20260518_00000001 -->
<!-- entry:af_20260518_00000002 -->
## af_20260518_00000002

**owner_id**: u_alice
**session_id**: 
**timestamp**: 2026-05-18T07:04:27+00:00

### Fact
Two
lines.
<!-- /entry:af_20260518_00000002 -->
";

    fn error(text: &str) -> String {
        entries(PATH, text).unwrap_err().to_string()
    }

    #[test]
    fn a_log_reads_as_specified() {
        let found = entries(PATH, LOG).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].entry_id, "af_20260518_00000001");
        assert_eq!(found[0].line, 12);
        assert_eq!(found[0].app_id.as_deref(), Some("default"));
        assert_eq!(found[0].project_id.as_deref(), Some("p1"));
        assert_eq!(found[0].owner_type, Some(OwnerType::User));
        assert_eq!(found[0].owner_id.as_deref(), Some("u_alice"));
        assert_eq!(found[0].session_id.as_deref(), Some("s_0"));
        assert_eq!(found[0].timestamp, Some(EpochMs(1_779_087_866_000)));
        assert_eq!(found[0].text, "Alice plays the cello.");
        assert_eq!((found[1].line, found[1].session_id.as_deref()), (24, None));
        assert_eq!(found[1].text, "Two\nlines.");
    }

    #[test]
    fn windows_line_ends_read_the_same() {
        let found = entries(PATH, &LOG.replace('\n', "\r\n")).unwrap();
        assert_eq!((found[0].text.as_str(), found[0].line), ("Alice plays the cello.", 12));
        assert_eq!(found[0].session_id.as_deref(), Some("s_0"));
    }

    #[test]
    fn the_owner_is_the_frontmatters_as_written() {
        let found = entries(PATH, &LOG.replace("user_id: u_alice", "user_id: 007")).unwrap();
        assert_eq!(found[0].owner_id.as_deref(), Some("007"));
        let found = entries(PATH, &LOG.replace("user_id: u_alice\n", "")).unwrap();
        assert_eq!(found[0].owner_id.as_deref(), Some(""));
    }

    #[test]
    fn nothing_is_lost_in_silence() {
        let unclosed = LOG.replacen("<!-- /entry:af_20260518_00000001 -->\n", "", 1);
        assert!(error(&unclosed).starts_with("line 12: entry `af_20260518_00000001` is never"));
        let unopened = LOG.replacen("<!-- entry:af_20260518_00000002 -->\n", "", 1);
        assert!(error(&unopened).starts_with("line 33: an entry is closed that was not opened"));
        let unopened = LOG.replacen("<!-- entry:af_20260518_00000001 -->\n", "", 1);
        assert!(error(&unopened).starts_with("line 22: an entry is closed that was not opened"));
        let nameless = LOG.replacen("<!-- entry:af_20260518_00000002 -->", "<!-- entry: -->", 1);
        assert!(error(&nameless).starts_with("line 24: an entry marker without an id"));
        let twice = LOG.replace("00000002", "00000001");
        assert!(error(&twice).contains("stands on line 12 already"), "{}", error(&twice));
        let timeless = LOG.replace("**timestamp**: 2026-05-18T07:04:27+00:00\n", "");
        assert!(error(&timeless).contains("has no timestamp"));
        let mistimed = LOG.replace("2026-05-18T07:04:27+00:00", "soon");
        assert!(error(&mistimed).contains("the timestamp `soon`"));
        let wordless = LOG.replacen("### Fact\nTwo", "Two", 1);
        assert!(error(&wordless).contains("no `### Fact` section"));
        let headless = LOG.replacen("\n---\n<!--", "\n<!--", 1);
        assert!(error(&headless).starts_with("broken frontmatter"), "{}", error(&headless));
    }
}
