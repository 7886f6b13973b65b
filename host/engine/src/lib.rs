//! Loads plugins: WebAssembly components under grants and limits, with the face of a contract.
//!
//! [`Engine`] compiles (or takes from its cache) and links a [`Component`]; [`Instance`] runs one
//! under a [`Grant`] and [`Limits`], and is a [`wirt_contract::Plugin`].
//!
//! Here: everything that knows wasmtime. WIT types and contract types meet in `convert`, once.
//! Not here: which plugins are let in (the binary's gate asks the conformance suite), queues and
//! group commit (`wirt-runtime`).
//!
//! A fault (trap, time, memory) discards the instance; the next call gets a fresh one over the
//! same folder. An open batch is gone with its instance.

mod bindings;
mod cache;
mod component;
mod convert;
mod disk;
mod engine;
mod error;
mod grant;
mod instance;
mod sandbox;
mod shape;
mod stderr;

pub use component::{Component, Origin};
pub use disk::SharedDisk;
pub use engine::Engine;
pub use error::{EngineError, GrantError, LoadError};
pub use grant::{Clock, Data, Folder, Grant, Limits, Seed, VirtualClock};
pub use instance::Instance;
