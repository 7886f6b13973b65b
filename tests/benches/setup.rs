//! What the benchmarks measure on: bundled plugins, compiled once, and folders on a real disk.
//!
//! Not here: the gate. What a plugin does after it was let in is measured, and the gate by itself.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use tempfile::TempDir;
use wirt_contract::attachment_manifest::Retention;
use wirt_contract::store::Durability;
use wirt_contract::tasks::NewTask;
use wirt_contract::{EpochMs, StoreId, TaskId};
use wirt_engine::{Component, Data, Engine, Folder, Grant, Instance, Limits};
use wirt_ledger::{Clock, Identity, Ledger};
use wirt_store_redb::kv::RedbKv;

/// Below cargo's target folder, which is on the disk the work is on: a folder in memory would
/// make every sync free.
const DISK: &str = env!("CARGO_TARGET_TMPDIR");

/// A folder of its own, gone with the value.
pub(crate) fn folder() -> TempDir {
    tempfile::Builder::new().prefix("bench-").tempdir_in(DISK).unwrap()
}

/// A bundled plugin; compiled in the first run, from the cache in later ones.
pub(crate) fn component(name: &str) -> Component {
    let engine = Engine::new(Some(&Path::new(DISK).join("bench-compiled"))).unwrap();
    let plugin = wirt_bundled::plugin(name).unwrap();
    engine.load(plugin.name, plugin.bytes).unwrap()
}

/// The durable store plugin at work in this folder.
pub(crate) fn plugin_store(component: &Component, folder: &Path) -> Instance {
    let data = Data::Folder(Folder::hold(folder).unwrap());
    let grant = Grant { data, ..Grant::nothing().unwrap() };
    Instance::new(component.clone(), grant, Limits::default())
}

/// A tokenizer or embedder at work.
pub(crate) fn text_plugin(component: &Component) -> Instance {
    Instance::new(component.clone(), Grant::nothing().unwrap(), Limits::default())
}

/// The same ledger over the same redb, without a sandbox.
pub(crate) fn native_store(folder: &Path) -> Ledger<RedbKv> {
    let folder = folder.to_owned();
    let identity = Identity {
        name: "native".into(),
        version: "0".into(),
        durability: Durability::Durable,
        retention: Retention::Kept,
    };
    Ledger::new(identity, Clock::system(), move || RedbKv::open(&folder))
}

/// What the disk itself takes: nothing that is durable is faster.
pub(crate) struct Disk {
    file: File,
    _folder: TempDir,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let folder = folder();
        let mut options = File::options();
        let file = options.create_new(true).write(true).open(folder.path().join("raw")).unwrap();
        Self { file, _folder: folder }
    }

    /// Writes so many pages of 4 KiB in place, apart from each other, and makes them durable.
    pub(crate) fn write(&self, pages: u64) {
        let page = [7_u8; 4_096];
        for number in 0..pages {
            self.file.write_all_at(&page, number * 2 * 4_096).unwrap();
        }
        self.file.sync_data().unwrap();
    }
}

/// The store id everything is kept under.
pub(crate) fn store_id() -> StoreId {
    StoreId::from("bench")
}

/// A task as the task manager makes it.
pub(crate) fn new_task(id: &TaskId) -> NewTask {
    NewTask {
        task_id: id.clone(),
        op: "bench.work".into(),
        params_digest: "0123456789abcdef".repeat(4),
        created_at: EpochMs(1_767_225_600_000),
    }
}
