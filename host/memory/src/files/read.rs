//! Reading a file whole: its bytes' digest, its text, and the stat it had meanwhile. A skill's file
//! is read with its references, and its stat is that of all of them.

use std::{
    fs::{File, Metadata},
    io::Read as _,
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::kinds;
use crate::{entry::Kind, error::FileError};

/// Longest file in bytes; of a skill, together with its references. A megabyte a day of facts fits
/// thirty times; a log that grew by mistake does not fill the memory.
pub(crate) const MAX_FILE_BYTES: u64 = 32 << 20;
/// Most references of one skill.
const MAX_REFERENCES: usize = 1_000;

/// SHA-256 of a file's bytes.
pub(crate) type Digest = [u8; 32];

/// What the file system says of a file, and of a skill's references with it; a change of its content
/// changes one of these, except within the clock's own tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stat {
    pub(crate) size: u64,
    /// Nanoseconds since 1970; the latest of all.
    pub(crate) modified_ns: i128,
    /// Nanoseconds since 1970, the latest of all; 0 where the system has none.
    pub(crate) changed_ns: i128,
    /// 0 where the system has none.
    pub(crate) inode: u64,
    /// Over the names and stats of a skill's references, in order; all zero for other kinds.
    pub(crate) references: [u8; 16],
}

impl Stat {
    fn of(metadata: &Metadata) -> Self {
        let since_epoch = |at: std::time::SystemTime| match at.duration_since(std::time::UNIX_EPOCH)
        {
            Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |ns| -ns),
        };
        let (changed_ns, inode) = change_and_inode(metadata);
        let modified_ns = metadata.modified().map_or(0, since_epoch);
        Self { size: metadata.len(), modified_ns, changed_ns, inode, references: [0; 16] }
    }

    /// The same with a skill's references, which the folder holds.
    fn with_references(self, folder: &Path) -> Result<Self, FileError> {
        let mut all = self;
        let mut hash = Sha256::new();
        for name in reference_names(folder)? {
            let Self { size, modified_ns, changed_ns, inode, .. } =
                Self::of(&folder.join(&name).symlink_metadata()?);
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(&name);
            hash.update(size.to_le_bytes());
            hash.update(modified_ns.to_le_bytes());
            hash.update(changed_ns.to_le_bytes());
            hash.update(inode.to_le_bytes());
            all.size = all.size.saturating_add(size);
            all.modified_ns = all.modified_ns.max(modified_ns);
            all.changed_ns = all.changed_ns.max(changed_ns);
        }
        all.references = hash.finalize().first_chunk().copied().unwrap_or_default();
        Ok(all)
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
    /// Covers the references.
    pub(crate) digest: Digest,
    /// `None` where the file changed while it was read. Of a skill, its references are covered.
    pub(crate) stat: Option<Stat>,
    bytes: Vec<u8>,
    references: Vec<Reference>,
}

/// A file that belongs to a skill.
#[derive(Debug)]
struct Reference {
    name: String,
    bytes: Vec<u8>,
}

impl Bytes {
    /// The bytes as text.
    pub(crate) fn text(&self) -> Result<&str, FileError> {
        text(&self.bytes)
    }

    /// The texts of a skill's references, by their names.
    pub(super) fn references(&self) -> Result<Vec<&str>, FileError> {
        self.references
            .iter()
            .map(|reference| {
                text(&reference.bytes).map_err(|error| in_reference(&reference.name, error))
            })
            .collect()
    }
}

fn text(bytes: &[u8]) -> Result<&str, FileError> {
    std::str::from_utf8(bytes).map_err(|error| FileError::NotUtf8 { offset: error.valid_up_to() })
}

fn in_reference(name: &str, source: FileError) -> FileError {
    FileError::Reference { name: name.to_owned(), source: Box::new(source) }
}

