//! Markdown memory: files → index → search.
//!
//! The files are the truth. The index is derived from them through a tokenizer and an embedder
//! plugin, may be deleted at any time, and after a sync is what a rebuild from the files gives
//! ([`Memory::verify`]).
//!
//! Layout: `files` finds, reads and writes markdown; `index` is one LMDB environment; `sync` makes
//! the index follow the files; `search`, `entries`, `status` and `verify` look at it.
//!
//! Not here: plugins themselves (they come as contract traits), a clock (times are passed in),
//! waiting and watching.

mod entries;
mod entry;
mod error;
mod files;
mod index;
mod memory;
mod merge;
mod plugins;
mod search;
mod status;
mod sync;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod time;
mod verify;

pub use entries::Entries;
pub use entry::{Entry, Kind, OwnerType};
pub use error::{
    AppendError, FailedPath, FileError, IndexError, OpenError, PluginError, SearchError, SyncError,
    VerifyError,
};
pub use files::{Appended, Fact, MAX_ENTRIES_PER_FILE, append_fact};
pub use memory::Memory;
pub use plugins::Plugins;
pub use search::{
    Filter, Hit, Is, MAX_FILTER_DEPTH, MAX_FILTER_SIZE, MAX_HITS, Mode, Query, Snippet, When,
};
pub use status::{Pending, PendingKind, Status};
pub use sync::{NothingFound, Progress, Report};
pub use verify::{Difference, Verdict};
