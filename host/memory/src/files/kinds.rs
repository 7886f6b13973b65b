//! The known kinds by their paths: which patterns there are, and which kind a path is of.
//!
//! A path is matched as text, part by part, and as many parts as the pattern has: nothing here
//! looks at a disk.

use crate::entry::{Kind, OwnerType};

/// The file a skill is in; what lies in [`REFERENCES`] beside it belongs to it.
pub(super) const SKILL_FILE: &str = "SKILL.md";
/// The folder of a skill's references, beside its file.
pub(super) const REFERENCES: &str = "references";
/// How the name of a reference ends.
pub(super) const MARKDOWN: &str = ".md";

/// The known kinds with their patterns, in the order they are tried in.
pub(super) const PATTERNS: [Pattern; 6] = [
    Pattern::new(Kind::Episode, &["*", "*", "users", "*", "episodes", "episode-*.md"]),
    Pattern::new(Kind::AtomicFact, &["*", "*", "users", "*", ".atomic_facts", "atomic_fact-*.md"]),
    Pattern::new(Kind::Foresight, &["*", "*", "users", "*", ".foresights", "foresight-*.md"]),
    Pattern::new(Kind::AgentCase, &["*", "*", "agents", "*", ".cases", "agent_case-*.md"]),
    Pattern::new(Kind::AgentSkill, &["*", "*", "agents", "*", "skills", "skill_*", SKILL_FILE]),
    Pattern::new(Kind::UserProfile, &["*", "*", "users", "*", "user.md"]),
];

/// A kind's pattern: one for each part of a path, with at most one `*` in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern {
    pub(super) kind: Kind,
    pub(super) parts: &'static [&'static str],
}

impl Pattern {
    const fn new(kind: Kind, parts: &'static [&'static str]) -> Self {
        Self { kind, parts }
    }

    fn matches(&self, path: &str) -> bool {
        let mut parts = path.split('/');
        self.parts.iter().all(|pattern| parts.next().is_some_and(|name| fits(pattern, name)))
            && parts.next().is_none()
    }
}

/// Whether a part's name fits its pattern; `*` is any run of characters, dots too.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => {
            !name.is_empty()
                && name.len() >= head.len() + tail.len()
                && name.starts_with(head)
                && name.ends_with(tail)
        }
    }
}

/// The known kind of a path from the root; the first pattern it matches decides.
pub(crate) fn known_kind(path: &str) -> Option<Kind> {
    let is_plain = |part: &str| part != "." && part != "..";
    PATTERNS
        .iter()
        .find(|pattern| pattern.matches(path) && path.split('/').all(is_plain))
        .map(|pattern| pattern.kind)
}

/// The skill's file that a reference, or the folder of references, belongs to.
pub(super) fn skill_of_reference(path: &str) -> Option<String> {
    let folder = match path.rsplit_once('/') {
        Some((folder, REFERENCES)) => folder,
        Some((folder, name)) if is_reference(name) => {
            folder.strip_suffix(REFERENCES)?.strip_suffix('/')?
        }
        _ => return None,
    };
    let skill = format!("{folder}/{SKILL_FILE}");
    (known_kind(&skill) == Some(Kind::AgentSkill)).then_some(skill)
}

/// Whether a file of this name, in a skill's folder of references, is one.
pub(super) fn is_reference(name: &str) -> bool {
    name.ends_with(MARKDOWN) && !name.starts_with('.')
}

/// What the path of a file of a known kind says of each of its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Belonging {
    pub(super) app_id: String,
    pub(super) project_id: String,
    pub(super) owner_type: OwnerType,
    /// The folder of the user or agent; who owns an entry is for the frontmatter to say.
    pub(super) owner_folder: String,
}

impl Belonging {
    /// Reads the first four parts of the path.
    pub(super) fn of(path: &str) -> Self {
        let mut parts = path.split('/');
        let mut next = || parts.next().unwrap_or_default();
        let (app, project, owners, owner) = (next(), next(), next(), next());
        Self {
            app_id: id_of_folder(app, "app"),
            project_id: id_of_folder(project, "project"),
            owner_type: if owners == "agents" { OwnerType::Agent } else { OwnerType::User },
            owner_folder: owner.to_owned(),
        }
    }
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
    use super::*;

    #[test]
    fn each_kind_has_its_paths_and_no_other() {
        for (path, kind) in [
            ("a/p/users/u/episodes/episode-2026-05-18.md", Some(Kind::Episode)),
            ("a/p/users/u/episodes/episode-x.md", Some(Kind::Episode)),
            ("a/p/users/u/.atomic_facts/atomic_fact-2026-05-18.md", Some(Kind::AtomicFact)),
            ("a/p/users/u/.foresights/foresight-2026-05-18.md", Some(Kind::Foresight)),
            ("a/p/agents/b/.cases/agent_case-2026-05-18.md", Some(Kind::AgentCase)),
            ("a/p/agents/b/skills/skill_x/SKILL.md", Some(Kind::AgentSkill)),
            (".a/.p/users/.u/user.md", Some(Kind::UserProfile)),
            // One part more or fewer, another owner, another name.
            ("deep/a/p/users/u/episodes/episode-x.md", None),
            ("p/users/u/user.md", None),
            ("a/p/users/u/user.md/x", None),
            ("a/p/agents/u/user.md", None),
            ("a/p/users/b/skills/skill_x/SKILL.md", None),
            ("a/p/agents/b/skills/x/SKILL.md", None),
            ("a/p/agents/b/skills/skill_x/scripts/run.md", None),
            ("a/p/users/u/episodes/.episode-x.md.tmp.a1", None),
            ("a/p/users/u/episodes/episode-.md2", None),
            ("../p/users/u/user.md", None),
            ("a//users/u/user.md", None),
            ("", None),
        ] {
            assert_eq!(known_kind(path), kind, "{path}");
        }
    }

    #[test]
    fn a_star_does_not_let_head_and_tail_overlap() {
        assert!(fits("a-*-b", "a--b") && !fits("a-*-b", "a-b") && !fits("*", ""));
    }

    #[test]
    fn references_lead_to_their_skill() {
        let skill = "a/p/agents/b/skills/skill_x/SKILL.md";
        for (path, expected) in [
            ("a/p/agents/b/skills/skill_x/references/r.md", Some(skill)),
            ("a/p/agents/b/skills/skill_x/references", Some(skill)),
            ("a/p/agents/b/skills/skill_x/references/.r.md", None),
            ("a/p/agents/b/skills/skill_x/references/r.txt", None),
            ("a/p/agents/b/skills/skill_x/references/deep/r.md", None),
            ("a/p/agents/b/skills/skill_x/xreferences/r.md", None),
            ("a/p/agents/b/skills/skill_x/scripts/r.md", None),
            ("a/p/agents/b/skills/x/references/r.md", None),
            (skill, None),
        ] {
            assert_eq!(skill_of_reference(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn folders_and_ids_map_both_ways() {
        for (id, role, folder) in [
            ("default", "app", "default_app"),
            ("default", "project", "default_project"),
            ("x", "app", "x"),
        ] {
            assert_eq!(folder_of_id(id, role), folder);
            assert_eq!(id_of_folder(folder, role), id);
        }
        assert_eq!(Belonging::of("default_app/default_app/agents/b/x").project_id, "default_app");
        assert_eq!(Belonging::of("a/p/agents/b/x").owner_type, OwnerType::Agent);
    }
}
