//! The cascade: what makes the index follow the files, one path at a time.
//!
//! ```text
//! watcher ─┐
//! scanner ─┼─ suggest ─→ queue ─→ step: claim ─→ look at the disk ─→ ask the plugins
//! caller  ─┘                                        └─→ index (one transaction) ─→ settle
//! ```
//!
//! - **Suggestions decide nothing.** What becomes of a path is found out from the disk and the index
//!   when it is worked on. A suggestion too many costs a look; one that is missed is made by the
//!   next scan, which compares everything.
//! - **The index first, then the queue.** A crash between the two repeats a look that finds nothing
//!   to do.
//! - **One file does not hold up another.** Small files are analysed together, and a batch that
//!   fails is halved until the guilty file stands alone. A large one is analysed in slices, between
//!   which small ones get their turn, and is indexed as a whole at the end.
//! - **A failure is one of two kinds.** What may pass by itself (a fault of a plugin, a backend that
//!   says so, a read error) is tried again, ever later, up to [`MAX_ATTEMPTS`]; then, as with input
//!   that is broken, nothing is tried until the file changes. A new cascade, and so every
//!   [`Memory::sync`], tries each failed path once more: what stood in the way may be gone.
//! - **Which files are memory can change without them.** Notes give way to files of a known kind,
//!   and `.gitignore` names others: a path on which either hangs asks for a scan.
//!
//! The cascade itself has no thread and no clock: [`Memory::watch`] brings both, a listener that turns
//! what the system tells into suggestions, and the upkeep of the index.
//!
//! [`MAX_ATTEMPTS`]: crate::queue::MAX_ATTEMPTS
//! [`Memory::sync`]: crate::Memory::sync
//! [`Memory::watch`]: crate::Memory::watch

mod decide;
mod engine;
mod inbox;
mod job;
mod listen;
mod outcome;
mod scan;
mod slow;
#[cfg(test)]
mod tests;
mod upkeep;
mod watch;
mod work;

pub use engine::Cascade;
pub use inbox::Stop;
pub(crate) use outcome::Told;
pub use outcome::{Outcome, Settled, Step};
pub use scan::Scanned;
pub(crate) use scan::is_as_indexed;
pub use watch::{WatchEvent, Watching};
