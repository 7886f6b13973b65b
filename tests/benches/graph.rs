//! What a graph's size costs in the plugin: a commit that appends a turn's nodes, and the path of
//! 50 nodes that a session goes on from, at 1,000, 10,000 and 100,000 nodes. Goal: flat to within
//! twice the smallest.
//!
//! Every fifth node lies beside the path. The path is read from the session's own leaf, which was
//! written last, and from leaves all over the graph, which a cache of 16 MiB does not hold.

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
mod turns;
mod words;

use std::cell::RefCell;
use std::time::Duration;

use measure::{Series, Variant, interleaved, shown, timed};
use turns::Turns;
use wirt_contract::sessions::{CommitAnswer, GraphPage, NewCommit};
use wirt_contract::{NodeId, Plugin};
use words::Words;

const ROUNDS: usize = 20;
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const NAMES: [&str; 3] = ["1,000 nodes", "10,000 nodes", "100,000 nodes"];
/// Nodes of a commit that makes a graph.
const NODES_A_CALL: usize = 1_000;
/// Few, so that the smallest graph stays small: 400 nodes more in all.
const APPENDS: usize = 10;
const READS: usize = 40;
const PATH: u32 = 50;
/// As many as the smallest graph's path has, and a page may hold.
const LONG_PATH: u32 = 800;
/// How many times the smallest graph's time the others may take.
const FLAT: f64 = 2.0;

fn main() {
    let component = setup::component("store-redb");
    let folders = SIZES.map(|_| setup::folder());
    let graphs: [RefCell<Graph<_>>; 3] = std::array::from_fn(|number| {
        let plugin = setup::plugin_store(&component, folders[number].path());
        RefCell::new(Graph::new(plugin, SIZES[number]))
    });
    println!("{}\n", turns::ROWS);
    let goal = |name: &str, round: fn(&mut Graph<_>) -> Vec<Duration>| {
        println!("{name}");
        let series = interleaved(
            ROUNDS,
            std::array::from_fn(|number| {
                let graph = &graphs[number];
                let round: Variant<'_> =
                    (NAMES[number], Box::new(move || round(&mut graph.borrow_mut())));
                round
            }),
        );
        flat(&series);
        series
    };
    goal("a turn's commit", Graph::appends);
    goal("the path of 50 from the session's leaf", Graph::paths);
    goal("the path of 50 from anywhere", Graph::paths_from_anywhere);
    let long = goal("a path of 800", Graph::long_paths);
    let a_node = long.each_ref().map(|series| shown(series.quantile(0.5) / LONG_PATH));
    println!("a node of a path of 800: {}", a_node.join(", "));
}

fn flat([smallest, rest @ ..]: &[Series; 3]) {
    for (name, series) in NAMES[1..].iter().zip(rest) {
        let ratio = series.over(smallest);
        let met = if ratio.median <= FLAT { "met" } else { "MISSED" };
        println!("{name} over {}: {ratio}; goal at most {FLAT}x: {met}", NAMES[0]);
    }
    println!();
}

/// A store with one session.
struct Graph<P> {
    plugin: P,
    turns: Turns,
    words: Words,
}

impl<P: Plugin> Graph<P> {
    fn new(plugin: P, nodes: usize) -> Self {
        let mut graph = Self { plugin, turns: Turns::new("graph", 0), words: Words::new(1) };
        for _ in 0..nodes / NODES_A_CALL {
            let commit = graph.turns.next_with(NODES_A_CALL);
            graph.commit(&commit);
        }
        assert_eq!(graph.turns.nodes(), nodes as u64);
        graph
    }

    fn commit(&mut self, commit: &NewCommit) -> Duration {
        let sessions = self.plugin.sessions().unwrap();
        let (answer, time) = timed(|| sessions.commit(&self.turns.store, commit).unwrap());
        assert!(matches!(answer, CommitAnswer::Committed(_)), "{answer:?}");
        time
    }

    fn path(&mut self, leaf: Option<&NodeId>, nodes: u32) -> (GraphPage, Duration) {
        let sessions = self.plugin.sessions().unwrap();
        timed(|| sessions.load_path(&self.turns.store, leaf, nodes).unwrap())
    }

    fn appends(&mut self) -> Vec<Duration> {
        let commits: Vec<NewCommit> = (0..APPENDS).map(|_| self.turns.next()).collect();
        commits.iter().map(|commit| self.commit(commit)).collect()
    }

    fn paths(&mut self) -> Vec<Duration> {
        (0..READS).map(|_| self.full_path(None, PATH)).collect()
    }

    fn paths_from_anywhere(&mut self) -> Vec<Duration> {
        let least = u64::from(PATH) * 2;
        let anywhere = |graph: &mut Self| {
            let number = least + graph.words.below(graph.turns.nodes() - least);
            graph.full_path(Some(&Turns::node_id(number)), PATH)
        };
        (0..READS).map(|_| anywhere(self)).collect()
    }

    fn long_paths(&mut self) -> Vec<Duration> {
        (0..READS / 8).map(|_| self.full_path(None, LONG_PATH)).collect()
    }

    fn full_path(&mut self, leaf: Option<&NodeId>, nodes: u32) -> Duration {
        let (page, time) = self.path(leaf, nodes);
        assert_eq!(page.nodes.len(), nodes as usize);
        time
    }
}
