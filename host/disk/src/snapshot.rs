//! A disk at one call, and what a crash there may leave.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::Profile;
use crate::block::blocks_of;
use crate::choices::Choice;
use crate::file::File;
use crate::image::{Image, Item, Items, Left};
use crate::objects::{At, Object, Objects};
use crate::tree::{Ino, Inode, ROOT, Tree};

/// A disk as it was after a call. Taking one and cloning it copies a pointer; what may be old in it
/// is worked out when it is first asked for.
#[derive(Debug, Clone)]
pub struct Snapshot {
    tree: Arc<Tree>,
    profile: Profile,
    objects: OnceLock<Arc<Objects>>,
}

/// Which version each object has in an image.
struct Picked<'a> {
    objects: &'a Objects,
    /// Of each entry of [`Objects::entries`].
    entries: Vec<usize>,
    choice: &'a Choice,
}

impl Snapshot {
    pub(crate) fn new(tree: Arc<Tree>, profile: Profile) -> Self {
        Self { tree, profile, objects: OnceLock::new() }
    }

    fn dirty(&self) -> &Objects {
        self.objects.get_or_init(|| Arc::new(Objects::of(&self.tree, self.profile)))
    }

    /// Objects a crash may leave old, each with how many values it has besides its oldest.
    pub fn objects(&self) -> impl ExactSizeIterator<Item = (&Object, usize)> {
        self.dirty().named(&self.tree).iter().zip(self.dirty().open.iter().copied())
    }

    /// How many values each of them has besides its oldest.
    pub(crate) fn open(&self) -> &[usize] {
        &self.dirty().open
    }

    /// What is there now.
    pub fn latest(&self) -> Image {
        self.image(&Choice { versions: self.open().to_vec(), torn: None })
    }

    /// What a crash leaves that keeps nothing but what is durable.
    pub fn oldest(&self) -> Image {
        self.image(&Choice { versions: vec![0; self.open().len()], torn: None })
    }

    /// What a crash leaves that takes these versions. Where the profile does not let objects differ
    /// so, the older of them is taken newer.
    pub fn image(&self, choice: &Choice) -> Image {
        let objects = self.dirty();
        let entries = objects.pick_entries(&self.tree, &choice.versions);
        Image::new(self.folder(ROOT, &Picked { objects, entries, choice }))
    }

    /// Blocks that the last call wrote, which a crash within it may leave in part.
    pub(crate) fn in_flight(&self) -> impl Iterator<Item = usize> {
        let last = self.tree.change;
        self.dirty().at.iter().enumerate().filter_map(move |(index, at)| match at {
            At::Block(file, block) => {
                let track = self.tree.file(*file)?.open_block(*block)?;
                (track.changes().next_back() == Some(last)).then_some(index)
            }
            At::Names(_) | At::Entry(_) | At::Size(_) => None,
        })
    }

    /// For each open change, the versions that stood right after it; oldest first. Where there are
    /// more than so many, as many of them, spread evenly.
    pub(crate) fn prefixes(&self, at_most: usize) -> Vec<Vec<usize>> {
        let of_each: Vec<Vec<u64>> =
            self.dirty().at.iter().map(|at| at.changes(self.dirty(), &self.tree)).collect();
        let mut changes: Vec<u64> = of_each.iter().flatten().copied().collect();
        changes.sort_unstable();
        changes.dedup();
        let stride = changes.len().div_ceil(at_most.max(1)).max(1);
        let after = |last: &u64| {
            of_each.iter().map(|open| open.partition_point(|change| change <= last)).collect()
        };
        changes.iter().step_by(stride).map(after).collect()
    }

    fn folder(&self, ino: Ino, picked: &Picked) -> Items {
        let mut items = Items::new();
        let Some(folder) = self.tree.folder(ino) else { return items };
        for (name, track) in &folder.entries {
            let inner = if track.open() == 0 {
                *track.latest()
            } else {
                *track.at(picked.entry(ino, name).unwrap_or_else(|| track.open()))
            };
            let Some(inner) = inner else { continue };
            let item = match self.tree.inode(inner) {
                Some(Inode::File(file)) => Item::File(self.file(inner, file, picked)),
                Some(Inode::Folder(_)) => Item::Folder(self.folder(inner, picked)),
                None => continue,
            };
            items.insert(Arc::clone(name), item);
        }
        items
    }

    fn file(&self, ino: Ino, file: &File, picked: &Picked) -> Left {
        let latest = file.size.open();
        let version = picked.version(&At::Size(ino)).unwrap_or(latest);
        let size = *file.size.at(version);
        let shown_by = version.checked_sub(1).and_then(|nth| file.size.changes().nth(nth));
        let durable = blocks_of(*file.size.at(0));
        let mut others = BTreeMap::new();
        for (index, track) in file.open() {
            let mut version =
                picked.version(&At::Block(ino, index)).unwrap_or_else(|| track.open());
            let mut whole = 0;
            if self.profile == Profile::Ordered
                && index >= durable
                && let Some(change) = shown_by
            {
                // New blocks are written before the size that shows them, and whole.
                whole = track.version_before(change.saturating_add(1));
                version = version.max(whole);
            }
            let torn = picked.torn(&At::Block(ino, index));
            let block = match torn.filter(|_| version > whole) {
                Some(bytes) => track.at(version).torn(track.at(version - 1), bytes),
                None if version == 0 => continue,
                None => track.at(version).clone(),
            };
            others.insert(index, block);
        }
        Left::new(size, file.kept(), others)
    }
}

impl Picked<'_> {
    fn entry(&self, folder: Ino, name: &str) -> Option<usize> {
        let of =
            |it: &crate::tree::Place| it.folder.cmp(&folder).then_with(|| (*it.name).cmp(name));
        let at = self.objects.entries.binary_search_by(of).ok()?;
        self.entries.get(at).copied()
    }

    fn version(&self, at: &At) -> Option<usize> {
        self.choice.versions.get(self.objects.find(at)?).copied()
    }

    fn torn(&self, at: &At) -> Option<usize> {
        let (object, bytes) = self.choice.torn?;
        (self.objects.at.get(object)? == at).then_some(bytes)
    }
}
