//! Reading a file whole: its bytes' digest, its text, and the stat it had meanwhile.

use std::{
    fs::{File, Metadata},
    io::Read as _,
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::FileError;

/// Longest file in bytes. A megabyte a day of facts fits sixty times; a log that grew by mistake
/// does not fill the memory.
pub(crate) const MAX_FILE_BYTES: u64 = 64 << 20;

/// SHA-256 of a file's bytes.
pub(crate) type Digest = [u8; 32];

/// What the file system says of a file; a change of its content changes one of these, except
/// within the clock's own tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stat {
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    pub(crate) modified_ns: i128,
    /// Nanoseconds since 1970; 0 where the system has none.
    pub(crate) changed_ns: i128,
    /// 0 where the system has none.
    pub(crate) inode: u64,
}

impl Stat {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let since_epoch = |at: std::time::SystemTime| match at.duration_since(std::time::UNIX_EPOCH)
        {
            Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |ns| -ns),
        };
        let (changed_ns, inode) = change_and_inode(metadata);
        let modified_ns = metadata.modified().map_or(0, since_epoch);
        Self { size: metadata.len(), modified_ns, changed_ns, inode }
    }

    /// Whether a change at or after `now_ns` is sure to show: both times are at least `window_ns`
    /// in the past.
    pub(crate) fn is_settled(&self, now_ns: i128, window_ns: i128) -> bool {
        self.modified_ns.max(self.changed_ns) < now_ns - window_ns
    }
}

#[cfg(unix)]
fn change_and_inode(metadata: &Metadata) -> (i128, u64) {
    use std::os::unix::fs::MetadataExt as _;
    let ns = i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec());
    (ns, metadata.ino())
}

#[cfg(not(unix))]
fn change_and_inode(_: &Metadata) -> (i128, u64) {
    (0, 0)
}

/// A file as it was read.
#[derive(Debug)]
pub(crate) struct Bytes {
    pub(crate) digest: Digest,
    /// `None` where the file changed while it was read.
    pub(crate) stat: Option<Stat>,
    bytes: Vec<u8>,
}

impl Bytes {
    /// The bytes as text.
    pub(crate) fn text(&self) -> Result<&str, FileError> {
        std::str::from_utf8(&self.bytes)
            .map_err(|error| FileError::NotUtf8 { offset: error.valid_up_to() })
    }
}

/// Reads a file whole.
pub(crate) fn read(path: &Path) -> Result<Bytes, FileError> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile { found: kind_of(&metadata) });
    }
    let before = Stat::of(&metadata);
    let too_large = |size| FileError::TooLarge { size, max: MAX_FILE_BYTES };
    if before.size > MAX_FILE_BYTES {
        return Err(too_large(before.size));
    }
    let mut bytes = Vec::new();
    file.by_ref().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(too_large(bytes.len() as u64));
    }
    let after = Stat::of(&file.metadata()?);
    let stat = (before == after && after.size == bytes.len() as u64).then_some(after);
    Ok(Bytes { digest: Sha256::digest(&bytes).into(), stat, bytes })
}

/// What stands at a path, for people.
pub(crate) fn kind_of(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        "a folder"
    } else if kind.is_symlink() {
        "a link"
    } else if kind.is_file() {
        "a file"
    } else {
        "a device, pipe or socket"
    }
}
