//! A durable commit: the store plugin against the same ledger over the same redb without a
//! sandbox, on the same disk, one commit a call. Goal: at most 1.25 times as long.
//!
//! The last two lines are what the disk itself takes: nothing that is durable is faster.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, and whoever runs it is helped by a panic"
)]

mod measure;
#[expect(dead_code, reason = "each benchmark needs a part of it")]
mod setup;

use std::time::Duration;

use measure::{Ratio, Series, interleaved, timed};
use wirt_contract::tasks::{EventKind, NewEvent};
use wirt_contract::{EpochMs, Plugin, TaskId};

const ROUNDS: usize = 40;
/// Few, so that turns change often: a disk's pace wanders within a second.
const CALLS: usize = 25;
/// Bytes of an event's payload.
const PAYLOAD_BYTES: usize = 256;

fn main() {
    let (plugin_folder, native_folder) = (setup::folder(), setup::folder());
    let component = setup::component("store-redb");
    let mut plugin = Store::new(setup::plugin_store(&component, plugin_folder.path()));
    let mut native = Store::new(setup::native_store(native_folder.path()));

    println!("append-event, a payload of {PAYLOAD_BYTES} bytes, one commit a call");
    let [of_plugin, of_native] = interleaved(
        ROUNDS,
        [("plugin", Box::new(|| plugin.appends())), ("native", Box::new(|| native.appends()))],
    );
    verdict(&of_plugin, &of_native);

    println!("create, one commit a call");
    let [of_plugin, of_native] = interleaved(
        ROUNDS,
        [("plugin", Box::new(|| plugin.creates())), ("native", Box::new(|| native.creates()))],
    );
    verdict(&of_plugin, &of_native);

    println!("the disk: write in place and fdatasync");
    let disk = setup::Disk::new();
    let syncs = |pages| (0..CALLS).map(|_| timed(|| disk.write(pages)).1).collect();
    interleaved(
        ROUNDS,
        [
            ("one page of 4 KiB", Box::new(|| syncs(1))),
            ("six of them, one sync", Box::new(|| syncs(6))),
        ],
    );
}

fn verdict(plugin: &Series, native: &Series) {
    let ratio: Ratio = plugin.over(native);
    println!("plugin over native: {ratio}; goal at most 1.25x\n");
}

/// A store and what has been written to it.
struct Store<P> {
    plugin: P,
    task: TaskId,
    created: usize,
}

impl<P: Plugin> Store<P> {
    fn new(mut plugin: P) -> Self {
        let task = TaskId::from("task");
        plugin.tasks().unwrap().create(&setup::store_id(), &setup::new_task(&task)).unwrap();
        Self { plugin, task, created: 0 }
    }

    fn appends(&mut self) -> Vec<Duration> {
        let (store, tasks) = (setup::store_id(), self.plugin.tasks().unwrap());
        let event = NewEvent {
            kind: EventKind::Progress,
            at: EpochMs(1_767_225_600_000),
            payload: "x".repeat(PAYLOAD_BYTES),
        };
        let mut append = || timed(|| tasks.append_event(&store, &self.task, &event).unwrap()).1;
        (0..CALLS).map(|_| append()).collect()
    }

    fn creates(&mut self) -> Vec<Duration> {
        let (store, tasks) = (setup::store_id(), self.plugin.tasks().unwrap());
        let mut create = || {
            self.created += 1;
            let id = TaskId::new(format!("task-{:08}", self.created));
            timed(|| tasks.create(&store, &setup::new_task(&id)).unwrap()).1
        };
        (0..CALLS).map(|_| create()).collect()
    }
}
