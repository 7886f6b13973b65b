//! Reading and writing a file from a place on, as `std`'s `Read` and `Write` do it.

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};
use wirt_disk::Node;

use super::SharedDisk;

/// Most bytes of one write.
const MAX_WRITE_BYTES: usize = 64 << 10;
/// Most bytes of one read.
const MAX_READ_BYTES: usize = 64 << 10;

/// Reads on from a place.
pub(super) struct Reader {
    pub(super) disk: SharedDisk,
    pub(super) node: Node,
    pub(super) at: u64,
}

/// Writes on from a place; none means at the end, wherever that is by then.
pub(super) struct Writer {
    pub(super) disk: SharedDisk,
    pub(super) node: Node,
    pub(super) at: Option<u64>,
}

fn failed(error: wirt_disk::FsError) -> StreamError {
    let is_stop = error == wirt_disk::FsError::Stopped;
    let error = wasmtime::Error::new(error);
    if is_stop { StreamError::Trap(error) } else { StreamError::LastOperationFailed(error) }
}

impl InputStream for Reader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        let read = self.disk.lock().read(self.node, self.at, size.min(MAX_READ_BYTES));
        let bytes = read.map_err(failed)?;
        if bytes.is_empty() {
            return Err(StreamError::Closed);
        }
        self.at = self.at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(bytes.into())
    }
}

impl OutputStream for Writer {
    /// A stream takes all it said it would, so a short write of the disk is gone on with.
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut rest: &[u8] = &bytes;
        let mut disk = self.disk.lock();
        while !rest.is_empty() {
            let at = match self.at {
                Some(at) => at,
                None => disk.stat(self.node).map_err(failed)?.size,
            };
            let written = disk.write(self.node, at, rest).map_err(failed)?;
            if let Some(at) = &mut self.at {
                *at = at.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
            }
            rest = rest.get(written.max(1)..).unwrap_or_default();
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE_BYTES)
    }
}

#[async_trait]
impl Pollable for Reader {
    async fn ready(&mut self) {}
}

#[async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {}
}
