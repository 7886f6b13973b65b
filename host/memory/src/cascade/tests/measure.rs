//! How fast it is, on this machine's disk and with the tests' own plugins:
//! `cargo test -p wirt-memory --release --lib measure -- --ignored --nocapture --test-threads 1`

use std::{
    collections::VecDeque,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::log;
use crate::{
    Memory, Plugins, Settled, Stop, WatchEvent, Watching,
    testing::{Buckets, LATER, Words},
};

const FILES: usize = 20;
const ENTRIES: usize = 100;
const SAVES: usize = 300;
const MANY: usize = 100_000;

fn path(file: usize) -> String {
    format!("a/p/users/u{file}/.atomic_facts/atomic_fact-2026-05-18.md")
}

fn save(root: &Path, file: usize, entries: usize) {
    let facts: Vec<String> =
        (0..entries).map(|number| format!("fact {number} of {file} about the cello")).collect();
    let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
    let at = root.join(path(file));
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    let beside = at.with_extension("tmp");
    fs::write(&beside, log(&facts)).unwrap();
    fs::rename(beside, at).unwrap();
}

fn with_memory<T>(work: impl FnOnce(&Path, &Memory, &mut Plugins<'_>) -> T) -> T {
    let (root, state) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let memory = Memory::open(root.path(), state.path(), &[]).unwrap();
    let mut embedder = Buckets::default();
    let mut plugins = Plugins {
        tokenizer: &mut Words,
        tokenizer_digest: "t1",
        embedder: &mut embedder,
        embedder_digest: "e1",
    };
    work(root.path(), &memory, &mut plugins)
}

#[test]
#[ignore = "a measurement"]
fn measure_sync() {
    with_memory(|root, memory, plugins| {
        for file in 0..FILES {
            save(root, file, ENTRIES);
        }
        for (what, entries) in [("from nothing", FILES * ENTRIES), ("again", 0)] {
            let began = Instant::now();
            let report = memory.sync(plugins, LATER, &mut |_| ()).unwrap();
            let time = began.elapsed();
            assert_eq!(report.entries_written, entries as u64);
            println!("sync {what}: {time:?}, {:.0}/s", entries as f64 / time.as_secs_f64());
        }
    });
}

#[test]
#[ignore = "a measurement"]
fn measure_save_to_search() {
    with_memory(|root, memory, plugins| {
        for file in 0..FILES {
            save(root, file, ENTRIES);
        }
        let stop = Stop::new();
        let (mut saves, mut began, mut times) =
            (VecDeque::from_iter(0..SAVES), None::<(String, Instant)>, Vec::new());
        let watching = Watching { scan_every: Duration::from_secs(30), listens: true };
        memory
            .watch(plugins, watching, &stop, &|| LATER, &mut |event| match event {
                WatchEvent::Quiet if began.is_none() => match saves.pop_front() {
                    Some(number) => {
                        let file = number % FILES;
                        save(root, file, ENTRIES + 1 + number / FILES);
                        began = Some((path(file), Instant::now()));
                    }
                    None => stop.stop(),
                },
                WatchEvent::Settled(Settled { path, .. }) => {
                    if let Some((_, since)) = began.take_if(|(saved, _)| *saved == path) {
                        times.push(since.elapsed());
                    }
                }
                _ => {}
            })
            .unwrap();
        times.sort_unstable();
        let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
        println!("save to search, {} saves: p50 {:?}, p99 {:?}", times.len(), at(50), at(99));
    });
}

#[test]
#[ignore = "a measurement"]
fn measure_many_files() {
    with_memory(|root, memory, plugins| {
        for number in 0..MANY {
            let folder = root.join(format!("{}", number / 500));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{number}.md")), format!("note {number}")).unwrap();
        }
        for what in ["from nothing", "again"] {
            let began = Instant::now();
            memory.sync(plugins, LATER, &mut |_| ()).unwrap();
            println!("{MANY} files, sync {what}: {:?}", began.elapsed());
        }
        let mut cascade = memory.cascade(plugins).unwrap();
        cascade.scan(LATER).unwrap();
        fs::write(root.join("7/3501.md"), "other words").unwrap();
        let began = Instant::now();
        cascade.suggest(["7/3501.md"], LATER).unwrap();
        cascade.step(LATER).unwrap();
        println!("{MANY} files, one save: {:?}", began.elapsed());
    });
}
