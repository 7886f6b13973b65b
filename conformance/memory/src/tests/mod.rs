//! Every scenario passes with a keeper that is faithful, and fails with one that is not.

mod bends;
mod doubles;

use std::{collections::BTreeSet, path::Path};

use wirt_conformance::Stop;
use wirt_memory::Plugins;

use crate::{Faithful, Keeper, Subject, all};
use doubles::{Buckets, Words};

/// A folder that lies in memory where there is one: no scenario asks what a power cut leaves.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::TempDir::new_in(memory) } else { tempfile::TempDir::new() }
        .unwrap()
}

fn run(
    id: &str,
    embedder: &mut Buckets,
    bend: &dyn Fn(&Path) -> Box<dyn Keeper>,
) -> Result<(), Stop> {
    let scratch = scratch();
    let scenario = all().find(|scenario| scenario.id == id).unwrap();
    let mut keeper = bend(scratch.path());
    let plugins =
        Plugins { tokenizer: &mut Words, tokenizer_digest: "t1", embedder, embedder_digest: "e1" };
    let mut subject = Subject { plugins, keeper: &mut *keeper, scratch: scratch.path() };
    let end = (scenario.run)(&mut subject);
    assert_eq!(scratch.path().read_dir().unwrap().count(), 0, "{id} leaves something behind");
    end
}

#[test]
fn every_scenario_passes_with_sound_plugins() {
    for scenario in all() {
        let end = run(scenario.id, &mut Buckets::default(), &|_| Box::new(Faithful));
        assert_eq!(end, Ok(()), "{}", scenario.id);
    }
}

#[test]
fn every_scenario_notices_what_is_bent() {
    let mut bent = BTreeSet::new();
    for (id, bend, expected) in bends::all() {
        match run(id, &mut Buckets::default(), &*bend) {
            Err(Stop::Failed { expected: asked, found }) => {
                let said = format!("expected {asked}; found {found}");
                assert!(said.contains(expected), "{id} says: {said}");
            }
            other => panic!("{id} ended with {other:?}, not with: {expected}"),
        }
        bent.insert(id);
    }
    let ids: BTreeSet<&str> = all().map(|scenario| scenario.id).collect();
    assert_eq!(bent, ids, "every scenario has a bend");
}

#[test]
fn an_embedder_that_is_never_there_fails_every_scenario() {
    for scenario in all() {
        let mut embedder = Buckets { is_away: true };
        let end = run(scenario.id, &mut embedder, &|_| Box::new(Faithful));
        assert!(matches!(end, Err(Stop::Failed { .. })), "{}: {end:?}", scenario.id);
    }
}

#[test]
fn ids_are_their_own_and_stand_in_the_table() {
    let ids: Vec<&str> = all().map(|scenario| scenario.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let table: BTreeSet<&str> = include_str!("../lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `")?.split('`').next())
        .collect();
    assert_eq!(table, ids.into_iter().collect());
    let of_seed = all().filter(|scenario| scenario.source == "cascade scenarios").count();
    assert_eq!(of_seed, 9);
}
