//! Taking turns: a lock on a file, between processes and within one.

use std::{
    fs::{File, TryLockError},
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

    /// Writes down who holds it. For people: the lock is the system's. A disk that is full refuses
    /// nobody.
    pub(crate) fn sign(&mut self) {
        let _ = self.0.set_len(0).and_then(|()| write!(self.0, "{}", std::process::id()));
    }
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
}
