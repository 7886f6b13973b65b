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
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Episode,
        Self::AtomicFact,
        Self::Foresight,
        Self::AgentCase,
        Self::AgentSkill,
        Self::UserProfile,
        Self::Note,
    ];

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

/// A number that is finite, so that it equals itself and has an order.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Number(f64);

impl Eq for Number {}

impl Number {
    /// `None` for what is infinite or no number.
    pub fn new(value: f64) -> Option<Self> {
        // Adding turns the negative zero, which would have another hash, into the positive one.
        value.is_finite().then_some(Self(value + 0.0))
    }

    /// As it was given.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Number {
    type Error = &'static str;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::new(value).ok_or("expected a finite number")
    }
}

impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        number.0
    }
}

impl std::fmt::Display for Number {
    /// The shortest form that reads back, with a point: `1.0`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// What an entry holds beside the fields that all kinds share. It is the one of the entry's kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Details {
    /// Of an episode, an atomic fact, a note: nothing.
    Plain,
    /// Of a foresight.
    Foresight {
        /// When it is expected to begin, if that is known.
        start_time: Option<EpochMs>,
        /// When it is expected to be over.
        end_time: Option<EpochMs>,
        /// How many days that is, as it was written.
        duration_days: Option<i32>,
    },
    /// Of a case.
    AgentCase {
        /// How well the task was done.
        quality_score: Number,
    },
    /// Of a skill.
    AgentSkill {
        /// How sure it is.
        confidence: Option<Number>,
        /// How far it has grown.
        maturity_score: Option<Number>,
        /// The cases it was made from.
        source_case_ids: Vec<String>,
        /// The cluster of cases it was made from.
        cluster_id: Option<String>,
    },
    /// Of a user's profile, whose summary is the entry's text.
    UserProfile {
        /// What the user has said, one thing each.
        explicit_info: Vec<String>,
        /// What was concluded, one thing each.
        implicit_traits: Vec<String>,
    },
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
    /// When it was said or last brought up to date; `None` for notes.
    pub timestamp: Option<EpochMs>,
    /// What kind of thing it was made from, where it says so: `memcell`.
    pub parent_type: Option<String>,
    /// What it was made from, where it says so.
    pub parent_id: Option<String>,
    /// Who said it, in the order written; empty where nobody is named.
    pub sender_ids: Vec<String>,
    /// Lower-case hex SHA-256 over every field but `path`, `line` and `entry_id`.
    pub content_sha256: String,
    /// The note's title, the episode's subject, the skill's name; empty for other kinds.
    pub title: String,
    /// From the outermost heading to the section's own; empty but for notes.
    pub headings: Vec<String>,
    /// The note's tags and those in the section's text, without `#`; empty but for notes.
    pub tags: Vec<String>,
    /// Other names of the note; empty but for notes.
    pub aliases: Vec<String>,
    /// What the section links to as `[[target]]`; empty but for notes.
    pub links: Vec<String>,
    /// What it says: the sections of a log's entry in their order with a blank line between them,
    /// a note's section without its heading, a skill's description, body and references, a
    /// profile's summary.
    pub text: String,
    /// What only its kind has.
    pub details: Details,
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
        hash.details(&self.details);
        self.content_sha256 = hex(&hash.0.finalize());
    }

    /// Whether it has a vector. A profile has none, and is found by keyword and by filter: it says
    /// many things at once, and a vector of all of them is near to nothing, while whoever looks for
    /// a word that stands in it expects to find it.
    pub const fn is_embedded(&self) -> bool {
        !matches!(self.kind, Kind::UserProfile)
    }

    /// What the tokenizer is given, and the embedder for what has a vector: title, headings, tags,
    /// aliases, the text, then what a profile says one by one.
    pub(crate) fn indexed_text(&self) -> String {
        let mut whole = String::with_capacity(self.text.len() + 64);
        if self.headings.first() != Some(&self.title) && !self.title.is_empty() {
            whole.push_str(&self.title);
            whole.push('\n');
        }
        for line in self.headings.iter().chain(&self.tags).chain(&self.aliases) {
            whole.push_str(line);
            whole.push('\n');
        }
        whole.push_str(&self.text);
        if let Details::UserProfile { explicit_info, implicit_traits } = &self.details {
            for line in explicit_info.iter().chain(implicit_traits) {
                whole.push('\n');
                whole.push_str(line);
            }
        }
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

impl FieldHash {
    fn optional<T: ToString>(&mut self, value: Option<T>) {
        self.list(value.map(|value| value.to_string()).as_slice());
    }

    /// The kind, hashed before, tells which of them it is.
    fn details(&mut self, details: &Details) {
        match details {
            Details::Plain => {}
            Details::Foresight { start_time, end_time, duration_days } => {
                self.optional(start_time.map(|at| at.0));
                self.optional(end_time.map(|at| at.0));
                self.optional(*duration_days);
            }
            Details::AgentCase { quality_score } => self.optional(Some(*quality_score)),
            Details::AgentSkill { confidence, maturity_score, source_case_ids, cluster_id } => {
                self.optional(*confidence);
                self.optional(*maturity_score);
                self.list(source_case_ids);
                self.list(cluster_id.as_slice());
            }
            Details::UserProfile { explicit_info, implicit_traits } => {
                self.list(explicit_info);
                self.list(implicit_traits);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: Kind, details: Details) -> Entry {
        let mut entry = Entry {
            path: "p".into(),
            line: 1,
            entry_id: "e".into(),
            kind,
            app_id: None,
            project_id: None,
            owner_type: None,
            owner_id: None,
            session_id: None,
            timestamp: None,
            parent_type: None,
            parent_id: None,
            sender_ids: vec![],
            content_sha256: String::new(),
            title: String::new(),
            headings: vec![],
            tags: vec![],
            aliases: vec![],
            links: vec![],
            text: "t".into(),
            details,
        };
        entry.seal();
        entry
    }

    #[test]
    fn the_hash_covers_what_only_a_kind_has() {
        let number = Number::new;
        let foresight = |start: Option<u64>, end: Option<u64>, duration_days| {
            let (start_time, end_time) = (start.map(EpochMs), end.map(EpochMs));
            (Kind::Foresight, Details::Foresight { start_time, end_time, duration_days })
        };
        let case = |score| {
            let quality_score = number(score).unwrap();
            (Kind::AgentCase, Details::AgentCase { quality_score })
        };
        let skill = |confidence, maturity_score, cases: &[&str], cluster: Option<&str>| {
            let source_case_ids = cases.iter().map(|case| (*case).to_owned()).collect();
            let cluster_id = cluster.map(str::to_owned);
            let details =
                Details::AgentSkill { confidence, maturity_score, source_case_ids, cluster_id };
            (Kind::AgentSkill, details)
        };
        let profile = |explicit: &[&str], implicit: &[&str]| {
            let texts = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
            let (explicit_info, implicit_traits) = (texts(explicit), texts(implicit));
            (Kind::UserProfile, Details::UserProfile { explicit_info, implicit_traits })
        };
        let all = [
            (Kind::Note, Details::Plain),
            (Kind::Episode, Details::Plain),
            foresight(None, None, None),
            foresight(Some(1), None, None),
            foresight(None, Some(1), None),
            foresight(None, None, Some(1)),
            case(0.5),
            case(0.25),
            skill(None, None, &[], None),
            skill(number(0.5), None, &[], None),
            skill(None, number(0.5), &[], None),
            skill(None, None, &["a"], None),
            skill(None, None, &[], Some("a")),
            profile(&["a"], &[]),
            profile(&[], &["a"]),
        ];
        let hashes: std::collections::BTreeSet<String> =
            all.iter().map(|(kind, it)| entry(*kind, it.clone()).content_sha256).collect();
        assert_eq!(hashes.len(), all.len());
        let mut moved = entry(Kind::Note, Details::Plain);
        let before = moved.content_sha256.clone();
        (moved.path, moved.line) = ("q".into(), 2);
        moved.seal();
        assert_eq!(moved.content_sha256, before);
        moved.aliases.push("a".into());
        moved.seal();
        assert_ne!(moved.content_sha256, before);
    }

    #[test]
    fn details_survive_being_stored() {
        let details = Details::AgentCase { quality_score: Number::new(-0.0).unwrap() };
        let before = entry(Kind::AgentCase, details);
        let bytes = postcard::to_allocvec(&before).unwrap();
        assert_eq!(postcard::from_bytes::<Entry>(&bytes).unwrap(), before);
        let json = serde_json::to_string(&before.details).unwrap();
        assert_eq!(json, r#"{"agent_case":{"quality_score":0.0}}"#);
        assert!(Number::new(f64::NAN).is_none());
    }
}
