//! The harness proves itself: a small store that is right passes, and each defect it is given is
//! found, against the rule that it breaks.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "all of this is tests; clippy's own exception covers only functions marked so"
)]

mod defects;
mod honest;
mod log;
mod paper;
mod replays;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use log::{Defect, Log};
use wirt_contract::attachment_manifest::Retention;
use wirt_contract::store::Durability;
use wirt_contract::{Answer, EpochMs, Plugin};
use wirt_crash::{Budget, Machine, Report, Settings, Workload, run};
use wirt_disk::{Profile, SharedDisk};
use wirt_ledger::{Clock, Identity, Ledger};

/// 2026-01-01T00:00:00Z.
const BEGINS: EpochMs = EpochMs(1_767_225_600_000);

/// The ledger over a log, with a defect or without.
struct Logs {
    defect: Option<Defect>,
    durability: Durability,
    now: Arc<AtomicU64>,
}

impl Logs {
    fn with(defect: impl Into<Option<Defect>>) -> Self {
        Self {
            defect: defect.into(),
            durability: Durability::Durable,
            now: Arc::new(AtomicU64::new(0)),
        }
    }
}

impl Machine for Logs {
    fn open(&mut self, disk: &SharedDisk) -> Answer<Box<dyn Plugin>> {
        let identity = Identity {
            name: "log".into(),
            version: "0".into(),
            durability: self.durability,
            retention: Retention::Kept,
        };
        let now = Arc::clone(&self.now);
        let clock = Clock::new(move || EpochMs(now.load(Ordering::Relaxed)));
        let (disk, defect) = (disk.clone(), self.defect);
        Ok(Box::new(Ledger::new(identity, clock, move || Log::open(disk.clone(), defect))))
    }

    fn set_time(&mut self, now: EpochMs) {
        self.now.store(now.0, Ordering::Relaxed);
    }
}

/// A budget that a test has time for.
const SMALL: Budget = Budget {
    choices: 40,
    states: 3_000,
    nested: 12,
    nested_choices: 4,
    recovery_faults: 24,
    faults: 90,
    fault_choices: 6,
    sweep: 4,
};

fn settings(profiles: &[Profile]) -> Settings {
    Settings { profiles: profiles.to_vec(), seed: 1, begins: BEGINS, budget: SMALL }
}

fn look(machine: &mut dyn Machine, profiles: &[Profile], workloads: &[Workload]) -> Report {
    run(machine, &settings(profiles), workloads, &mut || true)
}

fn told(report: &Report) -> String {
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    format!("{}\n{}", report.verdict, findings.join("\n"))
}
