//! The calls a file system takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::block::BLOCK_BYTES;
use crate::fault::{Effect, Faults};
use crate::image::Image;
use crate::snapshot::Snapshot;
use crate::tree::{File, Folder, Ino, Inode, Place, ROOT, Tie, Tree, split};
use crate::{FsError, Profile};

/// Largest size of a file, in bytes. Holes take nothing, so this only keeps arithmetic away from
/// its ends.
const MAX_FILE_BYTES: u64 = 1 << 40;
/// Most bytes of one read; a caller asks again for more.
const MAX_READ_BYTES: usize = 4 << 20;
/// Longest name, in bytes, as real file systems have it.
const MAX_NAME_BYTES: usize = 255;
/// Of this many reads and writes about one is short, on a disk that does short ones.
const SHORT_ONE_IN: u64 = 8;

/// A file or folder, for as long as the disk lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(Ino);

impl Node {
    /// The folder everything is in.
    pub const ROOT: Self = Self(ROOT);
}

/// What something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// What is known of a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// In bytes; 0 for a folder.
    pub size: u64,
    /// Its number as a plugin sees it: stable, its own, and drawn from the seed.
    pub number: u64,
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it names.
    pub kind: Kind,
}

/// What a call does, as far as faults are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// Looks something up: never fails.
    Look,
    /// Reads a file's bytes.
    Read,
    /// Writes a file's bytes.
    Write,
    /// Changes a file's size.
    Resize,
    /// Changes entries of folders.
    Name,
    /// Makes something durable.
    Sync,
}

/// One call as it was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// From 1.
    pub number: u64,
    /// What it does.
    pub kind: CallKind,
    /// For people: `write store.redb 4096+320`.
    pub text: String,
}

/// A disk in memory. Every call is counted; those that fail by a fault change nothing.
#[derive(Debug)]
pub struct Disk {
    tree: Arc<Tree>,
    profile: Profile,
    seed: u64,
    short: bool,
    calls: u64,
    faults: Faults,
    points: Option<Vec<(Call, Snapshot)>>,
    /// The name each node was opened or made under last, for people.
    names: BTreeMap<Ino, String>,
}

impl Disk {
    /// An empty disk. The seed decides numbers, the order of entries, and which reads and writes
    /// are short.
    pub fn new(profile: Profile, seed: u64) -> Self {
        Self::over(Arc::new(Tree::empty()), profile, seed)
    }

    /// A disk that holds what a crash left, all of it durable.
    pub fn from_image(image: &Image, profile: Profile, seed: u64) -> Self {
        Self::over(Arc::new(image.to_tree()), profile, seed)
    }

    fn over(tree: Arc<Tree>, profile: Profile, seed: u64) -> Self {
        let faults = Faults::none();
        let names = BTreeMap::new();
        Self { tree, profile, seed, short: false, calls: 0, faults, points: None, names }
    }

    /// The same, with faults.
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// The same, with reads and writes that now and then do less than they were asked for.
    pub fn with_short_calls(self) -> Self {
        Self { short: true, ..self }
    }

