//! A disk that forgets: files and folders in memory, deterministic, with what a crash may leave of
//! them.
//!
//! Every block of a file, every file's size and every folder's entry is an **object**. An object
//! remembers the values it had since it was last made durable. A sync makes a file's blocks and
//! size durable, or a folder's entries; a crash leaves of each object the durable value or a later
//! one ([`Snapshot`]), as far as the [`Profile`] lets them differ.
//!
//! - [`Disk`]: the calls a file system takes, one after another, each counted; faults on demand;
//! - [`Snapshot`]: a disk at one call, and the [`Image`]s a crash there may leave;
//! - [`Choices`]: which images are looked at, all of them or a stated part.
//!
//! Not here: WASI (`wirt-engine` answers a plugin's file calls with this), workloads and what
//! an image has to show (`wirt-crash`).

mod block;
mod choices;
mod content;
mod digest;
mod disk;
mod error;
mod fault;
mod file;
mod handle;
mod image;
mod objects;
mod profile;
mod quirks;
mod snapshot;
#[cfg(test)]
mod tests;
mod track;
mod tree;

pub use block::BLOCK_BYTES;
pub use choices::{Choice, Choices, Coverage};
pub use disk::{Call, CallKind, Disk, Entry, Kind, Node, Stat};
pub use error::FsError;
pub use fault::{Effect, Fault, Faults, Span};
pub use handle::SharedDisk;
pub use image::Image;
pub use objects::Object;
pub use profile::Profile;
pub use quirks::Quirks;
pub use snapshot::Snapshot;
