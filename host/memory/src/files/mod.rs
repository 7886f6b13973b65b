//! Files: which there are, how each kind is read and written.
//!
//! `kinds` knows paths, `walk` and `look` find them on the disk, `read` takes a file in. `daily_log` is
//! the structure of a log and `log_entry` what its entries say; `skill`, `profile` and `note` (with
//! `markup`) are the other kinds; `frontmatter` is common to all. `append` and `whole_file` write,
//! through `durable`; `checks` is what they refuse.

mod append;
mod checks;
mod daily_log;
mod durable;
mod frontmatter;
mod kinds;
mod log_entry;
mod look;
mod markup;
mod note;
mod profile;
mod read;
#[cfg(test)]
mod round_trip;
mod skill;
mod walk;
mod whole_file;

pub use append::{NewContent, NewEntry, append};
pub(crate) use kinds::known_kind;
pub(crate) use look::{Looker, Place};
pub(crate) use read::{Bytes, Digest, Stat, read, stat};
pub(crate) use walk::{Found, Sources};
pub use whole_file::{NewProfile, NewSkill, write_profile, write_skill};

use daily_log::LogKind;

use crate::{
    entry::{Entry, Kind},
    error::FileError,
};

/// Most entries in one file. A log of ten thousand facts a day fits; a file made to exhaust memory
/// does not.
pub const MAX_ENTRIES_PER_FILE: usize = 100_000;

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// From the root.
    pub path: String,
    /// The id it will be indexed under: `af_20260518_00000001`.
    pub entry_id: String,
}

/// The entries of a file, in file order, sealed.
pub(crate) fn entries(kind: Kind, path: &str, bytes: &Bytes) -> Result<Vec<Entry>, FileError> {
    let text = bytes.text()?;
    let mut entries = match kind {
        Kind::Episode => log_entry::entries(LogKind::Episode, path, text)?,
        Kind::AtomicFact => log_entry::entries(LogKind::AtomicFact, path, text)?,
        Kind::Foresight => log_entry::entries(LogKind::Foresight, path, text)?,
        Kind::AgentCase => log_entry::entries(LogKind::AgentCase, path, text)?,
        Kind::AgentSkill => vec![skill::entry(path, text, &bytes.references()?)?],
        Kind::UserProfile => vec![profile::entry(path, text)?],
        Kind::Note => note::entries(path, text)?,
    };
    for entry in &mut entries {
        entry.seal();
    }
    Ok(entries)
}

/// Counts lines up to byte offsets that only grow.
struct LineCounter<'a> {
    text: &'a str,
    offset: usize,
    line: u32,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str, first_line: u32) -> Self {
        Self { text, offset: 0, line: first_line }
    }

    /// The line of the byte at `offset`, which is not before the last one asked for.
    fn at(&mut self, offset: usize) -> u32 {
        let passed = self.text.get(self.offset..offset).unwrap_or_default();
        let breaks = passed.bytes().filter(|byte| *byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.offset = offset;
        self.line
    }
}
