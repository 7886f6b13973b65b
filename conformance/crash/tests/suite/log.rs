//! A key-value that appends records to one file: as simple as a store gets that survives a crash,
//! and with a place for each defect.
//!
//! A record is its length, its checksum and its writes; the checksum covers where it stands too.
//! Opening reads them all, and cuts off a last one that is not whole.

use std::collections::BTreeMap;

use wirt_disk::{FsError, Node, SharedDisk};
use wirt_ledger::{KeyValue, KvError, Memory, Writes};

const FILE: &str = "log";
const NEW_FILE: &str = "log.new";
const HEADER: &[u8] = b"log 0001";
/// Length and checksum.
const HEAD_BYTES: usize = 12;

/// What is wrong with a store, one thing at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    AcknowledgesBeforeSync,
    ForgetsTheFoldersSync,
    RenamesBeforeSync,
    AcceptsATornTail,
    IgnoresChecksums,
    LeaksHalfABatch,
    SwallowsIo,
    SwallowsNoSpace,
    RetriesAFailedSync,
    IgnoresAShortWrite,
    IgnoresAShortRead,
    PanicsInRecovery,
    /// A file that a crash left behind in creation is in the way for ever.
    CreatesOnce,
    /// Recovery writes the whole file anew, in place.
    RecoversInPlace,
    /// Where to write next is known to the instance alone that wrote.
    ForgetsTheEnd,
    /// An instance writes what it commits first, and nothing after that.
    KeepsTheFirstOnly,
    /// What is removed stays.
    ForgetsRemovals,
    /// Recovery leaves a key that is nobody's.
    LeavesAnAlienKey,
    /// An instance that recovered something takes no writes.
    ReadOnlyAfterRecovery,
    /// A failed write takes everything along, and is answered as done.
    EmptyAfterAnError,
    /// What cannot be read was never there.
    TakesAReadErrorForNothing,
}

pub(crate) struct Log {
    disk: SharedDisk,
    file: Node,
    end: u64,
    /// What is committed and staged, as it is read.
    kept: Memory,
    staged: Writes,
    committed: bool,
    recovered: bool,
    defect: Option<Defect>,
}

impl Log {
    pub(crate) fn open(disk: SharedDisk, defect: Option<Defect>) -> Result<Self, KvError> {
        Self::opened(disk, defect).map_err(|error| KvError::Open(error.into()))
    }

    fn opened(disk: SharedDisk, defect: Option<Defect>) -> Result<Self, FsError> {
        let found = disk.lock().look(Node::ROOT, FILE);
        let file = match found {
            Ok(file) => file,
            Err(FsError::NoEntry) => create(&disk, defect)?,
            Err(error) => return Err(error),
        };
        let kept = Memory::default();
        let staged = Writes::new();
        let mut log =
            Self { disk, file, end: 0, kept, staged, committed: false, recovered: false, defect };
        log.recover()?;
        Ok(log)
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn recover(&mut self) -> Result<(), FsError> {
        let size = self.disk.lock().stat(self.file)?.size;
        let bytes = match self.read_all(size) {
            Err(FsError::Io) if self.has(Defect::TakesAReadErrorForNothing) => HEADER.to_vec(),
            read => read?,
        };
        let records = bytes.strip_prefix(HEADER).ok_or(FsError::Invalid)?;
        let mut at = HEADER.len();
        let mut rest = records;
        while let Some((writes, taken)) = self.record(rest, at) {
            self.keep(writes);
            at += taken;
            rest = &rest[taken..];
        }
        self.end = at as u64;
        self.recovered = at > HEADER.len();
        if self.recovered && self.has(Defect::LeavesAnAlienKey) {
            self.leave_an_alien_key();
        }
        if self.has(Defect::ForgetsTheEnd) && at == bytes.len() {
            self.end = HEADER.len() as u64;
        }
        if !rest.is_empty() {
            if self.has(Defect::PanicsInRecovery) {
                // A panic without its message: it comes often.
                std::panic::resume_unwind(Box::new("the last record is torn"));
            }
            let mut disk = self.disk.lock();
            if self.has(Defect::RecoversInPlace) {
                disk.set_size(self.file, 0)?;
                disk.write(self.file, 0, &bytes[..at])?;
            }
            disk.set_size(self.file, self.end)?;
            disk.sync(self.file)?;
        }
        Ok(())
    }

    /// A key of the first store id, in an area that there is not.
    fn leave_an_alien_key(&mut self) {
        let keys = self.kept.keys(&[], &[0xff; 8], usize::MAX).unwrap();
        let ended = |key: &Vec<u8>| key.windows(2).position(|pair| pair == [0, 0]);
        let Some((mut key, end)) = keys.into_iter().find_map(|key| {
            let end = ended(&key)?;
            Some((key, end))
        }) else {
            return;
        };
        key.truncate(end + 2);
        key.push(0xfe);
        self.keep(Writes::from([(key, Some(Vec::new()))]));
    }

    fn read_all(&self, size: u64) -> Result<Vec<u8>, FsError> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < size {
            let more = self.disk.lock().read(self.file, bytes.len() as u64, size as usize)?;
            bytes.extend(more);
            if self.has(Defect::IgnoresAShortRead) {
                break;
            }
        }
        Ok(bytes)
    }

