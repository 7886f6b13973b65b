//! Reading the form, and telling what is wrong with a file that does not have it.

use std::io::{self, BufRead, Read as _};

use sha2::{Digest as _, Sha256};
use wirt_contract::json::canonical;
use wirt_contract::transfer::Row;

use super::{END, MAX_ROW_BYTES, NAME, Summary, VERSION, count, end, head, hex};

/// Longest first line that is looked at; the longest there can be is shorter.
const MAX_HEAD_BYTES: usize = 64;
/// Bytes of a foreign first line that an error shows.
const SHOWN_BYTES: usize = 32;

/// What each line behind the first one has to be.
const ROW_OR_END: &str = "a row's JSON, or `end` with the rows' number and SHA-256";

/// Why a file is not read as a backup. Each is to stand behind the file's name.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system's word.
    #[error("cannot be read: {0}; check the path, its rights and the disk")]
    Io(#[from] io::Error),
    /// There is nothing in it.
    #[error("is empty, expected `{NAME}{VERSION}`; take another copy of the backup")]
    Empty,
    /// It is something else.
    #[error(
        "is no backup: it begins with {found}, expected `{NAME}{VERSION}`; name a file that `wirt backup` wrote, unpacked"
    )]
    NotABackup {
        /// Its beginning, quoted.
        found: String,
    },
    /// A newer host wrote it.
    #[error(
        "is a backup of version {found}, expected at most {VERSION}; restore it with the wirt that wrote it, or a newer one"
    )]
    Newer {
        /// Its version.
        found: u32,
    },
    /// It ends too early.
    #[error(
        "is cut short: it ends after {bytes} bytes with {rows} whole rows, expected a last line with their number and SHA-256; take another copy of the backup"
    )]
    CutShort {
        /// Rows that are whole.
        rows: u64,
        /// Its bytes.
        bytes: u64,
    },
    /// A line is neither a row nor the end.
    #[error(
        "is damaged: line {line} is {found}, expected {expected}; take another copy of the backup"
    )]
    Line {
        /// Which, from 1.
        line: u64,
        /// What it looks like.
        found: &'static str,
        /// What would do.
        expected: &'static str,
    },
    /// Its content is not what was written.
    #[error(
        "is damaged: it has {found}, expected {expected} by its last line; take another copy of the backup"
    )]
    Damaged {
        /// What its content comes to.
        found: String,
        /// What its last line says.
        expected: String,
    },
    /// There is more after the end.
    #[error(
        "goes on after its end: expected nothing behind line {line}; take another copy of the backup"
    )]
    GoesOn {
        /// The last line's number.
        line: u64,
    },
    /// It is whole, but says something that this host does not know.
    #[error(
        "holds on line {line} what this wirt does not know: {detail}; restore it with the wirt that wrote it, or a newer one"
    )]
    Unknown {
        /// Which, from 1.
        line: u64,
        /// The decoder's word.
        detail: String,
    },
}

/// A backup that was read to its end and found whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified(Summary);

impl Verified {
    /// What it comes to.
    pub fn summary(&self) -> &Summary {
        &self.0
    }
}

/// Reads a backup to its end. `seen` is told how many bytes went by.
///
/// # Errors
/// Each of [`ReadError`].
pub fn verify<R: BufRead>(from: R, mut seen: impl FnMut(u64)) -> Result<Verified, ReadError> {
    let mut reader = Reader::begin(from)?;
    while reader.next()?.is_some() {
        seen(reader.bytes);
    }
    Ok(Verified(reader.summary()))
}

/// A row, and what it takes as text.
pub(super) struct Line {
    pub(super) row: Row,
    pub(super) bytes: usize,
}

/// Reads a backup row by row.
pub(super) struct Reader<R> {
    from: R,
    line: Vec<u8>,
    rows: u64,
    bytes: u64,
    digest: Sha256,
    /// The first row that this host does not know. Whether it was damaged or is just unknown shows
    /// at the end.
    unknown: Option<ReadError>,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line.
    pub(super) fn begin(from: R) -> Result<Self, ReadError> {
        let mut reader = Self {
            from,
            line: Vec::new(),
            rows: 0,
            bytes: 0,
            digest: Sha256::new(),
            unknown: None,
        };
        reader.take_line(MAX_HEAD_BYTES)?;
        let line = reader.line.as_slice();
        if line.is_empty() {
            return Err(ReadError::Empty);
        }
        if line == head().as_bytes() {
            reader.digest.update(line);
            return Ok(reader);
        }
        if head().as_bytes().starts_with(line) {
            return Err(reader.cut_short());
        }
        match version(line) {
            Some(found) if found > VERSION => Err(ReadError::Newer { found }),
            _ => Err(ReadError::NotABackup { found: shown(line) }),
        }
    }