/// The stat of the file at a path, with its references where it is a skill's; `None` where no file
/// is there or a reference cannot be looked at.
pub(crate) fn stat(kind: Kind, path: &Path) -> Option<Stat> {
    let metadata = path.symlink_metadata().ok().filter(Metadata::is_file)?;
    let stat = Stat::of(&metadata);
    if kind != Kind::AgentSkill {
        return Some(stat);
    }
    stat.with_references(&path.with_file_name(kinds::REFERENCES)).ok()
}

/// Reads a file whole and nothing that belongs to it.
pub(super) fn read_alone(path: &Path) -> Result<Bytes, FileError> {
    let (bytes, stat) = read_one(path, MAX_FILE_BYTES)?;
    Ok(Bytes { digest: Sha256::digest(&bytes).into(), stat, bytes, references: Vec::new() })
}

/// Reads a file whole; a skill's with the markdown in the folder `references` beside it.
pub(crate) fn read(kind: Kind, path: &Path) -> Result<Bytes, FileError> {
    if kind != Kind::AgentSkill {
        return read_alone(path);
    }
    let before = stat(kind, path);
    let (bytes, _) = read_one(path, MAX_FILE_BYTES)?;
    let folder = path.with_file_name(kinds::REFERENCES);
    let mut room = MAX_FILE_BYTES.saturating_sub(bytes.len() as u64);
    let mut hash = Sha256::new_with_prefix(Sha256::digest(&bytes));
    let mut references = Vec::new();
    for name in reference_names(&folder)? {
        let (bytes, _) =
            read_one(&folder.join(&name), room).map_err(|error| in_reference(&name, error))?;
        room = room.saturating_sub(bytes.len() as u64);
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(&name);
        hash.update(Sha256::digest(&bytes));
        references.push(Reference { name, bytes });
    }
    let stat = before.filter(|before| stat(kind, path) == Some(*before));
    Ok(Bytes { digest: hash.finalize().into(), stat, bytes, references })
}

