//! The disk beside a real folder: the same calls, and the same seen of both.
//!
//! The real one is reached through cap-std, as a plugin's real folder is. Only on Linux: other
//! systems have other words for some refusals.
//!
//! Left out, as the disk is other by design: links, times and rights, which it has not; names of
//! more than 255 bytes, which it calls invalid for want of a word; and what `readdir` says of a
//! folder that was removed, about which real systems differ; and a slash at the end of a folder to
//! remove or of a new name, which Linux honours and cap-std does not pass on. The order of a folder's entries is
//! nobody's promise, so listings are sorted; numbers of files are compared by which are the same.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test panics where it fails"
)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, FileExt as _, MetadataExt as _, OpenOptions};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use wirt_disk::{Disk, FsError, Kind, Node, Profile};

/// Sequences of calls.
const SEQUENCES: u32 = 2_000;
/// Calls of one, at most.
const CALLS: usize = 60;
/// Bytes of the largest write.
const BYTES: usize = 9_000;

/// How a file is opened.
#[derive(Debug, Clone, Copy)]
enum How {
    Existing,
    Create,
    Exclusive,
    Truncate,
    CreateTruncate,
}

/// A path from a folder that is open; which, by a number that wraps around.
type At = (usize, String);

#[derive(Debug, Clone)]
enum Op {
    Open(At, How),
    OpenFolder(At),
    CreateFolder(At),
    Rename(At, At),
    RemoveFile(At),
    RemoveFolder(At),
    List(usize),
    Stat(At),
    Read { file: usize, offset: u64, len: usize },
    Write { file: usize, offset: u64, len: usize, byte: u8 },
    Append { file: usize, len: usize, byte: u8 },
    SetSize { file: usize, size: u64 },
    StatFile(usize),
    SyncFile(usize),
    SyncFolder(usize),
}

fn path() -> impl Strategy<Value = String> {
    let name = || {
        prop_oneof![
            30 => prop::sample::select(vec!["a", "b", "c"]),
            1 => Just("."),
            2 => Just(".."),
        ]
    };
    let names = || {
        prop_oneof![
            6 => name().prop_map(str::to_owned),
            3 => (name(), name()).prop_map(|(one, two)| format!("{one}/{two}")),
            1 => (name(), name(), name()).prop_map(|(one, two, more)| format!("{one}/{two}/{more}")),
        ]
    };
    let odd = prop::sample::select(vec!["", "/", "/a", "a//b", ".", "..", "./", "a/../..", "a/."]);
    prop_oneof![
        40 => names(),
        3 => names().prop_map(|path| format!("{path}/")),
        2 => odd.prop_map(str::to_owned),
    ]
}

/// The same paths without a slash at the end.
fn bare(at: impl Strategy<Value = At>) -> impl Strategy<Value = At> {
    at.prop_map(|(folder, path)| (folder, path.trim_end_matches('/').to_owned()))
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let at = || (any::<usize>(), path());
    let how = prop::sample::select(vec![
        How::Existing,
        How::Create,
        How::Create,
        How::Exclusive,
        How::Truncate,
        How::CreateTruncate,
    ]);
    let file = any::<usize>;
    // Around the ends of blocks, mostly.
    let place = || prop_oneof![0_u64..20, 4_080_u64..4_112, 8_180_u64..8_200, 0_u64..20_000];
    let len = || prop_oneof![0..20_usize, 4_090..4_100_usize, Just(4_096_usize), 0..BYTES];
    let op = prop_oneof![
        6 => (at(), how).prop_map(|(at, how)| Op::Open(at, how)),
        3 => at().prop_map(Op::OpenFolder),
        4 => at().prop_map(Op::CreateFolder),
        6 => (at(), bare(at())).prop_map(|(from, to)| Op::Rename(from, to)),
        3 => at().prop_map(Op::RemoveFile),
        3 => bare(at()).prop_map(Op::RemoveFolder),
        1 => any::<usize>().prop_map(Op::List),
        2 => at().prop_map(Op::Stat),
        3 => (file(), place(), len()).prop_map(|(file, offset, len)| Op::Read { file, offset, len }),
        5 => (file(), place(), len(), 0..3_u8)
            .prop_map(|(file, offset, len, byte)| Op::Write { file, offset, len, byte }),
        2 => (file(), len(), 1..9_u8).prop_map(|(file, len, byte)| Op::Append { file, len, byte }),
        3 => (file(), place()).prop_map(|(file, size)| Op::SetSize { file, size }),
        1 => file().prop_map(Op::StatFile),
        1 => file().prop_map(Op::SyncFile),
        1 => any::<usize>().prop_map(Op::SyncFolder),
    ];
    prop::collection::vec(op, 1..CALLS)
}

