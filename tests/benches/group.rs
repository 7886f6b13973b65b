//! Group commit: 64 writers against one through the store actor. Goal: at least ten times the calls
//! a second.
//!
//! Two kinds of calls. An append writes two rows, the event and its task's; each writer has a tape
//! of its own, so a batch changes as many places of the tree as it has calls. A create writes three
//! rows, and those of a batch lie side by side.

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

use std::cell::Cell;
use std::rc::Rc;
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
    for (kind, name) in [(Kind::Append, "append-event"), (Kind::Create, "create")] {
        println!("{name}: a round's time divided by its calls");
        let [plugin_many, plugin_one, native_many, native_one] = interleaved(
            ROUNDS,
            [
                ("plugin, 64 writers", Box::new(|| plugin.round(kind, WRITERS, CALLS_OF_MANY))),
                ("plugin, 1 writer", Box::new(|| plugin.round(kind, 1, CALLS_OF_ONE))),
                ("native, 64 writers", Box::new(|| native.round(kind, WRITERS, CALLS_OF_MANY))),
                ("native, 1 writer", Box::new(|| native.round(kind, 1, CALLS_OF_ONE))),
            ],
        );
        for (name, store, many, one) in [
            ("plugin", &plugin, &plugin_many, &plugin_one),
            ("native", &native, &native_many, &native_one),
        ] {
            println!(
                "{name}: calls a second of 64 writers over those of one: {}; {:.0}/s over {:.0}/s, \
                 {:.1} calls a commit; goal at least 10x",
                one.over(many),
                rate(many),
                rate(one),
                store.grouping(),
            );
        }
        println!();
    }
}

fn rate(series: &Series) -> f64 {
    1.0 / series.quantile(0.5).as_secs_f64()
}

/// What a call does.
#[derive(Clone, Copy)]
enum Kind {
    Append,
    Create,
}

struct Store {
    client: StoreClient,
    executor: Runtime,
    /// Calls and commits of the rounds with many writers, since they were last asked for.
    grouped: Cell<(u64, u64)>,
    /// Tasks created so far.
    created: Rc<Cell<usize>>,
}

impl Store {
    fn new(mut open: impl FnMut() -> Box<dyn Plugin> + Send + 'static) -> Self {
        let (client, actor) = actor(move || Ok(open()));
        actor.spawn("bench").unwrap();
        let executor = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let created = Rc::default();
        let store = Self { client, executor, grouped: Cell::default(), created };
        store.round(Kind::Create, 1, WRITERS);
        store
    }

    /// The time a call of this many writers, each waiting for its answer before its next.
    fn round(&self, kind: Kind, writers: usize, calls: usize) -> Vec<Duration> {
        let before = self.client.traffic();
        let writers_at_work = || {
            let local = tokio::task::LocalSet::new();
            for writer in 0..writers {
                let (client, created) = (self.client.clone(), Rc::clone(&self.created));
                local.spawn_local(async move {
                    for _ in 0..calls {
                        match kind {
                            Kind::Append => append(&client, writer).await,
                            Kind::Create => {
                                create(&client, created.replace(created.get() + 1)).await
                            }
                        }
                    }
                });
            }
            self.executor.block_on(local);
        };
        let ((), time) = timed(writers_at_work);
        let Traffic { calls: done, commits, .. } = self.client.traffic();
        assert_eq!(done - before.calls, (writers * calls) as u64);
        if writers > 1 {
            let (all_calls, all_commits) = self.grouped.get();
            let commits = commits - before.commits;
            self.grouped.set((all_calls + done - before.calls, all_commits + commits));
        }
        vec![time / u32::try_from(writers * calls).unwrap()]
    }

    /// Calls a commit.
    fn grouping(&self) -> f64 {
        let (calls, commits) = self.grouped.take();
        calls as f64 / commits as f64
    }
}

fn task(number: usize) -> TaskId {
    TaskId::new(format!("task-{number:08}"))
}

async fn create(client: &StoreClient, number: usize) {
    let task = setup::new_task(&task(number));
    let create = move |plugin: &mut dyn Plugin| plugin.tasks()?.create(&setup::store_id(), &task);
    client.call(create).await.unwrap();
}

async fn append(client: &StoreClient, writer: usize) {
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
