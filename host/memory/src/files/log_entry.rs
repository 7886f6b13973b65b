//! What the entries of a daily log say: each kind's inline keys and sections, as typed fields.

use wirt_contract::EpochMs;

use super::{
    daily_log::{self, Block, Content, LogKind, section},
    kinds::Belonging,
};
use crate::{
    entry::{Details, Entry, Number},
    error::FileError,
    time,
};

const TIME: &str = "2026-05-18T07:04:26+00:00";

/// The entries of a log.
pub(super) fn entries(kind: LogKind, path: &str, text: &str) -> Result<Vec<Entry>, FileError> {
    let log = daily_log::log(text)?;
    let belonging = Belonging::of(path);
    let owner_id = log.head.owner_id(belonging.owner_type);
    log.blocks
        .iter()
        .map(|block| {
            let said = Said { block, content: daily_log::content(kind, block)? };
            let Words { title, text, details } = said.words(kind)?;
            Ok(Entry {
                path: path.to_owned(),
                line: block.line,
                entry_id: block.id.to_owned(),
                kind: kind.kind(),
                app_id: Some(belonging.app_id.clone()),
                project_id: Some(belonging.project_id.clone()),
                owner_type: Some(belonging.owner_type),
                owner_id: Some(owner_id.to_owned()),
                session_id: said.text("session_id"),
                timestamp: Some(said.timestamp()?),
                parent_type: said.text("parent_type"),
                parent_id: said.text("parent_id"),
                sender_ids: said.list("sender_ids")?,
                content_sha256: String::new(),
                title,
                headings: Vec::new(),
                tags: Vec::new(),
                aliases: Vec::new(),
                links: Vec::new(),
                text,
                details,
            })
        })
        .collect()
}

/// What differs from kind to kind.
struct Words {
    title: String,
    text: String,
    details: Details,
}

/// One block's keys and sections, and where they stand.
struct Said<'b, 'a> {
    block: &'b Block<'a>,
    content: Content<'a>,
}

impl Said<'_, '_> {
    fn words(&self, kind: LogKind) -> Result<Words, FileError> {
        let plain = String::new;
        Ok(match kind {
            LogKind::Episode => Words {
                title: self.section(section::SUBJECT).unwrap_or_default().to_owned(),
                text: joined([
                    self.section(section::SUMMARY),
                    Some(self.required(section::CONTENT)?),
                ]),
                details: Details::Plain,
            },
            LogKind::AtomicFact => Words {
                title: plain(),
                text: self.required(section::FACT)?.to_owned(),
                details: Details::Plain,
            },
            LogKind::Foresight => Words {
                title: plain(),
                text: joined([
                    Some(self.required(section::FORESIGHT)?),
                    self.section(section::EVIDENCE),
                ]),
                details: Details::Foresight {
                    start_time: self.time("start_time")?,
                    end_time: self.time("end_time")?,
                    duration_days: self.read("duration_days", "7", |text| text.parse().ok())?,
                },
            },
            LogKind::AgentCase => Words {
                title: plain(),
                text: joined([
                    Some(self.required(section::TASK_INTENT)?),
                    Some(self.required(section::APPROACH)?),
                    self.section(section::KEY_INSIGHT),
                ]),
                details: Details::AgentCase { quality_score: self.quality_score()? },
            },
        })
    }

    fn timestamp(&self) -> Result<EpochMs, FileError> {
        self.time("timestamp")?.ok_or_else(|| self.missing("timestamp", TIME))
    }

    fn quality_score(&self) -> Result<Number, FileError> {
        let number = |text: &str| Number::new(text.parse().ok()?);
        self.read("quality_score", "0.8", number)?
            .ok_or_else(|| self.missing("quality_score", "0.8"))
    }

    fn time(&self, key: &'static str) -> Result<Option<EpochMs>, FileError> {
        self.read(key, TIME, time::parse)
    }

