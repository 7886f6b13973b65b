//! From a store into a backup.

use std::io::{self, Write};

use wirt_contract::Failure;
use wirt_contract::transfer::Transfer;

use super::write::{WriteError, Writer};
use super::{Summary, count};

/// Rows that one page is asked for. It bounds the time of a call; the store bounds its bytes.
const PAGE_ROWS: u32 = 500;

/// Why a store was not backed up.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It gave no page.
    #[error(transparent)]
    Store(#[from] Failure),
    /// Its export would never end.
    #[error(
        "the store's export stands still after {rows} rows (`transfer.export.pages`); report it to the plugin's author"
    )]
    StandsStill {
        /// Rows that came before.
        rows: u64,
    },
    /// The backup was not written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<io::Error> for SaveError {
    fn from(error: io::Error) -> Self {
        Self::Write(error.into())
    }
}

/// Writes everything a store holds, page by page, and hands back what it was written into. `seen`
/// is told how many rows went by.
///
/// Nobody else may use the store meanwhile: pages with other calls between them show no single
/// moment.
///
/// # Errors
/// Each of [`SaveError`]; what was written is of no use then.
pub fn save<W: Write>(
    store: &mut dyn Transfer,
    into: W,
    mut seen: impl FnMut(u64),
) -> Result<(Summary, W), SaveError> {
    let mut writer = Writer::begin(into)?;
    let (mut after, mut rows): (Option<String>, u64) = (None, 0);
    loop {
        let page = store.export(after.as_deref(), PAGE_ROWS)?;
        for row in &page.rows {
            writer.row(row)?;
        }
        rows = rows.saturating_add(count(page.rows.len()));
        seen(rows);
        let Some(next) = page.next else { return Ok(writer.end()?) };
        if page.rows.is_empty() || after.as_ref() == Some(&next) {
            return Err(SaveError::StandsStill { rows });
        }
        after = Some(next);
    }
}
