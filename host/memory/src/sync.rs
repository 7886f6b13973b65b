//! Making the index follow the files.
//!
//! A sync compares the disk with the index, path by path in order, and writes what differs. A
//! failed path keeps what was indexed of it; nothing stops the others. Plugins are asked before a
//! write transaction opens, and many small files share one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    path::PathBuf,
};

use wirt_contract::EpochMs;

use crate::{
    entry::{Entry, Kind},
    error::{FailedPath, FileError, IndexError, SyncError},
    files::{self, Digest, Found, Stat},
    index::{Change, DocChange, FailedContent, FileRow, Index, Member, Meta},
    memory::Memory,
    plugins::{Analyst, Plugins},
};

/// A file that changed less than this before it was read is read again by the next sync: a further
/// change within one tick of the file system's clock would show in nothing but its bytes. FAT's
/// tick is two seconds.
const STAT_WINDOW_NS: i128 = 2_000_000_000;
/// What one write transaction holds at most, unless a single file is more: a sync to the disk is
/// paid once for that, and memory stays bounded.
const BATCH_FILES: usize = 1_024;
const BATCH_ENTRIES: usize = 8_192;
const BATCH_TEXT_BYTES: usize = 16 << 20;

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
    /// Makes the index follow the files. `now` tells which files may still change unseen; a time
    /// too early only costs reading them once more.
    ///
    /// # Errors
    /// Where another process writes, a plugin does not describe itself or the index fails. What is
    /// wrong with one file is in the report instead.
    pub fn sync(
        &self,
        plugins: &mut Plugins<'_>,
        now: EpochMs,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Report, SyncError> {
        let _turn = self.lock()?;
        if !self.root.is_dir() {
            return Err(SyncError::Root { root: self.root.clone() });
        }
        let analyst = Analyst::new(plugins)?;
        let rebuilt = self.reset_if_other(&analyst)?;
        let found = self.sources.find(&self.root);
        let rows: BTreeMap<String, FileRow> =
            self.index.read()?.files()?.into_iter().map(|row| (row.path.clone(), row)).collect();
        let report = Report {
            files: count(found.files.len()),
            links_skipped: count(found.links.len()),
            rebuilt,
            looked: (self.root.clone(), self.sources.expected()),
            ..Report::default()
        };
        let now_ns = i128::from(now.0) * 1_000_000;
        let mut run = Run { memory: self, analyst, now_ns, report, batch: Batch::default() };
        run.all(&found, &rows, progress)?;
        run.batch.write(&self.index)?;
        let mut report = run.report;
        report.entries = self.index.read()?.meta_of(&self.root)?.docs;
        Ok(report)
    }

    /// Empties the index where it is of something else; says why.
    fn reset_if_other(&self, analyst: &Analyst<'_, '_>) -> Result<Option<String>, IndexError> {
        let reader = self.index.read()?;
        let (tokenizer, embedder) = (analyst.tokenizer_id(), analyst.embedder_id());
        let reason = match reader.meta_of(&self.root) {
            Err(IndexError::Unsynced { .. }) => "there was none".to_owned(),
            Err(other @ IndexError::OtherRoot { .. }) => other.to_string(),
            Err(error) => return Err(error),
            Ok(meta) => match meta.check_plugins(&tokenizer, &embedder) {
                Err(other) => other.to_string(),
                Ok(()) if meta.dimension != analyst.dimension() => {
                    format!("vectors have {} numbers now", analyst.dimension())
                }
                Ok(()) => return Ok(None),
            },
        };
        drop(reader);
        self.index.reset(&Meta {
            root: self.root.to_string_lossy().into_owned(),
            tokenizer,
            embedder,
            dimension: analyst.dimension(),
            next_doc: 0,
            docs: 0,
            total_len: 0,
        })?;
        Ok(Some(reason))
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

struct Run<'m, 'p, 'a> {
    memory: &'m Memory,
    analyst: Analyst<'p, 'a>,
    now_ns: i128,
    report: Report,
    batch: Batch,
}

/// What one path comes to.
enum Outcome {
    Unchanged,
    /// As indexed, but its row says something else.
    Touched(FileRow),
    Indexed(FileRow, Vec<DocChange>),
}

/// A path that failed, with the digest of what was read of it.
struct Failed(Option<Digest>, FileError);

impl Run<'_, '_, '_> {
    fn all(
        &mut self,
        found: &Found,
        rows: &BTreeMap<String, FileRow>,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), SyncError> {
        let keys = found.files.keys().chain(rows.keys()).chain(found.trouble.keys());
        let paths: BTreeSet<&String> = keys.collect();
        let total = count(paths.len());
        for (done, path) in (1..).zip(paths) {
            let row = rows.get(path);
            match (found.files.get(path), found.trouble.get(path)) {
                (Some(kind), _) => self.file(path, *kind, row)?,
                (None, Some(error)) => self.fail(path, row, None, &error.to_string()),
                (None, None) => self.missing(path, row, found)?,
            }
            if self.batch.is_full() {
                self.batch.write(&self.memory.index)?;
            }
            progress(Progress { done, total, path });
        }
        Ok(())
    }

    fn file(&mut self, path: &str, kind: Kind, row: Option<&FileRow>) -> Result<(), IndexError> {
        match self.outcome(path, kind, row)? {
            Ok(Outcome::Unchanged) => self.report.unchanged += 1,
            Ok(Outcome::Touched(row)) => {
                self.report.unchanged += 1;
                self.batch.push(path, Some(row), None);
            }
            Ok(Outcome::Indexed(file, entries)) => {
                if row.is_some_and(|row| row.digest.is_some()) {
                    self.report.changed += 1;
                } else {
                    self.report.new += 1;
                }
                self.batch.push(path, Some(file), Some(entries));
            }
            Err(Failed(digest, error)) => self.fail(path, row, digest, &error.to_string()),
        }
        Ok(())
    }

    fn outcome(
        &mut self,
        path: &str,
        kind: Kind,
        row: Option<&FileRow>,
    ) -> Result<Result<Outcome, Failed>, IndexError> {
        let at = self.memory.root.join(path);
        if is_as_indexed(&at, kind, row) {
            return Ok(Ok(Outcome::Unchanged));
        }
        let bytes = match files::read(&at) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err(Failed(None, error))),
        };
        let stat = bytes.stat.filter(|stat| stat.is_settled(self.now_ns, STAT_WINDOW_NS));
        let digest = Some(bytes.digest);
        let file = FileRow { path: path.to_owned(), kind, digest, stat, failed: None };
        if let Some(row) = row.filter(|row| row.kind == kind && row.digest == digest) {
            let same = *row == file;
            return Ok(Ok(if same { Outcome::Unchanged } else { Outcome::Touched(file) }));
        }
        let entries = bytes.text().and_then(|text| files::entries(kind, path, text));
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => return Ok(Err(Failed(digest, error))),
        };
        let members = match row {
            Some(_) => self.memory.index.read()?.members(path)?,
            None => Vec::new(),
        };
        Ok(self
            .differences(entries, members)
            .map(|entries| Outcome::Indexed(file, entries))
            .map_err(|error| Failed(digest, error)))
    }

    /// What becomes of each entry; asks the plugins about those that say something new, all of the
    /// file's together.
    fn differences(
        &mut self,
        entries: Vec<Entry>,
        members: Vec<Member>,
    ) -> Result<Vec<DocChange>, FileError> {
        let mut members: HashMap<String, Member> =
            members.into_iter().map(|member| (member.entry_id.clone(), member)).collect();
        let old: Vec<Option<Member>> =
            entries.iter().map(|entry| members.remove(&entry.entry_id)).collect();
        let says_new = |(entry, old): &(&Entry, &Option<Member>)| {
            old.as_ref().is_none_or(|old| old.content_sha256 != entry.content_sha256)
        };
        let texts: Vec<String> = entries
            .iter()
            .zip(&old)
            .filter(says_new)
            .map(|(entry, _)| entry.indexed_text())
            .collect();
        let embedded = count(texts.len());
        let analysed = self.analyst.documents(texts)?;
        self.report.embedded += embedded;
        self.report.texts_cut += analysed.cut;
        let mut analysed = analysed.texts.into_iter();
        let mut changes = Vec::with_capacity(entries.len());
        for (entry, old) in entries.into_iter().zip(old) {
            let is_new = says_new(&(&entry, &old));
            let entry = Box::new(entry);
            changes.push(match old {
                Some(member) if !is_new && member.line == entry.line => DocChange::Keep(member),
                Some(member) if !is_new => DocChange::Move { doc: member.doc, entry },
                old => {
                    // One answer for each text that was asked about.
                    let Some((terms, vector)) = analysed.next() else { break };
                    DocChange::Put {
                        doc: old.map(|old| old.doc),
                        entry,
                        terms,
                        vector: Some(vector),
                    }
                }
            });
        }
        let written = |change: &&DocChange| !matches!(change, DocChange::Keep(_));
        self.report.entries_written += count(changes.iter().filter(written).count());
        Ok(changes)
    }

    /// A path of the index that the walk did not find.
    fn missing(
        &mut self,
        path: &str,
        row: Option<&FileRow>,
        found: &Found,
    ) -> Result<(), IndexError> {
        if found.may_hide(path) {
            return Ok(());
        }
        if row.is_some_and(|row| row.digest.is_none()) {
            self.forget(path, row);
            return Ok(());
        }
        match self.memory.root.join(path).symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {
                let error = FileError::NotAFile { found: "a folder" };
                self.fail(path, row, None, &error.to_string());
            }
            Ok(_) => self.forget(path, row),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                self.forget(path, row);
            }
            Err(error) => self.fail(path, row, None, &FileError::from(error).to_string()),
        }
        Ok(())
    }

    fn forget(&mut self, path: &str, row: Option<&FileRow>) {
        if row.is_some_and(|row| row.digest.is_some()) {
            self.report.deleted += 1;
        }
        self.batch.push(path, None, Some(Vec::new()));
    }

    /// Writes down what is wrong; what is indexed of the path stays.
    fn fail(&mut self, path: &str, row: Option<&FileRow>, digest: Option<Digest>, error: &str) {
        self.report.failed.push(FailedPath { path: path.to_owned(), error: error.to_owned() });
        let failed = Some(FailedContent { digest, error: error.to_owned() });
        let file = match row {
            Some(row) => FileRow { failed, ..row.clone() },
            None => FileRow {
                path: path.to_owned(),
                kind: Kind::Note,
                digest: None,
                stat: None,
                failed,
            },
        };
        if row != Some(&file) {
            self.batch.push(path, Some(file), None);
        }
    }
}

