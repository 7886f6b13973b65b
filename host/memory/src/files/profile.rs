//! A user's profile: one entry a file, all of it in the frontmatter. The body is for people to read
//! and says the same.

use serde::Deserialize;
use serde_json::Value;
use wirt_contract::EpochMs;

use super::{frontmatter, kinds::Belonging};
use crate::{
    entry::{Details, Entry, Kind},
    error::FileError,
};

/// What is read of a profile's frontmatter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Head {
    user_id: Option<String>,
    summary: Option<String>,
    explicit_info: Option<Vec<Value>>,
    implicit_traits: Option<Vec<Value>>,
    profile_timestamp_ms: Option<u64>,
}

/// The entry of a profile's file. Its id is the user's.
pub(super) fn entry(path: &str, text: &str) -> Result<Entry, FileError> {
    let (head, _) = frontmatter::fields::<Head>(text)?;
    let belonging = Belonging::of(path);
    let user = head.user_id.unwrap_or_default();
    Ok(Entry {
        path: path.to_owned(),
        line: 1,
        entry_id: if user.is_empty() { belonging.owner_folder } else { user.clone() },
        kind: Kind::UserProfile,
        app_id: Some(belonging.app_id),
        project_id: Some(belonging.project_id),
        owner_type: Some(belonging.owner_type),
        owner_id: Some(user),
        session_id: None,
        timestamp: head.profile_timestamp_ms.map(EpochMs),
        parent_type: None,
        parent_id: None,
        sender_ids: Vec::new(),
        content_sha256: String::new(),
        title: String::new(),
        headings: Vec::new(),
        tags: Vec::new(),
        aliases: Vec::new(),
        links: Vec::new(),
        text: head.summary.unwrap_or_default(),
        details: Details::UserProfile {
            explicit_info: lines(head.explicit_info),
            implicit_traits: lines(head.implicit_traits),
        },
    })
}

/// One text for each item that says anything.
fn lines(items: Option<Vec<Value>>) -> Vec<String> {
    let texts = items.unwrap_or_default();
    texts.iter().map(line).filter(|line| !line.is_empty()).collect()
}

/// A text as it is; of a mapping or a list what stands in it, on one line. The reader of YAML
/// bounds how deep they nest.
fn line(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(line).collect();
            items.join(", ")
        }
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key}: {}", line(value))).collect();
            fields.join("; ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "a/p/users/u/user.md";

    #[test]
    fn a_profile_reads_as_specified() {
        let text = "---\nuser_id: u_alice\nsummary: Plays the cello.\nexplicit_info:\n- Lives in Basel.\n- category: food\n  likes: [tea, rye]\n- null\nimplicit_traits: [Patient.]\nprofile_timestamp_ms: 1779087866000\n---\n# Not read\n";
        let profile = entry(PATH, text).unwrap();
        assert_eq!((profile.entry_id.as_str(), profile.line), ("u_alice", 1));
        assert_eq!(profile.owner_id.as_deref(), Some("u_alice"));
        assert_eq!(profile.timestamp, Some(EpochMs(1_779_087_866_000)));
        assert_eq!(profile.text, "Plays the cello.");
        let explicit_info =
            vec!["Lives in Basel.".into(), "category: food; likes: tea, rye".into()];
        let implicit_traits = vec!["Patient.".into()];
        assert_eq!(profile.details, Details::UserProfile { explicit_info, implicit_traits });
        assert!(!profile.is_embedded());
        assert_eq!(
            profile.indexed_text(),
            "Plays the cello.\nLives in Basel.\ncategory: food; likes: tea, rye\nPatient."
        );
    }

    #[test]
    fn a_profile_of_nobody_is_named_by_its_folder() {
        let profile = entry(PATH, "Hello.\n").unwrap();
        assert_eq!((profile.entry_id.as_str(), profile.owner_id.as_deref()), ("u", Some("")));
    }

    #[test]
    fn a_profile_that_does_not_read_says_where() {
        let error = entry(PATH, "---\nuser_id: u\nprofile_timestamp_ms: soon\n---\n").unwrap_err();
        assert!(error.to_string().contains("line 3"), "{error}");
    }
}