/// What a call shows.
#[derive(Debug, PartialEq)]
enum Seen {
    Done,
    Bytes(Vec<u8>),
    Entries(Vec<(String, bool)>),
    /// Whether a folder, and the size of a file.
    Stat(bool, u64),
}

type Answer = Result<Seen, FsError>;

fn refused(error: &io::Error) -> FsError {
    match error.kind() {
        io::ErrorKind::NotFound => FsError::NoEntry,
        io::ErrorKind::AlreadyExists => FsError::Exists,
        io::ErrorKind::NotADirectory => FsError::NotDirectory,
        io::ErrorKind::IsADirectory => FsError::IsDirectory,
        io::ErrorKind::DirectoryNotEmpty => FsError::NotEmpty,
        // A folder's `.` and `..` are in use, says the one, and cannot be what is meant, the other.
        io::ErrorKind::InvalidInput | io::ErrorKind::ResourceBusy => FsError::Invalid,
        io::ErrorKind::PermissionDenied => FsError::NotPermitted,
        kind => panic!("{kind:?}: {error}"),
    }
}

/// Both of them, and what is open of both.
struct Both {
    disk: Disk,
    files: Vec<(Node, File)>,
    folders: Vec<(Node, Dir)>,
}

fn bytes_of(len: usize, byte: u8) -> Vec<u8> {
    // Nothing but zeros now and then, as a hole is; else bytes that tell where they were written.
    let place =
        |at: usize| if byte == 0 { 0 } else { byte.wrapping_add(u8::try_from(at % 251).unwrap()) };
    (0..len).map(place).collect()
}

impl Both {
    fn folder(&self, nth: usize) -> &(Node, Dir) {
        &self.folders[nth % self.folders.len()]
    }

    fn file(&self, nth: usize) -> Option<&(Node, File)> {
        self.files.get(nth.checked_rem(self.files.len())?)
    }

    fn open(&mut self, (folder, path): &At, how: How) -> [Answer; 2] {
        let (node, dir) = &self.folders[folder % self.folders.len()];
        let (disk, mut options) = (&mut self.disk, OpenOptions::new());
        options.read(true).write(true);
        let opened = match how {
            How::Existing | How::Truncate => disk.look(*node, path),
            How::Create | How::CreateTruncate => disk.create(*node, path, false),
            How::Exclusive => disk.create(*node, path, true),
        };
        match how {
            How::Existing => &mut options,
            How::Create => options.create(true),
            How::Exclusive => options.create_new(true),
            How::Truncate => options.truncate(true),
            How::CreateTruncate => options.create(true).truncate(true),
        };
        let opened = opened.and_then(|node| match disk.stat(node)?.kind {
            Kind::File => Ok(node),
            Kind::Folder => Err(FsError::IsDirectory),
        });
        let real = dir.open_with(path, &options).map_err(|error| refused(&error));
        let answers =
            [opened.map(|_| Seen::Done), real.as_ref().map(|_| Seen::Done).map_err(|e| *e)];
        if let (Ok(node), Ok(real)) = (opened, real) {
            if matches!(how, How::Truncate | How::CreateTruncate) {
                disk.set_size(node, 0).unwrap();
            }
            self.files.push((node, real));
        }
        answers
    }

