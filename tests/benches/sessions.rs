//! Commits of sessions through the store actor: 1, 8 and 64 sessions, each waiting for its answer
//! before its next turn, on one store. The plugin against the same ledger without a sandbox, and
//! against SQLite, with one transaction a commit and with the actor's batches.
//!
//! Goals: one session at most 1.25 times as long as natively; 64 sessions at least 10 times the
//! commits a second of SQLite with one transaction a commit, and at least 0.9 times those of SQLite
//! in batches; at 64 sessions a p99 of at most 4 syncs of the disk, also while another client
//! vacuums a graph and a third loads one through the same actor.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, and whoever runs it is helped by a panic"
)]

mod measure;
#[expect(dead_code, reason = "each benchmark needs a part of it")]
mod setup;
mod sqlite;
mod turns;
mod words;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use measure::{Series, Variant, interleaved, shown, timed};
use sqlite::SqliteStore;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use turns::Turns;
use wirt_contract::sessions::{CommitAnswer, GraphChange, NewCommit, Part};
use wirt_contract::{NodeId, Plugin, StoreId};
use wirt_runtime::store::{StoreClient, Traffic, actor};

const ROUNDS: usize = 12;
/// Sessions at once, and the turns of each in a round.
const LOADS: [(usize, usize); 3] = [(1, 60), (8, 20), (64, 20)];
/// The last of them.
const MANY: usize = 2;

/// What a contender is called.
const NAMES: [&str; 4] =
    ["plugin", "native ledger", "SQLite, a transaction a commit", "SQLite, batches"];
const PLUGIN: usize = 0;
const NATIVE: usize = 1;
const SINGLY: usize = 2;
const BATCHES: usize = 3;

/// Nodes of the graph that is loaded, over and over, and how many a page asks for.
const LOADED_NODES: usize = 20_000;
const PAGE: u32 = 50;
/// Tombstoned nodes of the graph that is vacuumed, and how many a call asks for.
const DEAD_NODES: usize = 12_000;
const VACUUM_BUDGET: u32 = 16;
/// Nodes of a commit, and ids of a tombstoning, that make those graphs.
const NODES_A_CALL: usize = 4_000;

/// Syncs that a p99 may take, and how often a round asks the disk for one.
const SYNCS: f64 = 4.0;
const DISK_CALLS: usize = 25;
/// About the pages that a batch of 64 commits changes.
const BATCH_PAGES: u64 = 500;

/// What takes its turn in a round.
#[derive(Clone, Copy, PartialEq)]
enum Turn {
    /// A contender under one of the loads.
    Of(usize, usize),
    /// The plugin under the last of them, with others at the same store.
    WithCompany,
    /// The disk, writing so many pages.
    Disk(u64),
}

/// The order they take turns in.
const TURNS: [Turn; NAMES.len() * LOADS.len() + 3] = [
    Turn::Of(PLUGIN, 0),
    Turn::Of(NATIVE, 0),
    Turn::Of(SINGLY, 0),
    Turn::Of(BATCHES, 0),
    Turn::Of(PLUGIN, 1),
    Turn::Of(NATIVE, 1),
    Turn::Of(SINGLY, 1),
    Turn::Of(BATCHES, 1),
    Turn::Of(PLUGIN, MANY),
    Turn::Of(NATIVE, MANY),
    Turn::Of(SINGLY, MANY),
    Turn::Of(BATCHES, MANY),
    Turn::WithCompany,
    Turn::Disk(1),
    Turn::Disk(BATCH_PAGES),
];

impl Turn {
    fn name(self) -> String {
        match self {
            Self::Of(contender, load) => format!("{}, {}", NAMES[contender], LOADS[load].0),
            Self::WithCompany => format!("plugin, {}, with company", LOADS[MANY].0),
            Self::Disk(pages) => format!("the disk, {pages} pages"),
        }
    }
}

