//! What the guests in `faulty/` share: plugins that are right, and a way to get between one of
//! them and its caller. Each guest there is wrong in one thing, so that the suite shows it finds
//! that thing; `faulty/expected.toml` says which case has to.
//!
//! Not here: any defect, except what two guests share of theirs ([`late`]).

pub mod late;
mod store;
pub mod text;

pub use store::{Defect, Inner, faulty};
