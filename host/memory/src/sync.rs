//! A sync: the cascade, run to quiet.

use std::{collections::BTreeMap, path::PathBuf};

use wirt_contract::EpochMs;

use crate::{
    cascade::{Cascade, Outcome, Scanned, Settled, Told},
    error::{FailedPath, SyncError},
    memory::Memory,
    plugins::Plugins,
};

/// How far a sync is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Paths looked at.
    pub done: u64,
    /// Paths to look at.
    pub total: u64,
    /// The last one, from the root.
    pub path: &'a str,
}

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Files found on disk.
    pub files: u64,
    /// Of these, indexed for the first time.
    pub new: u64,
    /// Of these, indexed again.
    pub changed: u64,
    /// Of these, indexed as they are already.
    pub unchanged: u64,
    /// Paths that were indexed and are gone.
    pub deleted: u64,
    /// Paths that are not indexed as they stand; what was indexed of them before stays.
    pub failed: Vec<FailedPath>,
    /// Entries written for new words or a new place.
    pub entries_written: u64,
    /// Texts given to the embedder.
    pub embedded: u64,
    /// Texts that were longer than a plugin takes; what follows is not found by search.
    pub texts_cut: u64,
    /// Links that were passed over.
    pub links_skipped: u64,
    /// Entries in the index afterwards.
    pub entries: u64,
    /// Why the index was built from nothing, if it was. What was indexed of failed paths is gone
    /// then.
    pub rebuilt: Option<String>,
    /// The root, and what is looked for in it.
    #[serde(skip)]
    looked: (PathBuf, String),
}

/// A sync that leaves nothing to be found is not a success, even though nothing failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{root}: no entries in {files} files; expected {expected}; name the folder that holds them, or name notes by globs"
)]
pub struct NothingFound {
    root: PathBuf,
    files: u64,
    expected: String,
}

impl Report {
    /// Says so where nothing is indexed after the sync.
    pub fn nothing_found(&self) -> Option<NothingFound> {
        let (root, expected) = self.looked.clone();
        (self.entries == 0).then_some(NothingFound { root, files: self.files, expected })
    }
}

impl Memory {
    /// Makes the index follow the files, and tries every path again that failed before. `now` tells
    /// which files may still change unseen; a time too early only costs reading them once more. The
    /// base segment of a large index is not built here: that is for [`Memory::merge`], after which
    /// searches are faster and find about the same.
    ///
    /// # Errors
    /// Where another process writes, the root lost every file since it was indexed, a plugin does not
    /// describe itself or the index fails. What is wrong with one file is in the report instead.
    pub fn sync(
        &self,
        plugins: &mut Plugins<'_>,
        now: EpochMs,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Report, SyncError> {
        self.run(self.cascade(plugins)?, now, progress)
    }

    /// Builds the index from nothing. What was indexed of paths that fail now is gone then, and so is
    /// everything where the root is empty. Whoever reads meanwhile finds what is built so far.
    ///
    /// # Errors
    /// As [`sync`](Self::sync), but a root without files is taken as it is.
    pub fn rebuild(
        &self,
        plugins: &mut Plugins<'_>,
        now: EpochMs,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Report, SyncError> {
        self.run(self.cascade_from_nothing(plugins)?, now, progress)
    }

    fn run(
        &self,
        mut cascade: Cascade<'_, '_, '_>,
        now: EpochMs,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Report, SyncError> {
        let mut tale = Tale::default();
        cascade.end_waits()?;
        cascade.drive(now, &mut |told| match told {
            Told::Scanned(scanned) => tale.scanned(scanned),
            Told::Settled(settled) => tale.settled(settled, progress),
        })?;
        let tally = cascade.tally();
        let failed = tale.failed.into_iter();
        Ok(Report {
            failed: failed.map(|(path, error)| FailedPath { path, error }).collect(),
            entries_written: tally.entries_written,
            embedded: tally.embedded,
            texts_cut: tally.texts_cut,
            entries: self.index.read()?.meta_of(&self.root)?.docs,
            rebuilt: cascade.rebuilt().map(str::to_owned),
            looked: (self.root.clone(), self.sources.expected()),
            ..tale.report
        })
    }
}

/// A report while it is made.
#[derive(Default)]
struct Tale {
    report: Report,
    failed: BTreeMap<String, String>,
    done: u64,
    total: u64,
}

impl Tale {
    fn scanned(&mut self, scanned: Scanned) {
        self.report.files = scanned.files;
        self.report.links_skipped = scanned.links;
        if self.total == 0 {
            self.report.unchanged = scanned.unchanged;
        }
        self.total = self.done.saturating_add(scanned.suggested).max(scanned.paths);
        self.done = self.total.saturating_sub(scanned.suggested);
    }

    fn settled(&mut self, settled: Settled, progress: &mut dyn FnMut(Progress<'_>)) {
        let Settled { path, outcome } = settled;
        self.done = self.done.saturating_add(1);
        progress(Progress { done: self.done.min(self.total), total: self.total, path: &path });
        match outcome {
            Outcome::New => self.report.new += 1,
            Outcome::Changed => self.report.changed += 1,
            Outcome::Unchanged => self.report.unchanged += 1,
            Outcome::Deleted => self.report.deleted += 1,
            Outcome::Absent => {}
            Outcome::Failed { error, .. } => {
                self.failed.insert(path, error);
                return;
            }
        }
        self.failed.remove(&path);
    }
}
