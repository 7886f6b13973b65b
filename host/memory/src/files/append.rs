//! Appending an entry to the daily log it belongs to.

use std::path::Path;

use wirt_contract::EpochMs;

use super::{
    Written, checks,
    daily_log::{self, LogKind, section},
    durable::Target,
    frontmatter, kinds, log_entry,
};
use crate::{
    entry::{Number, OwnerType},
    error::{AppendError, FileError},
    time,
};

/// An entry to remember: where it belongs and where it comes from, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Whose application it is; `default` for none in particular.
    pub app_id: String,
    /// Which project of it; `default` for none in particular.
    pub project_id: String,
    /// Whose entry it is: the agent's for a case, else the user's.
    pub owner_id: String,
    /// When it was said; its UTC date names the log.
    pub timestamp: EpochMs,
    /// In which session, if any.
    pub session_id: Option<String>,
    /// What kind of thing it was drawn from, if it is to be written: `memcell`.
    pub parent_type: Option<String>,
    /// What it was drawn from, if anything.
    pub parent_id: Option<String>,
    /// What it says, and so its kind.
    pub content: NewContent,
}

/// What an entry says. Line breaks of any sort are written as `\n`, and those around a text are
/// dropped; no text may be blank, hold an entry marker or a line that begins with `### `.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewContent {
    /// What happened, as a story.
    Episode {
        /// Who took part.
        sender_ids: Vec<String>,
        /// What it is about.
        subject: Option<String>,
        /// The story in short.
        summary: Option<String>,
        /// The story.
        content: String,
    },
    /// One thing that is so.
    AtomicFact {
        /// Who said it.
        sender_ids: Vec<String>,
        /// The fact.
        fact: String,
    },
    /// What the user is expected to do or need.
    Foresight {
        /// Who said what it was drawn from.
        sender_ids: Vec<String>,
        /// From when on, if that is known.
        start_time: Option<EpochMs>,
        /// Until when, if that is known.
        end_time: Option<EpochMs>,
        /// For how many days, if that is known.
        duration_days: Option<i32>,
        /// The expectation.
        foresight: String,
        /// What speaks for it.
        evidence: Option<String>,
    },
    /// A task an agent has done.
    AgentCase {
        /// How well.
        quality_score: Number,
        /// What was wanted.
        task_intent: String,
        /// How it was done.
        approach: String,
        /// What there is to learn.
        key_insight: Option<String>,
    },
}

/// Appends an entry to its owner's log of its kind and day under `root`, and makes the log if it is
/// not there. `now` is written as the log's `last_appended_at`. When this returns the entry is
/// durable. Appends of any number of threads and processes wait for each other; each keeps what
/// the others wrote.
///
/// # Errors
/// Where an id is no single path part, a field would not read back, the log that is there is
/// broken (it is left as it is), or the system refuses. The entry is then not written.
pub fn append(root: &Path, entry: &NewEntry, now: EpochMs) -> Result<Written, AppendError> {
    let parts = Parts::of(entry)?;
    let date = time::date(entry.timestamp).ok_or(AppendError::Time(entry.timestamp))?;
    let path = log_path(entry, parts.kind, &date);
    let target = Target::hold(root, &path)?;
    let mut text = match target.read()? {
        None => new_log(entry, parts.kind, &date),
        Some(old) => old.text().map_err(|error| target.broken(error))?.to_owned(),
    };
    let count = next_number(&text).map_err(|error| target.broken(error))?;
    let entry_id = format!("{}_{}_{count:08}", parts.kind.id_prefix(), date.replace('-', ""));
    let now = time::iso(now).ok_or(AppendError::Time(now))?;
    set_key(&mut text, "entry_count", &count.to_string());
    set_key(&mut text, "last_appended_at", &format!("'{now}'"));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&parts.block(&entry_id));
    // What was made is read before it is written: a bug here must not cost a log.
    log_entry::entries(parts.kind, &path, &text).map_err(|error| target.broken(error))?;
    target.replace(&text)?;
    Ok(Written { path, entry_id })
}

