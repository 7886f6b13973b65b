//! The calls a file system takes: what they have in common.
//!
//! Each call is counted, and a fault may meet it; one that changes what a crash may leave is a
//! point, at which a disk that records keeps a snapshot. What the calls do to files' bytes is in
//! `bytes`, to names in `names`; how a path leads to either is in `walk`.

mod bytes;
mod names;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fault::{Effect, Faults};
use crate::image::Image;
use crate::quirks::Quirks;
use crate::snapshot::Snapshot;
use crate::tree::{Ino, Inode, ROOT, Tree};
use crate::{FsError, Profile};

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
    /// What the seed decides.
    quirks: Quirks,
    /// Whether it also decides what changes from call to call: the order of each listing, and which
    /// reads and writes are short.
    is_odd: bool,
    calls: u64,
    /// The call that is not made; see [`Disk::stopping_at`].
    stop: Option<u64>,
    faults: Faults,
    record: Option<Record>,
}

/// What a disk keeps that records.
#[derive(Debug, Default)]
struct Record {
    points: Vec<(Call, Snapshot)>,
    /// The name each node was opened or made under last, for people.
    names: BTreeMap<Ino, String>,
}

impl Disk {
    /// An empty disk. The seed decides numbers, and the order of entries, which stays.
    pub fn new(profile: Profile, seed: u64) -> Self {
        Self::over(Arc::new(Tree::empty()), profile, seed)
    }

    /// A disk that holds what a crash left, all of it durable. Shares the image's blocks.
    pub fn from_image(image: &Image, profile: Profile, seed: u64) -> Self {
        Self::over(Arc::new(image.to_tree()), profile, seed)
    }

    fn over(tree: Arc<Tree>, profile: Profile, seed: u64) -> Self {
        let (quirks, faults) = (Quirks { seed }, Faults::none());
        let (is_odd, calls, stop, record) = (false, 0, None, None);
        Self { tree, profile, quirks, is_odd, calls, stop, faults, record }
    }

    /// The same, with faults.
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// The same, with everything about it that no program may count on drawn anew: numbers, the
    /// order of each listing, and reads and writes that now and then do less than they were asked
    /// for.
    pub fn with_quirks(self, quirks: Quirks) -> Self {
        Self { quirks, is_odd: true, ..self }
    }

    /// The same, on which the call of this number, from 1, is [`FsError::Stopped`].
    pub fn stopping_at(self, call: u64) -> Self {
        Self { stop: Some(call), ..self }
    }

    /// The same, keeping a snapshot after every call that changes what a crash may leave.
    pub fn recording(self) -> Self {
        Self { record: Some(Record::default()), ..self }
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// The faults, and how often they struck.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Ends all faults. What they did stays: what a failed sync should have written no later one
    /// writes.
    pub fn work_again(&mut self) {
        self.faults = Faults::none();
    }

    /// Snapshots kept so far; none where it does not record.
    pub fn points(&self) -> usize {
        self.record.as_ref().map_or(0, |record| record.points.len())
    }

    /// Takes the snapshots kept so far, each with the call it was taken after.
    pub fn take_points(&mut self) -> Vec<(Call, Snapshot)> {
        self.record.as_mut().map(|record| std::mem::take(&mut record.points)).unwrap_or_default()
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
        self.called(ino, path);
        Ok(Node(ino))
    }

    /// What is known of it.
    ///
    /// # Errors
    /// [`FsError::NoEntry`] where the disk never gave this node.
    pub fn stat(&mut self, node: Node) -> Result<Stat, FsError> {
        self.count(CallKind::Look)?;
        let number = self.quirks.number(node.0);
        match self.tree.inode(node.0).ok_or(FsError::NoEntry)? {
            Inode::File(file) => Ok(Stat { kind: Kind::File, size: *file.size.latest(), number }),
            Inode::Folder(_) => Ok(Stat { kind: Kind::Folder, size: 0, number }),
        }
    }

    /// Counts a call, and lets a fault strike.
    fn count(&mut self, kind: CallKind) -> Result<Option<Effect>, FsError> {
        self.calls += 1;
        if self.stop == Some(self.calls) {
            return Err(FsError::Stopped);
        }
        match self.faults.meet(self.calls, kind) {
            Some(Effect::Io) => Err(FsError::Io),
            Some(Effect::NoSpace) => Err(FsError::NoSpace),
            Some(Effect::Short) => Ok(Some(Effect::Short)),
            None => Ok(None),
        }
    }

    /// Keeps a snapshot after a call, and what people call the call, on a disk that records.
    fn point(&mut self, kind: CallKind, text: impl FnOnce(&Record) -> String) {
        let number = self.calls;
        if let Some(record) = &mut self.record {
            let text = text(record);
            let snapshot = Snapshot::new(Arc::clone(&self.tree), self.profile);
            record.points.push((Call { number, kind, text }, snapshot));
        }
    }

    /// Remembers what people call something.
    fn called(&mut self, ino: Ino, path: &str) {
        if let Some(record) = &mut self.record {
            record.names.insert(ino, path.to_owned());
        }
    }
}

impl Record {
    fn name(&self, node: Node) -> &str {
        self.names.get(&node.0).map_or(".", String::as_str)
    }
}
