//! What of a disk is not durable.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::Profile;
use crate::tree::{Ino, Inode, Place, ROOT, Tree};

/// What may be old or new after a crash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// All entries of all folders, which one log keeps in order.
    Names,
    /// An entry, by its path.
    Entry(String),
    /// A file's size, by the file's path.
    Size(String),
    /// A block of a file: its path, and the block's number from 0.
    Block(String, u64),
}

impl std::fmt::Display for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Names => f.write_str("the log of names"),
            Self::Entry(path) => write!(f, "entry {path}"),
            Self::Size(path) => write!(f, "size of {path}"),
            Self::Block(path, index) => write!(f, "block {index} of {path}"),
        }
    }
}

/// Where an object is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum At {
    /// The changes of the log, oldest first.
    Names(Vec<u64>),
    /// By its place among [`Objects::entries`].
    Entry(usize),
    Size(Ino),
    Block(Ino, u64),
}

/// The objects of a tree whose latest values are not durable.
#[derive(Debug)]
pub(crate) struct Objects {
    /// Names first, then each file's size and blocks; a choice gives versions in this order.
    pub(crate) at: Vec<At>,
    /// How many values each has after the durable one.
    pub(crate) open: Vec<usize>,
    /// Entries that are not durable, sorted.
    pub(crate) entries: Vec<Place>,
    ties: Vec<Tied>,
    /// For people; made when it is first asked for.
    named: OnceLock<Vec<Object>>,
}

/// Entries that come together: for each its place among the entries, and the least version that
/// has the change. A sync makes both durable, so that both are open for as long as there is a tie.
type Tied = Vec<(usize, usize)>;

impl At {
    pub(crate) fn changes(&self, objects: &Objects, tree: &Tree) -> Vec<u64> {
        let found = match self {
            Self::Names(changes) => return changes.clone(),
            Self::Entry(nth) => {
                let track = objects.entries.get(*nth).and_then(|place| tree.track(place));
                track.map(|track| track.changes().collect())
            }
            Self::Size(file) => tree.file(*file).map(|file| file.size.changes().collect()),
            Self::Block(file, block) => {
                let track = tree.file(*file).and_then(|file| file.open_block(*block));
                track.map(|track| track.changes().collect())
            }
        };
        found.unwrap_or_default()
    }

    /// In the order objects have among the files.
    fn among_files(&self) -> Option<(Ino, Option<u64>)> {
        match self {
            Self::Names(_) | Self::Entry(_) => None,
            Self::Size(file) => Some((*file, None)),
            Self::Block(file, block) => Some((*file, Some(*block))),
        }
    }
}

impl Objects {
    pub(crate) fn of(tree: &Tree, profile: Profile) -> Self {
        let entries: Vec<Place> = tree.open_entries().iter().cloned().collect();
        let named = OnceLock::new();
        let mut objects = Self { at: vec![], open: vec![], entries, ties: vec![], named };
        match profile {
            // Everything stays as it was last.
            Profile::Kill => return objects,
            Profile::Ordered => objects.add_log(tree),
            Profile::Posix | Profile::PosixStrict => objects.add_entries(tree),
        }
        let reached = reached(tree);
        for (ino, inode) in tree.inodes() {
            let Inode::File(file) = inode else { continue };
            if file.size.open() == 0 && file.open().next().is_none() || !reached.contains(&ino) {
                continue;
            }
            if file.size.open() > 0 {
                objects.add(At::Size(ino), file.size.open());
            }
            for (index, track) in file.open() {
                objects.add(At::Block(ino, index), track.open());
            }
        }
        objects
    }

    fn add(&mut self, at: At, open: usize) {
        self.at.push(at);
        self.open.push(open);
    }

    fn add_log(&mut self, tree: &Tree) {
        let tracks = self.entries.iter().filter_map(|place| tree.track(place));
        let mut log: Vec<u64> = tracks.flat_map(|track| track.changes()).collect();
        log.sort_unstable();
        log.dedup();
        let open = log.len();
        if open > 0 {
            self.add(At::Names(log), open);
        }
    }