/// An entry as it is written, but for its id: keys and sections in their order.
struct Parts {
    kind: LogKind,
    inline: Vec<(&'static str, String)>,
    sections: Vec<(&'static str, String)>,
}

impl Parts {
    fn of(entry: &NewEntry) -> Result<Self, AppendError> {
        checks::id("app id", &entry.app_id)?;
        checks::id("project id", &entry.project_id)?;
        let at = time::iso(entry.timestamp).ok_or(AppendError::Time(entry.timestamp))?;
        let mut parts = Self {
            kind: entry.content.kind(),
            inline: vec![("owner_id", entry.owner_id.clone())],
            sections: Vec::new(),
        };
        let owner = match parts.kind.owner() {
            OwnerType::User => "user id",
            OwnerType::Agent => "agent id",
        };
        checks::id(owner, &entry.owner_id)?;
        parts.key("session_id", entry.session_id.as_deref())?;
        parts.inline.push(("timestamp", at));
        if let Some(parent_type) = &entry.parent_type {
            parts.key("parent_type", Some(parent_type))?;
        }
        parts.key("parent_id", entry.parent_id.as_deref())?;
        parts.content(&entry.content)?;
        Ok(parts)
    }

    fn content(&mut self, content: &NewContent) -> Result<(), AppendError> {
        match content {
            NewContent::Episode { sender_ids, subject, summary, content } => {
                self.senders(sender_ids)?;
                self.section(section::SUBJECT, subject.as_deref())?;
                self.section(section::SUMMARY, summary.as_deref())?;
                self.section(section::CONTENT, Some(content))
            }
            NewContent::AtomicFact { sender_ids, fact } => {
                self.senders(sender_ids)?;
                self.section(section::FACT, Some(fact))
            }
            NewContent::Foresight {
                sender_ids,
                start_time,
                end_time,
                duration_days,
                foresight,
                evidence,
            } => {
                self.senders(sender_ids)?;
                self.time("start_time", *start_time)?;
                self.time("end_time", *end_time)?;
                let days = duration_days.map(|days| days.to_string()).unwrap_or_default();
                self.inline.push(("duration_days", days));
                self.section(section::FORESIGHT, Some(foresight))?;
                self.section(section::EVIDENCE, evidence.as_deref())
            }
            NewContent::AgentCase { quality_score, task_intent, approach, key_insight } => {
                self.inline.push(("quality_score", quality_score.to_string()));
                self.section(section::TASK_INTENT, Some(task_intent))?;
                self.section(section::APPROACH, Some(approach))?;
                self.section(section::KEY_INSIGHT, key_insight.as_deref())
            }
        }
    }

    /// A key with nothing behind it where there is nothing to say.
    fn key(&mut self, key: &'static str, value: Option<&str>) -> Result<(), AppendError> {
        value.map_or(Ok(()), |value| checks::inline(key, value))?;
        self.inline.push((key, value.unwrap_or_default().to_owned()));
        Ok(())
    }

    fn senders(&mut self, ids: &[String]) -> Result<(), AppendError> {
        ids.iter().try_for_each(|id| checks::item("sender_ids", id))?;
        self.inline.push(("sender_ids", format!("[{}]", ids.join(", "))));
        Ok(())
    }

    fn time(&mut self, key: &'static str, at: Option<EpochMs>) -> Result<(), AppendError> {
        let written = at.map(|at| time::iso(at).ok_or(AppendError::Time(at))).transpose()?;
        self.inline.push((key, written.unwrap_or_default()));
        Ok(())
    }

    /// No section where there is nothing to say.
    fn section(&mut self, title: &'static str, text: Option<&str>) -> Result<(), AppendError> {
        if let Some(text) = text {
            self.sections.push((title, checks::section(title, text)?));
        }
        Ok(())
    }

    fn block(&self, id: &str) -> String {
        let open = daily_log::OPEN;
        let mut block = format!("{open}{id} -->\n## {id}\n\n");
        for (key, value) in &self.inline {
            block.push_str(&format!("**{key}**: {value}\n"));
        }
        for (title, text) in &self.sections {
            block.push_str(&format!("\n{}{title}\n{text}\n", daily_log::SECTION));
        }
        block.push_str(&format!("{}{id} -->\n", daily_log::CLOSE));
        block
    }
}

impl NewContent {
    const fn kind(&self) -> LogKind {
        match self {
            Self::Episode { .. } => LogKind::Episode,
            Self::AtomicFact { .. } => LogKind::AtomicFact,
            Self::Foresight { .. } => LogKind::Foresight,
            Self::AgentCase { .. } => LogKind::AgentCase,
        }
    }
}

fn log_path(entry: &NewEntry, kind: LogKind, date: &str) -> String {
    let owners = match kind.owner() {
        OwnerType::User => "users",
        OwnerType::Agent => "agents",
    };
    format!(
        "{}/{}/{owners}/{}/{}/{}-{date}.md",
        kinds::folder_of_id(&entry.app_id, "app"),
        kinds::folder_of_id(&entry.project_id, "project"),
        entry.owner_id,
        kind.folder(),
        kind.kind(),
    )
}

fn new_log(entry: &NewEntry, kind: LogKind, date: &str) -> String {
    let (track, kind, owner) = match kind.owner() {
        OwnerType::User => ("user", kind.kind(), &entry.owner_id),
        OwnerType::Agent => ("agent", kind.kind(), &entry.owner_id),
    };
    let id = frontmatter::scalar(&format!("{kind}_log_{owner}_{date}"));
    let owner = frontmatter::scalar(owner);
    format!(
        "---\nid: {id}\ntype: {kind}_daily\nfile_type: {kind}_daily\nschema_version: \
         1\n{track}_id: {owner}\ntrack: {track}\ndate: '{date}'\nentry_count: \
         0\nlast_appended_at: ''\n---\n"
    )
}

/// The number of the next entry: ids of entries that were deleted are not given out again while
/// the frontmatter's count stands.
fn next_number(text: &str) -> Result<u64, FileError> {
    let log = daily_log::log(text)?;
    let highest = log.blocks.iter().filter_map(|block| sequence(block.id)).max().unwrap_or(0);
    let count = log.head.entry_count.unwrap_or(0).max(highest);
    count.checked_add(1).ok_or_else(|| FileError::Key {
        key: "entry_count",
        found: format!("the entry_count {count}, after which no number comes"),
        expected: "the number of entries",
    })
}

/// The number at the end of `af_20260518_00000001`.
fn sequence(id: &str) -> Option<u64> {
    let (_, digits) = id.rsplit_once('_')?;
    (digits.len() >= 8).then(|| digits.parse().ok())?
}

/// Replaces or adds a key of the frontmatter; a log without frontmatter keeps none.
fn set_key(text: &mut String, key: &str, value: &str) {
    let mut offset = 0;
    let mut change = None;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_end();
        let end = offset + plain.len();
        if offset == 0 {
            if plain.trim_start_matches('\u{feff}') != "---" {
                return;
            }
        } else if plain == "---" {
            change = Some((offset..offset, format!("{key}: {value}\n")));
            break;
        } else if plain.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')) {
            change = Some((offset..end, format!("{key}: {value}")));
            break;
        }
        offset += line.len();
    }
    if let Some((place, line)) = change {
        text.replace_range(place, &line);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{Entry, Kind, files::read};

    const NOON: EpochMs = EpochMs(1_779_105_600_000);

    fn fact(text: &str) -> NewEntry {
        NewEntry {
            app_id: "default".into(),
            project_id: "default".into(),
            owner_id: "u_alice".into(),
            timestamp: EpochMs(1_779_087_866_000),
            session_id: Some("s_0".into()),
            parent_type: None,
            parent_id: Some("mc_0".into()),
            content: NewContent::AtomicFact {
                sender_ids: vec!["u_alice".into(), "u_bob".into()],
                fact: text.into(),
            },
        }
    }

    fn said_by(sender: &str) -> NewEntry {
        let content = NewContent::AtomicFact { sender_ids: vec![sender.into()], fact: "x".into() };
        NewEntry { content, ..fact("x") }
    }

    const PATH: &str =
        "default_app/default_project/users/u_alice/.atomic_facts/atomic_fact-2026-05-18.md";

    fn read_back(root: &Path) -> (String, Vec<Entry>) {
        let text = fs::read_to_string(root.join(PATH)).unwrap();
        let bytes = read(Kind::AtomicFact, &root.join(PATH)).unwrap();
        let entries = crate::files::entries(Kind::AtomicFact, PATH, &bytes).unwrap();
        (text, entries)
    }

    #[test]
    fn what_is_written_is_the_format_and_reads_back() {
        let root = tempfile::tempdir().unwrap();
        let done = append(root.path(), &fact("Alice plays the cello."), NOON).unwrap();
        assert_eq!(done.path, PATH);
        assert_eq!(done.entry_id, "af_20260518_00000001");
        let (text, entries) = read_back(root.path());
        assert_eq!(
            text,
            "---\nid: atomic_fact_log_u_alice_2026-05-18\ntype: atomic_fact_daily\nfile_type: \
             atomic_fact_daily\nschema_version: 1\nuser_id: u_alice\ntrack: user\ndate: \
             '2026-05-18'\nentry_count: 1\nlast_appended_at: '2026-05-18T12:00:00+00:00'\n---\n\
             <!-- entry:af_20260518_00000001 -->\n## af_20260518_00000001\n\n**owner_id**: \
             u_alice\n**session_id**: s_0\n**timestamp**: 2026-05-18T07:04:26+00:00\n\
             **parent_id**: mc_0\n**sender_ids**: [u_alice, u_bob]\n\n### Fact\nAlice plays the \
             cello.\n<!-- /entry:af_20260518_00000001 -->\n"
        );
        let [entry] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!((entry.text.as_str(), entry.line), ("Alice plays the cello.", 12));
        assert_eq!(entry.app_id.as_deref(), Some("default"));
        assert_eq!(entry.owner_id.as_deref(), Some("u_alice"));
        assert_eq!(entry.timestamp, Some(EpochMs(1_779_087_866_000)));
        let names: Vec<_> =
            fs::read_dir(root.path().join(PATH).parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1, "no temporary file is left");
    }

    #[test]
    fn ids_go_on_after_the_highest_that_ever_was() {
        let root = tempfile::tempdir().unwrap();
        for text in ["one", "two", "three"] {
            append(root.path(), &fact(text), NOON).unwrap();
        }
        let (text, _) = read_back(root.path());
        let cut = text.find("<!-- entry:af_20260518_00000003 -->").unwrap();
        fs::write(root.path().join(PATH), &text[..cut]).unwrap();
        let done = append(root.path(), &fact("four"), NOON).unwrap();
        assert_eq!(done.entry_id, "af_20260518_00000004", "the count is what says so");
        let (text, _) = read_back(root.path());
        fs::write(root.path().join(PATH), text.replace("entry_count: 4\n", "")).unwrap();
        let done = append(root.path(), &fact("five"), NOON).unwrap();
        assert_eq!(done.entry_id, "af_20260518_00000005", "the highest id is what says so");
        let (text, entries) = read_back(root.path());
        assert!(text.contains("\nentry_count: 5\n"), "{text}");
        assert_eq!(
            entries.iter().map(|entry| &entry.text).collect::<Vec<_>>(),
            ["one", "two", "four", "five"]
        );
    }

    #[test]
    fn concurrent_appends_lose_nothing() {
        let root = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let root = root.path();
                scope.spawn(move || {
                    for number in 0..5 {
                        append(root, &fact(&format!("{writer} {number}")), NOON).unwrap();
                    }
                });
            }
        });
        let (_, entries) = read_back(root.path());
        let mut texts: Vec<_> = entries.iter().map(|entry| entry.text.clone()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!((texts.len(), entries.len()), (20, 20));
    }

    #[test]
    fn a_broken_log_is_left_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        append(root.path(), &fact("one"), NOON).unwrap();
        let broken = read_back(root.path()).0.replace("<!-- /entry", "<!-- /entr");
        fs::write(root.path().join(PATH), &broken).unwrap();
        let error = append(root.path(), &fact("two"), NOON).unwrap_err();
        assert!(matches!(error, AppendError::Log { .. }), "{error}");
        assert_eq!(fs::read_to_string(root.path().join(PATH)).unwrap(), broken);
    }

    #[test]
    fn what_would_not_read_back_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let refused = |fact: NewEntry| append(root.path(), &fact, NOON).unwrap_err().to_string();
        for text in ["a <!-- entry:x --> b", "<!-- /entry:x -->", "a\n### b", " \n"] {
            assert!(refused(fact(text)).starts_with("Fact: "), "{text:?}");
        }
        assert!(
            refused(NewEntry { session_id: Some("a\nb".into()), ..fact("x") })
                .starts_with("session")
        );
        assert!(
            refused(said_by("a,b")).starts_with("sender")
                && refused(said_by("")).starts_with("sender")
        );
        assert!(refused(NewEntry { parent_id: Some(" a".into()), ..fact("x") }).contains("white"));
        let mut episode = fact("x");
        episode.content = NewContent::Episode {
            sender_ids: vec![],
            subject: Some("\n".into()),
            summary: None,
            content: "x".into(),
        };
        assert!(refused(episode).starts_with("Subject: nothing"));
        for id in ["", "..", "a/b", "default_app", "a b"] {
            assert!(refused(NewEntry { owner_id: id.into(), ..fact("x") }).starts_with("user id"));
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_root_is_refused() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let users = root.path().join("default_app/default_project/users");
        fs::create_dir_all(&users).unwrap();
        std::os::unix::fs::symlink(outside.path(), users.join("u_alice")).unwrap();
        let error = append(root.path(), &fact("x"), NOON).unwrap_err();
        assert!(matches!(error, AppendError::Outside { .. }), "{error}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}
