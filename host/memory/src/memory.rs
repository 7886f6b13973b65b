//! A memory: a root of markdown and the state folder its index lies in.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use crate::{
    entries::Entries,
    error::{IndexError, OpenError, SyncError},
    files::Sources,
    index::Index,
};

const LOCK_FILE: &str = "writer.lock";
const INDEX_FOLDER: &str = "index";

/// A root of markdown and its index.
///
/// One state folder is opened once in a process; other processes may open it too. One of them at
/// a time syncs or verifies, and any number read meanwhile.
pub struct Memory {
    pub(crate) root: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) sources: Sources,
    pub(crate) index: Index,
}

impl Memory {
    /// Opens the memory of `root` with its state in the folder `state`, which is made if it is not
    /// there. `notes` are globs from the root, for example `docs/**/*.md`; where there are none,
    /// notes are all markdown of a root that holds no file of a known kind. The same globs belong
    /// to every use of one root: what they no longer name, the next sync forgets.
    ///
    /// # Errors
    /// Where the root is no folder, a glob does not parse, or the state cannot be opened.
    pub fn open(root: &Path, state: &Path, notes: &[String]) -> Result<Self, OpenError> {
        let bad_root = |found: String| OpenError::Root { root: root.to_owned(), found };
        let canonical = root.canonicalize().map_err(|error| bad_root(error.to_string()))?;
        if !canonical.is_dir() {
            return Err(bad_root("a file".to_owned()));
        }
        let sources = Sources::new(notes)?;
        let state_error = |source| OpenError::State { state: state.to_owned(), source };
        std::fs::create_dir_all(state).map_err(state_error)?;
        let state = state.canonicalize().map_err(state_error)?;
        let index = Index::open(&state.join(INDEX_FOLDER))?;
        Ok(Self { root: canonical, state, sources, index })
    }

    /// Every entry that is indexed, by path, in file order.
    ///
    /// # Errors
    /// Where nothing is indexed yet, or the index fails.
    pub fn entries(&self) -> Result<Entries, IndexError> {
        Entries::new(self.index.read()?, &self.root)
    }

    /// Keeps other writers out until it is dropped.
    pub(crate) fn lock(&self) -> Result<File, SyncError> {
        let state_error = |source| SyncError::State { state: self.state.clone(), source };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.state.join(LOCK_FILE))
            .map_err(state_error)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(SyncError::Busy { state: self.state.clone() }),
            Err(TryLockError::Error(source)) => Err(state_error(source)),
        }
    }
}
