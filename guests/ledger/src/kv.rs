//! What the ledger asks of its storage.

use std::collections::BTreeMap;

use wirt_contract::Error;

/// Writes by key: a value to keep, or none to remove the key.
pub type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// An ordered key-value with one open transaction at a time.
///
/// Called from one thread, by one [`Ledger`](crate::Ledger). Keys are ordered by their bytes. After
/// an error of `write` or `commit` the ledger drops it and never calls it again; dropping it
/// discards what was not committed.
pub trait KeyValue {
    /// The value of a key, as the open transaction sees it.
    ///
    /// # Errors
    /// [`KvError::Read`].
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError>;

    /// Keys with `from <= key < to`, ascending, at most `limit`; none where `from >= to`. Without
    /// values, so that a scan's memory is bounded by its number of keys.
    ///
    /// # Errors
    /// [`KvError::Read`].
    fn keys(&mut self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, KvError>;

    /// Adds writes to the open transaction, opening one where there is none. Later reads see
    /// them; nothing is durable before `commit`.
    ///
    /// # Errors
    /// [`KvError::Write`].
    fn write(&mut self, writes: Writes) -> Result<(), KvError>;

    /// Makes the open transaction durable, if there is one. When this returns, it is.
    ///
    /// # Errors
    /// [`KvError::Commit`]; it is unknown then whether the transaction was kept.
    fn commit(&mut self) -> Result<(), KvError>;
}

/// Why a key-value failed.
#[derive(Debug, thiserror::Error)]
pub enum KvError {
    /// It could not be opened or created.
    #[error("the data cannot be opened: {0}")]
    Open(Cause),
    /// A read failed.
    #[error("the data cannot be read: {0}")]
    Read(Cause),
    /// A write could not be added to the transaction.
    #[error("the data cannot be written: {0}")]
    Write(Cause),
    /// The transaction could not be made durable.
    #[error("the data cannot be made durable: {0}")]
    Commit(Cause),
}

/// The implementor's own error.
type Cause = Box<dyn std::error::Error + Send + Sync>;

impl From<KvError> for Error {
    fn from(error: KvError) -> Self {
        Self::backend(error.to_string())
    }
}
