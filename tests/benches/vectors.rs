//! The memory's index alone, through native plugins: searches by keyword, by vector and by both,
//! how many of the nearest vectors are found, one durable edit, and what edits do to the disk.
//!
//! `WIRT_VECTORS=DIR` names a folder with `base.f32`, `queries.f32` (384 little-endian numbers a
//! vector) and `neighbours10.u32` (ten row numbers a query). `WIRT_ENTRIES=N` says how many entries
//! there are; those beyond the base are copies of it, moved a little. `WIRT_EDITS=N` adds so many
//! edits, one commit each, and compares the disk with a rebuild.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, and whoever runs it is helped by a panic"
)]

mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use wirt_contract::embedder::{self, Embedder};
use wirt_contract::tokenizer::{self, Token, Tokenizer};
use wirt_contract::{Answer, EpochMs};
use wirt_memory::{Filter, Is, Kind, Memory, Mode, Plugins, Query};
use words::Words;

const DIMENSION: usize = 384;
const FILES: usize = 200;
const HITS: usize = 10;
const UPSERTS: usize = 200;
/// Queries whose nearest are found by comparing all, where the data does not say.
const COMPARED: usize = 40;
/// Long after any file here was written, so that each is settled.
const NOW: EpochMs = EpochMs(4_102_444_800_000);

fn main() {
    let number = |name| std::env::var(name).ok().map(|value| value.parse::<usize>().unwrap());
    let entries = number("WIRT_ENTRIES").unwrap_or(20_000);
    let folder = PathBuf::from(std::env::var_os("WIRT_VECTORS").expect("WIRT_VECTORS=DIR"));
    let mut vectors = Vectors::read(&folder);
    let root = TempDir::new().unwrap();
    let mut words = Words::new(1);
    for file in 0..FILES {
        let mut note = "---\ntitle: notes\n---\n".to_owned();
        for entry in (file..entries).step_by(FILES) {
            note.push_str(&format!("# v{entry}\n{}\n", words.text(350)));
        }
        fs::write(root.path().join(format!("{file:03}.md")), note).unwrap();
    }
    let state = TempDir::new().unwrap();
    let memory = Memory::open(root.path(), state.path(), &["**/*.md".into()]).unwrap();
    let start = Instant::now();
    let found = sync(&memory, &mut vectors);
    println!("{found} entries, sync from nothing {:.1} s", start.elapsed().as_secs_f64());
    println!("disk {} MB", disk(state.path()) >> 20);
    let start = Instant::now();
    if memory.merge(&|| false).unwrap() {
        println!(
            "base built in {:.1} s, disk {} MB",
            start.elapsed().as_secs_f64(),
            disk(state.path()) >> 20
        );
    }
    searches(&memory, &mut vectors, entries);
    upserts(&memory, root.path(), &mut vectors);
    if memory.merge_due().unwrap() || memory.merge(&|| false).unwrap() {
        println!("merged");
    }
    if let Some(edits) = number("WIRT_EDITS") {
        edit(&memory, root.path(), state.path(), &mut vectors, edits);
    }
}

fn searches(memory: &Memory, vectors: &mut Vectors, entries: usize) {
    let queries = vectors.queries.len();
    let nearest = vectors.nearest(entries);
    let mut recalled = 0;
    let mut times = Vec::new();
    for query in 0..queries {
        let (hits, time) = search(memory, vectors, &format!("v{query}"), Mode::Vector, None);
        times.push(time);
        let nearest = nearest.get(query).map_or(&[][..], Vec::as_slice);
        recalled += hits.iter().filter(|hit| nearest.contains(hit)).count();
    }
    let compared = nearest.len();
    println!("recall@10 {:.4} of {compared}", recalled as f64 / (compared * HITS) as f64);
    print("vector", times);
    let mut words = Words::new(2);
    for (name, count) in [("keyword, 2 words", 2), ("keyword, 8 words", 8)] {
        let times = (0..queries).map(|_| {
            let text = (0..count).map(|_| words.word()).collect::<Vec<_>>().join(" ");
            search(memory, vectors, &text, Mode::Keyword, None).1
        });
        let times = times.collect();
        print(name, times);
    }
    let text =
        |query: usize, words: &mut Words| format!("v{query} {} {}", words.word(), words.word());
    let times = (0..queries)
        .map(|query| search(memory, vectors, &text(query, &mut words), Mode::Hybrid, None).1)
        .collect();
    print("hybrid", times);
    let filter = Filter::Kind(Is::Eq(Kind::Note));
    let times = (0..queries)
        .map(|query| search(memory, vectors, &format!("v{query}"), Mode::Vector, Some(&filter)).1)
        .collect();
    print("vector, filter that all pass", times);
}

