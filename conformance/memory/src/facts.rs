//! The facts that scenarios remember.

use wirt_contract::EpochMs;
use wirt_memory::{NewContent, NewEntry};

/// 2026-05-18T07:04:26Z: the day, and so the log, of every fact here.
const SAID_AT: EpochMs = EpochMs(1_779_087_866_000);

/// A fact of this owner, in the default project.
pub(crate) fn fact(owner: &str, number: usize, text: impl Into<String>) -> NewEntry {
    NewEntry {
        app_id: "default".to_owned(),
        project_id: "default".to_owned(),
        owner_id: owner.to_owned(),
        timestamp: SAID_AT,
        session_id: Some(format!("s_{number}")),
        parent_type: None,
        parent_id: Some(format!("mc_{number}")),
        content: NewContent::AtomicFact { sender_ids: vec![owner.to_owned()], fact: text.into() },
    }
}

/// Where facts of this owner said on this day (`2026-05-18`) stand, in the default project.
pub(crate) fn log_of(owner: &str, day: &str) -> String {
    format!("default_app/default_project/users/{owner}/.atomic_facts/atomic_fact-{day}.md")
}

/// The day of every fact.
pub(crate) const DAY: &str = "2026-05-18";
