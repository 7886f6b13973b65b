//! Files and folders as objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::file::File;
use crate::track::Track;

/// A file's or folder's number on its disk; given once.
pub(crate) type Ino = u64;

/// The folder everything is in.
pub(crate) const ROOT: Ino = 1;

/// Everything on a disk. Files and folders are shared with the snapshots that hold them, and copied
/// when they change.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// The first has the number of the root, each other one the number after.
    inodes: Vec<Inode>,
    /// Number of the last change.
    pub(crate) change: u64,
    /// Entries that are not durable.
    open: BTreeSet<Place>,
    /// Entries that change together or not at all, by the number of their change.
    pub(crate) ties: Vec<Tie>,
}

#[derive(Debug, Clone)]
pub(crate) enum Inode {
    File(Arc<File>),
    Folder(Arc<Folder>),
}

#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) entries: BTreeMap<Arc<str>, Track<Option<Ino>>>,
    /// The folder it is in; the root is in itself. What was removed stays where it was.
    pub(crate) parent: Ino,
    /// No entry names it any more, and nothing can be made in it.
    pub(crate) removed: bool,
}

/// Where an entry is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) folder: Ino,
    pub(crate) name: Arc<str>,
}

/// Two entries that one call changed.
#[derive(Debug, Clone)]
pub(crate) struct Tie {
    pub(crate) change: u64,
    pub(crate) entries: [Place; 2],
}

impl Folder {
    pub(crate) fn empty(parent: Ino) -> Self {
        Self { entries: BTreeMap::new(), parent, removed: false }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.values().all(|track| track.latest().is_none())
    }
}

impl Tree {
    pub(crate) fn empty() -> Self {
        let root = Inode::Folder(Arc::new(Folder::empty(ROOT)));
        Self { inodes: vec![root], change: 0, open: BTreeSet::new(), ties: Vec::new() }
    }

    /// Adds a file or folder that no entry names yet.
    pub(crate) fn add(&mut self, inode: Inode) -> Ino {
        self.inodes.push(inode);
        Ino::try_from(self.inodes.len()).unwrap_or(Ino::MAX)
    }

    pub(crate) fn inode(&self, ino: Ino) -> Option<&Inode> {
        self.inodes.get(place_of(ino)?)
    }

    pub(crate) fn inodes(&self) -> impl Iterator<Item = (Ino, &Inode)> {
        (ROOT..).zip(&self.inodes)
    }

    /// The number of the change that comes now.
    pub(crate) fn begin_change(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    pub(crate) fn file(&self, ino: Ino) -> Option<&File> {
        match self.inode(ino)? {
            Inode::File(file) => Some(file),
            Inode::Folder(_) => None,
        }
    }

    pub(crate) fn file_mut(&mut self, ino: Ino) -> Option<&mut File> {
        match self.inodes.get_mut(place_of(ino)?)? {
            Inode::File(file) => Some(Arc::make_mut(file)),
            Inode::Folder(_) => None,
        }
    }

    pub(crate) fn folder(&self, ino: Ino) -> Option<&Folder> {
        match self.inode(ino)? {
            Inode::Folder(folder) => Some(folder),
            Inode::File(_) => None,
        }
    }

    pub(crate) fn folder_mut(&mut self, ino: Ino) -> Option<&mut Folder> {
        match self.inodes.get_mut(place_of(ino)?)? {
            Inode::Folder(folder) => Some(Arc::make_mut(folder)),
            Inode::File(_) => None,
        }
    }

    pub(crate) fn entry(&self, folder: Ino, name: &str) -> Option<Ino> {
        *self.folder(folder)?.entries.get(name)?.latest()
    }

    pub(crate) fn track(&self, place: &Place) -> Option<&Track<Option<Ino>>> {
        self.folder(place.folder)?.entries.get(&place.name)
    }

    /// What an entry names from now on.
    pub(crate) fn set_entry(&mut self, change: u64, place: &Place, to: Option<Ino>) {
        if let Some(folder) = self.folder_mut(place.folder) {
            let track = folder.entries.entry(Arc::clone(&place.name));
            track.or_insert_with(|| Track::durable(None)).set(change, to);
            self.open.insert(place.clone());
        }
    }

    /// Makes an entry durable, and those that changed with it.
    pub(crate) fn sync_entry(&mut self, place: &Place) {
        let mut todo = vec![place.clone()];
        while let Some(place) = todo.pop() {
            if !self.open.remove(&place) {
                continue;
            }
            let Some(folder) = self.folder_mut(place.folder) else { continue };
            let Some(track) = folder.entries.get_mut(&place.name) else { continue };
            let changes: Vec<u64> = track.changes().collect();
            track.sync();
            if track.latest().is_none() {
                folder.entries.remove(&place.name);
            }
            self.ties.retain(|tie| {
                let tied = changes.contains(&tie.change) && tie.entries.contains(&place);
                if tied {
                    todo.extend(tie.entries.iter().cloned());
                }
                !tied
            });
        }
    }

    /// Every entry that is not durable, by folder and name.
    pub(crate) fn open_entries(&self) -> &BTreeSet<Place> {
        &self.open
    }

    /// Whether a folder is, or lies in, another one.
    pub(crate) fn lies_in(&self, folder: Ino, outer: Ino) -> bool {
        let mut here = folder;
        while here != outer {
            match self.folder(here) {
                Some(folder) if folder.parent != here => here = folder.parent,
                _ => return false,
            }
        }
        true
    }

    /// Folders a folder lies in.
    pub(crate) fn depth(&self, folder: Ino) -> usize {
        let up = |ino: &Ino| self.folder(*ino).map(|it| it.parent).filter(|parent| parent != ino);
        std::iter::successors(Some(folder), up).count() - 1
    }

    /// Folders below one another in a folder, itself counted.
    pub(crate) fn height(&self, folder: Ino) -> usize {
        let Some(entries) = self.folder(folder).map(|it| &it.entries) else { return 0 };
        let inner = entries.values().filter_map(|track| *track.latest());
        inner.map(|ino| self.height(ino)).max().unwrap_or(0) + 1
    }
}

fn place_of(ino: Ino) -> Option<usize> {
    usize::try_from(ino.checked_sub(ROOT)?).ok()
}
