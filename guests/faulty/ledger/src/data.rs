//! The key-value under the bent ledger: a map in memory, and where there is a file also a log of
//! every commit.
//!
//! A test's store: small data, nothing is ever made shorter, and what a host's crash leaves is not
//! looked at beyond a record that was cut short.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use wirt_contract::Error;
use wirt_ledger::{KeyValue, KvError, Memory, Writes};

/// Bytes of a length in the log.
const LENGTH: usize = 4;
/// In place of a length: the key is removed.
const REMOVED: u32 = u32::MAX;
/// Past every key a ledger writes.
const PAST_ALL: &[u8] = &[u8::MAX; 8];

/// A key and what is kept under it.
pub type KeyAndValue = (Vec<u8>, Vec<u8>);

/// Why a log cannot be read.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Data of a test's store. A handle to it is a key-value; two handles see each other's commits.
#[derive(Debug, Default)]
pub struct Data {
    memory: Memory,
    log: Option<Arc<Mutex<Log>>>,
    /// The open transaction as the log will have it.
    staged: Vec<u8>,
}

#[derive(Debug)]
enum Log {
    Unread(PathBuf),
    /// All of it is in the memory.
    Read(File),
}

impl Data {
    /// Data over this memory, which others may hold too.
    pub fn over(memory: &Memory) -> Self {
        Self { memory: memory.reopen(), log: None, staged: Vec::new() }
    }

    /// Data that a file keeps; it is read at the first call, and made where it is missing.
    pub fn in_file(path: PathBuf) -> Self {
        let log = Log::Unread(path);
        Self { log: Some(Arc::new(Mutex::new(log))), ..Self::default() }
    }

    /// Another handle.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self { memory: self.memory.reopen(), log: self.log.clone(), staged: Vec::new() }
    }

    /// Everything that was committed, by key.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn rows(&mut self) -> Result<Vec<KeyAndValue>, Error> {
        let mut rows = Vec::new();
        for key in self.keys(&[], PAST_ALL, usize::MAX)? {
            if let Some(value) = self.get(&key)? {
                rows.push((key, value));
            }
        }
        Ok(rows)
    }

    /// Puts what `change` gives in place of each value it gives something for, past every ledger,
    /// and commits. Gives how many it changed.
    ///
    /// # Errors
    /// Where the file cannot be read or written.
    pub fn damage(
        &mut self,
        mut change: impl FnMut(&[u8], &[u8]) -> Option<Vec<u8>>,
    ) -> Result<usize, Error> {
        let rows = self.rows()?.into_iter();
        let changed = rows.filter_map(|(key, value)| Some((change(&key, &value)?, key)));
        let writes: Writes = changed.map(|(value, key)| (key, Some(value))).collect();
        let count = writes.len();
        self.write(writes)?;
        self.commit()?;
        Ok(count)
    }

    /// Reads the file, if there is one and nobody has.
    fn ready(&mut self) -> Result<(), KvError> {
        let Some(log) = &self.log else { return Ok(()) };
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Log::Unread(path) = &*log {
            let file = replay(path, &mut self.memory.reopen()).map_err(KvError::Open)?;
            *log = Log::Read(file);
        }
        Ok(())
    }
}

impl KeyValue for Data {
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        self.ready()?;
        self.memory.get(key)
    }

    fn keys(&mut self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, KvError> {
        self.ready()?;
        self.memory.keys(from, to, limit)
    }

    fn write(&mut self, writes: Writes) -> Result<(), KvError> {
        self.ready()?;
        if self.log.is_some() {
            for (key, value) in &writes {
                stage(&mut self.staged, key, value.as_deref())
                    .map_err(|error| KvError::Write(error.into()))?;
            }
        }
        self.memory.write(writes)
    }

    fn commit(&mut self) -> Result<(), KvError> {
        let staged = std::mem::take(&mut self.staged);
        if let Some(log) = &self.log
            && !staged.is_empty()
        {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever staged something has read the log.
            if let Log::Read(file) = &mut *log {
                append(file, &staged).map_err(|error| KvError::Commit(error.into()))?;
            }
        }
        self.memory.commit()
    }
}

