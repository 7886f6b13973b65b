//! The conformance suite: whether a plugin keeps the contracts of `wit/`, and where not.
//!
//! A [`Subject`] is a plugin under test. [`run`] puts every [`Case`] that fits it to it, through a
//! [`Probe`] that writes down each call and its answer, and gives a [`Report`]. A plugin is
//! conformant when every case that applies passes and every contract it offers was looked at; a
//! skip proves nothing and raises no verdict.
//!
//! [`Names`] serves those who compare a whole history of a plugin with the ledger's.
//!
//! Not here: how a plugin is loaded (`wirt-engine` implements [`Subject`]), cases about waiting,
//! concurrency and managers (`wirt-drivers`), printing, files.

mod alike;
mod case;
pub mod cases;
mod expect;
mod probe;
mod report;
mod run;
mod subject;

pub use alike::Names;
pub use case::{Area, Case, Level, Run, Stop, Tier};
pub use probe::{Probe, Show};
pub use report::{
    CaseResult, Component, Counts, Evidence, Outcome, Report, RunLevel, Settings, SuiteIdentity,
    Variation, Verdict, counts_against, junit, render,
};
pub use run::{CaseGlob, Options, Progress, run};
pub use subject::{HarnessError, Reopen, Subject};

/// The suite's edition: rises with every release that adds a case or sharpens one, so that a
/// `wirt.toml` can say which one it was last green with.
pub const EDITION: u32 = 3;
