//! A disk at one call, and what a crash there may leave.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Profile;
use crate::block::Block;
use crate::choices::Choice;
use crate::image::{self, Image, Item};
use crate::tree::{File, Ino, Inode, ROOT, Tree, blocks_of};

/// A disk as it was after a call.
#[derive(Debug, Clone)]
pub struct Snapshot {
    tree: Arc<Tree>,
    profile: Profile,
    dirty: Vec<Dirty>,
}

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

/// An object whose latest value is not durable.
#[derive(Debug, Clone)]
struct Dirty {
    object: Object,
    at: At,
    /// Values after the durable one.
    open: usize,
}

#[derive(Debug, Clone)]
enum At {
    /// The changes of the log, oldest first.
    Names(Vec<u64>),
    Entry(Ino, String),
    Size(Ino),
    Block(Ino, u64),
}

/// Which version of each object an image takes.
#[derive(Default)]
struct Picked {
    entries: BTreeMap<(Ino, String), usize>,
    sizes: BTreeMap<Ino, usize>,
    blocks: BTreeMap<(Ino, u64), usize>,
    torn: Option<(Ino, u64, usize)>,
}

impl Snapshot {
    pub(crate) fn new(tree: Arc<Tree>, profile: Profile) -> Self {
        let mut snapshot = Self { tree, profile, dirty: Vec::new() };
        if profile != Profile::Kill {
            snapshot.dirty = snapshot.find_dirty();
        }
        snapshot
    }

    /// Objects a crash may leave old, each with how many values it has besides its oldest.
    pub fn objects(&self) -> impl ExactSizeIterator<Item = (&Object, usize)> {
        self.dirty.iter().map(|dirty| (&dirty.object, dirty.open))
    }

    /// What is there now.
    pub fn latest(&self) -> Image {
        let versions = self.dirty.iter().map(|dirty| dirty.open).collect();
        self.image(&Choice { versions, torn: None })
    }

    /// What a crash leaves that takes these versions. Where the profile does not let objects differ
    /// so, the older of them is taken newer.
    pub fn image(&self, choice: &Choice) -> Image {
        let mut picked = Picked::default();
        for (index, (dirty, version)) in self.dirty.iter().zip(&choice.versions).enumerate() {
            match &dirty.at {
                At::Names(changes) => self.pick_names(&mut picked, changes, *version),
                At::Entry(folder, name) => {
                    picked.entries.insert((*folder, name.clone()), *version);
                }
                At::Size(file) => {
                    picked.sizes.insert(*file, *version);
                }
                At::Block(file, block) => {
                    picked.blocks.insert((*file, *block), *version);
                    if let Some((torn, bytes)) = choice.torn
                        && torn == index
                    {
                        picked.torn = Some((*file, *block, bytes));
                    }
                }
            }
        }
        self.tie(&mut picked);
        Image::new(self.folder(ROOT, &picked))
    }

    /// Blocks that the last call wrote, which a crash within it may leave in part.
    pub(crate) fn in_flight(&self) -> impl Iterator<Item = usize> {
        let last = self.tree.change;
        self.dirty.iter().enumerate().filter_map(move |(index, dirty)| match &dirty.at {
            At::Block(file, block) => {
                let track = self.tree.file(*file)?.blocks.get(block)?;
                (track.changes().next_back() == Some(last)).then_some(index)
            }
            At::Names(_) | At::Entry(..) | At::Size(_) => None,
        })
    }

    /// For each open change, the versions that stood right after it; oldest first. Where there are
    /// more than so many, as many of them, spread evenly.
    pub(crate) fn prefixes(&self, at_most: usize) -> Vec<Vec<usize>> {
        let of_each: Vec<Vec<u64>> = self.dirty.iter().map(|it| self.changes(&it.at)).collect();
        let mut changes: Vec<u64> = of_each.iter().flatten().copied().collect();
        changes.sort_unstable();
        changes.dedup();
        let stride = changes.len().div_ceil(at_most.max(1)).max(1);
        let after = |last: &u64| {
            of_each.iter().map(|open| open.partition_point(|change| change <= last)).collect()
        };
        changes.iter().step_by(stride).map(after).collect()
    }

    fn changes(&self, at: &At) -> Vec<u64> {
        let found = match at {
            At::Names(changes) => return changes.clone(),
            At::Entry(folder, name) => self
                .tree
                .folder(*folder)
                .and_then(|folder| folder.entries.get(name))
                .map(|track| track.changes().collect()),
            At::Size(file) => self.tree.file(*file).map(|file| file.size.changes().collect()),
            At::Block(file, block) => self
                .tree
                .file(*file)
                .and_then(|file| file.blocks.get(block))
                .map(|track| track.changes().collect()),
        };
        found.unwrap_or_default()
    }

