//! Which kind one path is of: as it reads, and as it stands on the disk. There it is what a walk of
//! the whole root would say of it, for the price of the path alone.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

use super::{
    kinds::{self, known_kind},
    read::kind_of,
    walk::{MAX_DEPTH, Sources, is_gone},
};
use crate::{entry::Kind, error::FileError};

/// What a walk would say of a path.
#[derive(Debug)]
pub(crate) enum Place {
    /// A file to index.
    File(Kind),
    /// No file, or none that is memory.
    Nothing,
    /// It cannot be looked at, or is no file where one must be.
    Trouble(FileError),
}

impl Sources {
    /// Whether a file of this path, if there were one, could be memory. Says yes too often where
    /// `.gitignore` or the root's other files decide.
    pub(crate) fn may_name(&self, path: &str) -> bool {
        is_clean(path) && (known_kind(path).is_some() || self.is_note(path, false))
    }

    /// Whether notes are looked for only where there is no file of a known kind.
    pub(crate) const fn notes_give_way(&self) -> bool {
        self.notes.is_none()
    }

    /// The path of the file that is read together with this one: a skill's, where the path is one of
    /// its references or the folder of them. The path itself may be a note as well.
    pub(crate) fn owner_of(path: &str) -> Option<String> {
        kinds::skill_of_reference(path)
    }

    fn is_note(&self, path: &str, has_kinds: bool) -> bool {
        let globs = match &self.notes {
            Some(globs) => globs,
            None if has_kinds => return false,
            None => &self.all_markdown,
        };
        path.split('/').count() <= MAX_DEPTH && globs.is_match(path)
    }
}

/// Whether a path stays in its root and is written in one way.
fn is_clean(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Looks at paths, and remembers the folders on the way. For a moment's use: what it remembers is
/// not looked at again.
pub(crate) struct Looker<'s> {
    sources: &'s Sources,
    root: &'s Path,
    /// Whether the root has a file of a known kind.
    has_kinds: bool,
    folders: HashMap<String, Folder>,
}

struct Folder {
    /// A folder and no link, and so are all above it.
    is_there: bool,
    /// A rule leaves it, or one above it, out of the notes.
    is_left_out: bool,
    rules: Option<Gitignore>,
}

impl<'s> Looker<'s> {
    pub(crate) fn new(sources: &'s Sources, root: &'s Path, has_kinds: bool) -> Self {
        Self { sources, root, has_kinds, folders: HashMap::new() }
    }

    /// What stands at the path.
    pub(crate) fn look(&mut self, path: &str) -> Place {
        let known = known_kind(path);
        if !is_clean(path) || (known.is_none() && !self.sources.is_note(path, self.has_kinds)) {
            return Place::Nothing;
        }
        match self.stat(path, known.is_none()) {
            Ok(None) => Place::Nothing,
            Ok(Some(metadata)) if metadata.is_file() => Place::File(known.unwrap_or(Kind::Note)),
            Ok(Some(metadata)) if known.is_some() && !metadata.is_symlink() => {
                Place::Trouble(FileError::NotAFile { found: kind_of(&metadata) })
            }
            Ok(Some(_)) => Place::Nothing,
            Err(error) => Place::Trouble(error.into()),
        }
    }

