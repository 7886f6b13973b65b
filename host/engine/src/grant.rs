//! What a plugin may touch: one folder, an environment, a clock, chance. Nothing else exists for
//! it; there is no network.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cap_std::fs::Dir;
use rustix::fs::FlockOperation;
use wirt_contract::EpochMs;
use wirt_contract::json::sha256_hex;

use crate::{GrantError, SharedDisk};

/// The world of one plugin. Every instance of it gets the same grant.
#[derive(Debug, Clone)]
pub struct Grant {
    /// What it sees as `/data`.
    pub data: Data,
    /// Its environment variables.
    pub env: Vec<(String, String)>,
    /// Its time.
    pub clock: Clock,
    /// Its chance.
    pub seed: Seed,
}

impl Grant {
    /// No folder, no environment, the real time, fresh chance.
    ///
    /// # Errors
    /// [`GrantError::Random`].
    pub fn nothing() -> Result<Self, GrantError> {
        Ok(Self {
            data: Data::None,
            env: Vec::new(),
            clock: Clock::Real,
            seed: Seed::from_system()?,
        })
    }
}

/// What a plugin sees as `/data`.
#[derive(Debug, Clone)]
pub enum Data {
    /// Nothing: there is no such folder.
    None,
    /// A folder of the machine.
    Folder(Arc<Folder>),
    /// A disk that forgets. Only an engine made for disks
    /// ([`Engine::for_disks`](crate::Engine::for_disks)) has it, and that one has no folders: an
    /// instance under a grant of the other sort does not start.
    Disk(SharedDisk),
}

/// A folder held for one host.
///
/// The lock is a flock on the folder's own handle: storage engines take no lock on WASI, and a
/// lock file inside the folder could be deleted by the guest. It ends with the last handle, also
/// where the host is killed.
#[derive(Debug)]
pub struct Folder {
    dir: Dir,
}

impl Folder {
    /// Opens the folder, making it where it is missing, and holds it.
    ///
    /// Beside it, in `<folder>.holder`, stands who holds it, for the next one's error message.
    ///
    /// # Errors
    /// [`GrantError::Folder`] where it cannot be opened, [`GrantError::Held`] where another host
    /// (or another grant of this one) holds it.
    pub fn hold(path: &Path) -> Result<Arc<Self>, GrantError> {
        let refused = |error: std::io::Error| GrantError::Folder {
            path: path.into(),
            detail: error.to_string(),
        };
        std::fs::create_dir_all(path).map_err(refused)?;
        // Not by `Dir`'s own means: its handle cannot be locked.
        let handle = std::fs::File::open(path).map_err(refused)?;
        let path = &path.canonicalize().map_err(refused)?;
        match rustix::fs::flock(&handle, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(GrantError::Held { path: path.into(), holder: read_holder(path) });
            }
            Err(errno) => return Err(refused(errno.into())),
        }
        write_holder(path);
        Ok(Arc::new(Self { dir: Dir::from_std_file(handle) }))
    }

    /// A handle of its own on the same folder, under the same lock.
    pub(crate) fn handle(&self) -> std::io::Result<std::fs::File> {
        Ok(self.dir.try_clone()?.into_std_file())
    }
}

fn holder_file(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".holder");
    path.with_file_name(name)
}

/// What a holder's file begins with. A file that does not is somebody else's and stays.
const HOLDER: &str = "process ";

/// A hint for people, who holds the folder; the lock holds without it, so failures do not matter.
/// Whoever made the folder may have put a link or a file of their own in the place: neither is
/// followed or overwritten.
fn write_holder(path: &Path) {
    let file = holder_file(path);
    let is_free = std::fs::symlink_metadata(&file).is_err() || read_holder_file(&file).is_some();
    if is_free {
        let draft = file.with_extension(format!("holder-{}", std::process::id()));
        let written = std::fs::File::create_new(&draft)
            .and_then(|mut draft| write!(draft, "{HOLDER}{}", std::process::id()))
            .and_then(|()| std::fs::rename(&draft, &file));
        if written.is_err() {
            let _ = std::fs::remove_file(&draft);
        }
    }
}

fn read_holder(path: &Path) -> String {
    read_holder_file(&holder_file(path)).unwrap_or_else(|| "another process".into())
}

/// What a holder's file says, if it is one.
fn read_holder_file(file: &Path) -> Option<String> {
    const LONGEST_HOLDER: u64 = 200;
    if !std::fs::symlink_metadata(file).ok()?.is_file() {
        return None;
    }
    let mut holder = String::new();
    std::fs::File::open(file).ok()?.take(LONGEST_HOLDER).read_to_string(&mut holder).ok()?;
    holder.starts_with(HOLDER).then_some(holder)
}

/// Where a plugin's time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's.
    Real,
    /// The harness's.
    Virtual(VirtualClock),
}

/// A clock that stands still until it is told to go on. Clones share the time.
#[derive(Debug, Clone)]
pub struct VirtualClock(Arc<AtomicU64>);

impl VirtualClock {
    /// A clock that shows this time.
    pub fn at(start: EpochMs) -> Self {
        Self(Arc::new(AtomicU64::new(start.0)))
    }

    /// Goes on by this much, in whole milliseconds.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// Shows this time from now on, be it earlier.
    pub fn set(&self, now: EpochMs) {
        self.0.store(now.0, Ordering::Relaxed);
    }

    /// What it shows.
    pub fn now(&self) -> EpochMs {
        EpochMs(self.0.load(Ordering::Relaxed))
    }
}

/// Where a plugin's chance comes from. Clones share the count of instances, so that a reopened
/// plugin never draws its predecessor's tokens.
#[derive(Debug, Clone)]
pub struct Seed {
    text: String,
    instances: Arc<AtomicU64>,
}

impl Seed {
    /// From the operating system: in service.
    ///
    /// # Errors
    /// [`GrantError::Random`].
    pub fn from_system() -> Result<Self, GrantError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| GrantError::Random(error.to_string()))?;
        Ok(Self::new(sha256_hex(&bytes)))
    }

    /// From a number: in the harness.
    pub fn from_number(number: u64) -> Self {
        Self::new(number.to_string())
    }

    fn new(text: String) -> Self {
        Self { text, instances: Arc::default() }
    }

    /// The number of the next instance.
    pub(crate) fn next_instance(&self) -> u64 {
        self.instances.fetch_add(1, Ordering::Relaxed)
    }

    /// The start of one instance's stream for one purpose.
    pub(crate) fn stream(&self, instance: u64, purpose: &str) -> [u8; 32] {
        use sha2::Digest as _;
        sha2::Sha256::digest(format!("{}/{instance}/{purpose}", self.text)).into()
    }
}

/// What a plugin may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of an instance, in bytes.
    pub memory_bytes: usize,
    /// Time of one call. Only the processor time of the calling thread counts: neither a slow
    /// disk nor a busy machine is taken for a hang.
    pub call_time: Duration,
}

impl Default for Limits {
    /// 512 MiB and 2 seconds: the bundled tokenizer takes its longest text of spaced words with
    /// them, and 8 MiB of nothing but Chinese; 9 MiB of that need more memory.
    fn default() -> Self {
        Self { memory_bytes: 512 << 20, call_time: Duration::from_secs(2) }
    }
}
