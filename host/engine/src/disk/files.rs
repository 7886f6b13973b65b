//! `wasi:filesystem/types` over a disk.

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::{DirectoryEntryStream, ErrorCode};
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, Filesize,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};
use wirt_disk::{FsError as DiskError, Kind, Node, Stat};

use super::streams::{Reader, Writer};
use super::{Open, Opened, code, refused};
use crate::sandbox::Sandbox;

/// Most bytes of one read; a caller asks again for more.
const MAX_READ_BYTES: u64 = 1 << 20;

fn kind(kind: Kind) -> DescriptorType {
    match kind {
        Kind::File => DescriptorType::RegularFile,
        Kind::Folder => DescriptorType::Directory,
    }
}

/// Times do not exist on the disk: they would be the one thing about it that nothing gives.
fn stat(stat: Stat) -> DescriptorStat {
    DescriptorStat {
        type_: kind(stat.kind),
        link_count: 1,
        size: stat.size,
        data_access_timestamp: None,
        data_modification_timestamp: None,
        status_change_timestamp: None,
    }
}

fn hash(stat: Stat) -> MetadataHashValue {
    MetadataHashValue { lower: stat.number, upper: 0 }
}

impl Sandbox {
    /// The descriptors of an instance that has a disk.
    fn opened(&mut self) -> Result<&mut Opened, FsError> {
        self.opened.as_mut().ok_or_else(|| ErrorCode::BadDescriptor.into())
    }

    fn stat_path(&mut self, fd: &Resource<Descriptor>, path: &str) -> Result<Stat, FsError> {
        let opened = self.opened()?;
        let folder = opened.get(fd)?.node;
        let mut disk = opened.disk.lock();
        let node = disk.look(folder, path).map_err(refused)?;
        disk.stat(node).map_err(refused)
    }
}

impl types::Host for Sandbox {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<types::ErrorCode> {
        Ok(error.downcast()?.into())
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<types::ErrorCode>> {
        let error = self.table_mut().get(&error)?;
        Ok(error.downcast_ref::<DiskError>().map(|error| code(*error).into()))
    }
}

impl types::HostDescriptor for Sandbox {
    fn advise(
        &mut self,
        _: Resource<Descriptor>,
        _: Filesize,
        _: Filesize,
        _: Advice,
    ) -> FsResult<()> {
        Ok(())
    }

    fn sync_data(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        types::HostDescriptor::sync(self, fd)
    }

    fn get_flags(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorFlags> {
        let open = self.opened()?.get(&fd)?;
        let mut flags = DescriptorFlags::READ;
        if open.writable {
            flags |= if open.folder {
                DescriptorFlags::MUTATE_DIRECTORY
            } else {
                DescriptorFlags::WRITE
            };
        }
        Ok(flags)
    }

    fn get_type(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorType> {
        let open = self.opened()?.get(&fd)?;
        Ok(kind(if open.folder { Kind::Folder } else { Kind::File }))
    }

    fn set_size(&mut self, fd: Resource<Descriptor>, size: Filesize) -> FsResult<()> {
        let opened = self.opened()?;
        let node = opened.writable(&fd)?.node;
        opened.disk.lock().set_size(node, size).map_err(refused)
    }

    fn set_times(
        &mut self,
        _: Resource<Descriptor>,
        _: NewTimestamp,
        _: NewTimestamp,
    ) -> FsResult<()> {
        Ok(())
    }

    fn read(
        &mut self,
        fd: Resource<Descriptor>,
        len: Filesize,
        offset: Filesize,
    ) -> FsResult<(Vec<u8>, bool)> {
        let opened = self.opened()?;
        let node = opened.get(&fd)?.node;
        let len = usize::try_from(len.min(MAX_READ_BYTES)).unwrap_or(usize::MAX);
        let bytes = opened.disk.lock().read(node, offset, len).map_err(refused)?;
        let ended = bytes.is_empty() && len > 0;
        Ok((bytes, ended))
    }

    fn write(
        &mut self,
        fd: Resource<Descriptor>,
        bytes: Vec<u8>,
        offset: Filesize,
    ) -> FsResult<Filesize> {
        let opened = self.opened()?;
        let node = opened.writable(&fd)?.node;
        let written = opened.disk.lock().write(node, offset, &bytes).map_err(refused)?;
        Ok(Filesize::try_from(written).unwrap_or(Filesize::MAX))
    }

    fn read_directory(
        &mut self,
        fd: Resource<Descriptor>,
    ) -> FsResult<Resource<DirectoryEntryStream>> {
        let opened = self.opened()?;
        let node = opened.get(&fd)?.node;
        let entries = opened.disk.lock().list(node).map_err(refused)?;
        opened.add_listing(entries)
    }

    fn sync(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        let opened = self.opened()?;
        let node = opened.get(&fd)?.node;
        opened.disk.lock().sync(node).map_err(refused)
    }

    fn create_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let opened = self.opened()?;
        let node = opened.writable(&fd)?.node;
        opened.disk.lock().create_folder(node, &path).map_err(refused)
    }

    fn stat(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorStat> {
        let opened = self.opened()?;
        let node = opened.get(&fd)?.node;
        opened.disk.lock().stat(node).map(stat).map_err(refused)
    }

    fn stat_at(
        &mut self,
        fd: Resource<Descriptor>,
        _: PathFlags,
        path: String,
    ) -> FsResult<DescriptorStat> {
        self.stat_path(&fd, &path).map(stat)
    }

    fn set_times_at(
        &mut self,
        _: Resource<Descriptor>,
        _: PathFlags,
        _: String,
        _: NewTimestamp,
        _: NewTimestamp,
    ) -> FsResult<()> {
        Ok(())
    }

    fn link_at(
        &mut self,
        _: Resource<Descriptor>,
        _: PathFlags,
        _: String,
        _: Resource<Descriptor>,
        _: String,
    ) -> FsResult<()> {
        Err(refused(DiskError::Unsupported))
    }

    fn open_at(
        &mut self,
        fd: Resource<Descriptor>,
        _: PathFlags,
        path: String,
        how: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let opened = self.opened()?;
        let parent = opened.get(&fd)?;
        let writable = parent.writable
            && flags.intersects(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY);
        let changes = OpenFlags::CREATE | OpenFlags::TRUNCATE;
        if how.intersects(changes) && !parent.writable {
            return Err(ErrorCode::NotPermitted.into());
        }
        let mut disk = opened.disk.lock();
        let found = disk.look(parent.node, &path);
        let node = match found {
            Ok(_) if how.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE) => {
                return Err(ErrorCode::Exist.into());
            }
            Err(DiskError::NoEntry) if how.contains(OpenFlags::CREATE) => {
                disk.create(parent.node, &path, true).map_err(refused)?
            }
            found => found.map_err(refused)?,
        };
        let folder = disk.stat(node).map_err(refused)?.kind == Kind::Folder;
        if how.contains(OpenFlags::DIRECTORY) && !folder {
            return Err(ErrorCode::NotDirectory.into());
        }
        if folder && flags.contains(DescriptorFlags::WRITE) {
            return Err(ErrorCode::IsDirectory.into());
        }
        if how.contains(OpenFlags::TRUNCATE) && !folder {
            disk.set_size(node, 0).map_err(refused)?;
        }
        drop(disk);
        opened.add(Open { node, folder, writable: writable || (folder && parent.writable) })
    }

    fn drop(&mut self, fd: Resource<Descriptor>) -> wasmtime::Result<()> {
        if let Some(opened) = &mut self.opened {
            opened.open.remove(&fd.rep());
        }
        Ok(())
    }

    fn readlink_at(&mut self, _: Resource<Descriptor>, _: String) -> FsResult<String> {
        Err(ErrorCode::Invalid.into())
    }

    fn remove_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let opened = self.opened()?;
        let node = opened.writable(&fd)?.node;
        opened.disk.lock().remove_folder(node, &path).map_err(refused)
    }

