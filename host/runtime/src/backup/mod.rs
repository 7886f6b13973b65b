//! Backups: all of a store's rows in one file, and back.
//!
//! ```text
//! wirt-backup 1
//! {"data":{"task":{…}},"store":"wirt"}
//! …
//! end rows=17 sha256=4f2a…
//! ```
//! - The first line names the form and its version.
//! - Then comes a line for each row of an export, in its order: the row's canonical JSON, bytes in
//!   it as base64.
//! - The last line, with its newline, tells the number of rows and the SHA-256 (lower-case hex) of
//!   everything before it. Nothing follows it.
//!
//! Text, although frames of postcard would be smaller: a backup is read years later, perhaps by a
//! host whose types have grown or without any host. Fields have names here, so a field that a host
//! does not know is an error instead of other fields' bytes; `head -n -1 FILE | sha256sum` checks
//! a file, and any tool that knows JSON reads it. Where size matters, it compresses well.
//!
//! Equal rows have equal text, so backups of one unchanged store are equal byte for byte, and
//! whether a restored store holds what a file holds is a comparison of digests: [`compare`].
//!
//! [`verify`] reads a file to its end before [`load`] writes anything: one that was cut short at
//! any byte, changed anywhere or goes on after its end is recognised while the store is still
//! empty. Rows stream: what is in memory is one page of an export, or one page of an import and
//! the row after it, and a row has at most [`MAX_ROW_BYTES`] as text.
//!
//! Not here: files and their names (callers give readers and writers), locks, plugins' loading.

mod compare;
mod load;
mod read;
mod save;
#[cfg(test)]
mod tests;
mod write;

pub use compare::{CompareError, compare};
pub use load::{LoadError, load};
pub use read::{ReadError, Verified, verify};
pub use save::{SaveError, save};
pub use write::{WriteError, Writer};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The version of the form that is written, and the newest one that is read.
pub const VERSION: u32 = 1;

/// Longest row as text. The bundled stores write at most 32 MiB with one call, and JSON takes up to
/// six characters for a byte.
pub const MAX_ROW_BYTES: usize = 256 << 20;

/// What the first line begins with; the version follows.
const NAME: &str = "wirt-backup ";
/// What the last line begins with. No row does: JSON objects begin with a brace.
const END: &str = "end ";

/// What a backup comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Lower-case hex SHA-256 of all of them, as `sha256sum` prints it.
    pub sha256: String,
}

/// The first line of a backup.
fn head() -> String {
    format!("{NAME}{VERSION}\n")
}

/// The last line of a backup.
fn end(rows: u64, sha256: &str) -> String {
    format!("{END}rows={rows} sha256={sha256}\n")
}

/// The digest of what went by so far.
fn hex(digest: &Sha256) -> String {
    digest.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A length as a number of bytes.
fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
