//! Writing the form.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};
use wirt_contract::json::canonical;
use wirt_contract::transfer::Row;

use super::{MAX_ROW_BYTES, Summary, count, end, head, hex};

/// Why a row was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// What it is written into failed.
    #[error("the backup cannot be written: {0}; check the disk's space and rights")]
    Io(#[from] io::Error),
    /// It is longer than any reader takes.
    #[error(
        "row {row} has {found} bytes as text, expected at most {MAX_ROW_BYTES}; no backup can hold it"
    )]
    TooLong {
        /// Which, from 1.
        row: u64,
        /// Its length.
        found: usize,
    },
    /// It has no JSON.
    #[error("row {row} has no JSON: {detail}; report it as a bug of wirt")]
    Form {
        /// Which, from 1.
        row: u64,
        /// The encoder's word.
        detail: String,
    },
}

/// Writes a backup row by row. It writes small pieces: give it something that gathers them.
#[derive(Debug)]
pub struct Writer<W> {
    into: W,
    rows: u64,
    bytes: u64,
    digest: Sha256,
}

impl<W: Write> Writer<W> {
    /// Writes the first line.
    ///
    /// # Errors
    /// What `into` answers.
    pub fn begin(into: W) -> io::Result<Self> {
        let mut writer = Self { into, rows: 0, bytes: 0, digest: Sha256::new() };
        writer.put(head().as_bytes())?;
        Ok(writer)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// Each of [`WriteError`]; the file is of no more use then.
    pub fn row(&mut self, row: &Row) -> Result<(), WriteError> {
        let number = self.rows + 1;
        let mut text = canonical(row)
            .map_err(|error| WriteError::Form { row: number, detail: error.to_string() })?;
        text.push('\n');
        if text.len() > MAX_ROW_BYTES {
            return Err(WriteError::TooLong { row: number, found: text.len() });
        }
        self.put(text.as_bytes())?;
        self.rows = number;
        Ok(())
    }

    /// Writes the last line and hands back what was written into, flushed.
    ///
    /// # Errors
    /// What it answers.
    pub fn end(mut self) -> io::Result<(Summary, W)> {
        let last = end(self.rows, &hex(&self.digest));
        self.put(last.as_bytes())?;
        self.into.flush()?;
        let summary = Summary { rows: self.rows, bytes: self.bytes, sha256: hex(&self.digest) };
        Ok((summary, self.into))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.into.write_all(bytes)?;
        self.digest.update(bytes);
        self.bytes = self.bytes.saturating_add(count(bytes.len()));
        Ok(())
    }
}
