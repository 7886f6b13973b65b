//! The logic of the store contracts, all of `wirt:persistence`, over an ordered transactional
//! key-value.
//!
//! [`Ledger`] implements the traits of `wirt-contract`; [`KeyValue`] is what it stands on, and
//! [`Memory`] the one that keeps nothing. A store plugin is a key-value and an [`Identity`].
//!
//! Not here: files, clocks, chance, wasm. The crate builds natively and for a sandbox alike.
//!
//! # Layout
//! - `ledger`: opening, closing, batches, and the one path every call takes;
//! - `call`: what a call may read, and the writes it leaves behind once it is decided;
//! - `keys`: where each thing is kept; `limits`: what a caller may ask for;
//! - `clock`: what claims run out by; `cursor`: where a walk over keys goes on;
//! - `tasks`, `attachments`, `sessions`, `work_queue`, `attachment_manifest`, `artifacts`,
//!   `transfer`, `check`: the contracts' rules.

mod artifacts;
mod attachment_manifest;
mod attachments;
mod call;
mod check;
mod clock;
mod cursor;
mod keys;
mod kv;
mod ledger;
mod limits;
mod memory;
mod sessions;
mod tasks;
#[cfg(test)]
mod tests;
mod transfer;
mod work_queue;

pub use clock::Clock;
pub use keys::DATA_FORMAT;
pub use kv::{KeyValue, KvError, Writes};
pub use ledger::{Identity, Ledger};
pub use limits::LIMITS;
pub use memory::Memory;
