//! Whether the root is there, and is the folder that was indexed.
//!
//! Where a disk was taken out, an empty folder often stays in its place, and nothing may be taken
//! for deleted because of it. The rule: a root with nothing in it is believed only by whoever has
//! seen something in this very folder before, that is, by a cascade that was running while it was
//! emptied. For everybody else it is an error as long as files are indexed, and a rebuild is how to
//! say that it was meant.

use std::path::Path;

use crate::{
    error::{IndexError, SyncError},
    memory::Memory,
};

/// Which folder it is, whatever its path; all are one where the system does not number them.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FolderId(u64, u64);

impl FolderId {
    #[cfg(unix)]
    pub(crate) fn of(folder: &Path) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        folder.metadata().map_or(Self(0, 0), |metadata| Self(metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_: &Path) -> Self {
        Self(0, 0)
    }
}

/// The file system a folder lies on, where the system numbers them.
#[cfg(unix)]
pub(crate) fn device_of(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    folder.metadata().ok().map(|metadata| metadata.dev())
}

#[cfg(not(unix))]
pub(crate) fn device_of(_: &Path) -> Option<u64> {
    None
}

impl Memory {
    /// Whether the root is there, on the file system it was opened on.
    pub(crate) fn check_root(&self) -> Result<(), SyncError> {
        if self.root.is_dir() && device_of(&self.root) == self.device {
            return Ok(());
        }
        Err(SyncError::Root { root: self.root.clone() })
    }

    /// Refuses a root that has lost all it held since it was indexed, unless `lived` is it: the
    /// folder in which something was seen before. Gives that folder from now on.
    pub(crate) fn check_lived(
        &self,
        lived: Option<FolderId>,
    ) -> Result<Option<FolderId>, SyncError> {
        let here = FolderId::of(&self.root);
        if lived == Some(here) {
            return Ok(lived);
        }
        if self.holds_anything() {
            return Ok(Some(here));
        }
        match self.indexed_files()? {
            0 => Ok(lived),
            files => Err(SyncError::Emptied { root: self.root.clone(), files }),
        }
    }

    /// Whether anything lies in the root, memory or not. What cannot be looked at may be something.
    fn holds_anything(&self) -> bool {
        self.root.read_dir().map_or(true, |mut entries| {
            entries.any(|entry| entry.map_or(true, |entry| !self.state.starts_with(entry.path())))
        })
    }

    /// Files of this root that are indexed, with whichever plugins.
    fn indexed_files(&self) -> Result<u64, IndexError> {
        let reader = self.index.read()?;
        match reader.meta_of(&self.root) {
            Ok(_) => {}
            Err(IndexError::Unsynced { .. } | IndexError::OtherRoot { .. }) => return Ok(0),
            Err(error) => return Err(error),
        }
        let files = reader.files()?.iter().filter(|row| row.digest.is_some()).count();
        Ok(u64::try_from(files).unwrap_or(u64::MAX))
    }
}
