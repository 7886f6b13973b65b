//! A store that is right, and runs that say nothing.

use wirt_contract::store::Durability;
use wirt_contract::{Answer, EpochMs, Plugin};
use wirt_crash::{Machine, Op, Rule, Verdict, Workload, workloads};
use wirt_disk::{Profile, SharedDisk};

use crate::{Logs, look, told};

#[test]
fn a_store_that_is_right_is_crash_tested_under_every_profile() {
    let report = look(&mut Logs::with(None), &Profile::ALL, &workloads::all());
    assert_eq!(report.verdict, Verdict::CrashTested, "{}", told(&report));
    assert_eq!(report.workloads.len(), 4 * workloads::all().len());
    for workload in &report.workloads {
        let name = format!("{} under {}", workload.name, workload.profile);
        let (crashes, faults) = (&workload.crashes, &workload.faults);
        eprintln!(
            "{name}: {crashes}; {} nested; {} faulty runs",
            crashes.nested_moments, faults.runs
        );
        assert!(workload.whole, "{name}");
        assert!(crashes.images > 1 && crashes.nested_roots > 1, "{name}: {crashes:?}");
        assert!(faults.io > 0 && faults.no_space > 0 && faults.short > 0, "{name}: {faults:?}");
        let canary = workload.canary.as_ref().unwrap();
        assert!(canary.killed_by.is_some(), "{name}");
    }
}

#[test]
fn drawn_workloads_pass_too() {
    let drawn: Vec<Workload> = (0..4).map(|seed| workloads::drawn(seed, 30)).collect();
    assert_ne!(drawn[0].ops, drawn[1].ops);
    let report = look(&mut Logs::with(None), &[Profile::Ordered, Profile::PosixStrict], &drawn);
    assert_eq!(report.verdict, Verdict::CrashTested, "{}", told(&report));
}

#[test]
fn the_same_seed_gives_the_same_report_to_the_byte() {
    let workloads = [workloads::mixed()];
    let make = || {
        let report = look(&mut Logs::with(None), &[Profile::Posix], &workloads);
        serde_json::to_string(&report).unwrap()
    };
    assert_eq!(make(), make());
}

#[test]
fn a_store_that_keeps_nothing_is_not_looked_at() {
    let mut inline = Logs { durability: Durability::Inline, ..Logs::with(None) };
    let report = look(&mut inline, &[Profile::Kill], &workloads::all());
    assert!(matches!(report.verdict, Verdict::NotApplicable(_)), "{}", told(&report));
}

#[test]
fn a_run_that_could_not_find_anything_says_so() {
    let idle = Workload { name: "idle".into(), ops: vec![Op::Advance(1)] };
    let report = look(&mut Logs::with(None), &[Profile::Ordered], &[idle]);
    assert!(matches!(report.verdict, Verdict::Inconclusive(_)), "{}", told(&report));
    let report = look(&mut Logs::with(None), &[Profile::Ordered], &[]);
    assert!(matches!(report.verdict, Verdict::Inconclusive(_)), "{}", told(&report));
}

/// Once it was opened three times, its clock is ahead.
struct Moody(Logs, u64);

impl Machine for Moody {
    fn open(&mut self, disk: &SharedDisk) -> Answer<Box<dyn Plugin>> {
        self.1 += 1;
        self.0.open(disk)
    }

    fn set_time(&mut self, now: EpochMs) {
        let ahead = if self.1 < 3 { 0 } else { 5 };
        self.0.set_time(EpochMs(now.0 + ahead));
    }
}

#[test]
fn a_store_that_does_otherwise_each_time_is_not_judged() {
    let queue = workloads::all().into_iter().filter(|it| it.name == "work-queue");
    let mut moody = Moody(Logs::with(None), 0);
    let report = look(&mut moody, &[Profile::Kill], &queue.collect::<Vec<_>>());
    assert!(matches!(report.verdict, Verdict::Inconclusive(_)), "{}", told(&report));
    let rules: Vec<Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::Repeatable], "{}", told(&report));
}

#[test]
fn a_run_that_was_ended_says_so() {
    let mut left = 50;
    let report = wirt_crash::run(
        &mut Logs::with(None),
        &crate::settings(&[Profile::Ordered]),
        &[workloads::mixed()],
        &mut || {
            left -= 1;
            left > 0
        },
    );
    assert!(matches!(report.verdict, Verdict::Inconclusive(_)), "{}", told(&report));
}