fn upserts(memory: &Memory, root: &Path, vectors: &mut Vectors) {
    let mut words = Words::new(3);
    let at = root.join("one.md");
    let (mut all, mut idle) = (Vec::new(), Vec::new());
    for upsert in 0..UPSERTS {
        fs::write(&at, format!("# v{upsert}\n{}", words.text(350))).unwrap();
        let start = Instant::now();
        sync(memory, vectors);
        all.push(start.elapsed());
        let start = Instant::now();
        sync(memory, vectors);
        idle.push(start.elapsed());
    }
    print("edit of one entry, sync", all);
    print("sync with nothing to do", idle);
}

fn edit(memory: &Memory, root: &Path, state: &Path, vectors: &mut Vectors, edits: usize) {
    let mut words = Words::new(4);
    let before = disk(state);
    for edit in 0..edits {
        let at = root.join(format!("edit-{:03}.md", words.below(300)));
        fs::write(&at, format!("# v{edit}\n{}", words.text(350))).unwrap();
        sync(memory, vectors);
        if (edit + 1) % 2_500 == 0 {
            println!("after {} edits {:.1} MB", edit + 1, disk(state) as f64 / 1e6);
        }
    }
    let rebuilt = TempDir::new().unwrap();
    let fresh = Memory::open(root, rebuilt.path(), &["**/*.md".into()]).unwrap();
    sync(&fresh, vectors);
    let (after, fresh) = (disk(state) as f64 / 1e6, disk(rebuilt.path()) as f64 / 1e6);
    println!(
        "disk before {:.1} MB, after {edits} edits {after:.1} MB, rebuilt {fresh:.1} MB: {:.2}",
        before as f64 / 1e6,
        after / fresh
    );
}

fn print(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let [low, middle, high] = [10, 50, 99].map(|part| times[(times.len() - 1) * part / 100]);
    println!("{name:<30} p10 {low:?} p50 {middle:?} p99 {high:?}");
}

fn disk(state: &Path) -> u64 {
    let length = |at: &str| fs::metadata(state.join(at)).map_or(0, |data| data.len());
    length("index/data.mdb") + length("index/base/data.mdb")
}

fn sync(memory: &Memory, vectors: &mut Vectors) -> u64 {
    with(vectors, |plugins| memory.sync(plugins, NOW, &mut |_| ()).unwrap().entries)
}

/// The rows of the vectors that were found, and the time it took.
fn search(
    memory: &Memory,
    vectors: &mut Vectors,
    text: &str,
    mode: Mode,
    filter: Option<&Filter>,
) -> (Vec<u32>, Duration) {
    let start = Instant::now();
    let query = Query { text, k: HITS, mode, filter };
    let hits = with(vectors, |plugins| memory.search(plugins, &query).unwrap());
    let time = start.elapsed();
    let row = |title: &str| title.strip_prefix('v').and_then(|row| row.parse().ok());
    let rows = hits.iter().filter_map(|hit| row(hit.headings.last().map_or("", String::as_str)));
    (rows.collect(), time)
}

