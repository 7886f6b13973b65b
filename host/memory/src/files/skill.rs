//! A skill: one entry a file, its fields in the frontmatter, its text the body and the references.

use serde::Deserialize;

use super::{frontmatter, kinds::Belonging};
use crate::{
    entry::{Details, Entry, Kind, Number},
    error::FileError,
    time,
};

/// Longest name in bytes; it is a part of the entry's id.
const MAX_NAME_BYTES: usize = 256;

/// What is read of a skill's frontmatter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    agent_id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    confidence: Option<f64>,
    maturity_score: Option<f64>,
    source_case_ids: Option<Vec<String>>,
    cluster_id: Option<String>,
    pub(super) created_at: Option<String>,
    updated_at: Option<String>,
}

/// The entry of a skill's file. Its id is the agent's and its name: a new name is a new entry, and
/// the old one goes with the next reading of the file.
pub(super) fn entry(path: &str, text: &str, references: &[&str]) -> Result<Entry, FileError> {
    let (head, document) = frontmatter::fields::<Head>(text)?;
    let name = name(head.name.as_deref())?;
    let agent = head.agent_id.unwrap_or_default();
    let belonging = Belonging::of(path);
    let body = document.body.replace("\r\n", "\n");
    let references: Vec<String> =
        references.iter().map(|text| text.replace("\r\n", "\n")).collect();
    let description = head.description.unwrap_or_default();
    let texts: Vec<&str> = [description.as_str(), body.as_str()]
        .into_iter()
        .chain(references.iter().map(String::as_str))
        .map(|text| text.trim_matches(['\r', '\n']))
        .filter(|text| !text.trim().is_empty())
        .collect();
    let updated = [("updated_at", &head.updated_at), ("created_at", &head.created_at)];
    let timestamp = updated
        .into_iter()
        .find_map(|(key, written)| Some((key, written.as_ref()?)))
        .map(|(key, written)| {
            let (found, expected) = (format!("the {key} `{written}`"), "2026-05-18T07:04:26+00:00");
            time::parse(written).ok_or(FileError::Key { key, found, expected })
        })
        .transpose()?;
    Ok(Entry {
        path: path.to_owned(),
        line: 1,
        entry_id: format!("{agent}_{name}"),
        kind: Kind::AgentSkill,
        app_id: Some(belonging.app_id),
        project_id: Some(belonging.project_id),
        owner_type: Some(belonging.owner_type),
        owner_id: Some(agent),
        session_id: None,
        timestamp,
        parent_type: None,
        parent_id: None,
        sender_ids: Vec::new(),
        content_sha256: String::new(),
        title: name.to_owned(),
        headings: Vec::new(),
        tags: Vec::new(),
        aliases: Vec::new(),
        links: Vec::new(),
        text: texts.join("\n\n"),
        details: Details::AgentSkill {
            confidence: number("confidence", head.confidence)?,
            maturity_score: number("maturity_score", head.maturity_score)?,
            source_case_ids: head.source_case_ids.unwrap_or_default(),
            cluster_id: head.cluster_id,
        },
    })
}

fn name(written: Option<&str>) -> Result<&str, FileError> {
    let wrong =
        |found: String| FileError::Key { key: "name", found, expected: "name-of-the-skill" };
    let name = written.map(str::trim).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| wrong("no name".to_owned()))?;
    if name.contains(char::is_control) {
        return Err(wrong("a name of more than one line".to_owned()));
    }
    if name.len() > MAX_NAME_BYTES {
        let found = format!("a name of {} bytes, more than {MAX_NAME_BYTES}", name.len());
        return Err(wrong(found));
    }
    Ok(name)
}

fn number(key: &'static str, value: Option<f64>) -> Result<Option<Number>, FileError> {
    let Some(value) = value else { return Ok(None) };
    let wrong = || FileError::Key { key, found: format!("the {key} {value}"), expected: "0.8" };
    Number::new(value).map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use wirt_contract::EpochMs;

    use super::*;
    use crate::entry::OwnerType;

    const PATH: &str = "a/default_project/agents/x/skills/skill_greet/SKILL.md";
    const FILE: &str = "---\nid: b_greet\ntype: agent_skill\nschema_version: 1\nagent_id: b\ntrack: agent\nname: greet\ndescription: Say hello.\nconfidence: 0.9\nmaturity_score: 1\nsource_case_ids:\n- ac_1\n- ac_2\ncluster_id: null\ncreated_at: '2026-05-18T07:04:26+00:00'\nupdated_at: '2026-05-18T07:04:27+00:00'\n---\n# Greet\n\nWave.\n";

    #[test]
    fn a_skill_reads_as_specified() {
        let skill = entry(PATH, FILE, &["Bow.\n", "\n", "\r\nNod.\r\nTwice.\r\n"]).unwrap();
        assert_eq!((skill.entry_id.as_str(), skill.title.as_str()), ("b_greet", "greet"));
        assert_eq!(skill.text, "Say hello.\n\n# Greet\n\nWave.\n\nBow.\n\nNod.\nTwice.");
        assert_eq!(skill.owner_type, Some(OwnerType::Agent));
        assert_eq!(skill.owner_id.as_deref(), Some("b"), "the frontmatter's, not the folder's");
        assert_eq!(skill.app_id.as_deref(), Some("a"));
        assert_eq!(skill.project_id.as_deref(), Some("default"));
        assert_eq!(skill.timestamp, Some(EpochMs(1_779_087_867_000)));
        assert_eq!(
            skill.details,
            Details::AgentSkill {
                confidence: Number::new(0.9),
                maturity_score: Number::new(1.0),
                source_case_ids: vec!["ac_1".into(), "ac_2".into()],
                cluster_id: None,
            }
        );
        assert!(skill.is_embedded());
    }

    #[test]
    fn a_skill_without_its_name_or_numbers_that_are_none_are_errors() {
        let error = |text: &str| entry(PATH, text, &[]).unwrap_err().to_string();
        assert_eq!(
            error("Just a body.\n"),
            "the frontmatter has no name; expected `name: name-of-the-skill` between the two `---`"
        );
        assert!(error(&FILE.replace("name: greet", "name: \"a\\nb\"")).contains("one line"));
        assert!(
            error(&FILE.replace("name: greet", &format!("name: {}", "x".repeat(257))))
                .contains("257 bytes")
        );
        assert!(error(&FILE.replace("0.9", ".nan")).contains("the confidence NaN"));
        assert!(error(&FILE.replace("0.9", "high")).contains("line 9"));
        assert!(error(&FILE.replace("2026-05-18T07:04:27+00:00", "now")).contains("`now`"));
    }
}