    /// The same, keeping a snapshot after every call that changes what a crash may leave.
    pub fn recording(self) -> Self {
        Self { points: Some(Vec::new()), ..self }
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// The faults, and how often they struck.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Snapshots kept so far; none where it does not record.
    pub fn points(&self) -> usize {
        self.points.as_ref().map_or(0, Vec::len)
    }

    /// Takes the snapshots kept so far, each with the call it was taken after.
    pub fn take_points(&mut self) -> Vec<(Call, Snapshot)> {
        self.points.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The disk as it is now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(Arc::clone(&self.tree), self.profile)
    }

    /// What a path names, from a folder on.
    ///
    /// # Errors
    /// [`FsError::NoEntry`], [`FsError::NotDirectory`], [`FsError::NotPermitted`].
    pub fn look(&mut self, from: Node, path: &str) -> Result<Node, FsError> {
        self.count(CallKind::Look)?;
        let ino = self.walk(from.0, path)?;
        self.names.insert(ino, path.to_owned());
        Ok(Node(ino))
    }

    /// What is known of it.
    ///
    /// # Errors
    /// [`FsError::NoEntry`] where the disk never gave this node.
    pub fn stat(&mut self, node: Node) -> Result<Stat, FsError> {
        self.count(CallKind::Look)?;
        let number = mixed(self.seed, node.0);
        match self.tree.inodes.get(&node.0).ok_or(FsError::NoEntry)? {
            Inode::File(file) => Ok(Stat { kind: Kind::File, size: *file.size.latest(), number }),
            Inode::Folder(_) => Ok(Stat { kind: Kind::Folder, size: 0, number }),
        }
    }

    /// Up to `len` bytes from `offset` on; none at or after the end. May be fewer.
    ///
    /// # Errors
    /// [`FsError::IsDirectory`], and what a fault says.
    pub fn read(&mut self, node: Node, offset: u64, len: usize) -> Result<Vec<u8>, FsError> {
        let effect = self.count(CallKind::Read)?;
        let file = self.tree.file(node.0).ok_or(FsError::IsDirectory)?;
        let left = usize::try_from(file.size.latest().saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = self.shortened(effect, len.min(left).min(MAX_READ_BYTES));
        let mut bytes = Vec::with_capacity(len);
        let (mut index, mut skip) = split(offset);
        while bytes.len() < len {
            let block = file.block(index).bytes();
            bytes.extend(block.iter().skip(skip).take(len - bytes.len()));
            (index, skip) = (index + 1, 0);
        }
        Ok(bytes)
    }

    /// Writes bytes from `offset` on, and says how many; at least one of those given.
    ///
    /// # Errors
    /// [`FsError::IsDirectory`], [`FsError::TooLarge`], and what a fault says.
    pub fn write(&mut self, node: Node, offset: u64, bytes: &[u8]) -> Result<usize, FsError> {
        let (name, len) = (self.name(node), bytes.len());
        let write = || format!("write {name} {offset}+{len}");
        let effect = self.count(CallKind::Write)?;
        let size = *self.tree.file(node.0).ok_or(FsError::IsDirectory)?.size.latest();
        let len = self.shortened(effect, len);
        let end = u64::try_from(len).ok().and_then(|len| offset.checked_add(len));
        let end = end.filter(|end| *end <= MAX_FILE_BYTES).ok_or(FsError::TooLarge)?;
        let mut rest = bytes.get(..len).unwrap_or(bytes);
        if rest.is_empty() {
            return Ok(0);
        }
        let tree = Arc::make_mut(&mut self.tree);
        let change = tree.begin_change();
        let file = tree.file_mut(node.0).ok_or(FsError::IsDirectory)?;
        let (mut index, mut at) = split(offset);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(BLOCK_BYTES - at));
            file.set_block(change, index, file.block(index).with(at, now));
            (rest, index, at) = (later, index + 1, 0);
        }
        if end > size {
            file.size.set(change, end);
        }
        self.point(CallKind::Write, write);
        Ok(len)
    }

    /// Gives a file this size: cuts it, or adds zeros.
    ///
    /// # Errors
    /// [`FsError::IsDirectory`], [`FsError::TooLarge`], and what a fault says.
    pub fn set_size(&mut self, node: Node, size: u64) -> Result<(), FsError> {
        let name = self.name(node);
        let resize = || format!("set-size {name} {size}");
        self.count(CallKind::Resize)?;
        let before = *self.tree.file(node.0).ok_or(FsError::IsDirectory)?.size.latest();
        if size > MAX_FILE_BYTES {
            return Err(FsError::TooLarge);
        }
        if size == before {
            return Ok(());
        }
        let tree = Arc::make_mut(&mut self.tree);
        let change = tree.begin_change();
        let file = tree.file_mut(node.0).ok_or(FsError::IsDirectory)?;
        // What was cut must not come back when the file grows again.
        let (index, keep) = split(size);
        let cut: Vec<u64> = file.blocks.range(index..).map(|(index, _)| *index).collect();
        for each in cut {
            let block = file.block(each);
            let rest = block.cut(if each == index { keep } else { 0 });
            if rest != block {
                file.set_block(change, each, rest);
            }
        }
        file.size.set(change, size);
        self.point(CallKind::Resize, resize);
        Ok(())
    }

