//! Which kind one path is of: as it reads, and as it stands on the disk, where it says the same as a
//! walk of the whole root.

use std::path::Path;

use ignore::{Match, gitignore::GitignoreBuilder};

use super::{
    kinds::{self, PATTERNS},
    read,
    walk::{Found, MAX_DEPTH, Sources, expand, is_gone, join},
};
use crate::{entry::Kind, error::FileError};

const GITIGNORE: &str = ".gitignore";

#[allow(dead_code, reason = "for the watcher and the worker, which look at paths one by one")]
impl Sources {
    /// What kind of file a path from the root would be, without looking at the disk.
    ///
    /// A path of a known kind is that kind, whatever globs say. Else it is a note where one of the
    /// operator's globs names it and none of its parts begins with a dot; where there are no globs,
    /// every markdown file outside of dot folders is taken for a note. Whether it is one is for
    /// [`Sources::look`] to say, as that asks `.gitignore` and whether the root holds files of a
    /// known kind: this one never says `None` of a path that the other finds.
    pub(crate) fn kind_of(&self, path: &str) -> Option<Kind> {
        kinds::known_kind(path).or_else(|| {
            let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.');
            let globs = self.notes.as_ref().unwrap_or(&self.all_markdown);
            (globs.is_match(path) && path.split('/').all(is_plain)).then_some(Kind::Note)
        })
    }

    /// The indexed path that a path belongs to without being it: of a skill's reference, or of the
    /// folder of its references, the skill's file. The same path may be a note as well.
    pub(crate) fn owner_of(&self, path: &str) -> Option<String> {
        kinds::skill_of_reference(path)
    }

    /// What a walk of the root would find at this one path and on the way to it. Where there are no
    /// globs and the path is of no known kind, this looks for files of the known kinds first.
    pub(crate) fn look(&self, root: &Path, path: &str) -> Found {
        let mut found = Found::default();
        let Some(kind) = self.kind_of(path) else { return found };
        let is_note = kind == Kind::Note;
        if is_note && self.notes.is_none() && holds_known_kinds(root) {
            return found;
        }
        let (mut at, mut below) = (root.to_owned(), String::new());
        let parts: Vec<&str> = path.split('/').collect();
        for (depth, part) in (1..).zip(&parts) {
            let is_last = depth == parts.len();
            at.push(part);
            below = join(&below, part);
            let metadata = match at.symlink_metadata() {
                Ok(metadata) => metadata,
                Err(error) if is_gone(&error) => break,
                Err(error) => {
                    found.trouble.insert(below, error.into());
                    break;
                }
            };
            if is_note && is_ignored(root, &below, metadata.is_dir()) {
                break;
            }
            if metadata.is_symlink() {
                if is_last || at.is_dir() {
                    found.links.insert(below);
                }
                break;
            }
            if is_note && metadata.is_dir() && depth >= MAX_DEPTH {
                found.trouble.insert(below, FileError::TooDeep { max: MAX_DEPTH });
                break;
            }
            match (is_last, metadata.is_file()) {
                (true, true) => {
                    found.files.insert(std::mem::take(&mut below), kind);
                }
                (true, false) if !is_note => {
                    let error = FileError::NotAFile { found: read::kind_of(&metadata) };
                    found.trouble.insert(std::mem::take(&mut below), error);
                }
                (false, false) if metadata.is_dir() => {}
                _ => break,
            }
        }
        found
    }
}

fn holds_known_kinds(root: &Path) -> bool {
    PATTERNS.iter().any(|pattern| {
        let mut found = Found::default();
        expand(root, "", pattern.kind, pattern.parts, &mut found);
        !found.files.is_empty()
    })
}