fn main() {
    agree();
    let folders = [(); 4].map(|()| setup::folder());
    let [plugin, native, singly, batches] =
        folders.each_ref().map(|folder| folder.path().to_owned());
    let component = setup::component("store-redb");
    let contenders = [
        Contender::new(move || Box::new(setup::plugin_store(&component, &plugin))),
        Contender::new(move || Box::new(setup::native_store(&native))),
        Contender::new(move || Box::new(SqliteStore::new(&singly, false))),
        Contender::new(move || Box::new(SqliteStore::new(&batches, true))),
    ];
    let company = Company::of(&contenders[PLUGIN]);
    let disk = setup::Disk::new();
    println!("a commit's wait, by contender and sessions at once; {ROUNDS} rounds");
    println!("{}\n", turns::ROWS);

    let seen = TURNS.map(|_| RefCell::<Seen>::default());
    let names = TURNS.map(Turn::name);
    let variants = std::array::from_fn(|number| {
        let (contenders, company, disk, seen) = (&contenders, &company, &disk, &seen[number]);
        let round: Box<dyn FnMut() -> Vec<Duration>> = match TURNS[number] {
            Turn::Of(contender, load) => Box::new(move || {
                contenders[contender].round(LOADS[load], None, &mut seen.borrow_mut())
            }),
            Turn::WithCompany => Box::new(move || {
                contenders[PLUGIN].round(LOADS[MANY], Some(company), &mut seen.borrow_mut())
            }),
            Turn::Disk(pages) => {
                Box::new(move || (0..DISK_CALLS).map(|_| timed(|| disk.write(pages)).1).collect())
            }
        };
        let variant: Variant<'_> = (names[number].as_str(), round);
        variant
    });
    let waits = interleaved(ROUNDS, variants);

    println!();
    let seen = seen.map(RefCell::into_inner);
    for (name, seen) in names.iter().zip(&seen).take(TURNS.len() - 2) {
        println!("{name:<34} {seen}");
    }
    company.print();
    verdicts(&waits, &seen.map(|seen| Series::of(seen.paces)));
}

/// Each goal, what was measured, and whether it was met. `paces` are the rounds' times divided by
/// their commits.
fn verdicts(waits: &[Series; TURNS.len()], paces: &[Series; TURNS.len()]) {
    let at = |turn: Turn| TURNS.iter().position(|at| *at == turn).unwrap();
    let met = |is_met: bool| if is_met { "met" } else { "MISSED" };
    println!();
    let alone = waits[at(Turn::Of(PLUGIN, 0))].over(&waits[at(Turn::Of(NATIVE, 0))]);
    let verdict = met(alone.median <= 1.25);
    println!("1 session, plugin over native: {alone}; goal at most 1.25x: {verdict}");
    for (other, goal) in [(SINGLY, Some(10.0)), (BATCHES, Some(0.9)), (NATIVE, None)] {
        let [plugin, other_pace] = [PLUGIN, other].map(|of| &paces[at(Turn::Of(of, MANY))]);
        let ratio = other_pace.over(plugin);
        let verdict = match goal {
            Some(goal) => format!("goal at least {goal}x: {}", met(ratio.median >= goal)),
            None => "no goal".to_owned(),
        };
        println!("64 sessions, commits a second over {}: {ratio}; {verdict}", NAMES[other]);
    }
    let [sync, batch] = [1, BATCH_PAGES].map(|pages| waits[at(Turn::Disk(pages))].quantile(0.5));
    for turn in [Turn::Of(PLUGIN, MANY), Turn::WithCompany] {
        let p99 = waits[at(turn)].quantile(0.99);
        let syncs = p99.as_secs_f64() / sync.as_secs_f64();
        println!(
            "{}: p99 {}, {syncs:.1} syncs of a page ({}), {:.1} of {BATCH_PAGES} pages ({}); goal \
             at most {SYNCS}: {}",
            turn.name(),
            shown(p99),
            shown(sync),
            p99.as_secs_f64() / batch.as_secs_f64(),
            shown(batch),
            met(syncs <= SYNCS),
        );
    }
}

/// What was seen of a contender's rounds under one load, beside how long its commits waited.
#[derive(Default)]
struct Seen {
    /// Of each round its time divided by its commits.
    paces: Vec<Vec<Duration>>,
    commits: u64,
    calls: u64,
    flushes: u64,
    bytes: u64,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rate = 1.0 / Series::of(self.paces.clone()).quantile(0.5).as_secs_f64();
        let calls = self.calls as f64 / self.flushes as f64;
        let bytes = self.bytes as f64 / 1024.0 / self.commits as f64;
        write!(
            f,
            "{rate:>7.0} commits/s, {calls:>5.1} calls a flush, {bytes:>6.1} KiB written a commit"
        )
    }
}

/// A store behind its actor, and its sessions.
struct Contender {
    client: StoreClient,
    executor: Runtime,
    sessions: RefCell<Vec<Turns>>,
}

