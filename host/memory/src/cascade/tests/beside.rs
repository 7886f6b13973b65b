//! Saves while the base segment is merged, over and over.

use std::{
    collections::BTreeSet,
    fs,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use tempfile::TempDir;

use super::log;
use crate::{
    Memory, Plugins, Settled, Stop, WatchEvent, Watching,
    testing::{Buckets, LATER, Words},
};

const FILES: usize = 8;
const ENTRIES: usize = 40;
const SAVES: usize = 40;
/// Low enough that there is a base.
const BASE_FROM: u64 = 100;

#[test]
fn saves_go_on_beside_merges_and_neither_loses_anything() {
    let (root, state) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = |file: usize| format!("a/p/users/u{file}/.atomic_facts/atomic_fact-2026-05-18.md");
    let save = |file: usize, entries: usize| {
        let facts: Vec<String> =
            (0..entries).map(|number| format!("fact {number} of {file} about the cello")).collect();
        let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
        let at = root.path().join(path(file));
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        let beside = at.with_extension("tmp");
        fs::write(&beside, log(&facts)).unwrap();
        fs::rename(beside, at).unwrap();
    };
    for file in 0..FILES {
        save(file, ENTRIES);
    }
    let mut memory = Memory::open(root.path(), state.path(), &[]).unwrap();
    memory.index = memory.index.clone().with_base_from(BASE_FROM);
    let mut embedder = Buckets::default();
    let mut plugins = Plugins {
        tokenizer: &mut Words,
        tokenizer_digest: "t1",
        embedder: &mut embedder,
        embedder_digest: "e1",
    };
    memory.sync(&mut plugins, LATER, &mut |_| ()).unwrap();

    let (done, merges) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut settled = BTreeSet::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let is_done = || done.load(Ordering::Relaxed);
            while !is_done() {
                let merged = memory.merge(&is_done).unwrap();
                merges.fetch_add(u64::from(merged), Ordering::Relaxed);
            }
        });
        let stop = Stop::new();
        let watching = Watching { scan_every: Duration::from_secs(3_600), listens: true };
        let (mut next, mut saved) = (0, None);
        let mut tell = |event| match event {
            WatchEvent::Quiet if saved.is_none() => {
                // Both have had their turn.
                if next >= SAVES && merges.load(Ordering::Relaxed) > 1 {
                    return stop.stop();
                }
                save(next % FILES, ENTRIES + 1 + next / FILES);
                saved = Some(path(next % FILES));
                next += 1;
            }
            WatchEvent::Settled(Settled { path, .. }) if saved.as_ref() == Some(&path) => {
                settled.insert(path);
                saved = None;
            }
            _ => {}
        };
        memory.watch(&mut plugins, watching, &stop, &|| LATER, &mut tell).unwrap();
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(settled.len(), FILES);
    assert!(memory.verify(&mut plugins, LATER).unwrap().is_equal());
}