/// The names of the references in a folder, in order. Links are passed over, as everywhere.
fn reference_names(folder: &Path) -> Result<Vec<String>, FileError> {
    let entries = match folder.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => std::fs::read_dir(folder)?,
        _ => return Ok(Vec::new()),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let is_file = entry.file_type()?.is_file();
        match entry.file_name().into_string() {
            Ok(name) if is_file && kinds::is_reference(&name) => names.push(name),
            Ok(_) => {}
            Err(name) if is_file && kinds::is_reference(&name.to_string_lossy()) => {
                return Err(in_reference(&name.to_string_lossy(), FileError::Name));
            }
            Err(_) => {}
        }
        if names.len() > MAX_REFERENCES {
            return Err(FileError::TooManyReferences { max: MAX_REFERENCES });
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn read_one(path: &Path, max: u64) -> Result<(Vec<u8>, Option<Stat>), FileError> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile { found: kind_of(&metadata) });
    }
    let before = Stat::of(&metadata);
    let too_large = |size| FileError::TooLarge { size, max };
    if before.size > max {
        return Err(too_large(before.size));
    }
    let mut bytes = Vec::new();
    file.by_ref().take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(too_large(bytes.len() as u64));
    }
    let after = Stat::of(&file.metadata()?);
    let stat = (before == after && after.size == bytes.len() as u64).then_some(after);
    Ok((bytes, stat))
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_no_text_of_a_fair_size_is_told_apart() {
        let root = tempfile::tempdir().unwrap();
        let (kind, at) = (Kind::Note, root.path().join("a.md"));
        fs::write(&at, b"good \xff bad").unwrap();
        let error = read(kind, &at).unwrap().text().unwrap_err().to_string();
        assert_eq!(error, "not UTF-8 from byte 5 on; save it as UTF-8");
        File::create(&at).unwrap().set_len(50 << 20).unwrap();
        let error = read(kind, &at).unwrap_err().to_string();
        assert_eq!(error, "52428800 bytes, expected at most 33554432; split it");
        let error = read(Kind::Note, root.path()).unwrap_err().to_string();
        assert_eq!(error, "expected a file, found a folder; move it away");
    }

    #[test]
    fn a_skills_digest_and_text_cover_its_references() {
        let root = tempfile::tempdir().unwrap();
        let (kind, at) = (Kind::AgentSkill, root.path().join("SKILL.md"));
        fs::write(&at, "x").unwrap();
        let bare = read(kind, &at).unwrap();
        assert!(bare.references().unwrap().is_empty());
        let folder = root.path().join("references");
        fs::create_dir_all(folder.join("deep.md")).unwrap();
        assert_eq!(read(kind, &at).unwrap().digest, bare.digest);
        fs::write(folder.join("b.md"), "B").unwrap();
        fs::write(folder.join("a.md"), "A").unwrap();
        fs::write(folder.join("script.py"), "no").unwrap();
        let full = read(kind, &at).unwrap();
        assert_eq!(full.references().unwrap(), ["A", "B"]);
        assert_ne!(full.digest, bare.digest);
        fs::rename(folder.join("b.md"), folder.join("c.md")).unwrap();
        let renamed = read(kind, &at).unwrap();
        assert_ne!(renamed.digest, full.digest);
        fs::write(folder.join("c.md"), b"\xff").unwrap();
        let broken = read(kind, &at).unwrap();
        assert_ne!(broken.digest, renamed.digest);
        let error = broken.references().unwrap_err().to_string();
        assert!(error.starts_with("`c.md` in its folder `references`: not UTF-8"), "{error}");
        File::create(folder.join("a.md")).unwrap().set_len(MAX_FILE_BYTES).unwrap();
        let error = read(kind, &at).unwrap_err().to_string();
        assert!(error.starts_with("`a.md` in its folder `references`: 33554432 bytes"), "{error}");
    }

    #[test]
    fn a_skills_stat_covers_its_references() {
        let root = tempfile::tempdir().unwrap();
        let (at, folder) = (root.path().join("SKILL.md"), root.path().join("references"));
        fs::create_dir(&folder).unwrap();
        fs::write(&at, "x").unwrap();
        let of_skill = || stat(Kind::AgentSkill, &at).unwrap();
        let (bare, alone) = (of_skill(), stat(Kind::Note, &at).unwrap());
        fs::write(folder.join("a.md"), "A").unwrap();
        fs::write(folder.join("b.md"), "B").unwrap();
        let full = of_skill();
        assert_eq!(read(Kind::AgentSkill, &at).unwrap().stat, Some(full));
        assert_ne!(full, bare);
        assert_eq!(stat(Kind::Note, &at), Some(alone), "of a note no references are asked");
        let old = std::time::UNIX_EPOCH;
        let file = File::options().write(true).open(folder.join("a.md")).unwrap();
        file.set_modified(old).unwrap();
        let backdated = of_skill();
        assert_ne!(backdated, full, "the older of two tells as well");
        assert!(!backdated.is_settled(full.modified_ns, 0), "the latest time counts");
        fs::rename(folder.join("a.md"), folder.join("c.md")).unwrap();
        let renamed = of_skill();
        assert_ne!(renamed.references, backdated.references);
        fs::remove_file(folder.join("c.md")).unwrap();
        assert_ne!(of_skill().references, renamed.references);
        fs::remove_file(&at).unwrap();
        assert_eq!(stat(Kind::AgentSkill, &at), None);
    }

    #[cfg(unix)]
    #[test]
    fn references_through_links_are_passed_over() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret.md"), "secret").unwrap();
        let (kind, at) = (Kind::AgentSkill, root.path().join("SKILL.md"));
        fs::write(&at, "x").unwrap();
        let folder = root.path().join("references");
        std::os::unix::fs::symlink(outside.path(), &folder).unwrap();
        assert!(read(kind, &at).unwrap().references().unwrap().is_empty());
        fs::remove_file(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.md"), folder.join("a.md")).unwrap();
        assert!(read(kind, &at).unwrap().references().unwrap().is_empty());
    }
}
