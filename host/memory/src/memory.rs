//! A memory: a root of markdown and the state folder its index lies in.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    entries::Entries,
    error::{IndexError, OpenError, SyncError},
    files::{Found, Sources},
    index::Index,
    root::device_of,
    turn::Turn,
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
    /// The state folder from the root, where it lies in it.
    own: Option<String>,
    /// The file system the root lies on, where the system numbers them.
    pub(crate) device: Option<u64>,
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
        let own = state.strip_prefix(&canonical).ok().and_then(Path::to_str).map(str::to_owned);
        let device = device_of(&canonical);
        Ok(Self { root: canonical, state, sources, index, own, device })
    }

    /// The same root with an index of its own in a folder of the state folder.
    pub(crate) fn beside(&self, folder: &Path) -> Result<Self, IndexError> {
        Ok(Self {
            root: self.root.clone(),
            state: folder.to_owned(),
            sources: self.sources.clone(),
            index: Index::open(&folder.join(INDEX_FOLDER))?,
            own: self.own.clone(),
            device: self.device,
        })
    }

    /// The files of the memory; what lies in the state folder is none.
    pub(crate) fn find(&self) -> Found {
        let mut found = self.sources.find(&self.root);
        if self.own.is_some() {
            found.files.retain(|path, _| !self.is_own(path));
            found.trouble.retain(|path, _| !self.is_own(path));
            found.links.retain(|path| !self.is_own(path));
        }
        found
    }

    /// Whether a path lies in the state folder.
    pub(crate) fn is_own(&self, path: &str) -> bool {
        self.own
            .as_deref()
            .and_then(|own| path.strip_prefix(own))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Bytes of the index on disk.
    pub(crate) fn index_bytes(&self) -> u64 {
        let Ok(files) = self.state.join(INDEX_FOLDER).read_dir() else { return 0 };
        files.flatten().filter_map(|file| Some(file.metadata().ok()?.len())).sum()
    }

    /// Every entry that is indexed, by path, in file order.
    ///
    /// # Errors
    /// Where nothing is indexed yet, or the index fails.
    pub fn entries(&self) -> Result<Entries, IndexError> {
        Entries::new(self.index.read()?, &self.root)
    }

    /// Removes the index from a state folder and does not look at it, so that one that is damaged can
    /// be made anew by the next sync. Who has it open keeps seeing the old one.
    ///
    /// # Errors
    /// Where another process writes, or the files cannot be removed.
    pub fn discard(state: &Path) -> Result<(), SyncError> {
        if !state.is_dir() {
            return Ok(());
        }
        let _turn = lock(state)?;
        match std::fs::remove_dir_all(state.join(INDEX_FOLDER)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(SyncError::State { state: state.to_owned(), source })
            }
            _ => Ok(()),
        }
    }

    /// Keeps other writers out until it is dropped.
    pub(crate) fn lock(&self) -> Result<Turn, SyncError> {
        lock(&self.state)
    }

    /// Fails where the state folder is no longer the one that was locked.
    pub(crate) fn check_state(&self, turn: &Turn) -> Result<(), SyncError> {
        if turn.is_in_place(&self.state.join(LOCK_FILE)) {
            return Ok(());
        }
        let source = io::Error::new(io::ErrorKind::NotFound, "it was removed or replaced");
        Err(SyncError::State { state: self.state.clone(), source })
    }
}

fn lock(state: &Path) -> Result<Turn, SyncError> {
    let at = state.join(LOCK_FILE);
    let state_error = |source| SyncError::State { state: state.to_owned(), source };
    if let Some(mut turn) = Turn::take(&at).map_err(state_error)? {
        turn.sign();
        return Ok(turn);
    }
    let holder = std::fs::read_to_string(&at).ok();
    let id = holder.and_then(|id| id.trim().parse::<u32>().ok());
    let by = id.map_or_else(|| "another process".to_owned(), |id| format!("process {id}"));
    Err(SyncError::Busy { state: state.to_owned(), by })
}
