//! Which files of a root are memory.
//!
//! A known kind is found by its own glob, dot folders included and `.gitignore` not asked. Notes
//! are what the operator's globs name, or all markdown where no file of a known kind is found;
//! dot folders and what `.gitignore` names are left out there. Links are not followed, so nothing
//! outside of the root is read and no file is read twice.
//!
//! Here the whole root is walked; `look` says the same of one path.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::WalkBuilder;

use super::{
    kinds::{self, PATTERNS},
    read::kind_of,
};
use crate::{
    entry::Kind,
    error::{FileError, OpenError},
};

/// Deepest folder below the root. Deeper ones are made by accident (a loop of mounts) or malice.
pub(super) const MAX_DEPTH: usize = 64;
/// What notes are where nobody says otherwise.
const ALL_MARKDOWN: &str = "**/*.md";

/// What is asked of a root.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    /// The operator's globs; `None` where there are none.
    pub(super) notes: Option<GlobSet>,
    pub(super) all_markdown: GlobSet,
    globs: Vec<String>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Files to index, by path from the root.
    pub(crate) files: BTreeMap<String, Kind>,
    /// What could not be looked at; nothing below such a path is taken for deleted.
    pub(crate) trouble: BTreeMap<String, FileError>,
    /// Links that were passed over, to files that match and to folders.
    pub(crate) links: BTreeSet<String>,
}

impl Found {
    /// Whether the walk may have missed this path.
    pub(crate) fn may_hide(&self, path: &str) -> bool {
        self.trouble.keys().any(|trouble| {
            path.strip_prefix(trouble.as_str())
                .is_some_and(|rest| trouble.is_empty() || rest.is_empty() || rest.starts_with('/'))
        })
    }
}

impl Sources {
    pub(crate) fn new(globs: &[String]) -> Result<Self, OpenError> {
        let notes = if globs.is_empty() { None } else { Some(glob_set(globs)?) };
        let all_markdown = glob_set(&[ALL_MARKDOWN.to_owned()])?;
        Ok(Self { notes, all_markdown, globs: globs.to_vec() })
    }

    /// What is looked for, for people.
    pub(crate) fn expected(&self) -> String {
        let notes = if self.globs.is_empty() {
            format!("markdown (`{ALL_MARKDOWN}`)")
        } else {
            format!("notes named by `{}`", self.globs.join("`, `"))
        };
        let kinds: Vec<String> =
            PATTERNS.iter().map(|kind| format!("`{}`", kind.parts.join("/"))).collect();
        format!("{notes} or files of the known kinds ({})", kinds.join(", "))
    }

    /// Walks the root.
    pub(crate) fn find(&self, root: &Path) -> Found {
        let mut found = Found::default();
        for pattern in &PATTERNS {
            expand(root, "", pattern.kind, pattern.parts, &mut found);
        }
        match &self.notes {
            Some(globs) => find_notes(root, globs, &mut found),
            None if found.files.is_empty() => find_notes(root, &self.all_markdown, &mut found),
            None => {}
        }
        found
    }
}

fn bad_glob(glob: &str, error: &globset::Error) -> OpenError {
    OpenError::Glob { glob: glob.to_owned(), reason: error.kind().to_string() }
}

fn glob_set(globs: &[String]) -> Result<GlobSet, OpenError> {
    let mut set = GlobSetBuilder::new();
    for text in globs {
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            let reason = "it leads out of the root".to_owned();
            return Err(OpenError::Glob { glob: text.clone(), reason });
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .build()
            .map_err(|error| bad_glob(text, &error))?;
        set.add(glob);
    }
    set.build().map_err(|error| bad_glob(&globs.join(", "), &error))
}

/// Looks for the paths below `folder` that match the remaining parts.
fn expand(folder: &Path, path: &str, kind: Kind, parts: &[&str], found: &mut Found) {
    let Some((part, rest)) = parts.split_first() else { return };
    let names = if part.contains('*') {
        matching_names(folder, path, part, found)
    } else {
        vec![(*part).to_owned()]
    };
    for name in names {
        let below = join(path, &name);
        let at = folder.join(&name);
        match at.symlink_metadata() {
            Err(error) if is_gone(&error) => {}
            Err(error) => {
                found.trouble.insert(below, error.into());
            }
            Ok(metadata) if metadata.is_symlink() => {
                if rest.is_empty() || at.is_dir() {
                    found.links.insert(below);
                }
            }
            Ok(metadata) if !rest.is_empty() => {
                if metadata.is_dir() {
                    expand(&at, &below, kind, rest, found);
                }
            }
            Ok(metadata) if metadata.is_file() => {
                found.files.insert(below, kind);
            }
            Ok(metadata) => {
                let error = FileError::NotAFile { found: kind_of(&metadata) };
                found.trouble.insert(below, error);
            }
        }
    }
}

/// The names in a folder that match, in order.
fn matching_names(folder: &Path, path: &str, pattern: &str, found: &mut Found) -> Vec<String> {
    let mut names = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            if !is_gone(&error) {
                found.trouble.insert(path.to_owned(), error.into());
            }
            return names;
        }
    };
    for entry in entries {
        match entry {
            Err(error) => {
                found.trouble.insert(path.to_owned(), error.into());
            }
            Ok(entry) => match entry.file_name().into_string() {
                Ok(name) if kinds::fits(pattern, &name) => names.push(name),
                Ok(_) => {}
                Err(name) if kinds::fits(pattern, &name.to_string_lossy()) => {
                    found.trouble.insert(join(path, &name.to_string_lossy()), FileError::Name);
                }
                Err(_) => {}
            },
        }
    }
    names.sort_unstable();
    names
}

pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

fn find_notes(root: &Path, globs: &GlobSet, found: &mut Found) {
    let walk = WalkBuilder::new(root)
        .hidden(true)
        .git_ignore(true)
        .require_git(false)
        // What lies outside of the root does not decide what is in it.
        .parents(false)
        .git_global(false)
        .git_exclude(false)
        .ignore(false)
        .follow_links(false)
        .max_depth(Some(MAX_DEPTH))
        .sort_by_file_name(Ord::cmp)
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                note_trouble(root, error, found);
                continue;
            }
        };
        let Ok(below) = entry.path().strip_prefix(root) else { continue };
        if entry.depth() >= MAX_DEPTH && entry.file_type().is_some_and(|kind| kind.is_dir()) {
            let path = below.to_string_lossy().into_owned();
            found.trouble.insert(path, FileError::TooDeep { max: MAX_DEPTH });
            continue;
        }
        let is_link = entry.path_is_symlink();
        let is_wanted = globs.is_match(below) || (is_link && entry.path().is_dir());
        if !is_wanted {
            continue;
        }
        let Some(path) = posix(below) else {
            found.trouble.insert(below.to_string_lossy().into_owned(), FileError::Name);
            continue;
        };
        match entry.file_type() {
            Some(kind) if kind.is_file() => {
                found.files.entry(path).or_insert(Kind::Note);
            }
            _ if is_link => {
                found.links.insert(path);
            }
            _ => {}
        }
    }
}

fn note_trouble(root: &Path, error: ignore::Error, found: &mut Found) {
    let at = path_of(&error).unwrap_or_else(|| root.to_owned());
    let below = at.strip_prefix(root).unwrap_or(Path::new(""));
    let path = posix(below).unwrap_or_else(|| below.to_string_lossy().into_owned());
    let source =
        error.into_io_error().unwrap_or_else(|| io::Error::other("the folder cannot be walked"));
    if !is_gone(&source) {
        found.trouble.insert(path, source.into());
    }
}

fn path_of(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

/// The path with `/` between its parts; `None` where a part is not text.
fn posix(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn touch(root: &Path, path: &str, text: &str) {
        let at = root.join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, text).unwrap();
    }

    fn found(root: &Path, globs: &[&str]) -> Vec<(String, Kind)> {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        Sources::new(&globs).unwrap().find(root).files.into_iter().collect()
    }

    const LOG: &str = "a/p/users/u/.atomic_facts/atomic_fact-x.md";

    #[test]
    fn a_root_without_kinds_is_notes() {
        let root = tempfile::tempdir().unwrap();
        for path in ["b.md", "dir/a.md", "dir/c.txt", ".hidden/d.md", "out/e.md", ".f.md"] {
            touch(root.path(), path, "x");
        }
        touch(root.path(), ".gitignore", "/out\n");
        let notes = |path: &str| (path.to_owned(), Kind::Note);
        assert_eq!(found(root.path(), &[]), [notes("b.md"), notes("dir/a.md")]);
        assert_eq!(found(root.path(), &["dir/*.txt"]), [notes("dir/c.txt")]);
        assert_eq!(found(root.path(), &["*.md"]), [notes("b.md")]);
    }

    #[test]
    fn a_root_with_kinds_has_the_notes_it_is_told_of() {
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), LOG, "x");
        touch(root.path(), "note.md", "x");
        touch(root.path(), "deep/a/p/users/u/.atomic_facts/atomic_fact-x.md", "x");
        touch(root.path(), ".gitignore", "a\n");
        let log = (LOG.to_owned(), Kind::AtomicFact);
        assert_eq!(found(root.path(), &[]), std::slice::from_ref(&log));
        assert_eq!(found(root.path(), &["**/*.md"]), [log, ("note.md".to_owned(), Kind::Note)]);
    }

    #[test]
    fn a_folder_named_like_a_log_is_trouble() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join(LOG)).unwrap();
        let found = Sources::new(&[]).unwrap().find(root.path());
        assert!(matches!(found.trouble.get(LOG), Some(FileError::NotAFile { found: "a folder" })));
        assert!(found.may_hide(LOG) && !found.may_hide(&format!("{LOG}x")));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_odd_names_are_not_followed() {
        use std::os::unix::{ffi::OsStrExt as _, fs::symlink};
        let outside = tempfile::tempdir().unwrap();
        touch(outside.path(), "secret.md", "x");
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), "in.md", "x");
        symlink(outside.path().join("secret.md"), root.path().join("file.md")).unwrap();
        symlink(outside.path(), root.path().join("folder")).unwrap();
        symlink("nowhere", root.path().join("dangling")).unwrap();
        let odd = std::ffi::OsStr::from_bytes(b"odd\xff.md");
        fs::write(root.path().join(odd), "x").unwrap();
        let found = Sources::new(&[]).unwrap().find(root.path());
        assert_eq!(found.files.keys().collect::<Vec<_>>(), ["in.md"]);
        assert_eq!(found.links.iter().collect::<Vec<_>>(), ["file.md", "folder"]);
        assert!(matches!(found.trouble.values().next(), Some(FileError::Name)));
    }
}
