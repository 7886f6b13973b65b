//! A scenario, and what it is put to.

use std::path::Path;

use wirt_conformance::Stop;
use wirt_contract::EpochMs;
use wirt_memory::{Cascade, Entry, IndexError, Memory, Plugins, Scanned, SyncError};

use crate::gate::Gate;

/// One scenario.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// `memory/slug`; never used again for another scenario.
    pub id: &'static str,
    /// Where it comes from: `cascade scenarios`, `wirt`.
    pub source: &'static str,
    /// Runs it on a memory of its own.
    pub run: fn(&mut Subject<'_>) -> Result<(), Stop>,
}

/// What a scenario is put to: the plugins an index stands on, and who keeps it.
pub struct Subject<'a> {
    /// The tokenizer and the embedder.
    pub plugins: Plugins<'a>,
    /// [`Faithful`], unless a test bends something.
    pub keeper: &'a mut dyn Keeper,
    /// A folder in which every scenario makes one of its own, and removes it.
    pub scratch: &'a Path,
}

impl Subject<'_> {
    /// Lends the subject with something done between each question to the embedder, about documents,
    /// and its answer. `between` is given the texts; an error of it is the answer.
    pub(crate) fn gated<T>(
        &mut self,
        mut between: impl FnMut(&[String]) -> wirt_contract::Answer<()>,
        run: impl FnOnce(&mut Subject<'_>) -> T,
    ) -> T {
        let mut gate = Gate { inner: &mut *self.plugins.embedder, between: &mut between };
        let plugins = Plugins {
            tokenizer: &mut *self.plugins.tokenizer,
            tokenizer_digest: self.plugins.tokenizer_digest,
            embedder: &mut gate,
            embedder_digest: self.plugins.embedder_digest,
        };
        run(&mut Subject { plugins, keeper: &mut *self.keeper, scratch: self.scratch })
    }
}

/// Who keeps a memory up to date: tells the cascade what was touched, asks it to scan, and reads
/// the index back. Every method does just that; an implementation that bends one shows that a
/// scenario notices.
pub trait Keeper {
    /// Tells that these paths were touched.
    ///
    /// # Errors
    /// As [`Cascade::suggest`].
    fn tell(
        &mut self,
        cascade: &mut Cascade<'_, '_, '_>,
        paths: &[String],
        now: EpochMs,
    ) -> Result<(), SyncError> {
        cascade.suggest(paths.iter().map(String::as_str), now)
    }

    /// Has everything compared.
    ///
    /// # Errors
    /// As [`Cascade::scan`].
    fn scan(
        &mut self,
        cascade: &mut Cascade<'_, '_, '_>,
        now: EpochMs,
    ) -> Result<Scanned, SyncError> {
        cascade.scan(now)
    }

    /// Reads every entry of the index.
    ///
    /// # Errors
    /// As [`Memory::entries`].
    fn entries(&mut self, memory: &Memory) -> Result<Vec<Entry>, IndexError> {
        memory.entries()?.collect()
    }
}

/// A keeper that does what it is asked to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faithful;

impl Keeper for Faithful {}
