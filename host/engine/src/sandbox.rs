//! What one instance lives in: its WASI context and its limits.
//!
//! WASI is the only way out of a plugin, and all of it is wired here. The clock cannot be waited
//! on: a store never sleeps, and a host call that sleeps would escape the time limit.

use std::time::Duration;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rustix::time::ClockId;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime::{ResourceLimiter, UpdateDeadline};
use wasmtime_wasi::filesystem::{Descriptor, Dir};
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::sync::filesystem::types;
use wasmtime_wasi::{
    FsPerms, HostMonotonicClock, HostWallClock, OpenMode, WasiCtx, WasiCtxBuilder, WasiCtxView,
    WasiView,
};

use crate::disk::Opened;
use crate::grant::{Clock, Data, Folder, Grant, Limits};
use crate::stderr::LastWords;

/// Where a plugin finds its folder.
const GUEST_FOLDER: &str = "/data";
/// How often the engine looks at running calls.
pub(crate) const TICK: Duration = Duration::from_millis(10);
/// Most WASI handles (files, streams) an instance may hold at once.
const MAX_HANDLES: usize = 1_024;
/// Most bytes of randomness in one call.
const MAX_RANDOM_BYTES: u64 = 1 << 20;
/// Most core instances, tables and memories of a component; a Python runtime with its libraries has
/// some fifty of each.
const MAX_CORE_PARTS: usize = 256;
/// Most elements of one table; a large language runtime has some ten thousand.
const MAX_TABLE_ELEMENTS: usize = 1 << 20;

/// The state behind one wasmtime store.
pub(crate) struct Sandbox {
    wasi: WasiCtx,
    table: ResourceTable,
    folder: Option<Dir>,
    /// What it holds open of the disk that it has in place of a folder.
    pub(crate) opened: Option<Opened>,
    clock: Clock,
    limits: Limits,
    /// The thread's processor time when the running call was first looked at.
    call_began: Option<Duration>,
    /// Linear memory of all the instance's memories, in bytes.
    memory_bytes: usize,
    /// Whether memory was refused.
    pub(crate) out_of_memory: bool,
    /// What it wrote last.
    pub(crate) last_words: LastWords,
}

/// A plugin tried to wait.
#[derive(Debug, thiserror::Error)]
#[error("a plugin may not wait or sleep; return an error and let the host retry")]
pub(crate) struct Waits;

/// A plugin asked for more memory than it was granted.
#[derive(Debug, thiserror::Error)]
#[error("it asked for {desired} bytes of memory and was granted {granted}")]
pub(crate) struct MemoryRefused {
    desired: usize,
    granted: usize,
}

impl Sandbox {
    /// The world of a plugin's next instance, on an engine whose plugins see these files.
    pub(crate) fn new(grant: &Grant, limits: Limits, files: Files) -> std::io::Result<Self> {
        let last_words = LastWords::default();
        let instance = grant.seed.next_instance();
        let stream = |purpose| ChaCha12Rng::from_seed(grant.seed.stream(instance, purpose));
        let hash_keys = grant.seed.stream(instance, "insecure-seed");
        let hash_keys = hash_keys.iter().fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_blocking_current_thread(true)
            .stdout(last_words.clone())
            .stderr(last_words.clone())
            .envs(&grant.env)
            .secure_random(stream("secure"))
            .insecure_random(stream("insecure"))
            .insecure_random_seed(hash_keys)
            .max_random_size(MAX_RANDOM_BYTES)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false);
        if let Clock::Virtual(clock) = &grant.clock {
            let clock = VirtualTime(clock.clone());
            wasi.wall_clock(clock.clone()).monotonic_clock(clock);
        }
        let (folder, opened) = match (&grant.data, files) {
            (Data::None, _) => (None, None),
            (Data::Folder(folder), Files::Machine) => (Some(granted(folder)?), None),
            (Data::Disk(disk), Files::Disk) => (None, Some(Opened::new(disk.clone()))),
            // A descriptor of the one would be taken for one of the other.
            (Data::Folder(_), Files::Disk) | (Data::Disk(_), Files::Machine) => {
                return Err(std::io::Error::new(
                    std::io::ErrorKind::InvalidInput,
                    "the engine has folders where the grant has a disk, or the other way round; \
                     load the component by an engine of the grant's sort",
                ));
            }
        };
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        Ok(Self {
            wasi: wasi.build(),
            table,
            folder,
            opened,
            clock: grant.clock.clone(),
            limits,
            call_began: None,
            memory_bytes: 0,
            out_of_memory: false,
            last_words,
        })
    }

    /// The handles it has been given.
    pub(crate) fn table_mut(&mut self) -> &mut ResourceTable {
        &mut self.table
    }

    /// Starts the time of a call.
    pub(crate) fn begin_call(&mut self) {
        self.call_began = None;
    }

    /// Called at a tick of the engine's clock: lets the call go on or ends it.
    pub(crate) fn look(&mut self) -> UpdateDeadline {
        let now = processor_time();
        let used = now.saturating_sub(*self.call_began.get_or_insert(now));
        match self.limits.call_time.checked_sub(used) {
            Some(left) if !left.is_zero() => {
                let ticks = left.as_millis().div_ceil(TICK.as_millis());
                UpdateDeadline::Continue(u64::try_from(ticks).unwrap_or(u64::MAX))
            }
            _ => UpdateDeadline::Interrupt,
        }
    }
}