fn with<T>(vectors: &mut Vectors, call: impl FnOnce(&mut Plugins<'_>) -> T) -> T {
    call(&mut Plugins {
        tokenizer: &mut Letters,
        tokenizer_digest: "letters",
        embedder: vectors,
        embedder_digest: "vectors",
    })
}

/// Runs of ASCII letters and digits.
struct Letters;

impl Tokenizer for Letters {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        Ok(tokenizer::Description {
            id: "letters".into(),
            max_text_bytes: tokenizer::MIN_MAX_TEXT_BYTES,
            max_batch: 256,
        })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        Ok(texts.iter().map(|text| cut(text)).collect())
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        Ok(cut(text))
    }
}

fn cut(text: &str) -> Vec<Token> {
    let start = |word: &str| (word.as_ptr().addr() - text.as_ptr().addr()) as u32;
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| Token {
            term: word.to_owned(),
            start: start(word),
            end: start(word) + word.len() as u32,
        })
        .collect()
}

/// Gives `v7 …` the seventh vector of the base as a document, and of the queries as a query.
struct Vectors {
    base: Vec<Vec<f32>>,
    queries: Vec<Vec<f32>>,
    neighbours: Vec<u32>,
}

impl Vectors {
    fn read(folder: &Path) -> Self {
        let numbers = |name: &str| {
            let bytes = fs::read(folder.join(name)).unwrap();
            bytes.as_chunks::<4>().0.to_vec()
        };
        let rows = |name: &str| -> Vec<Vec<f32>> {
            let numbers: Vec<f32> = numbers(name).into_iter().map(f32::from_le_bytes).collect();
            numbers.chunks_exact(DIMENSION).map(<[f32]>::to_vec).collect()
        };
        let neighbours = numbers("neighbours10.u32").into_iter().map(u32::from_le_bytes).collect();
        Self { base: rows("base.f32"), queries: rows("queries.f32"), neighbours }
    }

    fn document(&self, number: usize) -> Vec<f32> {
        let mut vector = self.base[number % self.base.len()].clone();
        if number >= self.base.len() {
            let mut words = Words::new(number as u64);
            let mut by = || (words.below(2_001) as f32 / 1_000.0 - 1.0) * 0.02;
            vector.iter_mut().for_each(|number| *number += by());
        }
        vector
    }

    /// The ten nearest of each query: those that come with the data, or of the first queries, by
    /// comparing all.
    fn nearest(&self, entries: usize) -> Vec<Vec<u32>> {
        if entries == self.base.len() {
            return self.neighbours.chunks_exact(HITS).map(<[u32]>::to_vec).collect();
        }
        let mut best = vec![Vec::new(); COMPARED];
        for entry in 0..entries {
            let vector = self.document(entry);
            let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
            for (query, best) in self.queries.iter().zip(&mut best) {
                let dot: f32 = query.iter().zip(&vector).map(|(left, right)| left * right).sum();
                best.push((dot / length, entry as u32));
                if best.len() > 1_000 {
                    keep_nearest(best);
                }
            }
        }
        best.iter_mut().for_each(keep_nearest);
        best.into_iter().map(|best| best.into_iter().map(|(_, entry)| entry).collect()).collect()
    }
}

fn keep_nearest(best: &mut Vec<(f32, u32)>) {
    best.sort_by(|left, right| right.0.total_cmp(&left.0));
    best.truncate(HITS);
}

fn number(text: &str) -> usize {
    let word = text.split_whitespace().find(|word| word.starts_with('v'));
    word.and_then(|word| word[1..].parse().ok()).unwrap_or(0)
}

impl Embedder for Vectors {
    fn describe(&mut self) -> Answer<embedder::Description> {
        Ok(embedder::Description {
            model: "vectors".into(),
            dimension: DIMENSION as u32,
            max_text_bytes: embedder::MIN_MAX_TEXT_BYTES,
            max_batch: 1_024,
        })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        Ok(texts.iter().map(|text| self.document(number(text))).collect())
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        Ok(self.queries[number(text) % self.queries.len()].clone())
    }
}
