//! Tells a file that was cut short before LMDB maps it: reading past the end of a map kills the
//! process.
//!
//! LMDB's file never shrinks, so after each commit its length is noted beside it. A note that is
//! behind, after a crash or on a full disk, only notices less.

use std::path::Path;

use crate::error::IndexError;

const DATA_FILE: &str = "data.mdb";
const NOTE_FILE: &str = "length";

/// Fails where the file is shorter than it has been.
pub(super) fn check(folder: &Path) -> Result<(), IndexError> {
    let Ok(note) = std::fs::read_to_string(folder.join(NOTE_FILE)) else { return Ok(()) };
    // The note is read first: a writer lengthens the file before it writes the next note.
    let expected: u64 = note.trim().parse().unwrap_or_default();
    let found = std::fs::metadata(folder.join(DATA_FILE)).map_or(0, |data| data.len());
    if found < expected {
        return Err(IndexError::CutShort { folder: folder.to_owned(), found, expected });
    }
    Ok(())
}

/// Notes the file's length.
pub(super) fn note(folder: &Path) {
    let Ok(data) = std::fs::metadata(folder.join(DATA_FILE)) else { return };
    let _ = std::fs::write(folder.join(NOTE_FILE), data.len().to_string());
}