    /// The next whole record, and its length.
    fn record(&self, bytes: &[u8], at: usize) -> Option<(Writes, usize)> {
        let len = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        let sum = u64::from_le_bytes(bytes.get(4..HEAD_BYTES)?.try_into().ok()?);
        let whole = bytes.get(HEAD_BYTES..HEAD_BYTES.checked_add(len)?);
        if self.has(Defect::AcceptsATornTail) && len > 0 {
            let body = bytes.get(HEAD_BYTES..bytes.len().min(HEAD_BYTES + len))?;
            return Some((decoded(body), HEAD_BYTES + body.len()));
        }
        let body = whole?;
        let good = sum == checksum(at, body) || (self.has(Defect::IgnoresChecksums) && len > 0);
        good.then(|| (decoded(body), HEAD_BYTES + len))
    }

    fn keep(&mut self, writes: Writes) {
        self.kept.write(writes).unwrap();
        self.kept.commit().unwrap();
    }

    fn append(&mut self, writes: &Writes) -> Result<(), FsError> {
        let body = encoded(writes);
        let mut bytes = (body.len() as u32).to_le_bytes().to_vec();
        bytes.extend(checksum(self.end as usize, &body).to_le_bytes());
        bytes.extend(body);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let written = self.done(|disk, file, end| disk.lock().write(file, end, rest), 0)?;
            let written = if self.has(Defect::IgnoresAShortWrite) { rest.len() } else { written };
            // A write that was swallowed counts as done.
            let written = if written == 0 { rest.len() } else { written };
            rest = &rest[written..];
            self.end += written as u64;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), FsError> {
        if self.has(Defect::AcknowledgesBeforeSync) {
            return Ok(());
        }
        let synced = self.done(|disk, file, _| disk.lock().sync(file), ());
        match synced {
            Err(FsError::Io) if self.has(Defect::RetriesAFailedSync) => {
                self.disk.lock().sync(self.file)
            }
            other => other,
        }
    }

    /// Makes a call, and swallows what the defect swallows.
    fn done<T>(
        &self,
        call: impl FnOnce(&SharedDisk, Node, u64) -> Result<T, FsError>,
        swallowed: T,
    ) -> Result<T, FsError> {
        match call(&self.disk, self.file, self.end) {
            Err(FsError::Io) if self.has(Defect::SwallowsIo) => Ok(swallowed),
            Err(FsError::NoSpace) if self.has(Defect::SwallowsNoSpace) => Ok(swallowed),
            other => other,
        }
    }
}

