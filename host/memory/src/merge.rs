//! The base segment's upkeep, which whoever runs in the background calls when there is time.

use crate::{error::IndexError, memory::Memory};

impl Memory {
    /// Whether [`Memory::merge`] would make vector search faster by enough to be worth its time.
    ///
    /// # Errors
    /// Where the index fails.
    pub fn merge_due(&self) -> Result<bool, IndexError> {
        self.index.merge_due()
    }

    /// Builds the base segment of a large index, or takes into it what has changed since. Searches
    /// and syncs go on meanwhile, here and in other processes, and none sees half of it; a crash
    /// leaves nothing that a later merge does not clear up. `cancel` is asked now and then.
    ///
    /// Says whether there is a new base. There is none where the index is small, nothing has
    /// changed, `cancel` said so or another merge is under way.
    ///
    /// # Errors
    /// Where the index fails or the base cannot be written.
    pub fn merge(&self, cancel: &(dyn Fn() -> bool + Sync)) -> Result<bool, IndexError> {
        self.index.merge(cancel)
    }
}
