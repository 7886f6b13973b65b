//! The file under redb: redb's own backend, but for how it is synced.
//!
//! redb asks for its data to be durable (fdatasync). On WASI std turns that into an fsync, which on
//! a file system with a journal also waits until that has the file's times. On ext4 a commit takes
//! half as long again by it, wherever the clock of those times has ticked since the last one.
//!
//! Not here: locks. A redb backend need not have them, and WASI has none; the host holds the
//! folder.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::StorageBackend;
use redb::backends::FileBackend;

/// Whether a file's syncs went well, also those that redb makes where it can return no error: when
/// a database is dropped.
///
/// What a failed sync should have written is gone, and no later sync of the file brings it back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Syncs {
    failed: Arc<AtomicBool>,
}

impl Syncs {
    /// An error where one failed.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(io::Error::other(
                "a sync of the file failed, so what it holds may be lost",
            ));
        }
        Ok(())
    }
}

/// A database's file.
#[derive(Debug)]
pub(crate) struct DataFile {
    backend: FileBackend,
    /// The same file once more, to sync it by: the backend keeps its own handle to itself.
    handle: File,
    syncs: Syncs,
}

impl DataFile {
    /// Makes an empty file, also where there is one.
    pub(crate) fn create(path: &Path, syncs: &Syncs) -> Result<Self, redb::Error> {
        let mut options = File::options();
        options.read(true).write(true);
        let handle = options.clone().create(true).truncate(true).open(path)?;
        let backend = FileBackend::new(options.open(path)?)?;
        Ok(Self { backend, handle, syncs: syncs.clone() })
    }

    /// Opens a file that is there.
    ///
    /// redb makes a new database of an empty file; here that is an error, because what was in it
    /// is lost.
    pub(crate) fn open(path: &Path) -> Result<Self, redb::Error> {
        let mut options = File::options();
        options.read(true).write(true);
        let handle = options.open(path)?;
        if handle.metadata()?.len() == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is empty").into());
        }
        let backend = FileBackend::new(options.open(path)?)?;
        Ok(Self { backend, handle, syncs: Syncs::default() })
    }
}

impl StorageBackend for DataFile {
    fn len(&self) -> io::Result<u64> {
        self.backend.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.backend.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.backend.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        #[cfg(target_os = "wasi")]
        let synced = rustix::fs::fdatasync(&self.handle).map_err(io::Error::from);
        // Here std knows best: on macOS what is durable is none of the two.
        #[cfg(not(target_os = "wasi"))]
        let synced = self.handle.sync_data();
        if synced.is_err() {
            self.syncs.failed.store(true, Ordering::Relaxed);
        }
        synced
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.backend.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.backend.close()
    }
}
