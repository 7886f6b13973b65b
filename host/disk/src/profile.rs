//! How far objects may differ after a crash.

use serde::{Deserialize, Serialize};

/// What a crash may leave, from mild to harsh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The process is gone and the system lives: everything stays as it was last.
    Kill,
    /// The power is gone, under a file system that logs names in one order and writes a file's new
    /// blocks, whole, before the size that shows them. A size may come after the names that were
    /// changed later, as where space is given out late, and blocks written in place come and go
    /// each for itself.
    Ordered,
    /// What POSIX promises and no more: every object for itself, but that a sync of a new file
    /// keeps its entry too.
    Posix,
    /// The same, and an entry is only kept by a sync of its folder.
    PosixStrict,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Kill, Self::Ordered, Self::Posix, Self::PosixStrict];

    /// Its name, as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Ordered => "ordered",
            Self::Posix => "posix",
            Self::PosixStrict => "posix-strict",
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
