//! A file with so much to say that others go in between.

use super::job::{Answer, Asked, Job};
use crate::{
    error::PluginError,
    plugins::{Analyst, Text},
};

/// A file longer than this, in bytes, waits for the seat.
pub(super) const SLOW_BYTES: u64 = 1 << 20;
/// A file with more new texts than this takes the seat.
const SLOW_TEXTS: usize = 512;
/// What a slice holds at most, unless a single text is more: some ten milliseconds of a fast
/// embedder.
const SLICE_TEXTS: usize = 128;
const SLICE_BYTES: usize = 256 << 10;

/// How many texts make a file slow, and a slice of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measure {
    pub(crate) slow_texts: usize,
    pub(crate) slice_texts: usize,
}

impl Default for Measure {
    fn default() -> Self {
        Self { slow_texts: SLOW_TEXTS, slice_texts: SLICE_TEXTS }
    }
}

/// The one file that is analysed in slices.
pub(super) struct Slow {
    job: Job,
    slice_texts: usize,
    /// The texts still to be asked about, last first.
    texts: Vec<Text>,
    answers: Vec<Answer>,
}

impl Slow {
    pub(super) fn new(job: Job, Measure { slice_texts, .. }: Measure) -> Self {
        let mut texts: Vec<Text> = job.texts().collect();
        texts.reverse();
        Self { job, slice_texts, texts, answers: Vec::new() }
    }

    pub(super) fn path(&self) -> &str {
        &self.job.claim.path
    }

    /// Asks about the next slice; whether there are more.
    pub(super) fn advance(
        &mut self,
        analyst: &mut Analyst<'_, '_>,
        asked: &mut Asked,
    ) -> Result<bool, PluginError> {
        let (mut slice, mut bytes) = (Vec::new(), 0);
        while slice.len() < self.slice_texts && bytes < SLICE_BYTES {
            let Some(text) = self.texts.pop() else { break };
            bytes += text.words.len();
            slice.push(text);
        }
        let analysed = analyst.documents(slice)?;
        asked.count(&analysed.texts, analysed.cut);
        self.answers.extend(analysed.texts);
        Ok(!self.texts.is_empty())
    }

    /// The file with all answers.
    pub(super) fn finish(self) -> (Job, Vec<Answer>) {
        (self.job, self.answers)
    }
}