    /// Makes a file or folder durable: a file's bytes and size, a folder's entries.
    ///
    /// # Errors
    /// What a fault says; nothing has become durable then.
    pub fn sync(&mut self, node: Node) -> Result<(), FsError> {
        let name = self.name(node);
        let sync = || format!("sync {name}");
        if let Err(error) = self.count(CallKind::Sync) {
            if let Some(file) = Arc::make_mut(&mut self.tree).file_mut(node.0) {
                file.fail_sync();
            }
            return Err(error);
        }
        if self.faults.drops_next_sync() {
            return Ok(());
        }
        let profile = self.profile;
        let tree = Arc::make_mut(&mut self.tree);
        let open = tree.open_entries();
        match tree.inodes.get_mut(&node.0).ok_or(FsError::NoEntry)? {
            Inode::File(file) => {
                file.sync();
                let names_it =
                    |place: &Place| tree.entry(place.folder, &place.name) == Some(node.0);
                let kept: Vec<Place> = match profile {
                    // One log of names: what came before is kept with it.
                    Profile::Kill | Profile::Ordered => open,
                    Profile::Posix | Profile::PosixStrict if profile.sync_keeps_entry() => {
                        open.into_iter().filter(names_it).collect()
                    }
                    Profile::Posix | Profile::PosixStrict => Vec::new(),
                };
                kept.iter().for_each(|place| tree.sync_entry(place));
            }
            Inode::Folder(_) => {
                let all = profile == Profile::Ordered;
                let mine = open.iter().filter(|place| all || place.folder == node.0);
                mine.for_each(|place| tree.sync_entry(place));
            }
        }
        self.point(CallKind::Sync, sync);
        Ok(())
    }

    /// Makes an empty file; where there is one already and `exclusive` does not forbid it, that
    /// one is the answer.
    ///
    /// # Errors
    /// [`FsError::Exists`], [`FsError::IsDirectory`], [`FsError::NoEntry`] where its folder is not
    /// there, and what a fault says.
    pub fn create(&mut self, from: Node, path: &str, exclusive: bool) -> Result<Node, FsError> {
        let create = || format!("create {path}");
        self.count(CallKind::Name)?;
        let place = self.place(from.0, path)?;
        if let Some(ino) = self.tree.entry(place.folder, &place.name) {
            return match self.tree.inodes.get(&ino) {
                Some(Inode::File(_)) if !exclusive => Ok(Node(ino)),
                Some(Inode::Folder(_)) if !exclusive => Err(FsError::IsDirectory),
                _ => Err(FsError::Exists),
            };
        }
        let ino = self.name_new(&place, Inode::File(File::empty()));
        self.names.insert(ino, path.to_owned());
        self.point(CallKind::Name, create);
        Ok(Node(ino))
    }

    /// Makes an empty folder.
    ///
    /// # Errors
    /// [`FsError::Exists`], [`FsError::NoEntry`] where its folder is not there, and what a fault
    /// says.
    pub fn create_folder(&mut self, from: Node, path: &str) -> Result<(), FsError> {
        let create = || format!("create-folder {path}");
        self.count(CallKind::Name)?;
        let place = self.place(from.0, path)?;
        if self.tree.entry(place.folder, &place.name).is_some() {
            return Err(FsError::Exists);
        }
        self.name_new(&place, Inode::Folder(Folder::default()));
        self.point(CallKind::Name, create);
        Ok(())
    }

