//! Group commit: 64 writers against one through the store actor. A call appends one event, which
//! writes two rows (the event, and the task's row). Goal: at least ten times the calls a second.

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

use measure::{Series, interleaved, timed};
use tokio::runtime::Runtime;
use wirt_contract::tasks::{EventKind, NewEvent};
use wirt_contract::{EpochMs, Plugin, TaskId};
use wirt_runtime::store::{StoreClient, Traffic, actor};

const ROUNDS: usize = 15;
const WRITERS: usize = 64;
/// Calls of each of many writers in a round, and of the one alone.
const CALLS_OF_MANY: usize = 20;
const CALLS_OF_ONE: usize = 60;

fn main() {
    let (plugin_folder, native_folder) = (setup::folder(), setup::folder());
    let component = setup::component("store-redb");
    let path = plugin_folder.path().to_owned();
    let plugin = Store::new(move || Box::new(setup::plugin_store(&component, &path)));
    let path = native_folder.path().to_owned();
    let native = Store::new(move || Box::new(setup::native_store(&path)));

    println!("append-event through the actor; a round's calls divided by its time, as time a call");
    let [plugin_many, plugin_one, native_many, native_one] = interleaved(
        ROUNDS,
        [
            ("plugin, 64 writers", Box::new(|| plugin.round(WRITERS, CALLS_OF_MANY))),
            ("plugin, 1 writer", Box::new(|| plugin.round(1, CALLS_OF_ONE))),
            ("native, 64 writers", Box::new(|| native.round(WRITERS, CALLS_OF_MANY))),
            ("native, 1 writer", Box::new(|| native.round(1, CALLS_OF_ONE))),
        ],
    );
    for (name, store, many, one) in [
        ("plugin", &plugin, &plugin_many, &plugin_one),
        ("native", &native, &native_many, &native_one),
    ] {
        println!(
            "{name}: 64 writers make {} the calls a second of one ({:.0}/s against {:.0}/s), {}; \
             goal at least 10x",
            one.over(many),
            rate(many),
            rate(one),
            store.grouping(),
        );
    }
}

fn rate(series: &Series) -> f64 {
    1.0 / series.quantile(0.5).as_secs_f64()
}

struct Store {
    client: StoreClient,
    executor: Runtime,
    /// Traffic of the rounds with many writers.
    grouped: std::cell::Cell<(u64, u64)>,
}

impl Store {
    fn new(mut open: impl FnMut() -> Box<dyn Plugin> + Send + 'static) -> Self {
        let (client, actor) = actor(move || Ok(open()));
        actor.spawn("bench").unwrap();
        let executor = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for writer in 0..WRITERS {
            let task = setup::new_task(&task(writer));
            let create =
                move |plugin: &mut dyn Plugin| plugin.tasks()?.create(&setup::store_id(), &task);
            client.call_blocking(create).unwrap();
        }
        Self { client, executor, grouped: std::cell::Cell::default() }
    }

    /// The time a call of this many writers, each waiting for its answer before its next.
    fn round(&self, writers: usize, calls: usize) -> Vec<Duration> {
        let before = self.client.traffic();
        let ((), time) = timed(|| {
            self.executor.block_on(async {
                let writing: Vec<_> = (0..writers)
                    .map(|writer| self.executor.spawn(write(self.client.clone(), writer, calls)))
                    .collect();
                for writer in writing {
                    writer.await.unwrap();
                }
            });
        });
        if writers > 1 {
            let Traffic { calls, commits, .. } = self.client.traffic();
            let (all_calls, all_commits) = self.grouped.get();
            self.grouped
                .set((all_calls + calls - before.calls, all_commits + commits - before.commits));
        }
        vec![time / u32::try_from(writers * calls).unwrap()]
    }

    fn grouping(&self) -> String {
        let (calls, commits) = self.grouped.get();
        let largest = self.client.traffic().largest_batch;
        format!("{:.1} calls a commit, at most {largest}", calls as f64 / commits as f64)
    }
}

fn task(writer: usize) -> TaskId {
    TaskId::new(format!("task-{writer:02}"))
}

async fn write(client: StoreClient, writer: usize, calls: usize) {
    for _ in 0..calls {
        let task = task(writer);
        let event = NewEvent {
            kind: EventKind::Progress,
            at: EpochMs(1_767_225_600_000),
            payload: "x".repeat(256),
        };
        let append = move |plugin: &mut dyn Plugin| {
            plugin.tasks()?.append_event(&setup::store_id(), &task, &event)
        };
        client.call(append).await.unwrap();
    }
}
