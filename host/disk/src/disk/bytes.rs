//! Calls about files' bytes.

use std::sync::Arc;

use super::{CallKind, Disk, Node};
use crate::fault::Effect;
use crate::tree::{Inode, Place};
use crate::{FsError, Profile};

/// Largest size of a file, in bytes. Holes take nothing, so this only keeps arithmetic away from
/// its ends.
const MAX_FILE_BYTES: u64 = 1 << 40;
/// Most bytes of one read; a caller asks again for more.
const MAX_READ_BYTES: usize = 4 << 20;

impl Disk {
    /// Up to `len` bytes from `offset` on; none at or after the end. May be fewer.
    ///
    /// # Errors
    /// [`FsError::IsDirectory`], and what a fault says.
    pub fn read(&mut self, node: Node, offset: u64, len: usize) -> Result<Vec<u8>, FsError> {
        let effect = self.count(CallKind::Read)?;
        let file = self.tree.file(node.0).ok_or(FsError::IsDirectory)?;
        let left = usize::try_from(file.size.latest().saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = self.shortened(effect, len.min(left).min(MAX_READ_BYTES));
        Ok(file.read(offset, len))
    }

    /// Writes bytes from `offset` on, and says how many; at least one of those given.
    ///
    /// # Errors
    /// [`FsError::IsDirectory`], [`FsError::TooLarge`], and what a fault says.
    pub fn write(&mut self, node: Node, offset: u64, bytes: &[u8]) -> Result<usize, FsError> {
        let effect = self.count(CallKind::Write)?;
        let len = self.shortened(effect, bytes.len());
        let part = bytes.get(..len).unwrap_or(bytes);
        self.put(node, offset, part)?;
        Ok(len)
    }

    fn put(&mut self, node: Node, offset: u64, bytes: &[u8]) -> Result<(), FsError> {
        if self.tree.file(node.0).is_none() {
            return Err(FsError::IsDirectory);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let end = u64::try_from(bytes.len()).ok().and_then(|len| offset.checked_add(len));
        let end = end.filter(|end| *end <= MAX_FILE_BYTES).ok_or(FsError::TooLarge)?;
        let tree = Arc::make_mut(&mut self.tree);
        let change = tree.begin_change();
        let file = tree.file_mut(node.0).ok_or(FsError::IsDirectory)?;
        file.write(change, offset, bytes, end);
        let len = bytes.len();
        self.point(CallKind::Write, |record| format!("write {} {offset}+{len}", record.name(node)));
        Ok(())
    }

    /// Gives a file this size: cuts it, or adds zeros.
    ///
    /// # Errors
    /// [`FsError::IsDirectory`], [`FsError::TooLarge`], and what a fault says.
    pub fn set_size(&mut self, node: Node, size: u64) -> Result<(), FsError> {
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
        tree.file_mut(node.0).ok_or(FsError::IsDirectory)?.resize(change, size);
        self.point(CallKind::Resize, |record| format!("set-size {} {size}", record.name(node)));
        Ok(())
    }

    /// Makes a file or folder durable: a file's bytes and size, a folder's entries.
    ///
    /// # Errors
    /// What a fault says; nothing has become durable then.
    pub fn sync(&mut self, node: Node) -> Result<(), FsError> {
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
        let open = tree.open_entries().iter();
        let kept: Vec<Place> = match (tree.inode(node.0).ok_or(FsError::NoEntry)?, profile) {
            // One log of names: what came before is kept with it.
            (_, Profile::Ordered) | (Inode::File(_), Profile::Kill) => open.cloned().collect(),
            (Inode::Folder(_), _) => open.filter(|it| it.folder == node.0).cloned().collect(),
            (Inode::File(_), Profile::Posix) => {
                let names_it = |it: &&Place| tree.entry(it.folder, &it.name) == Some(node.0);
                open.filter(names_it).cloned().collect()
            }
            (Inode::File(_), Profile::PosixStrict) => Vec::new(),
        };
        if let Some(file) = tree.file_mut(node.0) {
            file.sync();
        }
        kept.iter().for_each(|place| tree.sync_entry(place));
        self.point(CallKind::Sync, |record| format!("sync {}", record.name(node)));
        Ok(())
    }

    fn shortened(&self, effect: Option<Effect>, len: usize) -> usize {
        match effect {
            Some(Effect::Short) => len.div_ceil(2),
            _ if self.is_odd => self.quirks.part(self.calls, len),
            _ => len,
        }
    }
}
