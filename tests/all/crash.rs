//! Crashes, in the sandbox: what is right is found right, and every way to lose data is found.

#[path = "../../host/cli/src/host/machine.rs"]
mod machine;

use std::path::Path;

use wirt_contract::EpochMs;
use wirt_crash::{
    Budget, Op, Replay, Replayed, Report, Rule, Settings, Verdict, Workload, run, workloads,
};
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
    recovery_faults: 24,
    faults: 120,
    fault_choices: 3,
    sweep: 2,
};

/// A way to lose data that `guests/faulty/log` knows, with the case that has to find it: a workload
/// under a profile, and the rule that it breaks there.
type Defect = (&'static str, &'static str, Profile, Rule);

const DEFECTS: [Defect; 19] = {
    use Profile::{Kill, Ordered, PosixStrict};
    [
        ("acknowledges-before-sync", "tasks", Ordered, Rule::AcknowledgedSurvives),
        ("never-syncs", "tasks", Ordered, Rule::AcknowledgedSurvives),
        ("forgets-the-folders-sync", "tasks", PosixStrict, Rule::AcknowledgedSurvives),
        ("renames-before-sync", "tasks", Ordered, Rule::AcknowledgedSurvives),
        ("removes-before-rename", "tasks", Ordered, Rule::AcknowledgedSurvives),
        ("accepts-a-torn-tail", "tasks", Ordered, Rule::NothingInvented),
        ("ignores-the-checksum", "tasks", Ordered, Rule::NothingInvented),
        ("leaves-the-torn-tail", "tasks", Ordered, Rule::ReopenSame),
        ("forgets-all-for-a-torn-tail", "tasks", Ordered, Rule::AcknowledgedSurvives),
        ("replays-twice", "tasks", Kill, Rule::AcknowledgedSurvives),
        ("leaks-half-a-batch", "batches", Kill, Rule::BatchWhole),
        ("swallows-no-space", "tasks", Kill, Rule::AcknowledgedSurvives),
        ("swallows-io-errors", "tasks", Ordered, Rule::AcknowledgedSurvives),
        ("retries-a-failed-sync", "tasks", Ordered, Rule::AcknowledgedSurvives),
        ("ignores-a-short-write", "tasks", Kill, Rule::AcknowledgedSurvives),
        ("reuses-tokens-after-reopen", "work-queue", Kill, Rule::AcknowledgedSurvives),
        ("traps-in-recovery", "tasks", Ordered, Rule::Recovers),
        ("syncs-the-wrong-file", "tasks", Ordered, Rule::AcknowledgedSurvives),
        ("length-before-bytes", "tasks", Ordered, Rule::AcknowledgedSurvives),
    ]
};

fn engine() -> Engine {
    Engine::for_disks(Some(&Home::new().compiled())).unwrap()
}

fn log(engine: &Engine) -> Component {
    loaded(engine, "log")
}

fn settings(profile: Profile, budget: Budget) -> Settings {
    Settings { profiles: vec![profile], seed: 0, begins: EpochMs(1_767_225_600_000), budget }
}

/// Puts the workloads of these names to a plugin.
fn crash(component: Component, fault: Option<&str>, profile: Profile, names: &[&str]) -> Report {
    let env: Vec<(String, String)> =
        fault.map(|fault| ("WIRT_FAULT".to_owned(), fault.to_owned())).into_iter().collect();
    let mut machine = Sandboxed::new(component, &env, 0);
    let named = |name: &str| names.is_empty() || names.contains(&name);
    let workloads: Vec<_> =
        workloads::all().into_iter().filter(|workload| named(&workload.name)).collect();
    run(&mut machine, &settings(profile, BUDGET), &workloads, &mut || true)
}

