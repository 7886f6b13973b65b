//! The contracts a plugin is held to, as Rust traits: one trait for each WIT interface, with its
//! values, and the errors and faults they answer with.
//!
//! The normative text is in `wit/`, where each rule has an id in square brackets; an item here
//! names the rule it carries only where that helps. Wherever a value crosses into a component,
//! `wirt-engine` (host side) and the guests' SDK (guest side) convert between these types and the
//! generated ones, and nothing else does.
//!
//! Not here: I/O, wasmtime, async. Whoever implements a trait of this crate is called from one
//! thread at a time, never waits and never sleeps; waiting lives in `wirt-runtime`.

pub mod attachments;
pub mod batching;
pub mod embedder;
mod error;
mod id;
mod interface;
pub mod json;
mod plugin;
pub mod store;
pub mod tasks;
mod time;
pub mod tokenizer;

pub use error::{Answer, Error, Failure, Fault, FaultKind};
pub use id::{AttachmentId, StoreId, TaskId};
pub use interface::{Interface, Interfaces};
pub use plugin::Plugin;
pub use time::EpochMs;
