//! What a case stands on: an executor, the store's actor on it, and a task manager.

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wirt_conformance::Stop;
use wirt_contract::store::Durability;
use wirt_contract::tasks::{
    Ending, Event, EventKind, NewEvent, NewTask, Status, Task, TaskChange, Tasks,
};
use wirt_contract::{Answer, EpochMs, Plugin, StoreId, TaskId};
use wirt_runtime::store::StoreClient;
use wirt_runtime::tasks::{Surroundings, TaskManager};

use crate::DriverSubject;
use crate::executor::{Executor, Spawner};
use crate::expect::{answered, failed, given, holds, same};
use crate::inject::Script;

/// The time at which a rig's clock begins, in epoch milliseconds; each look moves it by one.
const FIRST_MS: u64 = 1_700_000_000_000;

/// Events a case reads at once: less than a tape holds, so that paging is part of every case.
const PAGE: u32 = 3;

/// Pages of one tape a case reads before it says that the tape has no end.
const MAX_PAGES: usize = 10_000;

pub(crate) struct Rig {
    executor: Executor,
    pub(crate) world: World,
    open: Rc<dyn Fn() -> Answer<Box<dyn Plugin>>>,
    seed: u64,
}

/// What a case's futures share.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) client: StoreClient,
    pub(crate) manager: TaskManager,
    pub(crate) store: StoreId,
    pub(crate) script: Script,
    pub(crate) spawner: Spawner,
    pub(crate) durable: bool,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    clock: AtomicU64,
    ids: AtomicU64,
}

impl Rig {
    /// A rig over a namespace of its own, with the store opened. `prepare` sees the script before
    /// the first instance does.
    pub(crate) fn prepared(
        subject: &DriverSubject,
        seed: u64,
        prepare: impl FnOnce(&Script),
    ) -> Result<Self, Stop> {
        let script = Script::default();
        prepare(&script);
        let open = subject.opener();
        let store = subject.fresh_store();
        let (executor, world) = assemble(&open, seed, store, script, Arc::default());
        let mut rig = Self { executor, world, open, seed };
        let client = rig.world.client.clone();
        let description = rig.run(async move {
            answered("describe", client.call(|plugin| plugin.store()?.describe()).await)
        })?;
        rig.world.durable = description.durability == Durability::Durable;
        rig.world.script.take_log();
        Ok(rig)
    }

    pub(crate) fn new(subject: &DriverSubject, seed: u64) -> Result<Self, Stop> {
        Self::prepared(subject, seed, |_| ())
    }

    /// Runs a case's own future, and all that it stands on, until it is done.
    pub(crate) fn run<T>(
        &mut self,
        main: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        match self.executor.run(main) {
            Ok(answer) => answer,
            Err(stalled) => failed("the case comes to its end", stalled.to_string()),
        }
    }

    /// Runs what is ready until nothing is.
    pub(crate) fn settle(&mut self) -> Result<(), Stop> {
        given("what was left running", self.executor.settle())
    }

    /// As after the end of a process: of a durable store a fresh instance over the same data, of
    /// an inline one the same instance; a manager with nothing live in either case.
    pub(crate) fn restart(&mut self) {
        let durable = self.world.durable;
        if durable {
            let old = &self.world;
            let (store, script) = (old.store.clone(), old.script.clone());
            let counters = Arc::clone(&old.counters);
            // The old executor goes first, and the instance with it, without a `close`.
            self.executor = Executor::new(self.seed);
            (self.executor, self.world) = assemble(&self.open, self.seed, store, script, counters);
            self.world.durable = durable;
        } else {
            self.world.manager = self.world.another_manager();
        }
    }
}

fn assemble(
    open: &Rc<dyn Fn() -> Answer<Box<dyn Plugin>>>,
    seed: u64,
    store: StoreId,
    script: Script,
    counters: Arc<Counters>,
) -> (Executor, World) {
    let mut executor = Executor::new(seed);
    let (open, front) = (Rc::clone(open), script.clone());
    let (client, actor) = wirt_runtime::store::actor(move || Ok(front.front(open()?)));
    executor.spawn_local(actor.run());
    let spawner = executor.spawner();
    let around = surroundings(&spawner, &counters);
    let manager = TaskManager::new(client.clone(), store.clone(), around);
    let world = World { client, manager, store, script, spawner, durable: false, counters };
    (executor, world)
}

fn surroundings(spawner: &Spawner, counters: &Arc<Counters>) -> Surroundings {
    let (clock, ids, spawner) = (Arc::clone(counters), Arc::clone(counters), spawner.clone());
    Surroundings {
        clock: Arc::new(move || {
            let passed = clock.clock.fetch_add(1, Ordering::Relaxed);
            EpochMs(FIRST_MS.saturating_add(passed))
        }),
        new_id: Arc::new(move || {
            TaskId::new(format!("task-{:05}", ids.ids.fetch_add(1, Ordering::Relaxed)))
        }),
        spawn: Arc::new(move |future| spawner.spawn(future)),
    }
}

