//! From a backup into a store.

use std::io::BufRead;

use wirt_contract::store::Limits;
use wirt_contract::transfer::{Row, Transfer};
use wirt_contract::{Error, Failure};

use super::count;
use super::read::{Line, ReadError, Reader, Verified};

/// Most rows of one call. It bounds the time of the call.
const PAGE_ROWS: usize = 500;
/// Most bytes of one call's rows, as text, but for a row that is larger by itself.
const PAGE_BYTES: usize = 4 << 20;
/// How much less than a store writes with one call it is given: rows bring their indexes along.
const BATCH_SHARE: u32 = 4;

/// Why a store was not filled. But for [`LoadError::NotEmpty`] it is to be thrown away: it is not
/// open, or is not what the backup holds.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It holds something.
    #[error("it is not empty ({0})")]
    NotEmpty(Error),
    /// It does not begin or does not finish an import.
    #[error(transparent)]
    Store(#[from] Failure),
    /// It does not take a row.
    #[error("it does not take row {row} of the backup: {failure}")]
    Row {
        /// Which, from 1: this one or one that was given with it.
        row: u64,
        /// What it answered.
        failure: Failure,
    },
    /// The file is not any more what was verified.
    #[error("the backup {0}")]
    Read(#[from] ReadError),
    /// The same, and it is whole.
    #[error("the backup was changed while it was read")]
    Changed,
}

/// Fills an empty store with a verified backup's rows, page by page, and opens it. Each page is
/// durable before the next one; until the last one is, the store refuses other calls. `seen` is
/// told how many rows it has.
///
/// # Errors
/// Each of [`LoadError`].
pub fn load<R: BufRead>(
    store: &mut dyn Transfer,
    limits: &Limits,
    from: R,
    verified: &Verified,
    mut seen: impl FnMut(u64),
) -> Result<(), LoadError> {
    let mut reader = Reader::begin(from)?;
    store.begin_import().map_err(|failure| match failure {
        Failure::Error(error @ Error::Conflict(_)) => LoadError::NotEmpty(error),
        failure => failure.into(),
    })?;
    let mut page = Page::new(limits);
    let mut taken = 0;
    while let Some(line) = reader.next()? {
        if !page.has_room(&line) {
            taken = page.import(store, taken)?;
            seen(taken);
        }
        page.push(line);
    }
    taken = page.import(store, taken)?;
    seen(taken);
    // What was verified is what came in, or the store stays shut.
    if reader.summary() != *verified.summary() {
        return Err(LoadError::Changed);
    }
    Ok(store.finish_import(taken)?)
}

/// Rows of one call.
struct Page {
    rows: Vec<Row>,
    bytes: usize,
    most_rows: usize,
    most_bytes: usize,
}

impl Page {
    fn new(limits: &Limits) -> Self {
        let bound = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        Self {
            rows: Vec::new(),
            bytes: 0,
            most_rows: PAGE_ROWS.min(bound(limits.max_list)),
            most_bytes: PAGE_BYTES.min(bound(limits.max_batch_bytes / BATCH_SHARE)),
        }
    }

    /// Whether the row may come with those that are there. The first one always may.
    fn has_room(&self, line: &Line) -> bool {
        self.rows.is_empty()
            || (self.rows.len() < self.most_rows
                && self.bytes.saturating_add(line.bytes) <= self.most_bytes)
    }

    fn push(&mut self, line: Line) {
        self.bytes = self.bytes.saturating_add(line.bytes);
        self.rows.push(line.row);
    }

    /// Hands the rows over and is empty afterwards. Gives how many rows the store has then.
    fn import(&mut self, store: &mut dyn Transfer, taken: u64) -> Result<u64, LoadError> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(taken);
        }
        match store.import_rows(&rows) {
            Ok(()) => Ok(taken.saturating_add(count(rows.len()))),
            // Too many at once, perhaps. None was kept; one by one they fit, or the one that does
            // not is known.
            Err(Failure::Error(Error::Invalid(_))) if rows.len() > 1 => {
                rows.iter().try_fold(taken, |taken, row| one(store, row, taken))
            }
            Err(failure) => Err(LoadError::Row { row: taken.saturating_add(1), failure }),
        }
    }
}

fn one(store: &mut dyn Transfer, row: &Row, taken: u64) -> Result<u64, LoadError> {
    let number = taken.saturating_add(1);
    store
        .import_rows(std::slice::from_ref(row))
        .map_err(|failure| LoadError::Row { row: number, failure })?;
    Ok(number)
}
