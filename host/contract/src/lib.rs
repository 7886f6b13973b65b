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

pub mod artifacts;
pub mod attachment_manifest;
pub mod attachments;
mod base64;
pub mod batching;
pub mod embedder;
mod error;
mod id;
mod interface;
pub mod json;
mod plugin;
pub mod sessions;
pub mod store;
pub mod tasks;
mod time;
pub mod tokenizer;
pub mod transfer;
pub mod work_queue;

pub use error::{Answer, Error, Failure, Fault, FaultKind};
pub use id::{
    AttachmentId, BlobName, ClaimId, EntryId, FrameId, ModuleRef, NodeId, SessionId, StoreId,
    TaskId, TurnId,
};
pub use interface::{Interface, Interfaces};
pub use plugin::Plugin;
pub use time::EpochMs;
