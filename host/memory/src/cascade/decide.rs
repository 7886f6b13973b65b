//! What is to be done about one path: found out from the disk and the index alone.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::Path,
};

use super::{job::Job, scan::is_as_indexed, slow::SLOW_BYTES};
use crate::{
    entry::Kind,
    error::{FileError, IndexError},
    files::{self, Digest, Looker, Place, Stat},
    index::{FileRow, Reader},
    queue::Claim,
};

/// A file that changed less than this before it was read is read again by the next scan: a further
/// change within one tick of the file system's clock would show in nothing but its bytes. FAT's
/// tick is two seconds.
const STAT_WINDOW_NS: i128 = 2_000_000_000;

/// What is to be done.
pub(super) enum Decision {
    /// The index says what is there.
    Same,
    /// Nothing is there, and nothing was indexed.
    Absent,
    /// The index says what is there, but its row of the file table does not.
    Touch(FileRow),
    /// Nothing is there any more.
    Forget,
    /// It cannot be indexed as it stands.
    Fail(Flaw),
    /// It is broken in the way it was.
    StillBroken(String),
    /// It is long and has to wait for the seat.
    Later,
    /// It says something that is not indexed.
    Index(Box<Job>),
}

/// Why a content cannot be indexed.
pub(super) struct Flaw {
    pub(super) kind: Option<Kind>,
    /// Of the content, where it was read.
    pub(super) digest: Option<Digest>,
    /// Of the file, if a further change is sure to show in it.
    pub(super) stat: Option<Stat>,
    pub(super) error: FileError,
}

/// A content that is not tried again.
pub(super) struct Broken {
    pub(super) kind: Option<Kind>,
    pub(super) digest: Option<Digest>,
    /// Of the file, if a further change is sure to show in it.
    pub(super) stat: Option<Stat>,
    /// Whether the content itself is at fault. Else it is something that did not pass in time, and
    /// is worth a try once somebody asks.
    pub(super) is_input: bool,
    pub(super) error: String,
}

/// What a decision rests on.
pub(super) struct Decider<'e> {
    pub(super) root: &'e Path,
    pub(super) reader: &'e Reader,
    pub(super) looker: Looker<'e>,
    /// What the last scan could not look at.
    pub(super) trouble: &'e BTreeMap<String, String>,
    pub(super) broken: &'e HashMap<String, Broken>,
    pub(super) now_ns: i128,
    /// Whether a file of a known kind was met.
    pub(super) saw_kind: bool,
}

impl Decider<'_> {
    /// Decides; a long file is read only with `seat`.
    pub(super) fn decide(
        &mut self,
        claim: &Claim,
        row: Option<&FileRow>,
        seat: bool,
    ) -> Result<Decision, IndexError> {
        match self.looker.look(&claim.path) {
            Place::File(kind) => {
                self.saw_kind |= kind != Kind::Note;
                self.file(claim, kind, row, seat)
            }
            Place::Nothing => Ok(self.missing(&claim.path, row)),
            Place::Trouble(error) => Ok(unread(None, error)),
        }
    }

    fn file(
        &self,
        claim: &Claim,
        kind: Kind,
        row: Option<&FileRow>,
        seat: bool,
    ) -> Result<Decision, IndexError> {
        let path = &claim.path;
        let at = self.root.join(path);
        if is_as_indexed(&at, kind, row) {
            return Ok(Decision::Same);
        }
        if !seat && at.symlink_metadata().is_ok_and(|metadata| metadata.len() > SLOW_BYTES) {
            return Ok(Decision::Later);
        }
        let bytes = match files::read(kind, &at) {
            Ok(bytes) => bytes,
            Err(FileError::Read(error)) if is_gone(&error) => return Ok(self.missing(path, row)),
            Err(error) => return Ok(unread(Some(kind), error)),
        };
        let stat = bytes.stat.filter(|stat| stat.is_settled(self.now_ns, STAT_WINDOW_NS));
        let digest = Some(bytes.digest);
        let file = FileRow { path: path.clone(), kind, digest, stat, failed: None };
        if let Some(row) = row.filter(|row| row.kind == kind && row.digest == digest) {
            return Ok(if *row == file { Decision::Same } else { Decision::Touch(file) });
        }
        let is_same = |broken: &&Broken| {
            broken.is_input && (broken.kind, broken.digest) == (Some(kind), digest)
        };
        if let Some(broken) = self.broken.get(path).filter(is_same) {
            return Ok(Decision::StillBroken(broken.error.clone()));
        }
        let entries = match files::entries(kind, path, &bytes) {
            Ok(entries) => entries,
            Err(error) => {
                return Ok(Decision::Fail(Flaw { kind: Some(kind), digest, stat, error }));
            }
        };
        let members = match row {
            Some(_) => self.reader.members(path)?,
            None => Vec::new(),
        };
        let job = Job::new(claim.clone(), row.cloned(), file, entries, members);
        Ok(Decision::Index(Box::new(job)))
    }

    /// No file of the memory is there.
    fn missing(&self, path: &str, row: Option<&FileRow>) -> Decision {
        if let Some(error) = self.trouble.get(path) {
            return Decision::StillBroken(error.clone());
        }
        let Some(row) = row else { return Decision::Absent };
        if self.is_hidden(path) {
            return Decision::Same;
        }
        if row.digest.is_none() {
            return Decision::Forget;
        }
        match self.root.join(path).symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {
                unread(None, FileError::NotAFile { found: "a folder" })
            }
            Ok(_) => Decision::Forget,
            Err(error) if is_gone(&error) => Decision::Forget,
            Err(error) => unread(None, error.into()),
        }
    }

    /// Whether the last scan could not look into a folder above.
    fn is_hidden(&self, path: &str) -> bool {
        let mut above = path;
        while let Some((folder, _)) = above.rsplit_once('/') {
            if self.trouble.contains_key(folder) {
                return true;
            }
            above = folder;
        }
        self.trouble.contains_key("")
    }
}

fn unread(kind: Option<Kind>, error: FileError) -> Decision {
    Decision::Fail(Flaw { kind, digest: None, stat: None, error })
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
