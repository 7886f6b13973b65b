//! A store that is right, in which every single call can be bent: what proves that the suite's
//! cases find what they are there to find.
//!
//! As a component it takes its defect from the environment it is granted: with
//! `WIRT_FAULT=<case id>` it has the defect of [`defects`] that this case has to fail for, without
//! the variable it is right, and with a case that has no defect every call errs and names it.
//! Natively the suite's tests put a defect on a subject themselves, by [`Bent::new`].
//!
//! Where it is granted a folder it is durable, else inline; see [`Data`] for what it keeps there.
//!
//! Not here: crashes, and text plugins that are wrong; those are guests of their own.
//!
//! # Layout
//! - `bend`: how each call is answered, and the plugin that answers so;
//! - `inner`: what a bent call works with; `notes`: what it remembers;
//! - `data`: the key-value under the ledger, which a bend may damage;
//! - `defects`: one file an area.

mod bend;
mod data;
pub mod defects;
mod inner;
mod notes;
#[cfg(target_arch = "wasm32")]
mod plugin;

pub use bend::{Bend, Bent, STRAIGHT};
pub use data::{Data, KeyAndValue};
pub use defects::Defect;
pub use inner::{Inner, World};
pub use notes::Notes;

#[cfg(target_arch = "wasm32")]
wirt_sdk::export_store!(plugin::plugin);