/// One record of the log: its length, then for each key its length, it, the value's length, it.
fn append(file: &mut File, staged: &[u8]) -> std::io::Result<()> {
    let mut record = length(staged.len())?.to_vec();
    record.extend_from_slice(staged);
    file.write_all(&record)?;
    file.sync_data()
}

fn length(bytes: usize) -> std::io::Result<[u8; LENGTH]> {
    let known = u32::try_from(bytes).ok().filter(|length| *length != REMOVED);
    known.map(u32::to_le_bytes).ok_or_else(|| std::io::Error::other("too long for the log"))
}

fn stage(staged: &mut Vec<u8>, key: &[u8], value: Option<&[u8]>) -> std::io::Result<()> {
    staged.extend_from_slice(&length(key.len())?);
    staged.extend_from_slice(key);
    match value {
        Some(value) => {
            staged.extend_from_slice(&length(value.len())?);
            staged.extend_from_slice(value);
        }
        None => staged.extend_from_slice(&REMOVED.to_le_bytes()),
    }
    Ok(())
}

/// Puts what the log holds into the memory, and gives the log, ready for more. A record that was
/// cut short was never acknowledged, and goes.
fn replay(path: &Path, memory: &mut Memory) -> Result<File, Cause> {
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let mut rest = bytes.as_slice();
    while let Some((mut record, after)) = sized(rest) {
        let mut writes = Writes::new();
        while let Some((key, after)) = sized(record) {
            let removed = after.strip_prefix(&REMOVED.to_le_bytes());
            let value = removed.map(|after| (None, after));
            let found = value.or_else(|| sized(after).map(|(value, after)| (Some(value), after)));
            let Some((value, after)) = found else { return Err("the log is damaged".into()) };
            writes.insert(key.to_vec(), value.map(<[u8]>::to_vec));
            record = after;
        }
        memory.write(writes)?;
        rest = after;
    }
    memory.commit()?;
    let whole = bytes.len() - rest.len();
    file.set_len(u64::try_from(whole)?)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

/// What a length and that many bytes give, and what comes after; none where bytes are missing.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(data: &mut Data, key: &str, value: Option<&str>) {
        data.write([(key.into(), value.map(Into::into))].into()).unwrap();
        data.commit().unwrap();
    }

    fn shown(data: &mut Data) -> Vec<(String, String)> {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        data.rows().unwrap().into_iter().map(|(key, value)| (text(key), text(value))).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn a_file_keeps_what_was_committed_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.log");
        let mut data = Data::in_file(path.clone());
        put(&mut data, "a", Some("1"));
        put(&mut data, "b", Some("2"));
        put(&mut data, "a", None);
        put(&mut data.reopen(), "c", Some("3"));
        data.write([(b"d".to_vec(), Some(b"4".to_vec()))].into()).unwrap();
        let kept = pairs(&[("b", "2"), ("c", "3")]);
        assert_eq!(shown(&mut Data::in_file(path.clone())), kept);

        // Whatever the last record loses, the ones before it stay, and the next one fits.
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let mut cut = Data::in_file(path.clone());
        put(&mut cut, "e", Some("5"));
        assert_eq!(shown(&mut Data::in_file(path)), pairs(&[("b", "2"), ("e", "5")]));
    }

    #[test]
    fn damage_is_seen_by_every_handle() {
        let mut data = Data::default();
        let mut other = data.reopen();
        put(&mut data, "a", Some("1"));
        put(&mut data, "b", Some("2"));
        let changed = other.damage(|key, _| (key == b"a").then(|| b"x".to_vec())).unwrap();
        assert_eq!((changed, shown(&mut data)), (1, pairs(&[("a", "x"), ("b", "2")])));
    }
}
