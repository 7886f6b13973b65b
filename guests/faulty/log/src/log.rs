//! A key-value in memory, with a log of its commits behind it.
//!
//! The log is rewritten when it has grown past what it holds: beside the old one, synced, renamed
//! over it, and the folder synced.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use wirt_ledger::{KeyValue, KvError, Memory, Writes};

use crate::Defect;
use crate::record::{Found, encode, find};

/// Bytes of a log from which on it is rewritten, if what it holds is half of it or less. Small, so
/// that small workloads come to it.
const REWRITE_BYTES: u64 = 4 << 10;
/// Largest log that is read.
const MAX_LOG_BYTES: u64 = 1 << 30;

/// A durable key-value with at most one defect.
pub struct Log {
    folder: PathBuf,
    defect: Option<Defect>,
    file: File,
    /// Where the next record goes.
    end: u64,
    /// Bytes of keys and values after the last rewrite.
    memory: Memory,
    /// What the open transaction wrote.
    open: Writes,
    /// The log was written and not synced.
    unsynced: bool,
    /// A log never grows by more than this before it is looked at again.
    rewrite_at: u64,
}

fn opening(error: io::Error) -> KvError {
    KvError::Open(error.into())
}

fn committing(error: io::Error) -> KvError {
    KvError::Commit(error.into())
}