    fn add_entries(&mut self, tree: &Tree) {
        let open = self.entries.iter().map(|place| tree.track(place).map_or(0, |it| it.open()));
        self.open = open.collect();
        self.at = (0..self.entries.len()).map(At::Entry).collect();
        for tie in &tree.ties {
            let tied = |place: &Place| {
                let nth = self.entries.binary_search(place).ok()?;
                Some((nth, tree.track(place)?.version_before(tie.change) + 1))
            };
            self.ties.push(tie.entries.iter().filter_map(tied).collect());
        }
    }

    /// The version each entry that is not durable has where objects have these.
    pub(crate) fn pick_entries(&self, tree: &Tree, versions: &[usize]) -> Vec<usize> {
        let tracks = self.entries.iter().filter_map(|place| tree.track(place));
        match self.at.first() {
            Some(At::Names(log)) => {
                // The first change that the log does not hold any more.
                let lost = versions.first().and_then(|held| log.get(*held)).copied();
                let lost = lost.unwrap_or(u64::MAX);
                tracks.map(|track| track.version_before(lost)).collect()
            }
            Some(At::Entry(_)) => {
                let open = self.open.iter().enumerate().take(self.entries.len());
                let mut picked: Vec<usize> =
                    open.map(|(nth, open)| *versions.get(nth).unwrap_or(open)).collect();
                self.tie(&mut picked);
                picked
            }
            _ => tracks.map(|track| track.open()).collect(),
        }
    }

    /// Entries that one call changed come together: where one of them is new, so is the other.
    fn tie(&self, picked: &mut [usize]) {
        let mut again = true;
        while std::mem::take(&mut again) {
            for tied in &self.ties {
                let has = |(nth, needed): &(usize, usize)| {
                    picked.get(*nth).is_some_and(|version| version >= needed)
                };
                if !tied.iter().any(has) {
                    continue;
                }
                for (nth, needed) in tied {
                    if let Some(version) = picked.get_mut(*nth)
                        && *version < *needed
                    {
                        *version = *needed;
                        again = true;
                    }
                }
            }
        }
    }

    /// A size's or block's place among the objects; none where its latest value is all there is.
    pub(crate) fn find(&self, at: &At) -> Option<usize> {
        // Names are before files, as none is before some.
        self.at.binary_search_by_key(&at.among_files(), At::among_files).ok()
    }

    /// The objects as people know them, in their order.
    pub(crate) fn named(&self, tree: &Tree) -> &[Object] {
        self.named.get_or_init(|| {
            let paths = paths(tree);
            let path = |ino: Ino| paths.get(&ino).cloned().unwrap_or_else(|| "(removed)".into());
            let named = |at: &At| match at {
                At::Names(_) => Object::Names,
                At::Entry(nth) => {
                    Object::Entry(self.entries.get(*nth).map_or_else(String::new, |place| {
                        format!("{}{}", path(place.folder), place.name)
                    }))
                }
                At::Size(file) => Object::Size(path(*file)),
                At::Block(file, index) => Object::Block(path(*file), *index),
            };
            self.at.iter().map(named).collect()
        })
    }
}

/// What an entry names or named since it was last durable: nothing else shows after a crash.
fn reached(tree: &Tree) -> BTreeSet<Ino> {
    let mut reached = BTreeSet::from([ROOT]);
    let mut todo = vec![ROOT];
    while let Some(ino) = todo.pop() {
        let Some(folder) = tree.folder(ino) else { continue };
        for track in folder.entries.values() {
            let named = (0..=track.open()).filter_map(|version| *track.at(version));
            todo.extend(named.filter(|ino| reached.insert(*ino)));
        }
    }
    reached
}

/// Paths as the running system has them, a folder's with a slash at the end.
fn paths(tree: &Tree) -> BTreeMap<Ino, String> {
    let mut paths = BTreeMap::from([(ROOT, String::new())]);
    let mut todo = vec![ROOT];
    while let Some(ino) = todo.pop() {
        let above = paths.get(&ino).cloned().unwrap_or_default();
        let Some(folder) = tree.folder(ino) else { continue };
        for (name, track) in &folder.entries {
            let Some(inner) = *track.latest() else { continue };
            let slash = if tree.folder(inner).is_some() { "/" } else { "" };
            paths.insert(inner, format!("{above}{name}{slash}"));
            todo.push(inner);
        }
    }
    paths
}
