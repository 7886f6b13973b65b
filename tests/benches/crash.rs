//! Crash states a core recovers and checks in a second: store-redb in its sandbox over a disk that
//! forgets, with little and with half a megabyte in it (goal: 4,000 and 1,000).
//!
//! A state is the whole visit that a deep run makes: opened, exported, checked, written to,
//! exported and checked again, opened once more and exported. Recording and making the choices
//! count into the time.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and whoever runs it is helped by a panic"
)]

#[path = "../../host/cli/src/host/machine.rs"]
mod machine;

use std::path::Path;
use std::time::Instant;

use machine::Sandboxed;
use wirt_contract::attachments::Metadata;
use wirt_contract::{EpochMs, StoreId};
use wirt_crash::{Budget, Call, Content, Op, Part, Settings, Workload, part, workloads};
use wirt_disk::Profile;
use wirt_engine::Engine;

const ROUNDS: usize = 5;
const BUDGET: Budget = Budget {
    choices: 64,
    states: 3_000,
    nested: 0,
    nested_choices: 0,
    recovery_faults: 0,
    faults: 0,
    fault_choices: 0,
    sweep: 0,
};

fn main() {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-compiled");
    let engine = Engine::for_disks(Some(&cache)).unwrap();
    let plugin = wirt_bundled::plugin("store-redb").unwrap();
    let component = engine.load(plugin.name, plugin.bytes).unwrap();
    let tasks = workloads::all().into_iter().find(|it| it.name == "tasks").unwrap();
    for workload in [tasks.clone(), with_live_data(&tasks, 100), with_live_data(&tasks, 500)] {
        let mut rates: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let mut machine = Sandboxed::new(component.clone(), &[], 0);
                let begin = Instant::now();
                let made = make(&mut machine, &workload);
                states(&made) as f64 / begin.elapsed().as_secs_f64()
            })
            .collect();
        rates.sort_by(f64::total_cmp);
        let (least, most) = (rates.first().unwrap(), rates.last().unwrap());
        let median = rates.get(ROUNDS / 2).unwrap();
        println!("{:<12} {median:>6.0} states/s ({least:.0} to {most:.0})", workload.name);
    }
}

fn make(machine: &mut Sandboxed, workload: &Workload) -> Part {
    let settings = Settings {
        profiles: vec![Profile::Ordered],
        seed: 0,
        begins: EpochMs(1_767_225_600_000),
        budget: BUDGET,
    };
    let made = part(machine, &settings, Profile::Ordered, workload, &mut || true);
    assert!(made.findings.is_empty(), "{:?}", made.findings);
    made
}

fn states(part: &Part) -> u64 {
    let canary = part.workload.canary.as_ref().map_or(0, |canary| canary.recoveries);
    part.workload.crashes.recoveries + part.workload.faults.states.recoveries + canary
}

/// The same after so many kilobytes were put there.
fn with_live_data(workload: &Workload, kilobytes: u32) -> Workload {
    let content = Content { seed: 7, len: kilobytes << 10 };
    let metadata =
        Metadata { media_type: "text/plain".into(), width: None, height: None, label: None };
    let call = Call::PutAttachment { content, metadata };
    let put = Op::Call { store: StoreId::from("files"), call };
    let ops = std::iter::once(put).chain(workload.ops.iter().cloned()).collect();
    Workload { name: format!("tasks+{kilobytes}KB"), ops }
}
