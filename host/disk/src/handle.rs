//! A disk that two hold at once: the plugin that uses it, and whoever watches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Disk;

/// A disk that an instance and whoever watches it share. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct SharedDisk(Arc<Mutex<Disk>>);

impl SharedDisk {
    /// Shares a disk.
    pub fn new(disk: Disk) -> Self {
        Self(Arc::new(Mutex::new(disk)))
    }

    /// Has the disk to oneself. Not to be kept over a call to the plugin.
    pub fn lock(&self) -> MutexGuard<'_, Disk> {
        // The disk holds no rule that a panic elsewhere could leave half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
