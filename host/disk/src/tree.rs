//! Files and folders as objects.

use std::collections::BTreeMap;

use crate::block::{BLOCK_BYTES, Block};
use crate::track::Track;

/// A file's or folder's number on its disk; given once.
pub(crate) type Ino = u64;

/// The folder everything is in.
pub(crate) const ROOT: Ino = 1;

#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub(crate) inodes: BTreeMap<Ino, Inode>,
    next: Ino,
    /// Number of the last change.
    pub(crate) change: u64,
    /// Entries that change together or not at all, by the number of their change.
    pub(crate) ties: Vec<Tie>,
}

#[derive(Debug, Clone)]
pub(crate) enum Inode {
    File(File),
    Folder(Folder),
}

#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) size: Track<u64>,
    /// Blocks that are not, or were not since the last sync, holes.
    pub(crate) blocks: BTreeMap<u64, Track<Block>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Folder {
    pub(crate) entries: BTreeMap<String, Track<Option<Ino>>>,
}

/// Where an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) folder: Ino,
    pub(crate) name: String,
}

/// Two entries that one call changed.
#[derive(Debug, Clone)]
pub(crate) struct Tie {
    pub(crate) change: u64,
    pub(crate) entries: [Place; 2],
}

/// A byte's block, and where in it.
pub(crate) fn split(offset: u64) -> (u64, usize) {
    let block = u64::try_from(BLOCK_BYTES).unwrap_or(u64::MAX);
    (offset / block, usize::try_from(offset % block).unwrap_or(0))
}

/// Number of blocks that hold this many bytes.
pub(crate) fn blocks_of(size: u64) -> u64 {
    size.div_ceil(u64::try_from(BLOCK_BYTES).unwrap_or(u64::MAX))
}

impl Tree {
    pub(crate) fn empty() -> Self {
        let root = Inode::Folder(Folder::default());
        Self { inodes: [(ROOT, root)].into(), next: ROOT + 1, change: 0, ties: Vec::new() }
    }

    /// Adds a file or folder that no entry names yet.
    pub(crate) fn add(&mut self, inode: Inode) -> Ino {
        let ino = self.next;
        self.next += 1;
        self.inodes.insert(ino, inode);
        ino
    }

    /// The number of the change that comes now.
    pub(crate) fn begin_change(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    pub(crate) fn file(&self, ino: Ino) -> Option<&File> {
        match self.inodes.get(&ino)? {
            Inode::File(file) => Some(file),
            Inode::Folder(_) => None,
        }
    }

    pub(crate) fn file_mut(&mut self, ino: Ino) -> Option<&mut File> {
        match self.inodes.get_mut(&ino)? {
            Inode::File(file) => Some(file),
            Inode::Folder(_) => None,
        }
    }

    pub(crate) fn folder(&self, ino: Ino) -> Option<&Folder> {
        match self.inodes.get(&ino)? {
            Inode::Folder(folder) => Some(folder),
            Inode::File(_) => None,
        }
    }

    pub(crate) fn entry(&self, folder: Ino, name: &str) -> Option<Ino> {
        *self.folder(folder)?.entries.get(name)?.latest()
    }

    /// What an entry names from now on.
    pub(crate) fn set_entry(&mut self, change: u64, place: &Place, to: Option<Ino>) {
        if let Some(Inode::Folder(folder)) = self.inodes.get_mut(&place.folder) {
            let track = folder.entries.entry(place.name.clone());
            track.or_insert_with(|| Track::durable(None)).set(change, to);
        }
    }

    /// Makes an entry durable, and those that changed with it.
    pub(crate) fn sync_entry(&mut self, place: &Place) {
        let mut todo = vec![place.clone()];
        while let Some(place) = todo.pop() {
            let Some(Inode::Folder(folder)) = self.inodes.get_mut(&place.folder) else { continue };
            let Some(track) = folder.entries.get_mut(&place.name) else { continue };
            if track.open() == 0 {
                continue;
            }
            let changes: Vec<u64> = track.changes().collect();
            track.sync();
            let gone = track.open() == 0 && track.latest().is_none();
            if gone {
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

    /// Every entry that is not durable.
    pub(crate) fn open_entries(&self) -> Vec<Place> {
        let mut open = Vec::new();
        for (ino, inode) in &self.inodes {
            if let Inode::Folder(folder) = inode {
                let names = folder.entries.iter().filter(|(_, track)| track.open() > 0);
                open.extend(names.map(|(name, _)| Place { folder: *ino, name: name.clone() }));
            }
        }
        open
    }
}

impl File {
    pub(crate) fn empty() -> Self {
        Self { size: Track::durable(0), blocks: BTreeMap::new() }
    }

    pub(crate) fn block(&self, index: u64) -> Block {
        self.blocks.get(&index).map(|track| track.latest().clone()).unwrap_or_default()
    }

    pub(crate) fn set_block(&mut self, change: u64, index: u64, block: Block) {
        self.blocks
            .entry(index)
            .or_insert_with(|| Track::durable(Block::default()))
            .set(change, block);
    }

    /// Makes size and blocks durable.
    pub(crate) fn sync(&mut self) {
        self.size.sync();
        self.blocks.values_mut().for_each(Track::sync);
        self.blocks.retain(|_, track| track.open() > 0 || !track.latest().is_hole());
    }

    /// A sync failed on the way. Real systems take the blocks for clean then; sizes are in a log,
    /// and the next sync writes them.
    pub(crate) fn fail_sync(&mut self) {
        self.blocks.values_mut().for_each(Track::fail_sync);
    }
}
