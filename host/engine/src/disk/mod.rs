//! A plugin's folder on a disk that forgets: WASI's files, answered by a [`wirt_disk::Disk`].
//!
//! Every file call of the plugin is one call of the disk, in the order the plugin makes them; none
//! waits and none reaches the machine. Descriptors are numbers of an own table: only their numbers
//! cross into the plugin.
//!
//! Not here: what the disk does with a call, and what of it a crash keeps.

mod files;
mod streams;

use std::collections::BTreeMap;

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::FsError;
use wasmtime_wasi::p2::bindings::filesystem::types::{DirectoryEntryStream, ErrorCode};
use wirt_disk::Node;
pub use wirt_disk::SharedDisk;

/// Most descriptors an instance may hold at once.
const MAX_OPEN: usize = 1_024;

/// One instance's descriptors on its disk.
pub(crate) struct Opened {
    disk: SharedDisk,
    open: BTreeMap<u32, Open>,
    listings: BTreeMap<u32, std::vec::IntoIter<wirt_disk::Entry>>,
    next: u32,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    node: Node,
    folder: bool,
    writable: bool,
}

impl Opened {
    pub(crate) fn new(disk: SharedDisk) -> Self {
        Self { disk, open: BTreeMap::new(), listings: BTreeMap::new(), next: 0 }
    }

    /// A descriptor of the folder everything is in.
    pub(crate) fn root(&mut self) -> Result<Resource<Descriptor>, FsError> {
        self.add(Open { node: Node::ROOT, folder: true, writable: true })
    }

    fn add(&mut self, open: Open) -> Result<Resource<Descriptor>, FsError> {
        let number = self.number()?;
        self.open.insert(number, open);
        Ok(Resource::new_own(number))
    }

    fn add_listing(
        &mut self,
        entries: Vec<wirt_disk::Entry>,
    ) -> Result<Resource<DirectoryEntryStream>, FsError> {
        let number = self.number()?;
        self.listings.insert(number, entries.into_iter());
        Ok(Resource::new_own(number))
    }

    fn number(&mut self) -> Result<u32, FsError> {
        if self.open.len() + self.listings.len() >= MAX_OPEN {
            return Err(ErrorCode::Quota.into());
        }
        self.next = self.next.checked_add(1).ok_or(ErrorCode::Quota)?;
        Ok(self.next)
    }

    fn get(&self, descriptor: &Resource<Descriptor>) -> Result<Open, FsError> {
        self.open.get(&descriptor.rep()).copied().ok_or_else(|| ErrorCode::BadDescriptor.into())
    }

    /// A descriptor that may change things.
    fn writable(&self, descriptor: &Resource<Descriptor>) -> Result<Open, FsError> {
        let open = self.get(descriptor)?;
        if open.writable { Ok(open) } else { Err(ErrorCode::NotPermitted.into()) }
    }
}

/// What the disk says, in WASI's words.
fn code(error: wirt_disk::FsError) -> ErrorCode {
    use wirt_disk::FsError as Disk;
    match error {
        Disk::NoEntry => ErrorCode::NoEntry,
        Disk::Exists => ErrorCode::Exist,
        Disk::NotDirectory => ErrorCode::NotDirectory,
        Disk::IsDirectory => ErrorCode::IsDirectory,
        Disk::NotEmpty => ErrorCode::NotEmpty,
        Disk::Invalid => ErrorCode::Invalid,
        Disk::NotPermitted => ErrorCode::NotPermitted,
        Disk::Unsupported => ErrorCode::Unsupported,
        // A stop ends the call before anyone asks for its code.
        Disk::Io | Disk::Stopped => ErrorCode::Io,
        Disk::NoSpace => ErrorCode::InsufficientSpace,
        Disk::TooLarge => ErrorCode::FileTooLarge,
    }
}

fn refused(error: wirt_disk::FsError) -> FsError {
    match error {
        wirt_disk::FsError::Stopped => FsError::trap(error),
        other => code(other).into(),
    }
}
