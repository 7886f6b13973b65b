//! The bound store of tasks at work, and the tasks of this host on it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::SystemTime;

use anyhow::Context as _;
use wirt_contract::{EpochMs, Interface, Plugin, StoreId, TaskId};
use wirt_runtime::store::{StoreClient, actor};
use wirt_runtime::tasks::{Surroundings, TaskManager};

use super::plugins::Plugins;
use super::state::State;
use super::store::Held;
use crate::config::resolve::Plan;

/// The store id of this host's own tasks.
const HOST: &str = "wirt";

/// A store of tasks, held by this process until it is closed.
pub(crate) struct Tape {
    pub(crate) client: StoreClient,
    pub(crate) store: StoreId,
    pub(crate) tasks: TaskManager,
    actor: JoinHandle<()>,
    executor: tokio::runtime::Runtime,
}

impl Tape {
    /// Opens the store that `tasks` is bound to, and closes what a process before left open.
    pub(crate) fn open(plan: &Plan, plugins: &Plugins, state: &State) -> anyhow::Result<Self> {
        let store = plan.store_of(Interface::Tasks).context("no store is bound to tasks")?;
        let held = Held::hold(store, Interface::Tasks, plugins, state)?;
        let opener = held.clone();
        let (client, actor) = actor(move || Ok(Box::new(opener.instance()) as Box<dyn Plugin>));
        let actor = actor.spawn(&store.name).context("the store's thread cannot be started")?;
        let executor = tokio::runtime::Builder::new_current_thread().build()?;
        let handle = executor.handle().clone();
        let surroundings = Surroundings {
            clock: Arc::new(now),
            new_id: Arc::new(task_id),
            spawn: Arc::new(move |task: Pin<Box<dyn Future<Output = ()> + Send>>| {
                handle.spawn(task);
            }),
        };
        // Opens the data, so that what is wrong with it is said with the store's name.
        client
            .call_blocking(|plugin| plugin.store()?.check(None, 1))
            .map_err(|error| held.unusable(&error))?;
        let store = StoreId::from(HOST);
        let tasks = TaskManager::new(client.clone(), store.clone(), surroundings);
        let tape = Self { client, store, tasks, actor, executor };
        // Nobody else holds the store, so what is not closed was left by a process that is gone.
        tape.block_on(tape.tasks.repair())?;
        Ok(tape)
    }

    /// Runs this future, and the tasks beside it, until it is done.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.executor.block_on(future)
    }

    /// Closes the store and waits until it is closed.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        self.executor.block_on(self.client.close())?;
        drop((self.client, self.tasks));
        self.actor.join().map_err(|_| anyhow::anyhow!("the store's thread panicked"))
    }
}

/// The time.
pub(crate) fn now() -> EpochMs {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    EpochMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// An id that sorts by time and is drawn by nobody else.
fn task_id() -> TaskId {
    let mut chance = [0_u8; 6];
    // Without randomness the time and the process still tell ids apart.
    let _ = getrandom::fill(&mut chance);
    let chance =
        chance.iter().fold(u64::from(std::process::id()), |all, byte| all << 8 ^ u64::from(*byte));
    TaskId::new(format!("{:012x}-{chance:014x}", now().0))
}
