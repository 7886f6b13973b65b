//! What a workload does where nothing crashes: what the plugin answers and shows, step by step, and
//! what its disk may keep at each of its calls.
//!
//! A plugin is run twice. Once everything that can be seen of it is asked for after each step, and
//! compared with the native ledger ([`Reference`]). Once it is left alone, on a disk that keeps a
//! snapshot after every call ([`Recording`]); so asking does not disturb what is recorded.

mod recording;
mod reference;

pub(crate) use recording::{
    Ended, Moment, Recording, collect, disturbed, drive, record, record_on,
};
pub(crate) use reference::{Offer, Reference, Unlike, difference, shortened};

/// What may be found after a crash, counted in operations done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// So many were acknowledged: what they did is there.
    pub(crate) sure: usize,
    /// What so many did may be there instead: the call in flight, or the whole batch.
    pub(crate) maybe: Option<usize>,
}

impl Place {
    /// Nothing but what was acknowledged.
    pub(crate) fn sure(sure: usize) -> Self {
        Self { sure, maybe: None }
    }
}
