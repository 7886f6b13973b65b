//! Whole-system tests: the binary as people run it, and every plugin through every room. One
//! binary with a module for each subject.
//!
//! Each test has a home of its own. Compiled plugins and verdicts are shared between tests, but for
//! those that look at them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of this is tests; clippy's own exception covers only functions marked so"
)]

mod backup;
mod bad_input;
mod conform;
mod crash;
mod edits;
mod gate;
mod killed;
mod memory;
mod model;
mod plugins;
mod scenarios;
mod survive;
mod wirt;
