//! How far objects may differ after a crash.

use serde::{Deserialize, Serialize};

/// What a crash may leave, from mild to harsh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The process is gone and the system lives: everything stays as it was last.
    Kill,
    /// The power is gone, under a file system that logs names and sizes in one order and writes a
    /// file's new blocks before the size that shows them. Blocks written in place come and go each
    /// for itself.
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

    /// Whether a sync of a file keeps the entries that name it.
    pub(crate) fn sync_keeps_entry(self) -> bool {
        match self {
            Self::Kill | Self::Ordered | Self::Posix => true,
            Self::PosixStrict => false,
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
