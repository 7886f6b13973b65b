//! What an exploration looked at, in numbers.

use serde::{Deserialize, Serialize};
use wirt_disk::Coverage;

/// What an exploration looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Moments of the workload: after calls that changed the disk, and after answers.
    pub moments: u64,
    /// Moments of which every choice was looked at.
    pub moments_whole: u64,
    /// Choices looked at in them, torn ones included.
    pub choices: u64,
    /// Choices without tears that were looked at in moments that were finished.
    pub covered: u64,
    /// Choices without tears that there were in them.
    pub of: u64,
    /// Different images among everything that was recovered and was right.
    pub images: u64,
    /// States whose recovery was crashed once more.
    pub nested_roots: u64,
    /// Moments of these recoveries.
    pub nested_moments: u64,
    /// Choices looked at in them.
    pub nested_choices: u64,
    /// Recoveries in which a call of the disk failed.
    pub recovery_faults: u64,
    /// How often a fresh instance was opened over an image.
    pub recoveries: u64,
    /// Images that showed something wrong.
    pub wrong: u64,
    /// Whether the budget or the caller ended it before everything was looked at.
    pub ended_early: bool,
}

impl Tally {
    pub(crate) fn explored(&mut self, coverage: Coverage) {
        self.moments_whole += u64::from(coverage.looked_at >= coverage.of);
        self.covered = self.covered.saturating_add(coverage.looked_at);
        self.of = self.of.saturating_add(coverage.of);
    }

    pub(crate) fn add(&mut self, more: &Self) {
        let sums = [
            (&mut self.moments, more.moments),
            (&mut self.moments_whole, more.moments_whole),
            (&mut self.choices, more.choices),
            (&mut self.covered, more.covered),
            (&mut self.of, more.of),
            (&mut self.images, more.images),
            (&mut self.nested_roots, more.nested_roots),
            (&mut self.nested_moments, more.nested_moments),
            (&mut self.nested_choices, more.nested_choices),
            (&mut self.recovery_faults, more.recovery_faults),
            (&mut self.recoveries, more.recoveries),
            (&mut self.wrong, more.wrong),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
        self.ended_early |= more.ended_early;
    }
}

/// `412 of 412 choices at 40 moments`, or `300 of 9000`.
impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} of {} choices at {} moments ({} of them whole), {} images, {} recoveries",
            self.covered, self.of, self.moments, self.moments_whole, self.images, self.recoveries
        )
    }
}
