//! A durable plugin has to prove that what it acknowledged survives: whatever a crash leaves on its
//! disk, at whatever call, a fresh instance shows what was acknowledged and at most the call in
//! flight, and goes on from there.
//!
//! - [`Machine`]: how the plugin under test is opened over a disk;
//! - [`Op`], [`workloads`]: what is put to it;
//! - [`run`], or [`part`] by part: records a workload, looks at every state that a crash may leave, as far as the budget
//!   goes, lets its disk fail, and makes sure that a plugin without syncs would have been found;
//! - [`Report`], [`Finding`], [`Replay`]: what came of it, and how to see it again.
//!
//! What is right is what the plugin itself does undisturbed, and that has to be what the native
//! ledger does. Everything is compared by the rows of an export, so a plugin that has no
//! `transfer` cannot be looked at.
//!
//! Not here: the disk and what a crash leaves of it (`wirt-disk`), sandboxes (`wirt-engine`),
//! stores that keep nothing.
//!
//! # Layout
//! - `ops`, `workloads`: what is put to a plugin;
//! - `machine`: a plugin, opened and asked; `settings`: how far a run looks;
//! - `record`: what a workload does undisturbed, and every moment of it;
//! - `explore`: crashes; `faults`: failing calls; `canary`: dropped syncs;
//! - `shrink`, `stack`, `replay`: a failure made small, who made its call, and made again;
//! - `run`, `report`: all of it, and what it showed.

mod canary;
mod explore;
mod faults;
mod machine;
mod ops;
mod record;
mod replay;
mod report;
mod run;
mod settings;
mod shrink;
mod stack;
pub mod workloads;

pub use explore::Tally;
pub use machine::Machine;
pub use ops::{Call, Content, Given, Op, Tag};
pub use replay::{Crash, REPLAY_VERSION, Replay, ReplayError, Replayed};
pub use report::{
    Canary, FaultTally, Finding, REPORT_VERSION, Report, Rule, Verdict, WorkloadReport,
};
pub use run::{Part, inapplicable, part, run};
pub use settings::{Budget, Disturbance, Settings, World};
pub use workloads::Workload;
