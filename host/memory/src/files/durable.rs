//! Putting a whole new file in the place of an old one: written beside it, made durable, renamed,
//! and the folder made durable. Who reads at any moment, or after any crash, finds the file before
//! or after, never in between.
//!
//! Writers of one root wait for each other, threads and processes alike, on a lock on the file
//! `.lock` in the root; the system lets go of it when its holder ends, however it ends.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::read::{Bytes, MAX_FILE_BYTES, read_alone};
use crate::error::{AppendError, FileError};

/// Held while a file of the root is read, changed and written back. It has no bytes.
const LOCK_FILE: &str = ".lock";

/// A file to be replaced, held against other writers.
pub(super) struct Target<'p> {
    path: &'p str,
    at: PathBuf,
    /// Folders on the way that are not there, deepest first.
    missing: Vec<PathBuf>,
    _turn: File,
}

impl<'p> Target<'p> {
    /// Waits until no other writer holds the root. `path` is from the root and has no `..`.
    pub(super) fn hold(root: &Path, path: &'p str) -> Result<Self, AppendError> {
        let write_error = |source| AppendError::Write { path: path.to_owned(), source };
        let root = root.canonicalize().map_err(write_error)?;
        let at = root.join(path);
        let turn = turn(&root).map_err(write_error)?;
        let outside = || AppendError::Outside { path: path.to_owned() };
        let folder = at.parent().unwrap_or(&root);
        let (there, missing) = missing_folders(&root, folder);
        // A link on the way that stays within the root is as bad: its files are never indexed.
        if !there.canonicalize().is_ok_and(|canonical| canonical == there) {
            return Err(outside());
        }
        if at.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(outside());
        }
        Ok(Self { path, at, missing, _turn: turn })
    }

    /// The file as it is; `None` where it is not there.
    pub(super) fn read(&self) -> Result<Option<Bytes>, AppendError> {
        match read_alone(&self.at) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(FileError::Read(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.broken(source)),
        }
    }

    /// What is wrong with the file, or with what would take its place.
    pub(super) fn broken(&self, source: FileError) -> AppendError {
        AppendError::Log { path: self.path.to_owned(), source }
    }

    /// Puts a text in the file's place. When this returns it is durable.
    pub(super) fn replace(self, text: &str) -> Result<(), AppendError> {
        let size = text.len() as u64;
        if size > MAX_FILE_BYTES {
            return Err(self.broken(FileError::TooLarge { size, max: MAX_FILE_BYTES }));
        }
        let Self { path, at, missing, _turn } = self;
        let folder = at.parent().unwrap_or(Path::new("."));
        make_folders(&missing)
            .and_then(|()| replace(folder, &at, text))
            .map_err(|source| AppendError::Write { path: path.to_owned(), source })
    }
}

/// Waits for the root's lock. It is the open file's own, so that threads exclude each other too.
fn turn(root: &Path) -> io::Result<File> {
    let at = root.join(LOCK_FILE);
    if at.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let found = "expected `.lock` in the root to be a file; remove what is there";
        return Err(io::Error::other(found));
    }
    let file = File::options().create(true).truncate(false).write(true).open(at)?;
    file.lock()?;
    Ok(file)
}

/// The deepest folder on the way that is there, and those below it that are not, deepest first.
fn missing_folders(root: &Path, folder: &Path) -> (PathBuf, Vec<PathBuf>) {
    let (mut there, mut missing) = (folder.to_owned(), Vec::new());
    while there != root && there.symlink_metadata().is_err() {
        let Some(above) = there.parent().map(Path::to_owned) else { break };
        missing.push(std::mem::replace(&mut there, above));
    }
    (there, missing)
}

/// Makes folders from the outermost in, each durable in the folder it stands in.
fn make_folders(missing: &[PathBuf]) -> io::Result<()> {
    for folder in missing.iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => {}
            // Someone else made it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        if let Some(above) = folder.parent() {
            sync_folder(above)?;
        }
    }
    Ok(())
}

fn replace(folder: &Path, target: &Path, text: &str) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{name}.tmp.");
    builder.prefix(&prefix);
    if let Some(permissions) = permissions(target)? {
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(target)?;
    sync_folder(folder)
}

/// The old file's rights, or what any new file gets.
fn permissions(target: &Path) -> io::Result<Option<Permissions>> {
    match target.metadata() {
        Ok(metadata) => Ok(Some(metadata.permissions())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(new_file_permissions()),
        Err(error) => Err(error),
    }
}

/// Read and write for all, which the process's umask then narrows.
#[cfg(unix)]
fn new_file_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(Permissions::from_mode(0o666))
}

/// The system's own choice.
#[cfg(not(unix))]
fn new_file_permissions() -> Option<Permissions> {
    None
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