impl Contender {
    fn new(mut open: impl FnMut() -> Box<dyn Plugin> + Send + 'static) -> Self {
        let (client, actor) = actor(move || Ok(open()));
        actor.spawn("bench").unwrap();
        let executor = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut sessions: Vec<_> =
            (0..LOADS[MANY].0).map(|number| Turns::new("session", number)).collect();
        for session in &mut sessions {
            let (store, commit) = (session.store.clone(), session.next());
            let commit = move |plugin: &mut dyn Plugin| plugin.sessions()?.commit(&store, &commit);
            let answer = client.call_blocking(commit).unwrap();
            assert!(matches!(answer, CommitAnswer::Committed(_)), "{answer:?}");
        }
        let sessions = RefCell::new(sessions);
        Self { client, executor, sessions }
    }

    /// How long each commit waited.
    fn round(
        &self,
        (sessions, turns): (usize, usize),
        company: Option<&Company>,
        seen: &mut Seen,
    ) -> Vec<Duration> {
        // Made before the clock starts: it is the store that is measured.
        let work: Vec<(StoreId, Vec<NewCommit>)> = self.sessions.borrow_mut()[..sessions]
            .iter_mut()
            .map(|session| (session.store.clone(), (0..turns).map(|_| session.next()).collect()))
            .collect();
        let (before, written_before) = (self.client.traffic(), written());
        let began = Instant::now();
        let round = Rc::new(Round::new(began, sessions));
        let local = LocalSet::new();
        for (store, commits) in work {
            local.spawn_local(writer(self.client.clone(), store, commits, Rc::clone(&round)));
        }
        if let Some(company) = company {
            local.spawn_local(vacuumer(self.client.clone(), company.clone(), Rc::clone(&round)));
            local.spawn_local(loader(self.client.clone(), company.clone(), Rc::clone(&round)));
        }
        self.executor.block_on(local);
        let Traffic { calls, commits: flushes, .. } = self.client.traffic();
        let commits = sessions * turns;
        seen.commits += commits as u64;
        seen.calls += calls - before.calls;
        seen.flushes += flushes - before.commits;
        seen.bytes += written() - written_before;
        let time = round.ended.get().duration_since(began);
        seen.paces.push(vec![time / u32::try_from(commits).unwrap()]);
        round.waits.take()
    }
}

/// Bytes this process has written so far; 0 where the system does not say.
fn written() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.and_then(|bytes| bytes.parse().ok()).unwrap_or_default()
}

/// What the clients of a round share.
struct Round {
    /// Sessions that are not done.
    left: Cell<usize>,
    /// When the last one was.
    ended: Cell<Instant>,
    waits: RefCell<Vec<Duration>>,
}

impl Round {
    fn new(began: Instant, sessions: usize) -> Self {
        let waits = RefCell::default();
        Self { left: Cell::new(sessions), ended: Cell::new(began), waits }
    }
}

async fn writer(client: StoreClient, store: StoreId, commits: Vec<NewCommit>, round: Rc<Round>) {
    for commit in commits {
        let revision = commit.expected_revision.unwrap() + 1;
        let store = store.clone();
        let commit = move |plugin: &mut dyn Plugin| plugin.sessions()?.commit(&store, &commit);
        let began = Instant::now();
        let answer = client.call(commit).await.unwrap();
        round.waits.borrow_mut().push(began.elapsed());
        assert!(
            matches!(&answer, CommitAnswer::Committed(committed) if committed.revision == revision),
            "{answer:?}"
        );
    }
    round.left.set(round.left.get() - 1);
    round.ended.set(Instant::now());
}

/// Who else uses the store: a graph that is vacuumed, and one that is loaded.
#[derive(Clone)]
struct Company {
    dead: StoreId,
    loaded: StoreId,
    /// Calls of each.
    calls: Rc<Cell<[u64; 2]>>,
}

impl Company {
    fn of(contender: &Contender) -> Self {
        let client = &contender.client;
        let (dead, _) = graph(client, "dead", DEAD_NODES);
        let ids: Vec<NodeId> = (0..DEAD_NODES as u64).map(Turns::node_id).collect();
        for ids in ids.chunks(NODES_A_CALL) {
            let (store, ids) = (dead.clone(), ids.to_vec());
            let tombstone =
                move |plugin: &mut dyn Plugin| plugin.sessions()?.tombstone_nodes(&store, &ids);
            client.call_blocking(tombstone).unwrap();
        }
        let (loaded, nodes) = graph(client, "loaded", LOADED_NODES);
        assert_eq!(nodes, LOADED_NODES as u64);
        Self { dead, loaded, calls: Rc::default() }
    }

    fn called(&self, which: usize) {
        let mut calls = self.calls.get();
        calls[which] += 1;
        self.calls.set(calls);
    }

