//! A memory of markdown through the bundled tokenizer and embedder plugins: a sync from nothing,
//! one with nothing to do, and searches by keyword, by vector and by both.
//!
//! `WIRT_CORPUS=DIR` takes the markdown of a folder; otherwise a corpus is written, the same in
//! every run: 600 files, most of them of some ten kilobytes and a few far larger.

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
mod text;
mod words;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use measure::{interleaved, timed};
use tempfile::TempDir;
use text::{HITS, Text};
use wirt_memory::{Memory, Mode, Report};
use words::Words;

/// Each is a sync from nothing.
const ROUNDS: usize = 5;
const FILES: u64 = 600;
const QUERIES: usize = 200;

fn main() {
    let written = setup::folder();
    let root = match std::env::var_os("WIRT_CORPUS") {
        Some(folder) => folder.into(),
        None => {
            write_corpus(written.path());
            written.path().to_owned()
        }
    };
    let text = RefCell::new(Text::new("tokenizer-unicode", "embedder-hash"));
    let memory = sync(&root, &text);
    let queries = queries(&memory, &text);
    search(&memory, &text, &queries);
}

/// An index and the folder it lies in.
struct Indexed {
    memory: Memory,
    report: Report,
    _state: TempDir,
}

fn sync(root: &Path, text: &RefCell<Text>) -> Indexed {
    let current: RefCell<Option<Indexed>> = RefCell::default();
    let from_nothing = || {
        let state = setup::folder();
        let memory = Memory::open(root, state.path(), &["**/*.md".into()]).unwrap();
        let (report, time) = timed(|| text.borrow_mut().sync(&memory));
        *current.borrow_mut() = Some(Indexed { memory, report, _state: state });
        vec![time]
    };
    let again = || {
        let current = current.borrow();
        let (report, time) = timed(|| text.borrow_mut().sync(&current.as_ref().unwrap().memory));
        assert_eq!((report.embedded, report.entries_written), (0, 0), "there was nothing to do");
        vec![time]
    };
    let [first, second] = interleaved(
        ROUNDS,
        [("sync from nothing", Box::new(from_nothing)), ("sync again", Box::new(again))],
    );
    let indexed = current.into_inner().unwrap();
    let report = &indexed.report;
    let seconds = first.quantile(0.5).as_secs_f64();
    println!(
        "{} files, {} entries, {} failed: {:.0} files/s, {:.0} entries/s; from nothing over \
         again: {}\n",
        report.files,
        report.entries,
        report.failed.len(),
        report.files as f64 / seconds,
        report.entries as f64 / seconds,
        first.over(&second),
    );
    indexed
}

fn search(indexed: &Indexed, text: &RefCell<Text>, queries: &[String]) {
    println!("search: {QUERIES} queries of one to three words of the corpus, {HITS} hits");
    let by = |mode| {
        move || -> Vec<Duration> {
            let mut text = text.borrow_mut();
            let query = |words: &String| timed(|| text.search(&indexed.memory, words, mode)).1;
            queries.iter().map(query).collect()
        }
    };
    interleaved(
        ROUNDS,
        [
            ("keyword", Box::new(by(Mode::Keyword))),
            ("vector", Box::new(by(Mode::Vector))),
            ("hybrid", Box::new(by(Mode::Hybrid))),
        ],
    );
}

/// Words drawn from entries all over the index.
fn queries(indexed: &Indexed, text: &RefCell<Text>) -> Vec<String> {
    let entries = indexed.memory.entries().unwrap().map(Result::unwrap);
    let mut found = BTreeSet::new();
    for entry in entries {
        let words = entry
            .text
            .split_whitespace()
            .filter(|word| word.len() > 3 && word.chars().all(char::is_alphanumeric));
        found.extend(words.take(20).map(str::to_lowercase));
    }
    let found: Vec<String> = found.into_iter().collect();
    let mut draws = Words::new(2);
    let mut word = || found[draws.below(found.len() as u64) as usize].clone();
    let queries: Vec<String> = (0..QUERIES)
        .map(|number| (0..=number % 3).map(|_| word()).collect::<Vec<_>>().join(" "))
        .collect();
    let hits = |query| text.borrow_mut().search(&indexed.memory, query, Mode::Keyword);
    assert!(queries.iter().all(|query| hits(query) > 0), "they are the corpus' own words");
    queries
}

/// Notes with a heading every kilobyte.
fn write_corpus(folder: &Path) {
    const SECTION_BYTES: usize = 900;
    let mut words = Words::new(1);
    for file in 0..FILES {
        // One in sixteen is long.
        let sections = if file % 16 == 0 { 60 + words.below(60) } else { 3 + words.below(16) };
        let mut note = format!("# {}\n\n", words.word());
        for _ in 0..sections {
            note.push_str(&format!("## {} {}\n\n", words.word(), words.word()));
            note.push_str(&words.text(SECTION_BYTES));
            note.push('\n');
        }
        std::fs::write(folder.join(format!("note-{file:03}.md")), note).unwrap();
    }
}
