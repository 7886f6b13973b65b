//! Native plugins and a root to try them on.

use std::{collections::BTreeSet, fs, path::Path};

use tempfile::TempDir;
use wirt_contract::{
    Answer, EpochMs, Error,
    embedder::{self, Embedder},
    tokenizer::{self, Token, Tokenizer},
};

use crate::{Cascade, Hit, Memory, Mode, Plugins, Query, Report, SearchError, Status, Verdict};

/// Runs of letters and digits, in lower case.
pub(crate) struct Words;

pub(crate) fn words(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, letter.is_alphanumeric()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                tokens.push(Token {
                    term: text[from..at].to_lowercase(),
                    start: u32::try_from(from).unwrap(),
                    end: u32::try_from(at).unwrap(),
                });
                start = None;
            }
            _ => {}
        }
    }
    tokens
}

impl Tokenizer for Words {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        let (max_text_bytes, max_batch) = (tokenizer::MIN_MAX_TEXT_BYTES, 256);
        Ok(tokenizer::Description { id: "words".into(), max_text_bytes, max_batch })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        Ok(texts.iter().map(|text| words(text)).collect())
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        Ok(words(text))
    }
}

pub(crate) const DIMENSION: u32 = 19;

/// Counts words by a hash; a text without words is all zero. Counts the texts and calls it is
/// given, and fails on texts with the words it is told to.
#[derive(Default)]
pub(crate) struct Buckets {
    pub(crate) embedded: u64,
    pub(crate) calls: u64,
    /// In a way that may pass.
    pub(crate) fails_on: Option<&'static str>,
    /// In a way that will not.
    pub(crate) refuses: Option<&'static str>,
}

pub(crate) fn buckets(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0; DIMENSION as usize];
    for token in words(text) {
        let hash = token
            .term
            .bytes()
            .fold(5_381_u32, |hash, byte| hash.wrapping_mul(33) ^ u32::from(byte));
        vector[(hash % DIMENSION) as usize] += 1.0;
    }
    vector
}

impl Embedder for Buckets {
    fn describe(&mut self) -> Answer<embedder::Description> {
        Ok(embedder::Description {
            model: "buckets".into(),
            dimension: DIMENSION,
            max_text_bytes: embedder::MIN_MAX_TEXT_BYTES,
            max_batch: 16,
        })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        assert!(texts.len() <= 16);
        self.calls += 1;
        self.embedded += texts.len() as u64;
        if texts.iter().any(|text| self.refuses.is_some_and(|word| text.contains(word))) {
            return Err(Error::Invalid("no such words".to_owned()).into());
        }
        if texts.iter().any(|text| self.fails_on.is_some_and(|word| text.contains(word))) {
            let message = "away".to_owned();
            return Err(Error::Backend { message, retryable: true }.into());
        }
        Ok(texts.iter().map(|text| buckets(text)).collect())
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        Ok(buckets(text))
    }
}

/// Long after any file here was written.
pub(crate) const LATER: EpochMs = EpochMs(4_000_000_000_000);

/// A folder that lies in memory where there is one: no test here asks what a power cut leaves.
pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

/// A root, its state, and the plugins.
pub(crate) struct Trial {
    pub(crate) root: TempDir,
    pub(crate) state: TempDir,
    pub(crate) memory: Memory,
    pub(crate) embedder: Buckets,
    pub(crate) tokenizer_digest: &'static str,
}

impl Trial {
    pub(crate) fn new() -> Self {
        Self::with_notes(&[])
    }

    pub(crate) fn with_notes(notes: &[&str]) -> Self {
        let (root, state) = (folder(), folder());
        let notes: Vec<String> = notes.iter().map(|glob| (*glob).to_owned()).collect();
        let memory = Memory::open(root.path(), state.path(), &notes).unwrap();
        let embedder = Buckets::default();
        Self { root, state, memory, embedder, tokenizer_digest: "t1" }
    }

    pub(crate) fn at(&self, path: &str) -> std::path::PathBuf {
        self.root.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let at = self.at(path);
        fs::create_dir_all(at.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(at, text).unwrap();
    }

    pub(crate) fn with<T>(&mut self, call: impl FnOnce(&Memory, &mut Plugins<'_>) -> T) -> T {
        let mut plugins = Plugins {
            tokenizer: &mut Words,
            tokenizer_digest: self.tokenizer_digest,
            embedder: &mut self.embedder,
            embedder_digest: "e1",
        };
        call(&self.memory, &mut plugins)
    }

    /// Puts a cascade to use.
    pub(crate) fn cascade<T>(&mut self, work: impl FnOnce(&mut Cascade<'_, '_, '_>) -> T) -> T {
        self.with(|memory, plugins| work(&mut memory.cascade(plugins).unwrap()))
    }

    pub(crate) fn sync(&mut self) -> Report {
        self.with(|memory, plugins| memory.sync(plugins, LATER, &mut |_| ())).unwrap()
    }

    pub(crate) fn status(&self) -> Status {
        self.memory.status(LATER).unwrap()
    }

    pub(crate) fn verify(&mut self) -> Verdict {
        self.with(|memory, plugins| memory.verify(plugins, LATER)).unwrap()
    }

    pub(crate) fn try_search(&mut self, query: &Query<'_>) -> Result<Vec<Hit>, SearchError> {
        self.with(|memory, plugins| memory.search(plugins, query))
    }

    pub(crate) fn search(&mut self, text: &str, mode: Mode) -> Vec<Hit> {
        self.try_search(&Query { text, k: 10, mode, filter: None }).unwrap()
    }

    /// The texts of what is found by keyword.
    pub(crate) fn paths(&mut self, text: &str) -> BTreeSet<String> {
        self.search(text, Mode::Keyword).into_iter().map(|hit| hit.path).collect()
    }
}
