//! The ledger's key-value over redb: one table, one file in the folder.
//!
//! Not here: locking the folder. redb takes no lock inside a sandbox; the host holds one on the
//! folder it grants.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use redb::{
    Builder, Database, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};
use wirt_ledger::{KeyValue, KvError, Writes};

use crate::file::{DataFile, Syncs};

/// The file the data is in.
const FILE: &str = "wirt.redb";

/// The file while it is being created. A crash in redb's creation can leave a file that never
/// opens again, so only a finished one gets [`FILE`]'s name.
const NEW_FILE: &str = "wirt.redb.new";

/// Most bytes of pages redb keeps in memory; its default is a gigabyte, and a sandbox has some
/// hundred megabytes in all.
const CACHE_BYTES: usize = 16 << 20;

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("ledger");

/// A durable key-value in a folder.
pub struct RedbKv {
    // In this order they are dropped: a transaction goes before its database.
    /// What reads go through while nothing is being written; made at the first read after a
    /// commit, which is the only thing that changes what it shows.
    reading: Option<ReadOnlyTable<&'static [u8], &'static [u8]>>,
    /// From the first write to the commit.
    writing: Option<WriteTransaction>,
    database: Database,
}

impl RedbKv {
    /// Opens the data in the folder, or creates it there. The folder must exist.
    ///
    /// # Errors
    /// [`KvError::Open`]: the folder cannot be read or written, or the file is not redb's or is
    /// damaged beyond what redb repairs.
    pub fn open(folder: &Path) -> Result<Self, KvError> {
        open(folder).map_err(|error| KvError::Open(error.into()))
    }
}

fn open(folder: &Path) -> Result<RedbKv, redb::Error> {
    let path = folder.join(FILE);
    let new = folder.join(NEW_FILE);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    if !path.try_exists()? {
        create(&new)?;
        fs::rename(&new, &path)?;
        File::open(folder)?.sync_all()?;
    }
    let database = builder().create_with_backend(DataFile::open(&path)?)?;
    Ok(RedbKv { reading: None, writing: None, database })
}

/// A whole file with an empty table, on the disk when this returns.
fn create(path: &Path) -> Result<(), redb::Error> {
    let syncs = Syncs::default();
    let database = builder().create_with_backend(DataFile::create(path, &syncs)?)?;
    let transaction = database.begin_write()?;
    transaction.open_table(TABLE)?;
    transaction.commit()?;
    drop(database);
    syncs.check()?;
    File::options().write(true).open(path)?.sync_all()?;
    Ok(())
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

impl RedbKv {
    fn read(&mut self) -> Result<&ReadOnlyTable<&'static [u8], &'static [u8]>, redb::Error> {
        let table = match self.reading.take() {
            Some(table) => table,
            None => self.database.begin_read()?.open_table(TABLE)?,
        };
        Ok(self.reading.insert(table))
    }

    fn get_value(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
        match &self.writing {
            Some(transaction) => value_in(&transaction.open_table(TABLE)?, key),
            None => value_in(self.read()?, key),
        }
    }

    fn get_keys(
        &mut self,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, redb::Error> {
        match &self.writing {
            Some(transaction) => keys_in(&transaction.open_table(TABLE)?, from, to, limit),
            None => keys_in(self.read()?, from, to, limit),
        }
    }

    fn stage(&mut self, writes: Writes) -> Result<(), redb::Error> {
        self.reading = None;
        let transaction = match self.writing.take() {
            Some(transaction) => transaction,
            None => self.database.begin_write()?,
        };
        let mut table = self.writing.insert(transaction).open_table(TABLE)?;
        for (key, value) in writes {
            match value {
                Some(value) => table.insert(key.as_slice(), value.as_slice())?,
                None => table.remove(key.as_slice())?,
            };
        }
        Ok(())
    }
}

fn value_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &[u8],
) -> Result<Option<Vec<u8>>, redb::Error> {
    Ok(table.get(key)?.map(|value| value.value().to_vec()))
}

fn keys_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    from: &[u8],
    to: &[u8],
    limit: usize,
) -> Result<Vec<Vec<u8>>, redb::Error> {
    if from >= to {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for pair in table.range::<&[u8]>(from..to)?.take(limit) {
        let (key, _) = pair?;
        keys.push(key.value().to_vec());
    }
    Ok(keys)
}

impl KeyValue for RedbKv {
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        self.get_value(key).map_err(|error| KvError::Read(error.into()))
    }

    fn keys(&mut self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, KvError> {
        self.get_keys(from, to, limit).map_err(|error| KvError::Read(error.into()))
    }

    fn write(&mut self, writes: Writes) -> Result<(), KvError> {
        self.stage(writes).map_err(|error| KvError::Write(error.into()))
    }

    fn commit(&mut self) -> Result<(), KvError> {
        match self.writing.take() {
            Some(transaction) => {
                transaction.commit().map_err(|error| KvError::Commit(error.into()))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "kv/tests.rs"]
mod tests;
