//! What is on a disk after a crash: a value, without history.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::block::{BLOCK_BYTES, Block};
use crate::track::Track;
use crate::tree::{File, Folder, Inode, ROOT, Tree, blocks_of, split};

/// Files and folders as a crash left them. Equal images have equal digests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    root: BTreeMap<String, Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// Its size, and its blocks that are no holes.
    File(u64, BTreeMap<u64, Block>),
    Folder(BTreeMap<String, Item>),
}

impl Image {
    pub(crate) fn new(root: BTreeMap<String, Item>) -> Self {
        Self { root }
    }

    /// Tells images apart; the same for equal ones in every run.
    pub fn digest(&self) -> u128 {
        let one = |salt: u64| {
            let mut hasher = DefaultHasher::new();
            salt.hash(&mut hasher);
            hash(&self.root, &mut hasher);
            u128::from(hasher.finish())
        };
        (one(1) << 64) | one(2)
    }

    /// A file's bytes; none where the path names no file.
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut here = &self.root;
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            here = match here.get(part)? {
                Item::Folder(entries) => entries,
                Item::File(..) => return None,
            };
        }
        let Item::File(size, blocks) = here.get(name)? else { return None };
        let mut bytes = vec![0; usize::try_from(*size).ok()?];
        for (chunk, index) in bytes.chunks_mut(BLOCK_BYTES).zip(0_u64..) {
            if let Some(block) = blocks.get(&index) {
                for (place, byte) in chunk.iter_mut().zip(block.bytes()) {
                    *place = byte;
                }
            }
        }
        Some(bytes)
    }

    /// Paths of its files and folders, a folder's with a slash at the end; sorted.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        list(&self.root, "", &mut paths);
        paths
    }

    pub(crate) fn to_tree(&self) -> Tree {
        let mut tree = Tree::empty();
        let root = plant(&mut tree, &self.root);
        tree.inodes.insert(ROOT, Inode::Folder(root));
        tree
    }
}

fn plant(tree: &mut Tree, entries: &BTreeMap<String, Item>) -> Folder {
    let mut folder = Folder::default();
    for (name, item) in entries {
        let inode = match item {
            Item::File(size, blocks) => {
                let durable =
                    |(index, block): (&u64, &Block)| (*index, Track::durable(block.clone()));
                let blocks = blocks.iter().map(durable).collect();
                Inode::File(File { size: Track::durable(*size), blocks })
            }
            Item::Folder(entries) => Inode::Folder(plant(tree, entries)),
        };
        let ino = tree.add(inode);
        folder.entries.insert(name.clone(), Track::durable(Some(ino)));
    }
    folder
}

fn list(entries: &BTreeMap<String, Item>, above: &str, paths: &mut Vec<String>) {
    for (name, item) in entries {
        let path = format!("{above}{name}");
        match item {
            Item::File(..) => paths.push(path),
            Item::Folder(entries) => {
                let path = format!("{path}/");
                paths.push(path.clone());
                list(entries, &path, paths);
            }
        }
    }
}

fn hash(entries: &BTreeMap<String, Item>, hasher: &mut DefaultHasher) {
    entries.len().hash(hasher);
    for (name, item) in entries {
        name.hash(hasher);
        match item {
            Item::File(size, blocks) => {
                (0_u8, size, blocks.len()).hash(hasher);
                for (index, block) in blocks {
                    (index, block.digest()).hash(hasher);
                }
            }
            Item::Folder(entries) => {
                1_u8.hash(hasher);
                hash(entries, hasher);
            }
        }
    }
}

/// A file of this size: blocks beyond it are gone, the last one is cut, holes are left out.
pub(crate) fn file(size: u64, blocks: impl Iterator<Item = (u64, Block)>) -> Item {
    let (last, keep) = split(size);
    let within = blocks.filter(|(index, _)| *index < blocks_of(size));
    let cut = |(index, block): (u64, Block)| {
        let block = if index == last { block.cut(keep) } else { block };
        (!block.is_hole()).then_some((index, block))
    };
    Item::File(size, within.filter_map(cut).collect())
}
