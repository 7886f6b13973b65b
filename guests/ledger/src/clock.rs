//! The store's clock.

use std::sync::Arc;

use wirt_contract::EpochMs;

/// Where a ledger takes its time from; claims run out by it. Clones are the same clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> EpochMs + Send + Sync>);

impl Clock {
    /// A clock that asks `now`.
    pub fn new(now: impl Fn() -> EpochMs + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The system's clock. In a sandbox that is the host's, which it may have set.
    pub fn system() -> Self {
        Self::new(|| {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            // A clock before 1970 stands at its beginning.
            EpochMs(since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
        })
    }

    pub(crate) fn now(&self) -> EpochMs {
        (self.0)()
    }
}