    fn print(&self) {
        let [vacuums, pages] = self.calls.get();
        println!(
            "the company: {vacuums} calls to vacuum {VACUUM_BUDGET} nodes, {pages} pages of {PAGE} \
             nodes"
        );
    }
}

/// A session with so many nodes.
fn graph(client: &StoreClient, name: &str, nodes: usize) -> (StoreId, u64) {
    let mut turns = Turns::new(name, 0);
    for _ in 0..nodes / NODES_A_CALL {
        let (store, commit) = (turns.store.clone(), turns.next_with(NODES_A_CALL));
        let commit = move |plugin: &mut dyn Plugin| plugin.sessions()?.commit(&store, &commit);
        let answer = client.call_blocking(commit).unwrap();
        assert!(matches!(answer, CommitAnswer::Committed(_)), "{answer:?}");
    }
    let nodes = turns.nodes();
    (turns.store, nodes)
}

async fn vacuumer(client: StoreClient, company: Company, round: Rc<Round>) {
    while round.left.get() > 0 {
        let store = company.dead.clone();
        let vacuum =
            move |plugin: &mut dyn Plugin| plugin.sessions()?.vacuum(&store, VACUUM_BUDGET);
        let done = client.call(vacuum).await.unwrap();
        assert!(done.more, "all is vacuumed before the rounds are over; begin with more nodes");
        company.called(0);
    }
}

async fn loader(client: StoreClient, company: Company, round: Rc<Round>) {
    let mut after: Option<NodeId> = None;
    while round.left.get() > 0 {
        let store = company.loaded.clone();
        let load = move |plugin: &mut dyn Plugin| {
            plugin.sessions()?.load_graph(&store, after.as_ref(), PAGE)
        };
        let page = client.call(load).await.unwrap();
        assert_eq!(page.nodes.len(), PAGE as usize);
        after = page.next;
        company.called(1);
    }
}

/// That SQLite answers as the ledger does, for all that the turns can meet; else it would be
/// compared with less work.
fn agree() {
    let folders = [(); 3].map(|()| setup::folder());
    let mut ledger = setup::native_store(folders[0].path());
    let mut singly = SqliteStore::new(folders[1].path(), false);
    let mut batches = SqliteStore::new(folders[2].path(), true);
    let mut turns = Turns::new("agreed", 0);
    let (first, second) = (turns.next(), turns.next());
    let anew = NewCommit { expected_revision: None, stamp: None, ..second.clone() };
    let mut calls = vec![first, second.clone(), second.clone()];
    let mut changed = |from: &NewCommit, change: &dyn Fn(&mut NewCommit)| {
        let mut commit = from.clone();
        change(&mut commit);
        calls.push(commit);
    };
    changed(&second, &|commit| commit.stamp = None);
    changed(&second, &|commit| commit.stamp.as_mut().unwrap().turn_hash.push('x'));
    changed(&second, &|commit| commit.stamp.as_mut().unwrap().session_id = "another".into());
    changed(&second, &|commit| commit.session_id = "another".into());
    changed(&anew, &|_| ());
    changed(&anew, &|commit| commit.checkpoint.plugins = Some(Part::Kept("none".into())));
    changed(&anew, &|commit| of_graph(commit, "parent", Some("none"), "parent"));
    changed(&anew, &|commit| of_graph(commit, "leaf", None, "none"));
    changed(&anew, &|commit| commit.graph = GraphChange::Unchanged(Some("none".into())));
    changed(&anew, &|commit| commit.graph = GraphChange::Unchanged(None));
    calls.push(NewCommit { expected_revision: Some(3), ..turns.next() });
    batches.batching().unwrap().begin().unwrap();
    let mut refused = 0;
    for commit in calls {
        let store = &turns.store;
        let answer = ledger.sessions().unwrap().commit(store, &commit);
        refused += usize::from(matches!(answer, Ok(CommitAnswer::Refused(_))));
        for sqlite in [&mut singly, &mut batches] {
            assert_eq!(sqlite.sessions().unwrap().commit(store, &commit), answer, "{commit:?}");
        }
    }
    assert_eq!(refused, 9, "refusals met");
    batches.batching().unwrap().flush().unwrap();
}

/// Makes a commit's nodes one of this id and parent, and its leaf this one.
fn of_graph(commit: &mut NewCommit, id: &str, parent: Option<&str>, leaf: &str) {
    let GraphChange::Append(nodes) = &mut commit.graph else { return };
    nodes.nodes.truncate(1);
    nodes.nodes[0].node_id = id.into();
    nodes.nodes[0].parent_node_id = parent.map(Into::into);
    nodes.leaf = Some(leaf.into());
}