/// A file with nothing but its header, whole and under its name when this returns.
fn create(disk: &SharedDisk, defect: Option<Defect>) -> Result<Node, FsError> {
    let mut disk = disk.lock();
    let exclusive = defect == Some(Defect::CreatesOnce);
    let file = disk.create(Node::ROOT, NEW_FILE, exclusive)?;
    disk.set_size(file, 0)?;
    let mut rest = HEADER;
    while !rest.is_empty() {
        let at = (HEADER.len() - rest.len()) as u64;
        rest = &rest[disk.write(file, at, rest)?..];
    }
    let late = defect == Some(Defect::RenamesBeforeSync);
    if !late {
        disk.sync(file)?;
    }
    disk.rename(Node::ROOT, NEW_FILE, Node::ROOT, FILE)?;
    if defect != Some(Defect::ForgetsTheFoldersSync) {
        disk.sync(Node::ROOT)?;
    }
    if late {
        disk.sync(file)?;
    }
    Ok(file)
}

impl KeyValue for Log {
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        self.kept.get(key)
    }

    fn keys(&mut self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, KvError> {
        self.kept.keys(from, to, limit)
    }

    fn write(&mut self, mut writes: Writes) -> Result<(), KvError> {
        if self.has(Defect::ForgetsRemovals) {
            writes.retain(|_, value| value.is_some());
        }
        if self.recovered && self.has(Defect::ReadOnlyAfterRecovery) {
            return Err(KvError::Write("it takes no writes".into()));
        }
        if self.has(Defect::LeaksHalfABatch) {
            self.append(&writes).map_err(|error| KvError::Write(error.into()))?;
        } else {
            self.staged.extend(writes.clone());
        }
        self.kept.write(writes)
    }

    fn commit(&mut self) -> Result<(), KvError> {
        let staged = std::mem::take(&mut self.staged);
        let failed = |error: FsError| KvError::Commit(error.into());
        if self.committed && self.has(Defect::KeepsTheFirstOnly) {
            return self.kept.commit();
        }
        self.committed |= !staged.is_empty();
        if !staged.is_empty() {
            match self.append(&staged) {
                Err(_) if self.has(Defect::EmptyAfterAnError) => {
                    self.kept = Memory::default();
                    return Ok(());
                }
                appended => appended.map_err(failed)?,
            }
        }
        if !staged.is_empty() || self.has(Defect::LeaksHalfABatch) {
            self.sync().map_err(failed)?;
        }
        self.kept.commit()
    }
}

fn encoded(writes: &Writes) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in writes {
        bytes.extend((key.len() as u32).to_le_bytes());
        bytes.extend(key);
        let len = value.as_ref().map_or(u32::MAX, |value| value.len() as u32);
        bytes.extend(len.to_le_bytes());
        bytes.extend(value.iter().flatten());
    }
    bytes
}

/// As much as can be read.
fn decoded(mut bytes: &[u8]) -> Writes {
    fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = bytes.split_at_checked(len)?;
        *bytes = rest;
        Some(taken)
    }
    fn number(bytes: &mut &[u8]) -> Option<u32> {
        Some(u32::from_le_bytes(take(bytes, 4)?.try_into().ok()?))
    }
    let mut writes = BTreeMap::new();
    let mut next = || {
        let len = number(&mut bytes)? as usize;
        let key = take(&mut bytes, len)?.to_vec();
        let value = match number(&mut bytes)? {
            u32::MAX => None,
            len => Some(take(&mut bytes, len as usize)?.to_vec()),
        };
        Some((key, value))
    };
    while let Some((key, value)) = next() {
        writes.insert(key, value);
    }
    writes
}

/// FNV-1a over a record and its place.
fn checksum(at: usize, body: &[u8]) -> u64 {
    let place = (at as u64).to_le_bytes();
    place.iter().chain(body).fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
