//! Files: which there are, how each kind is read, how facts are written.

mod daily_log;
mod frontmatter;
mod note;
mod read;
mod walk;
mod writer;

pub(crate) use read::{Digest, Stat, read};
pub(crate) use walk::{Found, Looker, Place, Sources};
pub use writer::{Appended, Fact, append_fact};

use crate::{entry::Kind, error::FileError};

/// Most entries in one file. A log of ten thousand facts a day fits; a file made to exhaust memory
/// does not.
pub const MAX_ENTRIES_PER_FILE: usize = 100_000;

/// The entries of a file's text, in file order, sealed.
pub(crate) fn entries(kind: Kind, path: &str, text: &str) -> Result<Vec<crate::Entry>, FileError> {
    let mut entries = match kind {
        Kind::Note => note::entries(path, text)?,
        _ => daily_log::entries(path, text)?,
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
