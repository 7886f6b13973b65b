//! A store beside a backup.

use wirt_contract::transfer::Transfer;

use super::read::Verified;
use super::save::{SaveError, save};

/// Why a store is not what a backup holds.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It gives no backup of its own.
    #[error("it gives no backup of its own: {0}")]
    Save(#[from] SaveError),
    /// Its own backup is another one.
    #[error(
        "its own backup has {found_rows} rows and the SHA-256 {found}, expected {expected_rows} rows and {expected}"
    )]
    Differs {
        /// Rows of its own backup.
        found_rows: u64,
        /// The digest of that.
        found: String,
        /// Rows of the backup it is compared with.
        expected_rows: u64,
        /// The digest of that.
        expected: String,
    },
}

/// Writes the store's own backup to nowhere, and compares its digest. `seen` is told how many rows
/// went by.
///
/// # Errors
/// Each of [`CompareError`].
pub fn compare(
    store: &mut dyn Transfer,
    verified: &Verified,
    seen: impl FnMut(u64),
) -> Result<(), CompareError> {
    let (found, _) = save(store, std::io::sink(), seen)?;
    let expected = verified.summary();
    if found == *expected {
        return Ok(());
    }
    Err(CompareError::Differs {
        found_rows: found.rows,
        found: found.sha256,
        expected_rows: expected.rows,
        expected: expected.sha256.clone(),
    })
}
