//! Plugins that keep the contracts, natively: the ledger as both kinds of store, and two small text
//! plugins of this test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wirt_conformance::{HarnessError, Reopen, Subject};
use wirt_contract::attachment_manifest::Retention;
use wirt_contract::store::Durability;
use wirt_contract::tokenizer::{self, Token, Tokenizer};
use wirt_contract::{Answer, EpochMs, Error, Interface, Interfaces, Plugin, embedder};
use wirt_ledger::{Clock, Identity, Ledger, Memory};

/// Time that goes on only where a case says so. Clones share it.
#[derive(Clone)]
pub(crate) struct Time(Arc<AtomicU64>);

impl Time {
    /// 2026-01-01T00:00:00Z, as in a run against a component.
    fn beginning() -> Self {
        Self(Arc::new(AtomicU64::new(1_767_225_600_000)))
    }

    fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// What it is.
    pub(crate) fn now(&self) -> EpochMs {
        EpochMs(self.0.load(Ordering::Relaxed))
    }
}

/// What a plugin of a subject stands on, afresh for each instance.
pub(crate) struct Ground {
    /// The data, the same for each instance until the subject is emptied.
    pub(crate) data: Memory,
    /// The time, the same for each instance.
    pub(crate) time: Time,
}

/// A plugin that a closure makes afresh, over the ground it is given.
pub(crate) struct Native {
    name: String,
    make: Box<dyn FnMut(Ground) -> Box<dyn Plugin>>,
    data: Memory,
    time: Time,
    live: Box<dyn Plugin>,
}

impl Native {
    pub(crate) fn new(
        name: &str,
        mut make: impl FnMut(Ground) -> Box<dyn Plugin> + 'static,
    ) -> Self {
        let (data, time) = (Memory::default(), Time::beginning());
        let live = make(Ground { data: data.reopen(), time: time.clone() });
        Self { name: name.into(), make: Box::new(make), data, time, live }
    }

    fn open(&mut self) {
        self.live = (self.make)(Ground { data: self.data.reopen(), time: self.time.clone() });
    }
}

impl Subject for Native {
    fn name(&self) -> &str {
        &self.name
    }

    fn interfaces(&self) -> Interfaces {
        self.live.interfaces()
    }

    fn plugin(&mut self) -> Result<&mut dyn Plugin, HarnessError> {
        Ok(&mut *self.live)
    }

    fn reopen(&mut self, _how: Reopen) -> Result<(), HarnessError> {
        self.open();
        Ok(())
    }

    fn advance(&mut self, ms: u64) -> Result<(), HarnessError> {
        self.time.advance(ms);
        Ok(())
    }

    fn fresh(&mut self) -> Result<(), HarnessError> {
        self.data = Memory::default();
        self.open();
        Ok(())
    }
}

/// A ledger on this ground; an inline one leaves the data alone and has its own.
fn ledger(durability: Durability, retention: Retention, ground: &Ground) -> Ledger<Memory> {
    let identity = Identity { name: "ledger".into(), version: "0".into(), durability, retention };
    let memory = match durability {
        Durability::Durable => ground.data.reopen(),
        Durability::Inline => Memory::default(),
    };
    let time = ground.time.clone();
    let now = move || time.now();
    Ledger::new(identity, Clock::new(now), move || Ok(memory.reopen()))
}

pub(crate) fn store(durability: Durability) -> Native {
    with_retention(durability, Retention::Kept)
}

/// A store that takes intents and keeps none.
pub(crate) fn store_without_intents() -> Native {
    with_retention(Durability::Durable, Retention::None)
}

fn with_retention(durability: Durability, retention: Retention) -> Native {
    Native::new(&format!("ledger-{durability}"), move |ground| {
        Box::new(ledger(durability, retention, &ground))
    })
}

/// Words are runs of letters and digits; a letter beyond ASCII is a word of its own.
#[derive(Default)]
pub(crate) struct Words;

const MAX_TEXT: u32 = tokenizer::MIN_MAX_TEXT_BYTES;

impl Words {
    fn cut(text: &str) -> Answer<Vec<Token>> {
        if text.len() > usize::try_from(MAX_TEXT).unwrap() {
            return Err(Error::Invalid("the text is too long".into()).into());
        }
        let mut tokens: Vec<Token> = Vec::new();
        let mut open = false;
        for (start, letter) in text.char_indices() {
            if !letter.is_alphanumeric() {
                open = false;
                continue;
            }
            let end = u32::try_from(start + letter.len_utf8()).unwrap();
            let term: String = letter.to_lowercase().collect();
            match tokens.last_mut() {
                Some(last) if open && letter.is_ascii() => {
                    last.term.push_str(&term);
                    last.end = end;
                }
                _ => tokens.push(Token { term, start: u32::try_from(start).unwrap(), end }),
            }
            open = letter.is_ascii();
        }
        Ok(tokens)
    }
}

impl Tokenizer for Words {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        Ok(tokenizer::Description { id: "words".into(), max_text_bytes: MAX_TEXT, max_batch: 256 })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        if texts.len() > 256 {
            return Err(Error::Invalid("too many texts".into()).into());
        }
        texts.iter().map(|text| Self::cut(text)).collect()
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        Self::cut(text)
    }
}

impl Plugin for Words {
    fn interfaces(&self) -> Interfaces {
        [Interface::Tokenizer].into_iter().collect()
    }

    fn tokenizer(&mut self) -> Answer<&mut dyn Tokenizer> {
        Ok(self)
    }
}

/// Counts words into cells by a hash of each, and makes the counts a vector of length 1.
#[derive(Default)]
pub(crate) struct Cells;

pub(crate) const CELLS: usize = 64;

impl Cells {
    fn embed(text: &str) -> Answer<Vec<f32>> {
        if text.len() > usize::try_from(embedder::MIN_MAX_TEXT_BYTES).unwrap() {
            return Err(Error::Invalid("the text is too long".into()).into());
        }
        let mut cells = vec![0.0; CELLS];
        for token in Words::cut(text)? {
            let sum =
                token.term.bytes().fold(7_usize, |sum, byte| sum * 31 % 65_521 + usize::from(byte));
            cells[sum % CELLS] += 1.0;
        }
        let squares: f32 = cells.iter().map(|cell| cell * cell).sum();
        // Zeros divided by one stay zeros.
        let length = if squares > 0.0 { squares.sqrt() } else { 1.0 };
        cells.iter_mut().for_each(|cell| *cell /= length);
        Ok(cells)
    }
}

impl embedder::Embedder for Cells {
    fn describe(&mut self) -> Answer<embedder::Description> {
        Ok(embedder::Description {
            model: "cells".into(),
            dimension: u32::try_from(CELLS).unwrap(),
            max_text_bytes: embedder::MIN_MAX_TEXT_BYTES,
            max_batch: embedder::MIN_MAX_BATCH,
        })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        if texts.len() > 16 {
            return Err(Error::Invalid("too many texts".into()).into());
        }
        texts.iter().map(|text| Self::embed(text)).collect()
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        Self::embed(text)
    }
}

impl Plugin for Cells {
    fn interfaces(&self) -> Interfaces {
        [Interface::Embedder].into_iter().collect()
    }

    fn embedder(&mut self) -> Answer<&mut dyn embedder::Embedder> {
        Ok(self)
    }
}