    fn rename_at(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
        to: Resource<Descriptor>,
        to_path: String,
    ) -> FsResult<()> {
        let opened = self.opened()?;
        let (from, to) = (opened.writable(&fd)?.node, opened.writable(&to)?.node);
        opened.disk.lock().rename(from, &path, to, &to_path).map_err(refused)
    }

    fn symlink_at(&mut self, _: Resource<Descriptor>, _: String, _: String) -> FsResult<()> {
        Err(refused(DiskError::Unsupported))
    }

    fn unlink_file_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let opened = self.opened()?;
        let node = opened.writable(&fd)?.node;
        opened.disk.lock().remove_file(node, &path).map_err(refused)
    }

    fn read_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        let opened = self.opened()?;
        let node = opened.get(&fd)?.node;
        let reader = Reader { disk: opened.disk.clone(), node, at: offset };
        let reader: DynInputStream = Box::new(reader);
        Ok(self.table_mut().push(reader)?)
    }

    fn write_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.writer(&fd, Some(offset))
    }

    fn append_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.writer(&fd, None)
    }

    fn is_same_object(
        &mut self,
        a: Resource<Descriptor>,
        b: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        let node = |opened: &Opened, fd| opened.get(fd).ok().map(|open: Open| open.node);
        let Some(opened) = &self.opened else { return Ok(false) };
        let (a, b): (Option<Node>, Option<Node>) = (node(opened, &a), node(opened, &b));
        Ok(a.is_some() && a == b)
    }

    fn metadata_hash(&mut self, fd: Resource<Descriptor>) -> FsResult<MetadataHashValue> {
        let opened = self.opened()?;
        let node = opened.get(&fd)?.node;
        opened.disk.lock().stat(node).map(hash).map_err(refused)
    }

    fn metadata_hash_at(
        &mut self,
        fd: Resource<Descriptor>,
        _: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        self.stat_path(&fd, &path).map(hash)
    }
}

impl Sandbox {
    fn writer(
        &mut self,
        fd: &Resource<Descriptor>,
        at: Option<u64>,
    ) -> FsResult<Resource<DynOutputStream>> {
        let opened = self.opened()?;
        let node = opened.writable(fd)?.node;
        let writer: DynOutputStream = Box::new(Writer { disk: opened.disk.clone(), node, at });
        Ok(self.table_mut().push(writer)?)
    }
}

impl types::HostDirectoryEntryStream for Sandbox {
    fn read_directory_entry(
        &mut self,
        listing: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        let opened = self.opened()?;
        let listing = opened.listings.get_mut(&listing.rep()).ok_or(ErrorCode::BadDescriptor)?;
        let entry = listing.next();
        Ok(entry.map(|entry| DirectoryEntry { type_: kind(entry.kind), name: entry.name }))
    }

    fn drop(&mut self, listing: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        if let Some(opened) = &mut self.opened {
            opened.listings.remove(&listing.rep());
        }
        Ok(())
    }
}
