//! Markdown memory: files → index → search.
//!
//! The files are the truth. The index is derived from them through a tokenizer and an embedder
//! plugin, may be deleted at any time, and after a sync is what a rebuild from the files gives
//! ([`Memory::verify`]).
//!
//! Layout: `files` finds, reads and writes markdown; `index` is an LMDB environment, and a second one
//! for the base segment of a large index, which `merge` builds; `queue` holds the paths to be looked
//! at, and `cascade` makes the index follow the files, once ([`Memory::sync`]) or for as long as it
//! runs ([`Memory::watch`]); `root` says whether the files are there at all, and `turn` lets one write
//! at a time; `search`, `entries`, `status` and `verify` look at the index.
//!
//! Not here: plugins themselves (they come as contract traits) and a clock (times are passed in).

mod cascade;
mod entries;
mod entry;
mod error;
mod files;
mod index;
mod memory;
mod merge;
mod plugins;
mod queue;
mod root;
mod search;
mod status;
mod sync;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod time;
mod turn;
mod verify;

pub use cascade::{Cascade, Outcome, Scanned, Settled, Step, Stop, WatchEvent, Watching};
pub use entries::Entries;
pub use entry::{Details, Entry, Kind, Number, OwnerType};
pub use error::{
    AppendError, FailedPath, FileError, IndexError, OpenError, PluginError, SearchError, SyncError,
    VerifyError,
};
pub use files::{
    MAX_ENTRIES_PER_FILE, NewContent, NewEntry, NewProfile, NewSkill, Written, append,
    write_profile, write_skill,
};
pub use memory::Memory;
pub use plugins::Plugins;
pub use queue::{QueueError, QueueLag};
pub use search::{
    Filter, Hit, Is, MAX_FILTER_DEPTH, MAX_FILTER_SIZE, MAX_HITS, Mode, Query, Snippet, When,
};
pub use status::{Pending, PendingKind, Status};
pub use sync::{NothingFound, Progress, Report};
pub use verify::{Difference, Verdict};