    fn open_folder(&mut self, (folder, path): &At) -> [Answer; 2] {
        let (node, dir) = &self.folders[folder % self.folders.len()];
        let disk = &mut self.disk;
        let opened = disk.look(*node, path).and_then(|node| match disk.stat(node)?.kind {
            Kind::Folder => Ok(node),
            Kind::File => Err(FsError::NotDirectory),
        });
        let real = dir.open_dir(path).map_err(|error| refused(&error));
        let answers =
            [opened.map(|_| Seen::Done), real.as_ref().map(|_| Seen::Done).map_err(|e| *e)];
        if let (Ok(node), Ok(real)) = (opened, real) {
            self.folders.push((node, real));
        }
        answers
    }

    /// Makes a call of both; none where it needs a file and none is open.
    fn call(&mut self, op: &Op) -> Option<[Answer; 2]> {
        let done = |answer: io::Result<()>| answer.map(|()| Seen::Done).map_err(|e| refused(&e));
        Some(match op {
            Op::Open(at, how) => self.open(at, *how),
            Op::OpenFolder(at) => self.open_folder(at),
            Op::CreateFolder((folder, path)) => {
                let (node, dir) = &self.folders[folder % self.folders.len()];
                let made = self.disk.create_folder(*node, path).map(|()| Seen::Done);
                [made, done(dir.create_dir(path))]
            }
            Op::Rename((from, path), (to, to_path)) => {
                let count = self.folders.len();
                let (from, to) = (&self.folders[from % count], &self.folders[to % count]);
                let renamed = self.disk.rename(from.0, path, to.0, to_path).map(|()| Seen::Done);
                [renamed, done(from.1.rename(path, &to.1, to_path))]
            }
            Op::RemoveFile((folder, path)) => {
                let (node, dir) = &self.folders[folder % self.folders.len()];
                let removed = self.disk.remove_file(*node, path).map(|()| Seen::Done);
                [removed, done(dir.remove_file(path))]
            }
            Op::RemoveFolder((folder, path)) => {
                let (node, dir) = &self.folders[folder % self.folders.len()];
                let removed = self.disk.remove_folder(*node, path).map(|()| Seen::Done);
                [removed, done(dir.remove_dir(path))]
            }
            Op::List(folder) => {
                let (node, dir) = self.folder(*folder);
                let (node, real) = (*node, listed(dir).unwrap_or_default());
                let mut entries: Vec<_> = self.disk.list(node).unwrap().into_iter().collect();
                entries.sort_by(|a, b| a.name.cmp(&b.name));
                let entry = |it: wirt_disk::Entry| (it.name, it.kind == Kind::Folder);
                [
                    Ok(Seen::Entries(entries.into_iter().map(entry).collect())),
                    Ok(Seen::Entries(real)),
                ]
            }
            Op::Stat((folder, path)) => {
                let (node, dir) = &self.folders[folder % self.folders.len()];
                let found = self.disk.look(*node, path).and_then(|node| self.disk.stat(node));
                let real = dir.metadata(path).map_err(|error| refused(&error));
                [found.map(stat), real.map(|it| real_stat(it.is_dir(), it.len()))]
            }
            Op::Read { file, offset, len } => {
                let (node, real) = self.file(*file)?;
                let mut bytes = vec![0; *len];
                let read = real.read_at(&mut bytes, *offset).unwrap();
                bytes.truncate(read);
                let node = *node;
                [self.disk.read(node, *offset, *len).map(Seen::Bytes), Ok(Seen::Bytes(bytes))]
            }
            Op::Write { file, offset, len, byte } => {
                let bytes = bytes_of(*len, *byte);
                let (node, real) = self.file(*file)?;
                real.write_all_at(&bytes, *offset).unwrap();
                let node = *node;
                let written = self.disk.write(node, *offset, &bytes);
                assert_eq!(written, Ok(*len), "a plain disk does all it is asked for");
                [Ok(Seen::Done), Ok(Seen::Done)]
            }
            Op::Append { file, len, byte } => {
                let bytes = bytes_of(*len, *byte);
                let (node, real) = self.file(*file)?;
                real.write_all_at(&bytes, real.metadata().unwrap().len()).unwrap();
                let node = *node;
                let end = self.disk.stat(node).unwrap().size;
                let written = self.disk.write(node, end, &bytes);
                assert_eq!(written, Ok(*len), "a plain disk does all it is asked for");
                [Ok(Seen::Done), Ok(Seen::Done)]
            }
            Op::SetSize { file, size } => {
                let (node, real) = self.file(*file)?;
                real.set_len(*size).unwrap();
                let node = *node;
                [self.disk.set_size(node, *size).map(|()| Seen::Done), Ok(Seen::Done)]
            }
            Op::StatFile(file) => {
                let (node, real) = self.file(*file)?;
                let (node, real) = (*node, real.metadata().unwrap());
                [self.disk.stat(node).map(stat), Ok(real_stat(real.is_dir(), real.len()))]
            }
            // A real sync takes long and shows nothing.
            Op::SyncFile(file) => {
                let node = self.file(*file)?.0;
                [self.disk.sync(node).map(|()| Seen::Done), Ok(Seen::Done)]
            }
            Op::SyncFolder(folder) => {
                let node = self.folder(*folder).0;
                [self.disk.sync(node).map(|()| Seen::Done), Ok(Seen::Done)]
            }
        })
    }
}

