//! Writing what is a file each: a skill, and a user's profile.

use std::path::Path;

use wirt_contract::EpochMs;

use super::{Written, checks, durable::Target, frontmatter, kinds, profile, skill};
use crate::{
    entry::Number,
    error::{AppendError, FileError},
    time,
};

/// A skill of an agent. Its references and scripts are files of their own beside it, and stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSkill {
    /// Whose application it is; `default` for none in particular.
    pub app_id: String,
    /// Which project of it; `default` for none in particular.
    pub project_id: String,
    /// Whose skill it is.
    pub agent_id: String,
    /// What it is called; its folder is named after it.
    pub name: String,
    /// What it is for. It may be empty, and so may the body.
    pub description: String,
    /// How sure it is.
    pub confidence: Option<Number>,
    /// How far it has grown.
    pub maturity_score: Option<Number>,
    /// The cases it was made from.
    pub source_case_ids: Vec<String>,
    /// The cluster of cases it was made from.
    pub cluster_id: Option<String>,
    /// Markdown. Line breaks of any sort are written as `\n`, and those around it are dropped.
    pub body: String,
}

/// What is known of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProfile {
    /// Whose application it is; `default` for none in particular.
    pub app_id: String,
    /// Which project of it; `default` for none in particular.
    pub project_id: String,
    /// Who it is about.
    pub user_id: String,
    /// All of it in short.
    pub summary: String,
    /// What the user has said, one thing each. None is empty.
    pub explicit_info: Vec<String>,
    /// What was concluded, one thing each. None is empty.
    pub implicit_traits: Vec<String>,
    /// As of when this holds.
    pub timestamp: EpochMs,
}

/// Writes a skill's file, or puts it in the place of the one that is there. `now` is written as its
/// `updated_at`; when it was made stays. When this returns the file is durable.
///
/// # Errors
/// Where an id or the name is no single path part, the file that is there is broken (it is left as
/// it is), or the system refuses. Nothing is then written.
pub fn write_skill(root: &Path, new: &NewSkill, now: EpochMs) -> Result<Written, AppendError> {
    checks::id("app id", &new.app_id)?;
    checks::id("project id", &new.project_id)?;
    checks::id("agent id", &new.agent_id)?;
    checks::id("skill name", &new.name)?;
    let path = format!(
        "{}/{}/agents/{}/skills/skill_{}/{}",
        kinds::folder_of_id(&new.app_id, "app"),
        kinds::folder_of_id(&new.project_id, "project"),
        new.agent_id,
        new.name,
        kinds::SKILL_FILE,
    );
    let target = Target::hold(root, &path)?;
    let now = time::iso(now).ok_or(AppendError::Time(now))?;
    let created = match target.read()? {
        None => None,
        Some(old) => {
            old.text()
                .and_then(frontmatter::fields::<skill::Head>)
                .map_err(|error| target.broken(error))?
                .0
                .created_at
        }
    };
    let text = skill_text(new, created.as_deref().unwrap_or(&now), &now);
    let entry = skill::entry(&path, &text, &[]).map_err(|error| target.broken(error))?;
    target.replace(&text)?;
    Ok(Written { path, entry_id: entry.entry_id })
}

fn skill_text(new: &NewSkill, created: &str, updated: &str) -> String {
    let NewSkill { agent_id, name, description, .. } = new;
    let number = |value: Option<Number>| value.map_or("null".to_owned(), |value| value.to_string());
    let cluster = new.cluster_id.as_deref().map_or("null".to_owned(), frontmatter::scalar);
    let mut text = format!(
        "---\nid: {}\ntype: agent_skill\nschema_version: 1\nagent_id: {}\ntrack: agent\nname: \
         {}\ndescription: {}\nconfidence: {}\nmaturity_score: {}\n{}cluster_id: \
         {cluster}\ncreated_at: {}\nupdated_at: {}\n---\n",
        frontmatter::scalar(&format!("{agent_id}_{name}")),
        frontmatter::scalar(agent_id),
        frontmatter::scalar(name),
        frontmatter::scalar(description),
        number(new.confidence),
        number(new.maturity_score),
        frontmatter::list("source_case_ids", &new.source_case_ids),
        frontmatter::scalar(created),
        frontmatter::scalar(updated),
    );
    let body = checks::lines(&new.body);
    if !body.is_empty() {
        text.push_str(&body);
        text.push('\n');
    }
    text
}

/// Writes a user's profile, or puts it in the place of the one that is there. When this returns the
/// file is durable.
///
/// # Errors
/// Where an id is no single path part, an item is empty, or the system refuses. Nothing is then
/// written.
pub fn write_profile(root: &Path, new: &NewProfile) -> Result<Written, AppendError> {
    checks::id("app id", &new.app_id)?;
    checks::id("project id", &new.project_id)?;
    checks::id("user id", &new.user_id)?;
    for (field, items) in
        [("explicit_info", &new.explicit_info), ("implicit_traits", &new.implicit_traits)]
    {
        checks::refuse(field, "an empty item", items.iter().any(String::is_empty))?;
    }
    let path = format!(
        "{}/{}/users/{}/user.md",
        kinds::folder_of_id(&new.app_id, "app"),
        kinds::folder_of_id(&new.project_id, "project"),
        new.user_id,
    );
    let target = Target::hold(root, &path)?;
    let text = profile_text(new);
    let entry = profile::entry(&path, &text).map_err(|error: FileError| target.broken(error))?;
    target.replace(&text)?;
    Ok(Written { path, entry_id: entry.entry_id })
}

/// All of it stands in the frontmatter; the body says it again for people.
fn profile_text(new: &NewProfile) -> String {
    let mut text = format!(
        "---\nid: {}\ntype: user_profile\nschema_version: 1\nuser_id: {}\ntrack: user\nsummary: \
         {}\n{}{}profile_timestamp_ms: {}\n---\n{}\n",
        frontmatter::scalar(&format!("user_profile_{}", new.user_id)),
        frontmatter::scalar(&new.user_id),
        frontmatter::scalar(&new.summary),
        frontmatter::list("explicit_info", &new.explicit_info),
        frontmatter::list("implicit_traits", &new.implicit_traits),
        new.timestamp.0,
        checks::lines(&new.summary),
    );
    for (title, items) in [("Explicit", &new.explicit_info), ("Implicit", &new.implicit_traits)] {
        if !items.is_empty() {
            text.push_str(&format!("\n## {title}\n\n"));
        }
        for item in items {
            text.push_str(&format!("- {}\n", checks::lines(item).replace('\n', " ")));
        }
    }
    text
}
