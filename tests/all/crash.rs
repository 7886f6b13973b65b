//! Crashes, in the sandbox: what is right is found right, and every way to lose data is found.

#[path = "../../host/cli/src/host/machine.rs"]
mod machine;

use wirt_contract::EpochMs;
use wirt_crash::{Budget, Finding, Replayed, Report, Settings, Verdict, run, workloads};
use wirt_disk::Profile;
use wirt_engine::{Component, Engine};

use crate::wirt::{Home, loaded};
use machine::Sandboxed;

/// Small enough for every change; whole runs are `wirt conform --level deep`.
const BUDGET: Budget = Budget {
    choices: 12,
    states: 1_000,
    nested: 10,
    nested_choices: 3,
    faults: 120,
    fault_choices: 3,
    sweep: 2,
};

/// The ways to lose data that `guests/faulty/log` knows, and the profile that shows each.
const DEFECTS: [(&str, Profile); 19] = [
    ("acknowledges-before-sync", Profile::Ordered),
    ("never-syncs", Profile::Ordered),
    ("forgets-the-folders-sync", Profile::PosixStrict),
    ("renames-before-sync", Profile::Ordered),
    ("removes-before-rename", Profile::Ordered),
    ("accepts-a-torn-tail", Profile::Ordered),
    ("ignores-the-checksum", Profile::Ordered),
    ("leaves-the-torn-tail", Profile::Ordered),
    ("forgets-all-for-a-torn-tail", Profile::Ordered),
    ("replays-twice", Profile::Kill),
    ("leaks-half-a-batch", Profile::Kill),
    ("swallows-no-space", Profile::Kill),
    ("swallows-io-errors", Profile::Ordered),
    ("retries-a-failed-sync", Profile::Ordered),
    ("ignores-a-short-write", Profile::Kill),
    ("reuses-tokens-after-reopen", Profile::Kill),
    ("traps-in-recovery", Profile::Ordered),
    ("syncs-the-wrong-file", Profile::Ordered),
    ("length-before-bytes", Profile::Ordered),
];

fn engine() -> Engine {
    Engine::for_disks(Some(&Home::new().compiled())).unwrap()
}

fn log(engine: &Engine) -> Component {
    loaded(engine, "log")
}

/// Puts the workloads of these names to a plugin.
fn crash(component: Component, fault: Option<&str>, profile: Profile, names: &[&str]) -> Report {
    let env: Vec<(String, String)> =
        fault.map(|fault| ("WIRT_FAULT".to_owned(), fault.to_owned())).into_iter().collect();
    let mut machine = Sandboxed::new(component, &env, 0);
    let settings = Settings {
        profiles: vec![profile],
        seed: 0,
        begins: EpochMs(1_767_225_600_000),
        budget: BUDGET,
    };
    let named = |name: &str| names.is_empty() || names.contains(&name);
    let workloads: Vec<_> =
        workloads::all().into_iter().filter(|workload| named(&workload.name)).collect();
    run(&mut machine, &settings, &workloads, &mut || true)
}

/// The first workload that shows something wrong, and what.
fn first_finding(component: &Component, fault: &str, profile: Profile) -> Option<Finding> {
    workloads::all().iter().find_map(|workload| {
        let report = crash(component.clone(), Some(fault), profile, &[&workload.name]);
        report.findings.into_iter().next()
    })
}

#[test]
fn every_way_to_lose_data_is_found_at_the_first_seed() {
    let component = log(&engine());
    let found = |fault, profile| first_finding(&component, fault, profile).is_some();
    let missed: Vec<&str> = DEFECTS
        .iter()
        .filter(|(fault, profile)| !found(fault, *profile))
        .map(|(fault, _)| *fault)
        .collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
}

#[test]
fn the_log_without_a_defect_loses_nothing() {
    for profile in Profile::ALL {
        let report = crash(log(&engine()), None, profile, &["tasks", "batches"]);
        assert_eq!(report.findings, [], "{profile}");
        if profile != Profile::Kill {
            let canaries = report.workloads.iter().filter_map(|told| told.canary.as_ref());
            assert!(
                canaries.clone().count() == 2 && canaries.clone().all(|it| it.killed_by.is_some())
            );
        }
    }
}

#[test]
fn the_durable_plugin_loses_nothing_that_a_small_budget_sees() {
    let engine = engine();
    let component = loaded(&engine, "store-redb");
    for profile in [Profile::Kill, Profile::Ordered] {
        let report = crash(component.clone(), None, profile, &["tasks", "batches"]);
        assert_eq!(report.findings, [], "{profile}");
        let canaries = report.workloads.iter().filter_map(|told| told.canary.as_ref());
        assert!(canaries.clone().all(|canary| canary.killed_by.is_some()), "{profile}");
        assert_eq!(canaries.count(), 2, "{profile}");
    }
}

#[test]
fn a_run_says_the_same_again_and_a_failure_happens_again() {
    let component = log(&engine());
    let make = || crash(component.clone(), Some("never-syncs"), Profile::Ordered, &["tasks"]);
    let (first, second) = (make(), make());
    assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&second).unwrap());
    assert_eq!(first.verdict, Verdict::Failed);
    let replay = &first.findings.first().unwrap().replay;
    let env = [("WIRT_FAULT".to_owned(), "never-syncs".to_owned())];
    let mut wrong = Sandboxed::new(component.clone(), &env, 0);
    assert!(matches!(replay.run(&mut wrong), Ok(Replayed::Wrong(rule, ..)) if rule == replay.rule));
    let mut right = Sandboxed::new(component, &[], 0);
    assert!(!matches!(replay.run(&mut right), Ok(Replayed::Wrong(..))), "nothing is wrong there");
}

#[test]
fn a_deep_run_keeps_its_failures_and_replays_them() {
    let home = Home::new();
    home.write("log.wasm", wirt_bundled::faulty("log").unwrap().bytes);
    let said = home
        .wirt("conform")
        .args(["log.wasm", "--level", "deep", "--profile", "kill", "--budget", "5s"])
        .args(["--env", "WIRT_FAULT=swallows-no-space", "--report", "json=r.json"])
        .ends(1);
    assert!(said.stdout.contains("log.wasm: failed"), "{said}");
    let line = said.stdout.lines().find(|line| line.contains("wirt replay ")).unwrap();
    let file = line.rsplit(' ').next().unwrap();
    let again = home.wirt("replay").arg(file).ends(1);
    assert!(again.stdout.contains("FAIL "), "{again}");

    home.write("memory.wasm", wirt_bundled::plugin("store-memory").unwrap().bytes);
    let said = home.wirt("conform").args(["memory.wasm", "--level", "deep"]).ends(3);
    assert!(said.stdout.contains("not applicable"), "{said}");
    home.write("no.json", "{}");
    home.wirt("replay").arg("no.json").ends(2).one_error("error: ", &["no.json", "make it again"]);
}
