//! Calls about names: what folders hold.

use std::sync::Arc;

use super::walk::Target;
use super::{CallKind, Disk, Entry, Kind, Node};
use crate::FsError;
use crate::file::File;
use crate::tree::{Folder, Ino, Inode, Place, Tie};

/// Folders in one another, at most: those who go through a tree go as deep.
const MAX_DEPTH: usize = 128;

impl Disk {
    /// Makes an empty file; where there is one already and `exclusive` does not forbid it, that
    /// one is the answer.
    ///
    /// # Errors
    /// [`FsError::Exists`], [`FsError::IsDirectory`], [`FsError::NoEntry`] where its folder is not
    /// there, and what a fault says.
    pub fn create(&mut self, from: Node, path: &str, exclusive: bool) -> Result<Node, FsError> {
        self.count(CallKind::Name)?;
        let unnamed = if exclusive { FsError::Exists } else { FsError::IsDirectory };
        let Target { place, folder } = self.target(from.0, path)?.ok_or(unnamed)?;
        if folder {
            return Err(FsError::IsDirectory);
        }
        if let Some(ino) = self.tree.entry(place.folder, &place.name) {
            return match self.tree.inode(ino) {
                Some(Inode::File(_)) if !exclusive => Ok(Node(ino)),
                Some(Inode::Folder(_)) if !exclusive => Err(FsError::IsDirectory),
                _ => Err(FsError::Exists),
            };
        }
        let ino = self.name_new(&place, Inode::File(Arc::new(File::empty())))?;
        self.called(ino, path);
        self.point(CallKind::Name, |_| format!("create {path}"));
        Ok(Node(ino))
    }

    /// Makes an empty folder.
    ///
    /// # Errors
    /// [`FsError::Exists`], [`FsError::NoEntry`] where its folder is not there, and what a fault
    /// says.
    pub fn create_folder(&mut self, from: Node, path: &str) -> Result<(), FsError> {
        self.count(CallKind::Name)?;
        let Target { place, .. } = self.target(from.0, path)?.ok_or(FsError::Exists)?;
        if self.tree.entry(place.folder, &place.name).is_some() {
            return Err(FsError::Exists);
        }
        if self.tree.depth(place.folder) >= MAX_DEPTH {
            return Err(FsError::Unsupported);
        }
        self.name_new(&place, Inode::Folder(Arc::new(Folder::empty(place.folder))))?;
        self.point(CallKind::Name, |_| format!("create-folder {path}"));
        Ok(())
    }

    /// Removes a file's entry; whoever has it open goes on.
    ///
    /// # Errors
    /// [`FsError::NoEntry`], [`FsError::IsDirectory`], and what a fault says.
    pub fn remove_file(&mut self, from: Node, path: &str) -> Result<(), FsError> {
        self.remove(from, path, ("remove", FsError::IsDirectory), |inode| match inode {
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
        self.remove(from, path, ("remove-folder", FsError::Invalid), |inode| match inode {
            Inode::File(_) => Err(FsError::NotDirectory),
            Inode::Folder(folder) if folder.is_empty() => Ok(()),
            Inode::Folder(_) => Err(FsError::NotEmpty),
        })
    }

    fn remove(
        &mut self,
        from: Node,
        path: &str,
        (verb, unnamed): (&str, FsError),
        may: impl FnOnce(&Inode) -> Result<(), FsError>,
    ) -> Result<(), FsError> {
        self.count(CallKind::Name)?;
        let Target { place, folder } = self.target(from.0, path)?.ok_or(unnamed)?;
        let ino = self.tree.entry(place.folder, &place.name).ok_or(FsError::NoEntry)?;
        let inode = self.tree.inode(ino).ok_or(FsError::NoEntry)?;
        if folder && matches!(inode, Inode::File(_)) {
            return Err(FsError::NotDirectory);
        }
        may(inode)?;
        let tree = Arc::make_mut(&mut self.tree);
        let change = tree.begin_change();
        tree.set_entry(change, &place, None);
        if let Some(folder) = tree.folder_mut(ino) {
            folder.removed = true;
        }
        self.point(CallKind::Name, |_| format!("{verb} {path}"));
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
        self.count(CallKind::Name)?;
        let (old, new) = (self.target(from.0, path)?, self.target(to.0, to_path)?);
        let (old, new) = old.zip(new).ok_or(FsError::Invalid)?;
        let slash = old.folder || new.folder;
        let (old, new) = (old.place, new.place);
        let ino = self.tree.entry(old.folder, &old.name).ok_or(FsError::NoEntry)?;
        if self.tree.folder(new.folder).is_none_or(|folder| folder.removed) {
            return Err(FsError::NoEntry);
        }
        let folder = self.tree.folder(ino).is_some();
        if slash && !folder {
            return Err(FsError::NotDirectory);
        }
        if old == new {
            return Ok(());
        }
        if folder && self.tree.lies_in(new.folder, ino) {
            return Err(FsError::Invalid);
        }
        let there = self.tree.entry(new.folder, &new.name);
        if let Some(there) = there {
            if self.tree.lies_in(old.folder, there) {
                return Err(FsError::NotEmpty);
            }
            match (folder, self.tree.folder(there)) {
                (false, None) => {}
                (false, Some(_)) => return Err(FsError::IsDirectory),
                (true, None) => return Err(FsError::NotDirectory),
                (true, Some(there)) if there.is_empty() => {}
                (true, Some(_)) => return Err(FsError::NotEmpty),
            }
        }
        if folder && self.tree.depth(new.folder) + self.tree.height(ino) > MAX_DEPTH {
            return Err(FsError::Unsupported);
        }
        let tree = Arc::make_mut(&mut self.tree);
        let change = tree.begin_change();
        tree.set_entry(change, &old, None);
        tree.set_entry(change, &new, Some(ino));
        if let Some(there) = there.and_then(|there| tree.folder_mut(there)) {
            there.removed = true;
        }
        if let Some(moved) = tree.folder_mut(ino) {
            moved.parent = new.folder;
        }
        tree.ties.push(Tie { change, entries: [old, new] });
        self.called(ino, to_path);
        self.point(CallKind::Name, |_| format!("rename {path} to {to_path}"));
        Ok(())
    }

    /// A folder's entries, in an order that the seed decides and that stays; with quirks, in another
    /// one each time. A removed folder has none.
    ///
    /// # Errors
    /// [`FsError::NotDirectory`].
    pub fn list(&mut self, node: Node) -> Result<Vec<Entry>, FsError> {
        self.count(CallKind::Look)?;
        let folder = self.tree.folder(node.0).ok_or(FsError::NotDirectory)?;
        let mut entries = Vec::new();
        for (name, track) in &folder.entries {
            let Some(inode) = track.latest().and_then(|ino| self.tree.inode(ino)) else {
                continue;
            };
            let kind = match inode {
                Inode::File(_) => Kind::File,
                Inode::Folder(_) => Kind::Folder,
            };
            entries.push(Entry { name: name.to_string(), kind });
        }
        self.quirks.order(if self.is_odd { self.calls } else { 0 }, &mut entries);
        Ok(entries)
    }

    fn name_new(&mut self, place: &Place, inode: Inode) -> Result<Ino, FsError> {
        if self.tree.folder(place.folder).is_none_or(|folder| folder.removed) {
            return Err(FsError::NoEntry);
        }
        let tree = Arc::make_mut(&mut self.tree);
        let change = tree.begin_change();
        let ino = tree.add(inode);
        tree.set_entry(change, place, Some(ino));
        Ok(ino)
    }
}
