//! Two text plugins at work, and a memory through them.

use wirt_contract::EpochMs;
use wirt_engine::Instance;
use wirt_memory::{Memory, Mode, Plugins, Query, Report};

use crate::setup;

/// Hits of a search.
pub(crate) const HITS: usize = 10;
/// Two seconds are too little for a file just written to count as settled, so the syncs are told a
/// later time; else each would read every file again.
const NOW: EpochMs = EpochMs(4_102_444_800_000);

/// The plugins, and digests that tell them apart.
pub(crate) struct Text {
    tokenizer: Instance,
    embedder: Instance,
}

impl Text {
    /// Of bundled plugins.
    pub(crate) fn new(tokenizer: &str, embedder: &str) -> Self {
        let [tokenizer, embedder] =
            [tokenizer, embedder].map(|name| setup::text_plugin(&setup::component(name)));
        Self { tokenizer, embedder }
    }

    pub(crate) fn plugins<T>(&mut self, run: impl FnOnce(&mut Plugins<'_>) -> T) -> T {
        let digests = [&self.tokenizer, &self.embedder].map(|plugin| plugin.component().digest());
        let [tokenizer_digest, embedder_digest] = digests.map(str::to_owned);
        run(&mut Plugins {
            tokenizer: &mut self.tokenizer,
            tokenizer_digest: &tokenizer_digest,
            embedder: &mut self.embedder,
            embedder_digest: &embedder_digest,
        })
    }

    pub(crate) fn sync(&mut self, memory: &Memory) -> Report {
        self.plugins(|plugins| memory.sync(plugins, NOW, &mut |_| ()).unwrap())
    }

    pub(crate) fn search(&mut self, memory: &Memory, text: &str, mode: Mode) -> usize {
        let query = Query { text, k: HITS, mode, filter: None };
        self.plugins(|plugins| memory.search(plugins, &query).unwrap().len())
    }
}