/// Whether the file need not even be read: its stat is the one its indexed content had.
pub(crate) fn is_as_indexed(at: &std::path::Path, kind: Kind, row: Option<&FileRow>) -> bool {
    let Some(FileRow { stat: Some(stat), failed: None, kind: known, .. }) = row else {
        return false;
    };
    *known == kind
        && at
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file() && Stat::of(&metadata) == *stat)
}

/// Changes that wait to be written together.
#[derive(Default)]
struct Batch {
    changes: Vec<Change>,
    entries: usize,
    text_bytes: usize,
}

impl Batch {
    fn push(&mut self, path: &str, row: Option<FileRow>, entries: Option<Vec<DocChange>>) {
        for change in entries.iter().flatten() {
            self.entries += 1;
            if let DocChange::Move { entry, .. } | DocChange::Put { entry, .. } = change {
                self.text_bytes += entry.text.len();
            }
        }
        self.changes.push(Change { path: path.to_owned(), row, entries });
    }

    fn is_full(&self) -> bool {
        self.changes.len() >= BATCH_FILES
            || self.entries >= BATCH_ENTRIES
            || self.text_bytes >= BATCH_TEXT_BYTES
    }

    fn write(&mut self, index: &Index) -> Result<(), IndexError> {
        let Self { changes, .. } = std::mem::take(self);
        if changes.is_empty() { Ok(()) } else { index.apply(changes) }
    }
}
