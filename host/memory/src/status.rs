//! How far the index is behind the files, path by path.

use wirt_contract::EpochMs;

use crate::{
    cascade::is_as_indexed,
    entry::Kind,
    error::{FailedPath, FileError, IndexError},
    files,
    index::{FileRow, Meta},
    memory::Memory,
    queue::{Queue, QueueLag},
};

/// What a sync would do to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingKind {
    /// Index it.
    New,
    /// Index it again.
    Changed,
    /// Forget it.
    Deleted,
}

impl PendingKind {
    /// As it stands in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

/// A path whose file and index differ.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Pending {
    /// From the root.
    pub path: String,
    /// How they differ.
    pub kind: PendingKind,
}

/// How far the index is behind the files.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// Paths a sync would change, in order.
    pub pending: Vec<Pending>,
    /// Paths that are indexed as they stand on disk.
    pub done: u64,
    /// Paths that could not be indexed as they stand, in order.
    pub failed: Vec<FailedPath>,
    /// Entries in the index.
    pub entries: u64,
    /// Of the failed, those that are tried again by themselves are `queue.waiting`; the others wait
    /// for their file to change, or for a sync.
    pub queue: QueueLag,
    /// The index's size on disk, in bytes.
    pub index_bytes: u64,
}

impl Memory {
    /// Compares the files with the index; reads those whose stat does not settle it. Before the
    /// first sync every file is pending. `now` tells how long the queue has been waiting.
    ///
    /// # Errors
    /// Where the index fails or is of another root.
    pub fn status(&self, now: EpochMs) -> Result<Status, IndexError> {
        let reader = self.index.read()?;
        let meta = match reader.meta_of(&self.root) {
            Ok(meta) => Some(meta),
            Err(IndexError::Unsynced { .. }) => None,
            Err(error) => return Err(error),
        };
        let found = self.find();
        let mut status = Status {
            entries: meta.as_ref().map_or(0, |meta: &Meta| meta.docs),
            failed: found.trouble.iter().map(|(path, error)| failed(path, error)).collect(),
            queue: Queue::lag(&self.state, now),
            index_bytes: self.index_bytes(),
            ..Status::default()
        };
        for (path, kind) in &found.files {
            let row = if meta.is_some() { reader.file(path)? } else { None };
            if is_as_indexed(&self.root.join(path), *kind, row.as_ref()) {
                status.done += 1;
            } else {
                self.compare(path, *kind, row, &mut status);
            }
        }
        let rows = if meta.is_some() { reader.files()? } else { Vec::new() };
        for row in rows {
            if found.files.contains_key(&row.path) || found.may_hide(&row.path) {
                continue;
            }
            match row.failed {
                Some(content) if self.root.join(&row.path).is_dir() && row.digest.is_some() => {
                    status.failed.push(FailedPath { path: row.path, error: content.error });
                }
                _ => status.pending.push(Pending { path: row.path, kind: PendingKind::Deleted }),
            }
        }
        status.pending.sort_unstable_by(|left, right| left.path.cmp(&right.path));
        status.failed.sort_unstable_by(|left, right| left.path.cmp(&right.path));
        Ok(status)
    }

    /// Compares by content.
    fn compare(&self, path: &str, kind: Kind, row: Option<FileRow>, status: &mut Status) {
        let digest = match files::read(kind, &self.root.join(path)) {
            Ok(bytes) => Some(bytes.digest),
            Err(error) => {
                status.failed.push(failed(path, &error));
                return;
            }
        };
        let pending = match row {
            None => PendingKind::New,
            Some(FileRow { failed: Some(content), .. }) if content.digest == digest => {
                status.failed.push(FailedPath { path: path.to_owned(), error: content.error });
                return;
            }
            Some(FileRow { failed: None, digest: known, .. }) if known == digest => {
                status.done += 1;
                return;
            }
            Some(FileRow { digest: None, .. }) => PendingKind::New,
            Some(_) => PendingKind::Changed,
        };
        status.pending.push(Pending { path: path.to_owned(), kind: pending });
    }
}

fn failed(path: &str, error: &FileError) -> FailedPath {
    FailedPath { path: path.to_owned(), error: error.to_string() }
}