    /// The next row; none once, behind the last one of a file that is whole.
    pub(super) fn next(&mut self) -> Result<Option<Line>, ReadError> {
        loop {
            self.take_line(MAX_ROW_BYTES)?;
            let number = self.rows.saturating_add(2);
            if !self.line.ends_with(b"\n") {
                if self.line.len() < MAX_ROW_BYTES {
                    return Err(self.cut_short());
                }
                return Err(ReadError::Line {
                    line: number,
                    found: "longer than any row may be",
                    expected: ROW_OR_END,
                });
            }
            if self.line.starts_with(END.as_bytes()) {
                return self.end(number).map(|()| None);
            }
            if !self.line.starts_with(b"{") {
                return Err(ReadError::Line {
                    line: number,
                    found: "neither a row nor the end",
                    expected: ROW_OR_END,
                });
            }
            self.digest.update(&self.line);
            self.rows = self.rows.saturating_add(1);
            if self.unknown.is_none() {
                match row(&self.line) {
                    Ok(row) => return Ok(Some(Line { row, bytes: self.line.len() })),
                    Err(detail) => self.unknown = Some(ReadError::Unknown { line: number, detail }),
                }
            }
        }
    }

    /// Compares the last line with what went by, and looks that nothing follows.
    fn end(&mut self, number: u64) -> Result<(), ReadError> {
        let expected = end(self.rows, &hex(&self.digest));
        if self.line != expected.as_bytes() {
            return Err(match said(&self.line) {
                Some(said) => ReadError::Damaged { found: inner(&expected).into(), expected: said },
                None => ReadError::Line {
                    line: number,
                    found: "an end in another form",
                    expected: ROW_OR_END,
                },
            });
        }
        self.digest.update(&self.line);
        if !self.from.fill_buf()?.is_empty() {
            return Err(ReadError::GoesOn { line: number });
        }
        self.unknown.take().map_or(Ok(()), Err)
    }

    /// What was read so far; after the end, all.
    pub(super) fn summary(&self) -> Summary {
        Summary { rows: self.rows, bytes: self.bytes, sha256: hex(&self.digest) }
    }

    /// Reads to the end of a line, or so many bytes where it is longer, or to the file's end.
    fn take_line(&mut self, most: usize) -> io::Result<()> {
        self.line.clear();
        let read = (&mut self.from).take(count(most)).read_until(b'\n', &mut self.line)?;
        self.bytes = self.bytes.saturating_add(count(read));
        Ok(())
    }

    fn cut_short(&self) -> ReadError {
        ReadError::CutShort { rows: self.rows, bytes: self.bytes }
    }
}

/// A row's line, which must be just what a writer makes of the row: a field that is not known would
/// be lost otherwise, and the restored store would not equal the file.
fn row(line: &[u8]) -> Result<Row, String> {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let row: Row = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let written = canonical(&row).map_err(|error| error.to_string())?;
    if written.as_bytes() == text {
        return Ok(row);
    }
    Err("a field that is not known, or JSON that is not in canonical form".into())
}

/// The version in a first line.
fn version(line: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(line).ok()?.strip_prefix(NAME)?.strip_suffix('\n')?;
    let version: u32 = digits.parse().ok()?;
    (version.to_string() == digits).then_some(version)
}

/// The beginning of foreign bytes, quoted.
fn shown(bytes: &[u8]) -> String {
    let start = bytes.get(..SHOWN_BYTES.min(bytes.len())).unwrap_or(bytes);
    format!("{:?}", String::from_utf8_lossy(start))
}

/// What a last line says, if it has the form of one.
fn said(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    let (rows, sha256) = inner(line).strip_prefix("rows=")?.split_once(" sha256=")?;
    let rows: u64 = rows.parse().ok()?;
    (sha256.len() == 64 && line == end(rows, &sha256.to_ascii_lowercase()))
        .then(|| inner(line).to_owned())
}

/// A last line without what is the same in all of them.
fn inner(line: &str) -> &str {
    let line = line.strip_prefix(END).unwrap_or(line);
    line.strip_suffix('\n').unwrap_or(line)
}