#[test]
fn every_way_to_lose_data_is_found_by_its_case_at_the_first_seed() {
    let component = log(&engine());
    let mut missed = Vec::new();
    for (fault, workload, profile, rule) in DEFECTS {
        let report = crash(component.clone(), Some(fault), profile, &[workload]);
        let found: Vec<Rule> = report.findings.iter().map(|finding| finding.rule).collect();
        if !found.contains(&rule) {
            missed.push(format!("{fault}: {workload} under {profile} finds {found:?}, not {rule}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn the_log_without_a_defect_loses_nothing() {
    let component = log(&engine());
    let every: Vec<String> = workloads::all().into_iter().map(|it| it.name).collect();
    let every: Vec<&str> = every.iter().map(String::as_str).collect();
    let some = ["tasks", "batches"];
    for profile in Profile::ALL {
        // What the defects above are found by finds nothing here.
        let names = if profile == Profile::Ordered { &every[..] } else { &some[..] };
        let report = crash(component.clone(), None, profile, names);
        assert_eq!(report.findings, [], "{profile}");
        let canaries = report.workloads.iter().filter_map(|told| told.canary.as_ref());
        assert_eq!(canaries.clone().count(), names.len(), "{profile}");
        assert!(canaries.clone().all(|canary| canary.killed_by.is_some()), "{profile}");
    }
}

/// What the harness found in store-redb while it was made (`conformance/FINDINGS.md`), in the plugin
/// that still does so; each with its profile, and its replay in `conformance/findings`.
const FOUND: [(&str, Profile); 2] =
    [("creates-in-place", Profile::Kill), ("trusts-the-last-sync", Profile::Ordered)];

#[test]
fn what_was_found_in_store_redb_is_found_again() {
    let engine = engine();
    let component = loaded(&engine, "redb");
    // Nothing but the database's creation, with a fault at each of its calls.
    let creation = [Workload { name: "creation".into(), ops: vec![Op::Begin, Op::Flush] }];
    for (fault, profile) in FOUND {
        let env = [("WIRT_FAULT".to_owned(), fault.to_owned())];
        let mut machine = Sandboxed::new(component.clone(), &env, 0);
        let budget = Budget { faults: 1_000, ..BUDGET };
        let report = run(&mut machine, &settings(profile, budget), &creation, &mut || true);
        let rules: Vec<Rule> = report.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, [Rule::Recovers], "{fault}: {:?}", report.findings);
        let finding = &report.findings[0];
        assert!(finding.replay.ops.len() <= 1 && !finding.stack.is_empty(), "{fault}: {finding}");
    }
}

#[test]
fn what_was_found_in_store_redb_is_replayed_and_cured() {
    let engine = engine();
    for (fault, _) in FOUND {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/findings");
        let text = std::fs::read_to_string(folder.join(format!("{fault}.json"))).unwrap();
        let mut stored: serde_json::Value = serde_json::from_str(&text).unwrap();
        let replay: Replay = serde_json::from_value(stored["replay"].take()).unwrap();
        let env = [("WIRT_FAULT".to_owned(), fault.to_owned())];
        let mut wrong = Sandboxed::new(loaded(&engine, "redb"), &env, 0);
        let again = replay.run(&mut wrong);
        assert!(matches!(again, Ok(Replayed::Wrong(Rule::Recovers, ..))), "{fault}: {again:?}");
        let mut cured = Sandboxed::new(loaded(&engine, "store-redb"), &[], 0);
        let now = replay.run(&mut cured);
        assert!(!matches!(now, Ok(Replayed::Wrong(..))), "{fault}: {now:?}");
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
    // Who made the call that failed, by the plugin's own names.
    let by = said.stdout.lines().find(|line| line.trim_start().starts_with("by:"));
    assert!(by.is_some() && said.stdout.contains("::commit"), "{said}");
    let again = home.wirt("replay").arg(file).ends(1);
    assert!(again.stdout.contains("FAIL "), "{again}");

    home.write("memory.wasm", wirt_bundled::plugin("store-memory").unwrap().bytes);
    let said = home.wirt("conform").args(["memory.wasm", "--level", "deep"]).ends(3);
    assert!(said.stdout.contains("not applicable"), "{said}");
    home.write("no.json", "{}");
    home.wirt("replay").arg("no.json").ends(2).one_error("error: ", &["no.json", "make it again"]);
}
