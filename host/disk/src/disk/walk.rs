//! Where paths lead.

use super::Disk;
use crate::FsError;
use crate::tree::{Ino, Place, ROOT};

/// Longest name, in bytes, as real file systems have it.
const MAX_NAME_BYTES: usize = 255;

/// Where a path's last component is or would be.
pub(super) struct Target {
    pub(super) place: Place,
    /// The path ends in a slash: only a folder will do.
    pub(super) folder: bool,
}

impl Disk {
    /// What a path names: components between slashes, `.`, and `..` that stays below the root.
    pub(super) fn walk(&self, from: Ino, path: &str) -> Result<Ino, FsError> {
        if path.starts_with('/') {
            return Err(FsError::NotPermitted);
        }
        if path.is_empty() {
            return Err(FsError::NoEntry);
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

    /// Where a path's last component is or would be; none where it has no name there, as `.` has
    /// none.
    pub(super) fn target(&self, from: Ino, path: &str) -> Result<Option<Target>, FsError> {
        let trimmed = path.trim_end_matches('/');
        let (above, name) = trimmed.rsplit_once('/').unwrap_or((".", trimmed));
        if trimmed.is_empty() || path.starts_with('/') || matches!(name, "." | "..") {
            self.walk(from, path)?;
            return Ok(None);
        }
        let parent = self.walk(from, above)?;
        if self.tree.folder(parent).is_none() {
            return Err(FsError::NotDirectory);
        }
        if name.len() > MAX_NAME_BYTES || name.contains('\0') {
            return Err(FsError::Invalid);
        }
        let place = Place { folder: parent, name: name.into() };
        Ok(Some(Target { place, folder: trimmed.len() < path.len() }))
    }
}