    fn stat(&mut self, path: &str, by_rules: bool) -> io::Result<Option<std::fs::Metadata>> {
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        self.visit(above)?;
        let Some(folder) = self.folders.get(above) else { return Ok(None) };
        if !folder.is_there || (by_rules && (folder.is_left_out || self.leaves_out(path, false))) {
            return Ok(None);
        }
        match self.root.join(path).symlink_metadata() {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Looks at a folder and all above it.
    fn visit(&mut self, path: &str) -> io::Result<()> {
        if self.folders.contains_key(path) {
            return Ok(());
        }
        let (is_there, is_left_out) = if path.is_empty() {
            (true, false)
        } else {
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            self.visit(above)?;
            let (above_there, above_left_out) = self
                .folders
                .get(above)
                .map_or((false, false), |folder| (folder.is_there, folder.is_left_out));
            // Below a link, the system would answer for another place.
            let is_there = above_there
                && match self.root.join(path).symlink_metadata() {
                    Ok(metadata) => metadata.is_dir(),
                    Err(error) if is_gone(&error) => false,
                    Err(error) => return Err(error),
                };
            (is_there, above_left_out || self.leaves_out(path, true))
        };
        let rules = if is_there { rules(&self.root.join(path)) } else { None };
        self.folders.insert(path.to_owned(), Folder { is_there, is_left_out, rules });
        Ok(())
    }

    /// Whether rules or a dot leave this very path out: the nearest `.gitignore` that speaks of it
    /// decides, and none leaves out what begins with a dot.
    fn leaves_out(&self, path: &str, is_folder: bool) -> bool {
        let at = self.root.join(path);
        let mut below = path;
        while let Some((above, _)) =
            below.rsplit_once('/').or((!below.is_empty()).then_some(("", "")))
        {
            below = above;
            let rules = self.folders.get(above).and_then(|folder| folder.rules.as_ref());
            match rules.map_or(Match::None, |rules| rules.matched(&at, is_folder)) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        path.rsplit('/').next().is_some_and(|name| name.starts_with('.'))
    }
}

fn rules(folder: &Path) -> Option<Gitignore> {
    let file: PathBuf = folder.join(".gitignore");
    if !file.is_file() {
        return None;
    }
    let mut builder = GitignoreBuilder::new(folder);
    // A rule that does not parse is passed over, as a walk does.
    let _ = builder.add(file);
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs};

    use proptest::prelude::*;

    use super::*;
    use crate::testing::folder;

    const NAMES: [&str; 9] = [
        "a",
        "users",
        ".atomic_facts",
        "b.md",
        ".c.md",
        "out.md",
        "x.txt",
        "line\nbreak.md",
        "references",
    ];
    const RULES: [&str; 6] = ["out.md", "/a/", "!.c.md", "*.md\n!b.md", "a/b.md", "users/**"];
    const LOG: &str = "a/a/users/a/.atomic_facts/atomic_fact-1.md";
    const KNOWN: [&str; 6] = [
        LOG,
        "a/a/users/a/episodes/episode-1.md",
        "a/b.md/users/a/.foresights/foresight-1.md",
        "a/a/agents/a/.cases/agent_case-1.md",
        "a/a/agents/a/skills/skill_x/SKILL.md",
        "a/a/users/a/user.md",
    ];

    #[derive(Debug, Clone)]
    enum Thing {
        File,
        Folder,
        #[cfg_attr(not(unix), allow(dead_code))]
        Link(String),
    }

    fn path() -> impl Strategy<Value = String> {
        let name = proptest::sample::select(NAMES.to_vec());
        prop_oneof![
            8 => proptest::collection::vec(name, 1..5).prop_map(|names| names.join("/")),
            2 => proptest::sample::select(KNOWN.to_vec()).prop_map(str::to_owned),
            1 => Just("a/a/agents/a/skills/skill_x/references/r.md".to_owned()),
        ]
    }

    fn thing() -> impl Strategy<Value = Thing> {
        prop_oneof![
            6 => Just(Thing::File),
            1 => Just(Thing::Folder),
            1 => path().prop_map(Thing::Link),
        ]
    }

    fn make(root: &Path, path: &str, thing: &Thing) {
        let at = root.join(path);
        if fs::create_dir_all(at.parent().unwrap()).is_err() {
            return;
        }
        // What is in the way stays.
        match thing {
            Thing::File if !at.exists() => fs::write(at, "x").unwrap(),
            Thing::File => {}
            Thing::Folder => drop(fs::create_dir(at)),
            #[cfg(unix)]
            Thing::Link(to) => drop(std::os::unix::fs::symlink(root.join(to), at)),
            #[cfg(not(unix))]
            Thing::Link(_) => {}
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn one_path_is_what_a_walk_says(
            things in proptest::collection::btree_map(path(), thing(), 0..12),
            rules in proptest::collection::btree_map(
                prop_oneof![Just("".to_owned()), Just("a/".to_owned()), Just("a/a/".to_owned())],
                proptest::sample::select(RULES.to_vec()),
                0..3,
            ),
            globs in prop_oneof![Just(vec![]), Just(vec!["**/*.md".to_owned(), "*.txt".to_owned()])],
        ) {
            let root = folder();
            for (path, thing) in &things {
                make(root.path(), path, thing);
            }
            for (path, rules) in &rules {
                let at = root.path().join(path);
                if fs::create_dir_all(&at).is_ok() {
                    fs::write(at.join(".gitignore"), rules).unwrap();
                }
            }
            let sources = Sources::new(&globs).unwrap();
            let found = sources.find(root.path());
            let has_kinds = found.files.values().any(|kind| *kind != Kind::Note);
            let mut looker = Looker::new(&sources, root.path(), has_kinds);
            let mut looked = BTreeMap::new();
            let mut paths: Vec<String> = things.keys().cloned().collect();
            for one in ["a", "users", "b.md"] {
                paths.extend(NAMES.iter().map(|name| format!("{one}/{name}")));
            }
            paths.extend(found.files.keys().cloned());
            for path in paths {
                match looker.look(&path) {
                    Place::File(kind) => {
                        prop_assert!(sources.may_name(&path));
                        looked.insert(path, kind);
                    }
                    Place::Trouble(_) => prop_assert!(found.trouble.contains_key(&path), "{path}"),
                    Place::Nothing => prop_assert!(!found.trouble.contains_key(&path), "{path}"),
                }
            }
            prop_assert_eq!(looked, found.files);
        }
    }

    #[test]
    fn the_nearest_gitignore_that_speaks_of_a_path_decides() {
        let root = folder();
        let write = |path: &str, text: &str| {
            let at = root.path().join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, text).unwrap();
        };
        for path in ["b.md", "out/e.md", "dir/out/f.md", "dir/keep/g.md", "dir/keep/h.md"] {
            write(path, "x");
        }
        write(".gitignore", "/out\ng.md\n");
        write("dir/.gitignore", "out/\nkeep/*\n");
        write("dir/keep/.gitignore", "!g.md\n");
        let sources = Sources::new(&[]).unwrap();
        let mut looker = Looker::new(&sources, root.path(), false);
        for (path, is_note) in [
            ("b.md", true),
            ("out/e.md", false),
            ("dir/out/f.md", false),
            ("dir/keep/g.md", true),
            ("dir/keep/h.md", false),
        ] {
            assert_eq!(matches!(looker.look(path), Place::File(Kind::Note)), is_note, "{path}");
            assert_eq!(sources.find(root.path()).files.contains_key(path), is_note, "{path}");
        }
    }

    #[test]
    fn a_path_alone_tells_whether_it_may_be_memory() {
        let may = |globs: &[&str], path: &str| {
            let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
            Sources::new(&globs).unwrap().may_name(path)
        };
        assert!(may(&["docs/*.md"], LOG), "a known kind needs no glob");
        assert!(may(&["docs/*.md"], "docs/a.md") && !may(&["docs/*.md"], "docs/deep/a.md"));
        assert!(may(&[], "a/b/c.md") && !may(&[], "a/b/c.txt"));
        let too_deep = format!("{}x.md", "d/".repeat(MAX_DEPTH));
        assert!(!may(&[], &too_deep), "a scan names its folder");
    }

    #[test]
    fn what_leads_out_of_the_root_is_nothing() {
        let root = folder();
        fs::create_dir(root.path().join("in")).unwrap();
        fs::write(root.path().join("b.md"), "x").unwrap();
        let sources = Sources::new(&[]).unwrap();
        let mut looker = Looker::new(&sources, root.path(), false);
        for path in ["", "in/../b.md", "./b.md", "in//b.md", "/b.md"] {
            assert!(matches!(looker.look(path), Place::Nothing), "{path}");
            assert!(!sources.may_name(path), "{path}");
        }
        assert!(matches!(looker.look("b.md"), Place::File(Kind::Note)));
    }
}
