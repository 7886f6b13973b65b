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

use redb::StorageBackend;
use redb::backends::FileBackend;

/// A file that is there, and is not empty.
#[derive(Debug)]
pub(crate) struct DataFile {
    backend: FileBackend,
    /// The same file once more, to sync it by: the backend keeps its own handle to itself.
    handle: File,
}

impl DataFile {
    /// Opens the file.
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
        Ok(Self { backend, handle })
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
        rustix::fs::fdatasync(&self.handle)?;
        // Here std knows best: on macOS what is durable is none of the two.
        #[cfg(not(target_os = "wasi"))]
        self.handle.sync_data()?;
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.backend.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.backend.close()
    }
}
