//! Taking turns: a lock on a file, between processes and within one.

use std::{
    fs::{File, Metadata, TryLockError},
    io::{self, Write as _},
    path::Path,
};

/// A lock that is held, and let go of at the end.
pub(crate) struct Turn(File);

impl Turn {
    /// `None` where somebody else holds it.
    pub(crate) fn take(at: &Path) -> io::Result<Option<Self>> {
        let file = File::options().create(true).truncate(false).write(true).open(at)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether the file that is locked is still the one at this path.
    pub(crate) fn is_in_place(&self, at: &Path) -> bool {
        match (self.0.metadata(), at.metadata()) {
            (Ok(held), Ok(found)) => is_same(&held, &found),
            _ => false,
        }
    }

    /// Writes down who holds it. For people: the lock is the system's. A disk that is full refuses
    /// nobody.
    pub(crate) fn sign(&mut self) {
        let _ = self.0.set_len(0).and_then(|()| write!(self.0, "{}", std::process::id()));
    }
}

#[cfg(unix)]
fn is_same(held: &Metadata, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (held.dev(), held.ino()) == (found.dev(), found.ino())
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

impl Drop for Turn {
    /// Closing the file is not enough: a process that is being started holds a copy of it for a
    /// moment.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_ends_although_a_copy_of_its_file_lives() {
        let folder = crate::testing::folder();
        let at = folder.path().join("lock");
        let turn = Turn::take(&at).unwrap().unwrap();
        let copy = turn.0.try_clone().unwrap();
        assert!(Turn::take(&at).unwrap().is_none());
        drop(turn);
        assert!(Turn::take(&at).unwrap().is_some());
        drop(copy);
    }

    #[test]
    fn a_lock_whose_file_was_replaced_is_not_in_place() {
        let folder = crate::testing::folder();
        let at = folder.path().join("lock");
        let turn = Turn::take(&at).unwrap().unwrap();
        assert!(turn.is_in_place(&at));
        std::fs::remove_file(&at).unwrap();
        assert!(!turn.is_in_place(&at));
        let other = Turn::take(&at).unwrap().unwrap();
        assert!(other.is_in_place(&at) && !turn.is_in_place(&at));
    }
}