fn granted(folder: &Folder) -> std::io::Result<Dir> {
    let open_mode = OpenMode::READ | OpenMode::WRITE;
    Ok(Dir::new(folder.handle()?, FsPerms::ReadWrite, open_mode, true))
}

/// Processor time of this thread: what a guest uses, but neither waiting for a disk nor for a
/// turn on a busy machine.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl ResourceLimiter for Sandbox {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = self.limits.memory_bytes;
        // A component may have several memories: what counts is all of them.
        let desired = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        if desired > granted {
            self.out_of_memory = true;
            return Err(wasmtime::Error::new(MemoryRefused { desired, granted }));
        }
        self.memory_bytes = desired;
        Ok(true)
    }

    fn instances(&self) -> usize {
        MAX_CORE_PARTS
    }

    fn tables(&self) -> usize {
        MAX_CORE_PARTS
    }

    fn memories(&self) -> usize {
        MAX_CORE_PARTS
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE_ELEMENTS)
    }
}

#[derive(Clone)]
struct VirtualTime(crate::VirtualClock);

impl HostWallClock for VirtualTime {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.now().0)
    }
}

impl HostMonotonicClock for VirtualTime {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        self.0.now().0.saturating_mul(1_000_000)
    }
}

/// Whose files plugins see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Files {
    /// The machine's, in the folder that is granted.
    Machine,
    /// Those of the disk that is granted.
    Disk,
}

/// Everything a component may import.
pub(crate) fn linker(engine: &wasmtime::Engine, files: Files) -> wasmtime::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    linker.allow_shadowing(true);
    preopens::add_to_linker::<Sandbox, Shadowed>(&mut linker, |sandbox| sandbox)?;
    monotonic_clock::add_to_linker::<Sandbox, Shadowed>(&mut linker, |sandbox| sandbox)?;
    if files == Files::Disk {
        types::add_to_linker::<Sandbox, Shadowed>(&mut linker, |sandbox| sandbox)?;
    }
    Ok(linker)
}

/// The WASI interfaces answered by the sandbox itself.
struct Shadowed;

impl HasData for Shadowed {
    type Data<'a> = &'a mut Sandbox;
}

impl preopens::Host for Sandbox {
    /// Hands out the folder by the handle that is locked, not by its path.
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        if let Some(opened) = &mut self.opened {
            let root = opened.root().map_err(wasmtime::Error::from)?;
            return Ok(vec![(root, GUEST_FOLDER.into())]);
        }
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        let descriptor = self.table.push(Descriptor::Dir(folder.clone()))?;
        Ok(vec![(descriptor, GUEST_FOLDER.into())])
    }
}

impl monotonic_clock::Host for Sandbox {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(match &self.clock {
            Clock::Real => {
                let time = rustix::time::clock_gettime(ClockId::Monotonic);
                let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
                let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
                seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
            }
            Clock::Virtual(clock) => HostMonotonicClock::now(&VirtualTime(clock.clone())),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        Err(wasmtime::Error::new(Waits))
    }

    fn subscribe_duration(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        Err(wasmtime::Error::new(Waits))
    }
}
