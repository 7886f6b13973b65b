//! A memory of daily logs, 100 entries a file: 2,000 entries indexed from nothing and rebuilt, and
//! how long a save takes until a search finds it, under a watch.
//!
//! A save ends when the file has its name; what is measured begins there. The watch listens to the
//! system, as in service.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, and whoever runs it is helped by a panic"
)]

#[expect(dead_code, reason = "no variant is compared with another here")]
mod measure;
#[expect(dead_code, reason = "each benchmark needs a part of it")]
mod setup;
#[expect(dead_code, reason = "each benchmark needs a part of it")]
mod text;
mod words;

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use measure::{Series, interleaved, timed};
use text::Text;
use wirt_contract::EpochMs;
use wirt_memory::{Memory, NewContent, NewEntry, Settled, Stop, WatchEvent, Watching, append};
use words::Words;

const ROUNDS: usize = 7;
const FILES: u64 = 20;
const ENTRIES_A_FILE: u64 = 100;
const SAVES: u64 = 200;
/// Notes of a line each, in folders of five hundred.
const MANY_FILES: u64 = 100_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// The first log's day: 2026-05-18.
const FIRST_DAY: u64 = 1_779_062_400_000;

fn main() {
    let root = setup::folder();
    let mut words = Words::new(3);
    for file in 0..FILES {
        for _ in 0..ENTRIES_A_FILE {
            save(root.path(), file, &mut words);
        }
    }
    from_nothing(root.path());
    println!();
    for embedder in ["embedder-hash", "embedder-static"] {
        watched(root.path(), embedder, &mut words);
    }
    many_files();
}

fn many_files() {
    let (root, state) = (setup::folder(), setup::folder());
    for number in 0..MANY_FILES {
        let folder = root.path().join((number / 500).to_string());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{number}.md")), format!("note {number}")).unwrap();
    }
    let mut text = Text::new("tokenizer-unicode", "embedder-static");
    let memory = Memory::open(root.path(), state.path(), &[]).unwrap();
    let [first, again] = [(); 2].map(|()| timed(|| text.sync(&memory)).1.as_secs_f64());
    println!("{MANY_FILES} files: {first:.1} s from nothing, {again:.1} s again");
}

/// Appends a fact to a log, and says to which.
fn save(root: &Path, file: u64, words: &mut Words) -> String {
    let entry = NewEntry {
        app_id: "default".into(),
        project_id: "default".into(),
        owner_id: "u_bench".into(),
        timestamp: EpochMs(FIRST_DAY + file * DAY_MS),
        session_id: None,
        parent_type: None,
        parent_id: None,
        content: NewContent::AtomicFact { sender_ids: Vec::new(), fact: words.text(120) },
    };
    append(root, &entry, now()).unwrap().path
}

fn now() -> EpochMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    EpochMs(since.as_millis().try_into().unwrap())
}

fn from_nothing(root: &Path) {
    let mut text = Text::new("tokenizer-unicode", "embedder-hash");
    let state = setup::folder();
    let memory = Memory::open(root, state.path(), &[]).unwrap();
    let text = std::cell::RefCell::new(&mut text);
    let sync = || {
        let state = setup::folder();
        let memory = Memory::open(root, state.path(), &[]).unwrap();
        let (report, time) = timed(|| text.borrow_mut().sync(&memory));
        assert_eq!(report.entries, FILES * ENTRIES_A_FILE);
        vec![time]
    };
    let rebuild = || {
        let rebuilt = |memory: &Memory| {
            let mut text = text.borrow_mut();
            text.plugins(|plugins| memory.rebuild(plugins, now(), &mut |_| ()).unwrap())
        };
        let (report, time) = timed(|| rebuilt(&memory));
        assert_eq!(report.entries, FILES * ENTRIES_A_FILE);
        vec![time]
    };
    let all = interleaved(ROUNDS, [("sync", Box::new(sync)), ("rebuild", Box::new(rebuild))]);
    let rate =
        |series: &Series| (FILES * ENTRIES_A_FILE) as f64 / series.quantile(0.5).as_secs_f64();
    let [sync, rebuild] = all.each_ref().map(rate);
    println!("embedder-hash: {sync:.0} entries/s from nothing, {rebuild:.0} rebuilt");
}

fn watched(root: &Path, embedder: &str, words: &mut Words) {
    let state = setup::folder();
    let memory = Memory::open(root, state.path(), &[]).unwrap();
    let stop = Stop::new();
    let (told, events) = mpsc::channel();
    let stopping = stop.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut text = Text::new("tokenizer-unicode", embedder);
            let mut tell = |event| {
                let _ = told.send(event);
            };
            text.plugins(|plugins| {
                memory.watch(plugins, Watching::default(), &stop, &now, &mut tell).unwrap();
            });
        });
        while !matches!(events.recv().unwrap(), WatchEvent::Quiet) {}
        let mut times = Vec::new();
        for nth in 0..SAVES {
            let path = save(root, nth % FILES, words);
            let saved = Instant::now();
            times.push(settled(&events, &path, saved));
        }
        stopping.stop();
        let series = Series::of(vec![times]);
        let [p50, p99] = [0.5, 0.99].map(|part| series.quantile(part).as_secs_f64() * 1e3);
        println!("{embedder}: saved to found p50 {p50:.1} ms, p99 {p99:.1} ms, {SAVES} saves");
    });
}

/// Waits until the path was worked on, and says how long after `saved` that was.
fn settled(events: &mpsc::Receiver<WatchEvent>, path: &str, saved: Instant) -> Duration {
    loop {
        if let WatchEvent::Settled(Settled { path: done, .. }) = events.recv().unwrap()
            && done == path
        {
            return saved.elapsed();
        }
    }
}
