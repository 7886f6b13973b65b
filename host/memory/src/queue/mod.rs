//! The change queue: paths whose file may differ from the index, in SQLite.
//!
//! One row a path. A suggestion gives its path a new sequence number; a worker claims rows in that
//! order and settles them by compare-and-set on the number it claimed. So a path that is suggested
//! again while it is worked on stays pending and is worked on again, and no two workers cross.
//!
//! The queue decides nothing: a row says that somebody should look, never what is to be done, so
//! it holds no kind of change. A path that was looked at leaves it, since the index tells what was
//! found. What is lost with the file is found again by a scan, which is why a commit does not wait
//! for the disk and a damaged file is made anew.

mod store;
#[cfg(test)]
mod tests;

pub use store::QueueError;
pub(crate) use store::{Claim, Queue, Settlement};

use wirt_contract::EpochMs;

/// The wait after a first failure; each further one doubles it.
const FIRST_WAIT_MS: u64 = 1_000;
/// The longest wait.
pub(crate) const MAX_WAIT_MS: u64 = 300_000;
/// How often a path is tried before it stays failed until it is suggested again: over twenty
/// minutes of waiting, longer than a service takes to restart.
pub(crate) const MAX_ATTEMPTS: u32 = 12;

/// When to try again after so many failures; `None` once they are enough.
pub(crate) fn retry_at(attempts: u32, now: EpochMs) -> Option<EpochMs> {
    let doubled = attempts.saturating_sub(1).min(u64::BITS - 1);
    let wait = FIRST_WAIT_MS.saturating_mul(1 << doubled).min(MAX_WAIT_MS);
    (attempts < MAX_ATTEMPTS).then(|| EpochMs(now.0.saturating_add(wait)))
}

/// What waits in the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct QueueLag {
    /// Paths to be looked at.
    pub pending: u64,
    /// Paths being looked at.
    pub processing: u64,
    /// Paths that failed for a reason that may pass, and wait to be tried again.
    pub waiting: u64,
    /// How long the oldest of the pending has been waiting, in milliseconds.
    pub oldest_pending_ms: Option<u64>,
    /// The last sequence number given out.
    pub max_seq: u64,
}
