//! The store's clock.

use wirt_contract::EpochMs;

/// Where a ledger takes its time from; claims run out by it.
pub struct Clock(Box<dyn FnMut() -> EpochMs + Send>);

impl Clock {
    /// A clock that asks `now`.
    pub fn new(now: impl FnMut() -> EpochMs + Send + 'static) -> Self {
        Self(Box::new(now))
    }

    /// The system's clock. In a sandbox that is the host's, which it may have set.
    pub fn system() -> Self {
        Self::new(|| {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            // A clock before 1970 stands at its beginning.
            EpochMs(since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
        })
    }

    pub(crate) fn now(&mut self) -> EpochMs {
        (self.0)()
    }
}
