//! The base segment: what it finds, and that nothing hangs on it.

use std::fs;

use super::{LOG, Random, log, model::meta};
use crate::{Filter, Hit, Is, Kind, Mode, Query, testing::Trial};

const NOTES: u64 = 120;

/// Notes of random words, and a few facts of two owners, one of them empty of words.
fn trial() -> Trial {
    let mut trial = Trial::with_notes(&["n/*.md"]);
    let mut random = Random(3);
    for note in 0..NOTES {
        trial.write(&format!("n/{note}.md"), random.words(6, 40));
    }
    trial.write(LOG, log("u", &[(1, "w1 w2"), (2, "-"), (3, "w3")]));
    trial.memory.index = trial.memory.index.clone().with_base_from(50);
    trial.sync();
    trial
}

fn merge(trial: &Trial) -> bool {
    trial.memory.merge(&|| false).unwrap()
}

fn has_base(trial: &Trial) -> bool {
    let reader = trial.memory.index.read().unwrap();
    let meta = reader.meta().unwrap().unwrap();
    reader.base(&meta).unwrap().is_some()
}

fn searched(trial: &mut Trial) -> Vec<Hit> {
    let facts = Filter::Kind(Is::Eq(Kind::AtomicFact));
    let notes = Filter::Kind(Is::Ne(Kind::AtomicFact));
    let filters = [None, Some(&facts), Some(&notes)];
    let mut hits = Vec::new();
    for (text, k) in [("w1 w9", 10), ("w2", 3), ("w30 w31 w32 w33", 40)] {
        for filter in filters {
            hits.extend(trial.try_search(&Query { text, k, mode: Mode::Vector, filter }).unwrap());
        }
    }
    hits
}

/// Searches with the base, and then without.
fn assert_finds_the_same(trial: &mut Trial) {
    assert!(has_base(trial));
    let with = searched(trial);
    let index = trial.memory.index.clone();
    trial.memory.index = index.clone().with_base_from(u64::MAX);
    let without = searched(trial);
    trial.memory.index = index;
    assert_eq!(with, without);
    assert!(trial.verify().is_equal());
}

#[test]
fn a_base_finds_what_a_scan_finds_after_any_edits() {
    let mut trial = trial();
    assert!(trial.memory.merge_due().unwrap() && merge(&trial));
    assert!(!trial.memory.merge_due().unwrap() && !merge(&trial), "nothing has changed");
    assert_finds_the_same(&mut trial);
    for note in 0..12 {
        trial.write(&format!("n/{note}.md"), format!("w{note} w9 new"));
        fs::remove_file(trial.at(&format!("n/{}.md", note + 20))).unwrap();
        trial.write(&format!("n/more-{note}.md"), format!("w1 w{note}"));
    }
    trial.write("n/50.md", "-");
    trial.sync();
    assert_finds_the_same(&mut trial);
    assert!(trial.memory.merge_due().unwrap() && merge(&trial));
    assert!(!trial.memory.merge_due().unwrap());
    assert_finds_the_same(&mut trial);
}

#[test]
fn a_crash_between_build_and_switch_loses_nothing() {
    let mut trial = trial();
    merge(&trial);
    trial.write("n/1.md", "w9 w9 changed");
    trial.sync();
    let built = trial.memory.index.build_base(&|| false).unwrap();
    assert!(built.is_some());
    assert_finds_the_same(&mut trial);
    trial.write("n/2.md", "w9 w1 changed");
    trial.sync();
    assert_finds_the_same(&mut trial);
    assert!(merge(&trial), "what changed after the crash is taken in");
    assert_finds_the_same(&mut trial);
    assert!(!merge(&trial));
}

#[test]
fn a_lost_or_broken_base_is_built_anew() {
    let mut trial = trial();
    merge(&trial);
    let folder = trial.memory.state.join("index/base");
    let expected = searched(&mut trial);
    fs::remove_dir_all(&folder).unwrap();
    // A process that starts now.
    let reopened = |trial: &mut Trial| {
        let (root, state) = (trial.memory.root.clone(), trial.memory.state.clone());
        trial.memory = Trial::new().memory;
        trial.memory = crate::Memory::open(&root, &state, &["n/*.md".into()]).unwrap();
        trial.memory.index = trial.memory.index.clone().with_base_from(50);
    };
    reopened(&mut trial);
    assert!(!has_base(&trial) && trial.memory.merge_due().unwrap());
    assert_eq!(searched(&mut trial), expected);
    assert!(merge(&trial));
    assert_finds_the_same(&mut trial);
    trial.memory = Trial::new().memory;
}

#[test]
fn a_base_of_an_index_that_was_emptied_is_not_used() {
    let mut trial = trial();
    merge(&trial);
    let built = || trial.memory.index.build_base(&|| false).unwrap();
    assert_eq!(built(), None, "nothing has changed");
    trial.write("n/1.md", "w9");
    trial.sync();
    let generation = trial.memory.index.build_base(&|| false).unwrap().unwrap();
    trial.memory.index.reset(&meta(&trial)).unwrap();
    assert!(!trial.memory.index.switch_base(generation).unwrap());
    trial.sync();
    assert!(!has_base(&trial));
    assert!(merge(&trial));
    assert_finds_the_same(&mut trial);
}

#[test]
fn a_reader_from_before_a_merge_does_not_use_its_base() {
    let mut trial = trial();
    merge(&trial);
    let reader = trial.memory.index.read().unwrap();
    fs::remove_file(trial.at("n/7.md")).unwrap();
    trial.sync();
    merge(&trial);
    let meta = reader.meta().unwrap().unwrap();
    assert!(reader.base(&meta).unwrap().is_none());
    drop(reader);
    assert!(has_base(&trial));
}

#[test]
fn a_cancelled_merge_leaves_things_as_they_were() {
    let mut trial = trial();
    merge(&trial);
    trial.write("n/1.md", "w9");
    trial.sync();
    let asked = std::sync::atomic::AtomicU32::new(0);
    let after = |count| move |asked: u32| asked >= count;
    for count in [0, 1, 2] {
        let stop = after(count);
        asked.store(0, std::sync::atomic::Ordering::Relaxed);
        let cancel = || stop(asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        assert!(!trial.memory.merge(&cancel).unwrap(), "{count}");
        assert_finds_the_same(&mut trial);
    }
    assert!(merge(&trial));
}

#[test]
fn a_small_index_has_no_base() {
    let mut trial = trial();
    trial.memory.index = trial.memory.index.clone().with_base_from(NOTES + 100);
    assert!(!trial.memory.merge_due().unwrap() && !merge(&trial));
    trial.memory.index = trial.memory.index.clone().with_base_from(50);
    assert!(trial.memory.merge_due().unwrap() && merge(&trial));
    assert!(!searched(&mut trial).is_empty());
}