    /// The value behind a key; `None` where there is none, which is how nothing is written.
    fn value(&self, key: &str) -> Option<&str> {
        self.content.inline.get(key).copied().filter(|value| !value.is_empty())
    }

    fn text(&self, key: &str) -> Option<String> {
        self.value(key).map(str::to_owned)
    }

    /// `[a, b]`; a bare value is a list of one.
    fn list(&self, key: &'static str) -> Result<Vec<String>, FileError> {
        let items = |text: &str| {
            let inner = match (text.strip_prefix('['), text.ends_with(']')) {
                (Some(inner), true) => inner.strip_suffix(']').unwrap_or(inner),
                (None, false) => text,
                _ => return None,
            };
            let items = inner.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(items.map(str::to_owned).collect())
        };
        Ok(self.read(key, "[u_alice, u_bob]", items)?.unwrap_or_default())
    }

    fn read<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, FileError> {
        let Some(written) = self.value(key) else { return Ok(None) };
        match parse(written) {
            Some(value) => Ok(Some(value)),
            None => Err(self.wrong(key, format!("the {key} `{written}`"), expected)),
        }
    }

    fn missing(&self, key: &'static str, expected: &'static str) -> FileError {
        self.wrong(key, format!("no {key}"), expected)
    }

    fn wrong(&self, key: &'static str, found: String, expected: &'static str) -> FileError {
        let (id, line) = (self.block.id.to_owned(), self.block.line);
        FileError::Value { id, line, key, found, expected }
    }

    /// A section that says something.
    fn section(&self, title: &'static str) -> Option<&str> {
        let text = self.content.sections.get(title)?;
        (!text.trim().is_empty()).then_some(text)
    }

    /// A section that has to be there; it may be empty.
    fn required(&self, section: &'static str) -> Result<&str, FileError> {
        self.content.sections.get(section).map(String::as_str).ok_or_else(|| FileError::Section {
            id: self.block.id.to_owned(),
            line: self.block.line,
            section,
        })
    }
}