impl Log {
    /// Opens the log in a folder, or makes it.
    ///
    /// # Errors
    /// [`KvError::Open`].
    pub fn open(folder: &Path, defect: Option<Defect>) -> Result<Self, KvError> {
        let path = folder.join("log");
        let new = !path.try_exists().map_err(opening)?;
        if new {
            File::create(folder.join("log.new")).map_err(opening)?;
        }
        let mut log = Self {
            folder: folder.to_owned(),
            defect,
            file: File::options()
                .read(true)
                .write(true)
                .open(if new { folder.join("log.new") } else { path.clone() })
                .map_err(opening)?,
            end: 0,
            memory: Memory::default(),
            open: Writes::new(),
            unsynced: false,
            rewrite_at: REWRITE_BYTES,
        };
        if new {
            log.sync().map_err(opening)?;
            std::fs::rename(folder.join("log.new"), path).map_err(opening)?;
            log.sync_folder().map_err(opening)?;
        } else {
            log.recover()?;
        }
        Ok(log)
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// Applies the log, and cuts what is not whole at its end.
    fn recover(&mut self) -> Result<(), KvError> {
        let mut bytes = Vec::new();
        (&self.file).take(MAX_LOG_BYTES).read_to_end(&mut bytes).map_err(opening)?;
        let mut rest: &[u8] = &bytes;
        let mut first = None;
        let torn = loop {
            let (body, after) = match find(rest) {
                Found::Whole(body, after) => (body, after),
                Found::Damaged(body, after) if self.has(Defect::IgnoresTheChecksum) => {
                    (body, after)
                }
                Found::Damaged(body, _) | Found::Torn(body) => break Some(body),
                Found::End => break None,
            };
            let Ok(writes) = postcard::from_bytes::<Writes>(body) else { break Some(body) };
            first.get_or_insert_with(|| writes.clone());
            self.apply(writes)?;
            rest = after;
        };
        self.end = u64::try_from(bytes.len() - rest.len()).unwrap_or(u64::MAX);
        if let Some(body) = torn {
            self.meet_torn(body, bytes.len())?;
        }
        if self.has(Defect::ReplaysTwice)
            && let Some(first) = first
        {
            self.apply(first)?;
        }
        self.rewrite_at = self.end.saturating_mul(2).max(REWRITE_BYTES);
        Ok(())
    }

    fn meet_torn(&mut self, body: &[u8], len: usize) -> Result<(), KvError> {
        match self.defect {
            #[allow(clippy::panic, reason = "it is the defect")]
            Some(Defect::TrapsInRecovery) => panic!("the log ends in a torn record"),
            Some(Defect::ForgetsAllForATornTail) => {
                self.memory = Memory::default();
                self.end = 0;
            }
            Some(Defect::AcceptsATornTail) => {
                // Key by key, as far as it reads.
                let mut left = body;
                let Ok((count, rest)) = postcard::take_from_bytes::<u64>(left) else {
                    return Ok(());
                };
                left = rest;
                for _ in 0..count {
                    type Pair = (Vec<u8>, Option<Vec<u8>>);
                    let Ok((pair, rest)) = postcard::take_from_bytes::<Pair>(left) else { break };
                    left = rest;
                    self.apply([pair].into())?;
                }
            }
            Some(Defect::LeavesTheTornTail) => {
                self.end = u64::try_from(len).unwrap_or(u64::MAX);
                return Ok(());
            }
            _ => {}
        }
        self.file.set_len(self.end).map_err(opening)?;
        self.sync().map_err(opening)
    }

    fn apply(&mut self, writes: Writes) -> Result<(), KvError> {
        self.memory.write(writes)?;
        self.memory.commit()
    }

    /// Makes what was written since the last commit durable.
    fn append(&mut self) -> io::Result<()> {
        let mut writes = std::mem::take(&mut self.open);
        if self.has(Defect::ReusesTokensAfterReopen) {
            // The ledger's counters: a key of their own that ends in this area's number.
            writes.retain(|key, _| key.last() != Some(&18));
        }
        if writes.is_empty() {
            return Ok(());
        }
        let record = encode(&writes).map_err(io::Error::other)?;
        if self.has(Defect::AcknowledgesBeforeSync) && self.unsynced {
            self.sync()?;
        }
        let end = self.end.saturating_add(u64::try_from(record.len()).unwrap_or(u64::MAX));
        if self.has(Defect::LengthBeforeBytes) {
            self.file.set_len(end)?;
            self.sync()?;
            self.write_record(&record)?;
            self.end = end;
            return Ok(());
        }
        self.write_record(&record)?;
        self.end = end;
        self.unsynced = true;
        if self.has(Defect::AcknowledgesBeforeSync) {
            return Ok(());
        }
        self.sync()
    }

    fn write_record(&self, record: &[u8]) -> io::Result<()> {
        let mut rest = record;
        let mut at = self.end;
        while !rest.is_empty() {
            let written = match rustix::io::pwrite(&self.file, rest, at) {
                Err(error) if self.swallows(error) => return Ok(()),
                written => written?,
            };
            if self.has(Defect::IgnoresAShortWrite) {
                return Ok(());
            }
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            rest = rest.get(written..).unwrap_or_default();
            at = at.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    fn swallows(&self, error: rustix::io::Errno) -> bool {
        match error {
            rustix::io::Errno::NOSPC => self.has(Defect::SwallowsNoSpace),
            rustix::io::Errno::IO => self.has(Defect::SwallowsIoErrors),
            _ => false,
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        match self.defect {
            Some(Defect::NeverSyncs) => return Ok(()),
            Some(Defect::SyncsTheWrongFile) => return File::open(&self.folder)?.sync_all(),
            _ => {}
        }
        match self.file.sync_all() {
            Err(_) if self.has(Defect::SwallowsIoErrors) => {}
            Err(_) if self.has(Defect::RetriesAFailedSync) => self.file.sync_all()?,
            synced => synced?,
        }
        self.unsynced = false;
        Ok(())
    }

    fn sync_folder(&self) -> io::Result<()> {
        match self.defect {
            Some(Defect::NeverSyncs | Defect::ForgetsTheFoldersSync) => Ok(()),
            _ => File::open(&self.folder)?.sync_all(),
        }
    }

    /// Writes what there is into a new log.
    fn rewrite(&mut self) -> io::Result<()> {
        let (path, draft) = (self.folder.join("log"), self.folder.join("log.new"));
        let keys = self.memory.keys(&[], &[0xff; 2], usize::MAX).map_err(io::Error::other)?;
        let mut all = Writes::new();
        for key in keys {
            let value = self.memory.get(&key).map_err(io::Error::other)?;
            all.insert(key, value);
        }
        let record = encode(&all).map_err(io::Error::other)?;
        self.file =
            File::options().read(true).write(true).create(true).truncate(true).open(&draft)?;
        self.end = 0;
        self.write_record(&record)?;
        self.end = u64::try_from(record.len()).unwrap_or(u64::MAX);
        if !self.has(Defect::RenamesBeforeSync) {
            self.sync()?;
        }
        if self.has(Defect::RemovesBeforeRename) {
            std::fs::remove_file(&path)?;
            self.sync_folder()?;
        }
        std::fs::rename(&draft, &path)?;
        if self.has(Defect::RenamesBeforeSync) {
            self.sync_folder()?;
            self.sync()?;
        }
        self.sync_folder()?;
        self.rewrite_at = self.end.saturating_mul(2).max(REWRITE_BYTES);
        Ok(())
    }
}

impl KeyValue for Log {
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        self.memory.get(key)
    }

    fn keys(&mut self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, KvError> {
        self.memory.keys(from, to, limit)
    }

    fn write(&mut self, writes: Writes) -> Result<(), KvError> {
        self.memory.write(writes.clone())?;
        self.open.extend(writes);
        if self.has(Defect::LeaksHalfABatch) {
            self.append().map_err(committing)?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), KvError> {
        self.memory.commit()?;
        self.append().map_err(committing)?;
        if self.end > self.rewrite_at {
            self.rewrite().map_err(committing)?;
        }
        Ok(())
    }
}