impl World {
    /// A manager over the same store that has nothing live.
    pub(crate) fn another_manager(&self) -> TaskManager {
        let around = surroundings(&self.spawner, &self.counters);
        TaskManager::new(self.client.clone(), self.store.clone(), around)
    }

    /// The id the next submission gets.
    pub(crate) fn next_id(&self) -> TaskId {
        TaskId::new(format!("task-{:05}", self.counters.ids.load(Ordering::Relaxed)))
    }

    /// Calls the store past the manager.
    pub(crate) async fn tasks<T, F>(&self, what: &str, op: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tasks, &StoreId) -> Answer<T> + Send + 'static,
    {
        let store = self.store.clone();
        let answer = self.client.call(move |plugin| op(plugin.tasks()?, &store)).await;
        answered(what, answer)
    }

    /// Adds a row past the manager, as a process that is gone may have left it.
    pub(crate) async fn leave(&self, id: &str, status: Status) -> Result<TaskId, Stop> {
        let new = new_task(id);
        let task = new.task_id.clone();
        let row = new.task_id.clone();
        self.tasks("create", move |tasks, store| tasks.create(store, &new)).await?;
        if status != Status::Pending {
            let change = TaskChange::to(status);
            self.tasks("update-status", move |tasks, store| {
                tasks.update_status(store, &row, &change)
            })
            .await?;
        }
        Ok(task)
    }

    pub(crate) async fn append(&self, task: &TaskId, kind: EventKind) -> Result<(), Stop> {
        let (task, event) = (task.clone(), new_event(kind));
        self.tasks("append-event", move |tasks, store| tasks.append_event(store, &task, &event))
            .await
            .map(drop)
    }

    pub(crate) async fn row(&self, task: &TaskId) -> Result<Task, Stop> {
        let id = task.clone();
        let row = self.tasks("get", move |tasks, store| tasks.get(store, &id)).await?;
        row.map_or_else(|| failed(format!("a row for {task}"), "none"), Ok)
    }

    /// A whole tape, read in pages, numbered from 1 without a gap.
    pub(crate) async fn tape(&self, task: &TaskId) -> Result<Vec<Event>, Stop> {
        let mut events = Vec::new();
        let mut from = 0;
        for _ in 0..MAX_PAGES {
            let page = answered("events", self.manager.events(task, from, PAGE).await)?;
            from = page.next_seq;
            events.extend(page.events);
            if !page.has_more {
                let numbers: Vec<u64> = events.iter().map(|event: &Event| event.seq).collect();
                let expected: Vec<u64> = (1..).take(events.len()).collect();
                same(&format!("numbers on the tape of {task}"), &numbers, &expected)?;
                return Ok(events);
            }
        }
        failed(format!("the tape of {task} has an end"), format!("{MAX_PAGES} pages and more"))
    }

    /// The kinds on the tape of a task that is closed in this way: row and tape agree, and there
    /// is one `final`, at the end.
    pub(crate) async fn closed(
        &self,
        task: &TaskId,
        ending: Ending,
    ) -> Result<Vec<EventKind>, Stop> {
        let row = self.row(task).await?;
        same(&format!("status of {task}"), &row.status, &Status::Ended(ending))?;
        holds(row.finished_at.is_some(), "the row says when it ended", || format!("{row:?}"))?;
        let kinds: Vec<EventKind> = self.tape(task).await?.iter().map(|event| event.kind).collect();
        let finals = kinds.iter().filter(|kind| matches!(kind, EventKind::Final(_))).count();
        holds(
            finals == 1 && kinds.last() == Some(&EventKind::Final(ending)),
            &format!("tape of {task}: one final({ending}), last"),
            || format!("tape of {task}: {kinds:?}"),
        )?;
        Ok(kinds)
    }

    /// Lets the others run for so many turns.
    pub(crate) async fn turns(&self, count: usize) {
        for _ in 0..count {
            crate::yield_now().await;
        }
    }
}

pub(crate) fn new_task(id: &str) -> NewTask {
    NewTask {
        task_id: TaskId::new(id),
        op: "work".to_owned(),
        params_digest: "0".to_owned(),
        created_at: EpochMs(FIRST_MS),
    }
}

pub(crate) fn new_event(kind: EventKind) -> NewEvent {
    NewEvent { kind, at: EpochMs(FIRST_MS), payload: "{}".to_owned() }
}