    /// Removes a file's entry; whoever has it open goes on.
    ///
    /// # Errors
    /// [`FsError::NoEntry`], [`FsError::IsDirectory`], and what a fault says.
    pub fn remove_file(&mut self, from: Node, path: &str) -> Result<(), FsError> {
        self.remove(from, path, "remove", |inode| match inode {
            Inode::File(_) => Ok(()),
            Inode::Folder(_) => Err(FsError::IsDirectory),
        })
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    /// [`FsError::NoEntry`], [`FsError::NotDirectory`], [`FsError::NotEmpty`], and what a fault
    /// says.
    pub fn remove_folder(&mut self, from: Node, path: &str) -> Result<(), FsError> {
        self.remove(from, path, "remove-folder", |inode| match inode {
            Inode::File(_) => Err(FsError::NotDirectory),
            Inode::Folder(folder) if is_empty(folder) => Ok(()),
            Inode::Folder(_) => Err(FsError::NotEmpty),
        })
    }

    fn remove(
        &mut self,
        from: Node,
        path: &str,
        verb: &str,
        may: impl FnOnce(&Inode) -> Result<(), FsError>,
    ) -> Result<(), FsError> {
        let text = || format!("{verb} {path}");
        self.count(CallKind::Name)?;
        let place = self.place(from.0, path)?;
        let ino = self.tree.entry(place.folder, &place.name).ok_or(FsError::NoEntry)?;
        may(self.tree.inodes.get(&ino).ok_or(FsError::NoEntry)?)?;
        let tree = Arc::make_mut(&mut self.tree);
        let change = tree.begin_change();
        tree.set_entry(change, &place, None);
        self.point(CallKind::Name, text);
        Ok(())
    }

    /// Gives something another name, in place of what has it.
    ///
    /// # Errors
    /// [`FsError::NoEntry`]; [`FsError::IsDirectory`], [`FsError::NotDirectory`] or
    /// [`FsError::NotEmpty`] where it cannot take the place; [`FsError::Invalid`] for a folder that
    /// would come to lie in itself; and what a fault says.
    pub fn rename(
        &mut self,
        from: Node,
        path: &str,
        to: Node,
        to_path: &str,
    ) -> Result<(), FsError> {
        let text = || format!("rename {path} to {to_path}");
        self.count(CallKind::Name)?;
        let (old, new) = (self.place(from.0, path)?, self.place(to.0, to_path)?);
        let ino = self.tree.entry(old.folder, &old.name).ok_or(FsError::NoEntry)?;
        if old == new {
            return Ok(());
        }
        let folder = self.tree.folder(ino).is_some();
        if folder && self.lies_in(new.folder, ino) {
            return Err(FsError::Invalid);
        }
        if let Some(there) = self.tree.entry(new.folder, &new.name) {
            match (folder, self.tree.folder(there)) {
                (false, None) => {}
                (false, Some(_)) => return Err(FsError::IsDirectory),
                (true, None) => return Err(FsError::NotDirectory),
                (true, Some(there)) if is_empty(there) => {}
                (true, Some(_)) => return Err(FsError::NotEmpty),
            }
        }
        let tree = Arc::make_mut(&mut self.tree);
        let change = tree.begin_change();
        tree.set_entry(change, &old, None);
        tree.set_entry(change, &new, Some(ino));
        tree.ties.push(Tie { change, entries: [old, new] });
        self.names.insert(ino, to_path.to_owned());
        self.point(CallKind::Name, text);
        Ok(())
    }

    /// A folder's entries, in an order that the seed decides and that stays.
    ///
    /// # Errors
    /// [`FsError::NotDirectory`].
    pub fn list(&mut self, node: Node) -> Result<Vec<Entry>, FsError> {
        self.count(CallKind::Look)?;
        let folder = self.tree.folder(node.0).ok_or(FsError::NotDirectory)?;
        let mut entries = Vec::new();
        for (name, track) in &folder.entries {
            let Some(inode) = track.latest().and_then(|ino| self.tree.inodes.get(&ino)) else {
                continue;
            };
            let kind = match inode {
                Inode::File(_) => Kind::File,
                Inode::Folder(_) => Kind::Folder,
            };
            entries.push(Entry { name: name.clone(), kind });
        }
        entries.sort_by_key(|entry| {
            let letters = entry.name.bytes();
            letters.fold(self.seed, |mix, byte| mixed(mix, u64::from(byte)))
        });
        Ok(entries)
    }

    /// Counts a call, and lets a fault strike.
    fn count(&mut self, kind: CallKind) -> Result<Option<Effect>, FsError> {
        self.calls += 1;
        match self.faults.meet(self.calls, kind) {
            Some(Effect::Io) => Err(FsError::Io),
            Some(Effect::NoSpace) => Err(FsError::NoSpace),
            Some(Effect::Short) => Ok(Some(Effect::Short)),
            None => Ok(None),
        }
    }

    /// Keeps a snapshot after a call.
    fn point(&mut self, kind: CallKind, text: impl FnOnce() -> String) {
        let snapshot = Snapshot::new(Arc::clone(&self.tree), self.profile);
        let number = self.calls;
        if let Some(points) = &mut self.points {
            points.push((Call { number, kind, text: text() }, snapshot));
        }
    }

    fn shortened(&self, effect: Option<Effect>, len: usize) -> usize {
        let drawn = mixed(self.seed, self.calls);
        if effect == Some(Effect::Short) {
            return len.min(1);
        }
        if self.short && len > 1 && drawn.is_multiple_of(SHORT_ONE_IN) {
            let part = mixed(drawn, 1) % u64::try_from(len).unwrap_or(u64::MAX);
            return usize::try_from(part).unwrap_or(len).max(1);
        }
        len
    }

    fn name(&self, node: Node) -> String {
        self.names.get(&node.0).cloned().unwrap_or_else(|| ".".into())
    }

    fn name_new(&mut self, place: &Place, inode: Inode) -> Ino {
        let tree = Arc::make_mut(&mut self.tree);
        let change = tree.begin_change();
        let ino = tree.add(inode);
        tree.set_entry(change, place, Some(ino));
        ino
    }

    /// What a path names: components between slashes, `.`, and `..` that stays below the root.
    fn walk(&self, from: Ino, path: &str) -> Result<Ino, FsError> {
        if path.starts_with('/') {
            return Err(FsError::NotPermitted);
        }
        let mut way = vec![from];
        for part in path.split('/') {
            let here = way.last().copied().unwrap_or(ROOT);
            let folder = self.tree.folder(here).is_some();
            match part {
                "" | "." if folder => {}
                ".." if folder => {
                    way.pop();
                    if way.is_empty() {
                        return Err(FsError::NotPermitted);
                    }
                }
                _ if !folder => return Err(FsError::NotDirectory),
                name => way.push(self.tree.entry(here, name).ok_or(FsError::NoEntry)?),
            }
        }
        way.pop().ok_or(FsError::NotPermitted)
    }

    /// Where a path's last component is or would be.
    fn place(&self, from: Ino, path: &str) -> Result<Place, FsError> {
        let trimmed = path.trim_end_matches('/');
        let (above, name) = trimmed.rsplit_once('/').unwrap_or((".", trimmed));
        if matches!(name, "" | "." | "..") || name.len() > MAX_NAME_BYTES || name.contains('\0') {
            return Err(FsError::Invalid);
        }
        let folder = self.walk(from, above)?;
        if self.tree.folder(folder).is_none() {
            return Err(FsError::NotDirectory);
        }
        Ok(Place { folder, name: name.to_owned() })
    }

    /// Whether a folder is, or lies in, another one.
    fn lies_in(&self, folder: Ino, outer: Ino) -> bool {
        folder == outer
            || self.tree.folder(outer).is_some_and(|outer| {
                let inner = outer.entries.values().filter_map(|track| *track.latest());
                inner
                    .filter(|ino| self.tree.folder(*ino).is_some())
                    .any(|ino| self.lies_in(folder, ino))
            })
    }
}

fn is_empty(folder: &Folder) -> bool {
    folder.entries.values().all(|track| track.latest().is_none())
}

/// Mixes two numbers into one that looks like chance (splitmix64).
pub(crate) fn mixed(seed: u64, number: u64) -> u64 {
    let mut mix = seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mix = (mix ^ (mix >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mix = (mix ^ (mix >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mix ^ (mix >> 31)
}