/// Whether a `.gitignore` of the root or of a folder on the way names this path; the nearest one
/// that has a word on it decides. The folders above the path are for the caller to ask about.
fn is_ignored(root: &Path, path: &str, is_folder: bool) -> bool {
    let at = root.join(path);
    let mut folder = at.parent();
    while let Some(here) = folder.filter(|here| here.starts_with(root)) {
        let rules = here.join(GITIGNORE);
        if rules.is_file() {
            let mut builder = GitignoreBuilder::new(here);
            // A line that does not parse is passed over, as a walk does.
            let _ = builder.add(rules);
            match builder.build().map(|rules| rules.matched(&at, is_folder).map(|_| ())) {
                Ok(Match::Ignore(())) => return true,
                Ok(Match::Whitelist(())) => return false,
                Ok(Match::None) | Err(_) => {}
            }
        }
        folder = here.parent();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::files::walk::posix;

    const LOG: &str = "a/p/users/u/.atomic_facts/atomic_fact-x.md";

    fn sources(globs: &[&str]) -> Sources {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        Sources::new(&globs).unwrap()
    }

    fn touch(root: &Path, path: &str, text: &str) {
        let at = root.join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, text).unwrap();
    }

    fn found(root: &Path, globs: &[&str]) -> Vec<(String, Kind)> {
        sources(globs).find(root).files.into_iter().collect()
    }

    /// Each path of a root, files and folders, with what a walk and a look say of it.
    fn assert_a_look_says_what_a_walk_does(root: &Path, globs: &[&str]) {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        let sources = Sources::new(&globs).unwrap();
        let walked = sources.find(root);
        let mut folders = vec![root.to_owned()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let at = entry.unwrap().path();
                if at.is_dir() && !at.is_symlink() {
                    folders.push(at.clone());
                }
                let Some(path) = posix(at.strip_prefix(root).unwrap()) else { continue };
                let looked = sources.look(root, &path);
                assert_eq!(looked.files.get(&path), walked.files.get(&path), "{path} {globs:?}");
                assert_eq!(
                    looked.trouble.contains_key(&path),
                    walked.trouble.contains_key(&path),
                    "{path} {globs:?}"
                );
                seen += usize::from(walked.files.contains_key(&path));
            }
        }
        assert_eq!(seen, walked.files.len());
    }

    #[test]
    fn a_look_says_what_a_walk_does() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "b.md",
            "dir/a.md",
            "dir/c.txt",
            ".hidden/d.md",
            "out/e.md",
            "dir/out/f.md",
            "dir/keep/g.md",
            "dir/keep/h.md",
            "x/y/users/u/user.txt",
        ] {
            touch(root.path(), path, "x");
        }
        touch(root.path(), ".gitignore", "/out\ng.md\n*.txt\n");
        touch(root.path(), "dir/.gitignore", "out/\nkeep/*\n");
        touch(root.path(), "dir/keep/.gitignore", "!g.md\n");
        fs::create_dir(root.path().join("folder.md")).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("dir", root.path().join("link")).unwrap();
            std::os::unix::fs::symlink("b.md", root.path().join("link.md")).unwrap();
            let looked = Sources::new(&[]).unwrap().look(root.path(), "link/a.md");
            assert!(looked.files.is_empty() && looked.links.contains("link"));
        }
        for globs in [&[][..], &["**/*.md"], &["dir/**"], &["*"]] {
            assert_a_look_says_what_a_walk_does(root.path(), globs);
        }
        assert!(found(root.path(), &[]).contains(&("dir/keep/g.md".to_owned(), Kind::Note)));
        // With a file of a known kind the rest are notes no more, unless globs say so.
        touch(root.path(), LOG, "x");
        touch(root.path(), "a/p/users/u/user.md", "x");
        fs::create_dir_all(root.path().join("a/p/agents/b/skills/skill_x/SKILL.md")).unwrap();
        for globs in [&[][..], &["**/*.md"]] {
            assert_a_look_says_what_a_walk_does(root.path(), globs);
        }
        assert_eq!(found(root.path(), &[]).len(), 2);
    }

    #[test]
    fn a_path_too_deep_is_trouble_of_the_same_folder() {
        let root = tempfile::tempdir().unwrap();
        let path = format!("{}x.md", "d/".repeat(MAX_DEPTH));
        touch(root.path(), &path, "x");
        let sources = Sources::new(&[]).unwrap();
        let (walked, looked) = (sources.find(root.path()), sources.look(root.path(), &path));
        assert_eq!(walked.trouble.keys().collect::<Vec<_>>(), [path.trim_end_matches("/x.md")]);
        assert!(walked.trouble.keys().eq(looked.trouble.keys()));
        assert!(walked.files.is_empty() && looked.files.is_empty());
        assert!(looked.may_hide(&path));
    }

    #[test]
    fn a_path_alone_tells_its_kind() {
        let kind = |globs: &[&str], path: &str| {
            let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
            Sources::new(&globs).unwrap().kind_of(path)
        };
        assert_eq!(kind(&["**/*.md"], LOG), Some(Kind::AtomicFact), "a known kind goes first");
        assert_eq!(kind(&["docs/*.md"], "docs/a.md"), Some(Kind::Note));
        assert_eq!(kind(&["docs/*.md"], "docs/deep/a.md"), None);
        assert_eq!(kind(&["docs/*.md"], "a.md"), None);
        assert_eq!(kind(&["**"], "docs/.a.md"), None);
        assert_eq!(kind(&["**"], ".docs/a.md"), None);
        assert_eq!(kind(&[], "a/b/c.md"), Some(Kind::Note));
        assert_eq!(kind(&[], "a/b/c.txt"), None);
        assert_eq!(kind(&[], "../c.md"), None);
        assert_eq!(kind(&[], "/c.md"), None);
    }

    #[test]
    fn a_name_with_a_line_break_is_a_name() {
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), "a\nb.md", "x");
        assert_eq!(found(root.path(), &[]), [("a\nb.md".to_owned(), Kind::Note)]);
        assert_a_look_says_what_a_walk_does(root.path(), &[]);
    }
}