/// The texts with a blank line between them.
fn joined<const N: usize>(texts: [Option<&str>; N]) -> String {
    texts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::OwnerType;

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
        entries(LogKind::AtomicFact, PATH, text).unwrap_err().to_string()
    }

    #[test]
    fn a_log_reads_as_specified() {
        let found = entries(LogKind::AtomicFact, PATH, LOG).unwrap();
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
        let found = entries(LogKind::AtomicFact, PATH, &LOG.replace('\n', "\r\n")).unwrap();
        assert_eq!((found[0].text.as_str(), found[0].line), ("Alice plays the cello.", 12));
        assert_eq!(found[0].session_id.as_deref(), Some("s_0"));
        assert_eq!(found[1].text, "Two\nlines.");
    }

    #[test]
    fn the_owner_is_the_frontmatters_as_written() {
        let found =
            entries(LogKind::AtomicFact, PATH, &LOG.replace("user_id: u_alice", "user_id: 007"))
                .unwrap();
        assert_eq!(found[0].owner_id.as_deref(), Some("007"));
        let found =
            entries(LogKind::AtomicFact, PATH, &LOG.replace("user_id: u_alice\n", "")).unwrap();
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

    const CASE_PATH: &str = "a/p/agents/x/.cases/agent_case-2026-05-18.md";
    const CASE: &str = "---\nagent_id: b\nuser_id: u\n---\n<!-- entry:ac_1 -->\n**session_id**: \n**timestamp**: 2026-05-18T07:04:26+00:00\n**parent_type**: cluster\n**quality_score**: 0.8\n\n### TaskIntent\nTune.\n\n### Approach\nBy ear.\n### Step 1\nListen.\n\n### KeyInsight\nWarm up.\n<!-- /entry:ac_1 -->\n";

    fn case_error(from: &str, to: &str) -> String {
        assert!(CASE.contains(from), "{from}");
        let text = CASE.replacen(from, to, 1);
        entries(LogKind::AgentCase, CASE_PATH, &text).unwrap_err().to_string()
    }

    #[test]
    fn a_case_reads_as_specified_and_unknown_sections_are_text() {
        let found = entries(LogKind::AgentCase, CASE_PATH, CASE).unwrap();
        assert_eq!(found[0].text, "Tune.\n\nBy ear.\n### Step 1\nListen.\n\nWarm up.");
        assert_eq!(
            found[0].details,
            Details::AgentCase { quality_score: Number::new(0.8).unwrap() }
        );
        assert_eq!(found[0].owner_type, Some(OwnerType::Agent));
        assert_eq!(found[0].owner_id.as_deref(), Some("b"), "an agent's, though a user is named");
        assert_eq!(found[0].parent_type.as_deref(), Some("cluster"));
        assert_eq!(found[0].session_id, None);
    }

    #[test]
    fn values_that_are_missing_or_wrong_are_told_with_line_and_remedy() {
        assert_eq!(
            case_error("**quality_score**: 0.8\n", ""),
            "line 5: entry `ac_1` has no quality_score; expected `**quality_score**: 0.8`"
        );
        assert!(case_error("0.8", "good").contains("the quality_score `good`"));
        assert!(case_error("0.8", "NaN").contains("the quality_score `NaN`"));
        assert!(case_error("### Approach", "### Aproach").contains("no `### Approach` section"));
        let twice = case_error("### KeyInsight", "### Approach");
        assert!(twice.starts_with("line 5: entry `ac_1` has two `### Approach`"), "{twice}");
        assert!(case_error("**parent_type**: cluster", "**sender_ids**: [a").contains("`[a`"));
    }

    #[test]
    fn a_foresight_knows_its_times_and_they_may_be_left_out() {
        let path = "a/p/users/u/.foresights/foresight-x.md";
        let block = |keys: &str| {
            format!(
                "<!-- entry:fs_1 -->\n**timestamp**: 2026-05-18\n{keys}### Foresight\nF\n### \
                 Evidence\n\n<!-- /entry:fs_1 -->\n"
            )
        };
        let read = |keys: &str| entries(LogKind::Foresight, path, &block(keys));
        let full = read(
            "**start_time**: 2026-05-19\n**end_time**: \n**duration_days**: 7\n**sender_ids**: u_bob\n",
        );
        let full = &full.unwrap()[0];
        let start_time = Some(EpochMs(1_779_148_800_000));
        let duration_days = Some(7);
        assert_eq!(full.details, Details::Foresight { start_time, end_time: None, duration_days });
        assert_eq!((full.text.as_str(), &full.sender_ids[..]), ("F", &["u_bob".to_owned()][..]));
        let bare = &read("").unwrap()[0];
        let none = Details::Foresight { start_time: None, end_time: None, duration_days: None };
        assert_eq!(bare.details, none);
        assert!(read("**end_time**: soon\n").unwrap_err().to_string().contains("end_time `soon`"));
        assert!(read("**duration_days**: 1.5\n").is_err());
    }

    #[test]
    fn an_episode_has_its_subject_for_a_title() {
        let text = "<!-- entry:ep_1 -->\n**timestamp**: 2026-05-18\n### Subject\nMusic\n### Summary\nShort.\n### Content\nLong.\n<!-- /entry:ep_1 -->\n";
        let path = "a/p/users/u/episodes/episode-x.md";
        let entry = &entries(LogKind::Episode, path, text).unwrap()[0];
        assert_eq!((entry.title.as_str(), entry.text.as_str()), ("Music", "Short.\n\nLong."));
        assert_eq!(entry.indexed_text(), "Music\nShort.\n\nLong.");
        let bare = text.replace("### Subject\nMusic\n### Summary\nShort.\n", "");
        let entry = &entries(LogKind::Episode, path, &bare).unwrap()[0];
        assert_eq!((entry.title.as_str(), entry.text.as_str()), ("", "Long."));
    }
}
