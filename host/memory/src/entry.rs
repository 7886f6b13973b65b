//! What the memory holds: one entry for each fact of a log and each section of a note.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wirt_contract::EpochMs;

/// What a file is, and so how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A daily log of episodes of a user.
    Episode,
    /// A daily log of atomic facts of a user.
    AtomicFact,
    /// A daily log of what a user is expected to do or need.
    Foresight,
    /// A daily log of tasks an agent has done.
    AgentCase,
    /// One skill of an agent, a file each.
    AgentSkill,
    /// What is known of a user, a file each.
    UserProfile,
    /// Any markdown, cut at its headings.
    Note,
}

impl Kind {
    /// As it stands in JSON and in files: `atomic_fact`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Episode => "episode",
            Self::AtomicFact => "atomic_fact",
            Self::Foresight => "foresight",
            Self::AgentCase => "agent_case",
            Self::AgentSkill => "agent_skill",
            Self::UserProfile => "user_profile",
            Self::Note => "note",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Whose a file is, as its path says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerType {
    /// Under `users/`.
    User,
    /// Under `agents/`.
    Agent,
}

/// One entry as it is indexed. Its identity is (`path`, `entry_id`).
///
/// `path` and `line` come first: a stored row's place is read without the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// From the root, with `/` between its parts.
    pub path: String,
    /// The line the entry starts on, from 1.
    pub line: u32,
    /// Unique within the file.
    pub entry_id: String,
    /// What kind of file it stands in.
    pub kind: Kind,
    /// From the path; `None` for notes.
    pub app_id: Option<String>,
    /// From the path; `None` for notes.
    pub project_id: Option<String>,
    /// From the path; `None` for notes.
    pub owner_type: Option<OwnerType>,
    /// From the frontmatter, empty where it has none; `None` for notes.
    pub owner_id: Option<String>,
    /// From the entry, where it names one.
    pub session_id: Option<String>,
    /// When it was said; `None` for notes.
    pub timestamp: Option<EpochMs>,
    /// What kind of thing it was made from, where it says so: `memcell`.
    pub parent_type: Option<String>,
    /// What it was made from, where it says so.
    pub parent_id: Option<String>,
    /// Who said it, in the order written; empty where nobody is named.
    pub sender_ids: Vec<String>,
    /// Lower-case hex SHA-256 over every field but `path`, `line` and `entry_id`.
    pub content_sha256: String,
    /// The note's title; empty for facts.
    pub title: String,
    /// From the outermost heading to the section's own; empty for facts.
    pub headings: Vec<String>,
    /// The note's tags, without `#`; empty for facts.
    pub tags: Vec<String>,
    /// Other names of the note; empty for facts.
    pub aliases: Vec<String>,
    /// What the note links to as `[[target]]`; empty for facts.
    pub links: Vec<String>,
    /// The fact, or the section without its heading.
    pub text: String,
}

impl Entry {
    /// Sets `content_sha256` from the other fields.
    pub(crate) fn seal(&mut self) {
        let mut hash = FieldHash(Sha256::new());
        hash.text(self.kind.name());
        for field in [
            &self.app_id,
            &self.project_id,
            &self.owner_id,
            &self.session_id,
            &self.parent_type,
            &self.parent_id,
        ] {
            hash.list(field.as_slice());
        }
        hash.text(match self.owner_type {
            None => "",
            Some(OwnerType::User) => "user",
            Some(OwnerType::Agent) => "agent",
        });
        hash.list(&self.sender_ids);
        hash.list(self.timestamp.map(|at| at.0.to_string()).as_slice());
        hash.text(&self.title);
        hash.list(&self.headings);
        hash.list(&self.tags);
        hash.list(&self.aliases);
        hash.list(&self.links);
        hash.text(&self.text);
        self.content_sha256 = hex(&hash.0.finalize());
    }

    /// What the tokenizer and the embedder are given: title, headings, tags, then the text.
    pub(crate) fn indexed_text(&self) -> String {
        let mut whole = String::with_capacity(self.text.len() + 64);
        if self.headings.first() != Some(&self.title) && !self.title.is_empty() {
            whole.push_str(&self.title);
            whole.push('\n');
        }
        for line in self.headings.iter().chain(&self.tags) {
            whole.push_str(line);
            whole.push('\n');
        }
        whole.push_str(&self.text);
        whole
    }
}

/// Where an entry stands; the order of hits with equal scores.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Place<'a> {
    pub(crate) path: &'a str,
    pub(crate) line: u32,
}

/// Feeds fields to a hash so that no two lists of fields look alike: each with its length first.
struct FieldHash(Sha256);

impl FieldHash {
    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn list(&mut self, texts: &[String]) {
        self.0.update((texts.len() as u64).to_le_bytes());
        for text in texts {
            self.text(text);
        }
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
