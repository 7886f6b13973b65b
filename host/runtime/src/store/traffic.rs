//! What went through an actor, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the actor was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Calls that were answered, whatever the answer.
    pub calls: u64,
    /// Times answers were released: flushed batches, and calls that ran alone.
    pub commits: u64,
    /// Calls in the largest batch that was flushed.
    pub largest_batch: u64,
    /// Instances lost to a fault, a panic or a failed flush.
    pub instances_lost: u64,
}

/// The same, while it is being counted. Written by the actor alone.
#[derive(Debug, Default)]
pub(super) struct Counters {
    calls: AtomicU64,
    commits: AtomicU64,
    largest_batch: AtomicU64,
    instances_lost: AtomicU64,
}

impl Counters {
    /// A batch of this many calls was flushed, or one call ran alone.
    pub(super) fn committed(&self, calls: usize) {
        let calls = u64::try_from(calls).unwrap_or(u64::MAX);
        self.calls.fetch_add(calls, Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.largest_batch.fetch_max(calls, Ordering::Relaxed);
    }

    /// A call was answered without having been committed.
    pub(super) fn refused(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn instance_lost(&self) {
        self.instances_lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Traffic {
        Traffic {
            calls: self.calls.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            largest_batch: self.largest_batch.load(Ordering::Relaxed),
            instances_lost: self.instances_lost.load(Ordering::Relaxed),
        }
    }
}