fn stat(stat: wirt_disk::Stat) -> Seen {
    Seen::Stat(stat.kind == Kind::Folder, stat.size)
}

fn real_stat(folder: bool, size: u64) -> Seen {
    Seen::Stat(folder, if folder { 0 } else { size })
}

/// A real folder's entries, sorted; none where it was removed.
fn listed(dir: &Dir) -> io::Result<Vec<(String, bool)>> {
    let mut entries = Vec::new();
    for entry in dir.entries()? {
        let entry = entry?;
        entries.push((entry.file_name().into_string().unwrap(), entry.file_type()?.is_dir()));
    }
    entries.sort();
    Ok(entries)
}

/// Everything in a real folder, by path: a folder has no bytes; and the number of each.
type Everything = BTreeMap<String, (Option<Vec<u8>>, u64)>;

fn real_all(dir: &Dir, above: &str, all: &mut Everything) {
    for (name, folder) in listed(dir).unwrap() {
        let (path, number) = (format!("{above}{name}"), dir.metadata(&name).unwrap().ino());
        if folder {
            real_all(&dir.open_dir(&name).unwrap(), &format!("{path}/"), all);
            all.insert(path, (None, number));
        } else {
            all.insert(path, (Some(dir.read(&name).unwrap()), number));
        }
    }
}

fn disk_all(disk: &mut Disk, node: Node, above: &str, all: &mut Everything) {
    for entry in disk.list(node).unwrap() {
        let (path, inner) =
            (format!("{above}{}", entry.name), disk.look(node, &entry.name).unwrap());
        let stat = disk.stat(inner).unwrap();
        if entry.kind == Kind::Folder {
            disk_all(disk, inner, &format!("{path}/"), all);
            all.insert(path, (None, stat.number));
        } else {
            let bytes = disk.read(inner, 0, usize::try_from(stat.size).unwrap()).unwrap();
            all.insert(path, (Some(bytes), stat.number));
        }
    }
}

