//! What the cascade tells of.

use wirt_contract::EpochMs;

use super::scan::Scanned;

/// What became of a path.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Indexed for the first time.
    New,
    /// Indexed again.
    Changed,
    /// Indexed as it stands already.
    Unchanged,
    /// Gone, and forgotten.
    Deleted,
    /// Nothing is there, and nothing was indexed.
    Absent,
    /// Not indexed as it stands; what was indexed of it stays.
    Failed {
        /// One line: what is wrong, what was expected, what to do.
        error: String,
        /// When it is tried again; `None` where that waits for the file to change.
        retry_at: Option<EpochMs>,
    },
}

/// A path that was worked on, after its outcome is durable and to be seen by every search.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Settled {
    /// From the root.
    pub path: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Some work; there may be more.
    Worked(Vec<Settled>),
    /// There was nothing to do.
    Idle {
        /// When a path that failed is due again.
        next_due: Option<EpochMs>,
    },
}

/// What a run to quiet tells of.
pub(crate) enum Told {
    Scanned(Scanned),
    Settled(Settled),
}

/// Counts over a cascade's life.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) entries_written: u64,
    pub(crate) embedded: u64,
    pub(crate) texts_cut: u64,
}
