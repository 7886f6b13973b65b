//! What is on a disk after a crash: a value, without history.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::block::{BLOCK_BYTES, Block, blocks_of, split};
use crate::content::{Content, term};
use crate::digest::{self, Digest};
use crate::file::File;
use crate::track::Track;
use crate::tree::{Folder, Ino, Inode, ROOT, Tree};

/// Files and folders as a crash left them. Equal images have equal digests. Shares its blocks with
/// the disk it was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    root: Items,
}

pub(crate) type Items = BTreeMap<Arc<str>, Item>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    File(Left),
    Folder(Items),
}

/// A file as a crash left it: what was durable, but for these blocks.
#[derive(Debug, Clone)]
pub(crate) struct Left {
    size: u64,
    durable: Arc<Content>,
    others: BTreeMap<u64, Block>,
}

impl Image {
    pub(crate) fn new(root: Items) -> Self {
        Self { root }
    }

    /// Tells images apart; the same for equal ones in every run. Costs a step for each file, and
    /// one for each block that is not what was durable: blocks keep their digests.
    pub fn digest(&self) -> u128 {
        digest(&self.root)
    }

    /// A file's bytes; none where the path names no file.
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut here = &self.root;
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            here = match here.get(part)? {
                Item::Folder(entries) => entries,
                Item::File(_) => return None,
            };
        }
        let Item::File(left) = here.get(name)? else { return None };
        let mut bytes = vec![0; usize::try_from(left.size).ok()?];
        for (chunk, index) in bytes.chunks_mut(BLOCK_BYTES).zip(0_u64..) {
            for (place, byte) in chunk.iter_mut().zip(left.block(index).bytes()) {
                *place = *byte;
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
        plant(&mut tree, ROOT, &self.root);
        tree
    }
}

fn plant(tree: &mut Tree, folder: Ino, items: &Items) {
    let mut entries = BTreeMap::new();
    for (name, item) in items {
        let ino = match item {
            Item::File(left) => {
                let file = File::durable(left.size, left.content());
                tree.add(Inode::File(Arc::new(file)))
            }
            Item::Folder(items) => {
                let ino = tree.add(Inode::Folder(Arc::new(Folder::empty(folder))));
                plant(tree, ino, items);
                ino
            }
        };
        entries.insert(Arc::clone(name), Track::durable(Some(ino)));
    }
    if let Some(folder) = tree.folder_mut(folder) {
        folder.entries = entries;
    }
}

fn list(items: &Items, above: &str, paths: &mut Vec<String>) {
    for (name, item) in items {
        let path = format!("{above}{name}");
        match item {
            Item::File(_) => paths.push(path),
            Item::Folder(items) => {
                let path = format!("{path}/");
                paths.push(path.clone());
                list(items, &path, paths);
            }
        }
    }
}

fn digest(items: &Items) -> Digest {
    let one = |all: Digest, (name, item): (&Arc<str>, &Item)| {
        let item = match item {
            Item::File(left) => digest::pair(left.size.into(), left.digest()),
            // A folder is no file, whatever is in it.
            Item::Folder(items) => digest::pair(Digest::MAX, digest(items)),
        };
        all.wrapping_add(digest::pair(digest::bytes(name.as_bytes()), item))
    };
    items.iter().fold(0, one)
}

impl Left {
    /// A file of this size: blocks beyond it are gone, and the last one is cut.
    pub(crate) fn new(size: u64, durable: &Arc<Content>, mut others: BTreeMap<u64, Block>) -> Self {
        let shown = blocks_of(size);
        let _ = others.split_off(&shown);
        others.extend(durable.from(shown).map(|(index, _)| (index, Block::HOLE)));
        let (last, keep) = split(size);
        if keep > 0 {
            let block = others.get(&last).unwrap_or_else(|| durable.block(last));
            let cut = block.cut(keep);
            if cut != *block {
                others.insert(last, cut);
            }
        }
        Self { size, durable: Arc::clone(durable), others }
    }

    fn block(&self, index: u64) -> &Block {
        self.others.get(&index).unwrap_or_else(|| self.durable.block(index))
    }

    fn content(&self) -> Arc<Content> {
        if self.others.is_empty() {
            return Arc::clone(&self.durable);
        }
        let mut content = Content::clone(&self.durable);
        for (index, block) in &self.others {
            content.set(*index, block.clone());
        }
        Arc::new(content)
    }

    /// Of its blocks.
    fn digest(&self) -> Digest {
        self.others.iter().fold(self.durable.digest(), |all, (index, block)| {
            let was = term(*index, self.durable.block(*index));
            all.wrapping_sub(was).wrapping_add(term(*index, block))
        })
    }
}

/// By what is shown, not by how it is held.
impl PartialEq for Left {
    fn eq(&self, other: &Self) -> bool {
        let (one, other_one) = (self.content(), other.content());
        self.size == other.size && one.from(0).eq(other_one.from(0))
    }
}

impl Eq for Left {}