    fn find_dirty(&self) -> Vec<Dirty> {
        let paths = self.paths();
        let path = |ino: Ino| paths.get(&ino).cloned().unwrap_or_else(|| "(removed)".into());
        let mut dirty = Vec::new();
        let mut log = Vec::new();
        for place in self.tree.open_entries() {
            let track = self.tree.folder(place.folder).and_then(|it| it.entries.get(&place.name));
            let Some(track) = track else { continue };
            if self.profile == Profile::Ordered {
                log.extend(track.changes());
                continue;
            }
            let above = path(place.folder);
            let object = Object::Entry(format!("{above}{}", place.name));
            dirty.push(Dirty {
                object,
                at: At::Entry(place.folder, place.name),
                open: track.open(),
            });
        }
        log.sort_unstable();
        log.dedup();
        if !log.is_empty() {
            let open = log.len();
            dirty.push(Dirty { object: Object::Names, at: At::Names(log), open });
        }
        for (ino, inode) in &self.tree.inodes {
            let Inode::File(file) = inode else { continue };
            if file.size.open() > 0 {
                let object = Object::Size(path(*ino));
                dirty.push(Dirty { object, at: At::Size(*ino), open: file.size.open() });
            }
            for (index, track) in file.blocks.iter().filter(|(_, track)| track.open() > 0) {
                let object = Object::Block(path(*ino), *index);
                dirty.push(Dirty { object, at: At::Block(*ino, *index), open: track.open() });
            }
        }
        dirty
    }

    /// Paths as the running system has them, a folder's with a slash at the end.
    fn paths(&self) -> BTreeMap<Ino, String> {
        let mut paths = BTreeMap::from([(ROOT, String::new())]);
        let mut todo = vec![ROOT];
        while let Some(ino) = todo.pop() {
            let above = paths.get(&ino).cloned().unwrap_or_default();
            let Some(folder) = self.tree.folder(ino) else { continue };
            for (name, track) in &folder.entries {
                let Some(inner) = *track.latest() else { continue };
                let slash = if self.tree.folder(inner).is_some() { "/" } else { "" };
                paths.insert(inner, format!("{above}{name}{slash}"));
                todo.push(inner);
            }
        }
        paths
    }

    /// The log of names up to a version: every entry as it stood then.
    fn pick_names(&self, picked: &mut Picked, changes: &[u64], version: usize) {
        // The first change that the log does not hold any more.
        let Some(lost) = changes.get(version) else { return };
        for place in self.tree.open_entries() {
            let track = self.tree.folder(place.folder).and_then(|it| it.entries.get(&place.name));
            if let Some(track) = track {
                let version = track.version_before(*lost);
                picked.entries.insert((place.folder, place.name), version);
            }
        }
    }

    /// Entries that one call changed come together: where one of them is new, so is the other.
    fn tie(&self, picked: &mut Picked) {
        loop {
            let before = picked.entries.clone();
            for tie in &self.tree.ties {
                let version = |place: &crate::tree::Place| {
                    let track = self.tree.folder(place.folder)?.entries.get(&place.name)?;
                    let needed = track.version_before(tie.change) + 1;
                    let key = (place.folder, place.name.clone());
                    let open = track.changes().any(|change| change == tie.change);
                    open.then_some((key, needed, track.open()))
                };
                let tied: Vec<_> = tie.entries.iter().filter_map(version).collect();
                let has = |(key, needed, open): &((Ino, String), usize, usize)| {
                    picked.entries.get(key).unwrap_or(open) >= needed
                };
                // One whose change is durable already takes the other along.
                let durable = tied.len() < tie.entries.len();
                if durable || tied.iter().any(has) {
                    for (key, needed, open) in tied {
                        let version = picked.entries.entry(key).or_insert(open);
                        *version = needed.max(*version);
                    }
                }
            }
            if picked.entries == before {
                return;
            }
        }
    }

    fn folder(&self, ino: Ino, picked: &Picked) -> BTreeMap<String, Item> {
        let mut items = BTreeMap::new();
        let Some(folder) = self.tree.folder(ino) else { return items };
        for (name, track) in &folder.entries {
            let version = picked.entries.get(&(ino, name.clone())).copied();
            let Some(inner) = *track.at(version.unwrap_or_else(|| track.open())) else { continue };
            let item = match self.tree.inodes.get(&inner) {
                Some(Inode::File(file)) => self.file(inner, file, picked),
                Some(Inode::Folder(_)) => Item::Folder(self.folder(inner, picked)),
                None => continue,
            };
            items.insert(name.clone(), item);
        }
        items
    }

    fn file(&self, ino: Ino, file: &File, picked: &Picked) -> Item {
        let version = picked.sizes.get(&ino).copied().unwrap_or_else(|| file.size.open());
        let size = *file.size.at(version);
        let shown_by = version.checked_sub(1).and_then(|nth| file.size.changes().nth(nth));
        let durable = blocks_of(*file.size.at(0));
        let blocks = file.blocks.iter().map(|(index, track)| {
            let mut version =
                picked.blocks.get(&(ino, *index)).copied().unwrap_or_else(|| track.open());
            if self.profile == Profile::Ordered
                && *index >= durable
                && let Some(change) = shown_by
            {
                // New blocks are written before the size that shows them.
                version = version.max(track.version_before(change.saturating_add(1)));
            }
            let block: Block = match picked.torn {
                Some((torn, at, bytes)) if torn == ino && at == *index && version > 0 => {
                    track.at(version).torn(track.at(version - 1), bytes)
                }
                _ => track.at(version).clone(),
            };
            (*index, block)
        });
        image::file(size, blocks)
    }
}