/// The same files and bytes under the same paths, and the same numbers for the same ones, among
/// those that have a name and those that are only open.
fn compare(both: &mut Both, root: &Dir) -> Result<(), TestCaseError> {
    let (mut real, mut disk) = (Everything::new(), Everything::new());
    real_all(root, "", &mut real);
    disk_all(&mut both.disk, Node::ROOT, "", &mut disk);
    for (nth, (node, file)) in both.files.iter().enumerate() {
        let (stat, metadata) = (both.disk.stat(*node).unwrap(), file.metadata().unwrap());
        let len = usize::try_from(metadata.len()).unwrap();
        let mut bytes = vec![0; len];
        file.read_exact_at(&mut bytes, 0).unwrap();
        let read = both.disk.read(*node, 0, len.max(1)).unwrap();
        disk.insert(format!("open {nth}"), (Some(read), stat.number));
        real.insert(format!("open {nth}"), (Some(bytes), metadata.ino()));
    }
    for (nth, (node, dir)) in both.folders.iter().enumerate() {
        let number = both.disk.stat(*node).unwrap().number;
        disk.insert(format!("open folder {nth}"), (None, number));
        real.insert(format!("open folder {nth}"), (None, dir.dir_metadata().unwrap().ino()));
    }
    let contents = |all: &Everything| -> Vec<(String, Option<Vec<u8>>)> {
        all.iter().map(|(path, (bytes, _))| (path.clone(), bytes.clone())).collect()
    };
    same("contents", &contents(&disk), &contents(&real))?;
    let same_number = |all: &Everything| -> Vec<usize> {
        let first = |number: u64| all.values().position(|(_, other)| *other == number).unwrap();
        all.values().map(|(_, number)| first(*number)).collect()
    };
    same("which numbers are the same", &same_number(&disk), &same_number(&real))?;

    // What a killed process leaves is what was seen last, on the disk itself and on one made of it.
    let image = both.disk.snapshot().latest();
    let mut again = Everything::new();
    disk_all(&mut Disk::from_image(&image, Profile::Kill, 9), Node::ROOT, "", &mut again);
    let mut named = contents(&disk);
    named.retain(|(path, _)| !path.starts_with("open "));
    same("the image's contents", &contents(&again), &named)
}

fn same<T: PartialEq + Debug>(what: &str, disk: &T, real: &T) -> Result<(), TestCaseError> {
    if disk == real {
        return Ok(());
    }
    let told = |seen: &T| {
        let text = format!("{seen:?}");
        text.chars().take(400).collect::<String>()
    };
    Err(TestCaseError::fail(format!("{what}: disk {}, real {}", told(disk), told(real))))
}

/// In memory, where there is such a place: on a device, cutting and renaming files wait for it.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// Something to begin with: most paths lead somewhere then.
fn begun() -> [Op; 5] {
    let at = |path: &str| (0, path.to_owned());
    let folder = |path| Op::CreateFolder(at(path));
    let file = |path| Op::Open(at(path), How::Create);
    [folder("a"), folder("a/b"), folder("b"), file("c"), file("a/c")]
}

#[test]
fn a_real_folder_shows_the_same() {
    let config = Config {
        cases: SEQUENCES,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut made = BTreeMap::<String, usize>::new();
    let counted = std::cell::RefCell::new(&mut made);
    let profiles = prop::sample::select(Profile::ALL.to_vec());
    let outcome =
        TestRunner::new_with_rng(config, rng).run(&(profiles, ops()), |(profile, ops)| {
            let folder = folder();
            let root = Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap();
            let mut both = Both {
                disk: Disk::new(profile, 5),
                files: Vec::new(),
                folders: vec![(Node::ROOT, root.try_clone().unwrap())],
            };
            let begun = begun();
            for op in begun.iter().chain(&ops) {
                let Some([disk, real]) = both.call(op) else { continue };
                let kind = format!("{op:?}");
                let kind = kind.split(['(', ' ']).next().unwrap_or_default();
                let answer = disk.as_ref().map_or_else(|e| format!("{e:?}"), |_| "done".into());
                *counted.borrow_mut().entry(format!("{kind} {answer}")).or_default() += 1;
                same(&format!("{op:?}"), &disk, &real)?;
            }
            compare(&mut both, &root)
        });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    // Each call is both done and refused for each reason there is, or this shows little.
    for (call, least) in [
        ("Open done", 1_000),
        ("Open Exists", 50),
        ("Open IsDirectory", 50),
        ("OpenFolder NotDirectory", 20),
        ("CreateFolder done", 500),
        ("Rename done", 200),
        ("Rename Invalid", 20),
        ("Rename IsDirectory", 10),
        ("Rename NotDirectory", 20),
        ("Rename NotEmpty", 10),
        ("RemoveFile done", 50),
        ("RemoveFile NotPermitted", 20),
        ("RemoveFolder done", 50),
        ("RemoveFolder NotEmpty", 20),
        ("Read done", 500),
        ("Write done", 500),
        ("Append done", 200),
        ("SetSize done", 200),
    ] {
        let count = made.get(call).copied().unwrap_or(0);
        assert!(count >= least, "{call}: {count} times, expected {least}; all: {made:?}");
    }
}
