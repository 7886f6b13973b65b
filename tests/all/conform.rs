//! `wirt conform`: what ships is conformant, what is wrong on purpose is not, and reports say so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use wirt_conformance::{Level, Report, Verdict, cases};

use crate::wirt::Home;

/// What `guests/faulty/expected.toml` says of a guest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    case: String,
    outcome: String,
}

fn expected() -> BTreeMap<String, Expected> {
    let file = faulty_folder().join("expected.toml");
    toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn faulty_folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/faulty")
}

/// The guests that no case of the suite has to find: those that are wrong only where their
/// environment asks for it, each with a table of its own (`wirt_faulty_ledger::defects`, and the
/// crash harness's).
const FOUND_ELSEWHERE: [&str; 3] = ["ledger", "log", "redb"];

/// A home with this faulty plugin in a file.
fn with_faulty(name: &str) -> (Home, String) {
    let home = Home::new();
    let file = format!("{name}.wasm");
    home.write(&file, wirt_bundled::faulty(name).unwrap().bytes);
    (home, file)
}

fn report(home: &Home, file: &str) -> Report {
    serde_json::from_slice(&std::fs::read(home.path(file)).unwrap()).unwrap()
}

#[test]
fn every_bundled_plugin_is_let_in() {
    let home = Home::new();
    let said = home
        .wirt("conform")
        .args(["--bundled", "--level", "load", "--report", "json=all.json"])
        .ends(0);
    let reports: Vec<Report> =
        serde_json::from_slice(&std::fs::read(home.path("all.json")).unwrap()).unwrap();
    let names: Vec<&str> = reports.iter().map(|report| report.component.name.as_str()).collect();
    let bundled: Vec<&str> = wirt_bundled::PLUGINS.iter().map(|plugin| plugin.name).collect();
    assert_eq!(names, bundled);
    for report in &reports {
        let name = &report.component.name;
        assert!(said.stdout.contains(&format!("{name}: conformant")), "{said}");
        let core = cases::all().filter(|case| {
            case.level == Level::Core
                && report.component.interfaces.contains(&case.area.qualified())
        });
        let taken: Vec<&str> = report.cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(taken, core.map(|case| case.id).collect::<Vec<_>>(), "{name}");
    }
}

/// Every case on every bundled plugin; of the durable store, whose cases are put three times over
/// and sync each time, only the areas that take seconds.
#[test]
fn bundled_plugins_are_conformant_in_full() {
    for plugin in wirt_bundled::PLUGINS {
        let home = Home::new();
        home.write("p.wasm", plugin.bytes);
        let is_durable = plugin.name == "store-redb";
        let areas = if is_durable { &["--case", "{store,batching}/*"][..] } else { &[] };
        home.wirt("conform").arg("p.wasm").args(areas).args(["--report", "json=r.json"]).ends(0);
        let report = report(&home, "r.json");
        assert_eq!(report.verdict, Verdict::Conformant);
        let reopened = report.cases.iter().filter(|case| case.variations.len() == 3).count();
        assert_eq!(reopened > 0, is_durable, "{}", plugin.name);
        assert!(report.cases.iter().any(|case| case.level == Level::Extended), "{}", plugin.name);
    }
}

/// The manifest that an operator turns off says so, and keeps the rest of the contract.
#[test]
fn a_store_without_a_manifest_is_conformant_too() {
    let home = Home::new();
    home.write("p.wasm", wirt_bundled::plugin("store-memory").unwrap().bytes);
    home.wirt("conform")
        .args(["p.wasm", "--env", "WIRT_ATTACHMENT_MANIFEST=none"])
        .args(["--case", "{sessions,work-queue,attachment-manifest,transfer}/*"])
        .args(["--level", "load", "--report", "json=r.json"])
        .ends(0);
    let report = report(&home, "r.json");
    let outcome = |id: &str| report.cases.iter().find(|case| case.id == id).unwrap().outcome;
    let seed = "attachment-manifest/noop-attachment-manifest-is-explicit-and-empty";
    assert_eq!(outcome(seed).to_string(), "pass");
}

/// Plugins that none of the cases asked for fits do not make the whole inconclusive.
#[test]
fn cases_of_one_area_judge_the_plugins_that_have_it() {
    let home = Home::new();
    let conform =
        |glob: &str| home.wirt("conform").args(["--bundled", "--level", "load", "--case", glob]);
    conform("tokenizer/*").ends(0);
    conform("nothing/*").ends(3);
}

#[test]
fn every_faulty_guest_is_listed_and_every_listed_one_is_there() {
    let listed: BTreeSet<String> = expected().into_keys().collect();
    let folders: BTreeSet<String> = std::fs::read_dir(faulty_folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            std::fs::read_to_string(entry.path().join("Cargo.toml"))
                .is_ok_and(|manifest| manifest.contains("cdylib"))
        })
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let built: BTreeSet<String> =
        wirt_bundled::FAULTY.iter().map(|plugin| plugin.name.to_owned()).collect();
    assert_eq!(built, folders);
    let always_wrong: BTreeSet<String> =
        built.into_iter().filter(|name| !FOUND_ELSEWHERE.contains(&name.as_str())).collect();
    assert_eq!(listed, always_wrong);
}

#[test]
fn every_faulty_guest_fails_the_case_named_for_it() {
    for (name, expected) in expected() {
        let (home, file) = with_faulty(&name);
        let said = home
            .wirt("conform")
            .arg(&file)
            .args(["--level", "standard", "--case", &expected.case, "--report", "json=r.json"])
            .ends(1);
        let report = report(&home, "r.json");
        assert_eq!(report.cases.len(), 1, "{name}: {said}");
        let case = &report.cases[0];
        assert_eq!(case.id, expected.case, "{name}");
        assert_eq!(case.outcome.to_string(), expected.outcome, "{name}: {said}");
        let evidence = case.evidence.as_ref().unwrap();
        for shown in [&case.id, &case.rule, &evidence.expected, &evidence.found] {
            assert!(said.stdout.contains(shown.as_str()), "{name} shows `{shown}`: {said}");
        }
        for call in &evidence.history {
            assert!(said.stdout.contains(call.as_str()), "{name} shows `{call}`: {said}");
        }
    }
}

/// One build, and every defect there is for the areas of a session: asked for by its case's id, it
/// fails that case; not asked for, it is right.
#[test]
fn every_defect_on_request_fails_its_case_in_the_sandbox() {
    let (home, file) = with_faulty("ledger");
    let mut passed = Vec::new();
    let mut asked = 0;
    for case in wirt_faulty_ledger::defects::all().flat_map(|defect| defect.cases) {
        let fault = format!("WIRT_FAULT={case}");
        let run = home.wirt("conform").arg(&file).args(["--case", case, "--env", &fault]);
        if run.run().code != Some(1) {
            passed.push(case);
        }
        asked += 1;
    }
    assert!(passed.is_empty(), "{} of {asked} do not fail: {passed:?}", passed.len());
    assert!(asked > 200, "{asked} defects");
    home.wirt("conform").arg(&file).args(["--level", "load"]).ends(0);
}

#[test]
fn a_faulty_guest_is_not_conformant_at_load() {
    let core = |id: &str| cases::all().any(|case| case.id == id && case.level == Level::Core);
    let mut looked_at = 0;
    for (name, expected) in expected().into_iter().filter(|(_, expected)| core(&expected.case)) {
        let (home, file) = with_faulty(&name);
        home.wirt("conform")
            .arg(&file)
            .args(["--level", "load", "--report", "json=r.json"])
            .ends(1);
        let report = report(&home, "r.json");
        let case = report.cases.iter().find(|case| case.id == expected.case).unwrap();
        assert_eq!(case.outcome.to_string(), expected.outcome, "{name}: {}", case.id);
        looked_at += 1;
    }
    assert!(looked_at > 0, "no faulty guest has a core case");
}

#[test]
fn a_seed_fixes_the_report() {
    let (home, file) = with_faulty("sequence-gap");
    let run = |seed: &str, report: &str| {
        home.wirt("conform")
            .arg(&file)
            .args(["--level", "load", "--seed", seed])
            .args(["--report", &format!("json={report}.json")])
            .args(["--report", &format!("junit={report}.xml")])
            .ends(1);
        let read = |form: &str| std::fs::read(home.path(&format!("{report}.{form}"))).unwrap();
        (read("json"), read("xml"))
    };
    let first = run("7", "first");
    assert!(first == run("7", "second"), "two runs of one seed differ");
    assert!(first != run("8", "other"), "the seed changes nothing");
}

#[test]
fn a_report_says_who_spoke_about_whom() {
    let (home, file) = with_faulty("progress-after-final");
    home.wirt("conform")
        .arg(&file)
        .args(["--level", "load", "--seed", "3", "--report", "json=r.json"])
        .ends(1);
    let text = std::fs::read_to_string(home.path("r.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let bytes = wirt_bundled::faulty("progress-after-final").unwrap().bytes;
    assert_eq!(json["suite"]["name"], "wirt-conformance");
    assert_eq!(json["suite"]["edition"], wirt_conformance::EDITION);
    assert_eq!(json["suite"]["digest"], cases::digest());
    assert_eq!(json["component"]["name"], file);
    assert_eq!(json["component"]["sha256"], wirt_contract::json::sha256_hex(bytes));
    assert_eq!(json["settings"]["level"], "load");
    assert_eq!(json["settings"]["seed"], 3);
    assert_eq!(json["verdict"], "not-conformant");
    let report: Report = serde_json::from_str(&text).unwrap();
    let counts = &report.counts;
    let counted =
        counts.pass + counts.skip + counts.not_run + counts.fail + counts.fault + counts.error;
    assert_eq!(counted, report.cases.len());
    assert!(counts.fail > 0);
}

#[test]
fn junit_names_the_failing_case() {
    let expected = expected();
    for name in ["wrong-dimension", "traps"] {
        let (home, file) = with_faulty(name);
        let wanted = &expected[name];
        home.wirt("conform")
            .arg(&file)
            .args(["--case", &wanted.case, "--report", "junit=r.xml"])
            .ends(1);
        let text = std::fs::read_to_string(home.path("r.xml")).unwrap();
        let junit = quick_junit::Report::deserialize_from_str(&text).unwrap();
        assert_eq!(junit.test_suites.len(), 1);
        let cases = &junit.test_suites[0].test_cases;
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0].name.as_str(), wanted.case);
        let quick_junit::TestCaseStatus::NonSuccess { ty, message, .. } = &cases[0].status else {
            panic!("{name} is a success in {text}");
        };
        assert_eq!(ty.as_ref().unwrap().as_str(), wanted.outcome);
        assert!(message.as_ref().unwrap().as_str().contains("expected"));
    }
}

#[test]
fn a_glob_that_no_case_fits_is_inconclusive() {
    let home = Home::new();
    let said = home.wirt("conform").args(["--bundled", "--case", "nothing/like-this"]).ends(3);
    assert!(said.stdout.contains("inconclusive"), "{said}");
    // No case of this area applies to it, though the area has cases.
    let (home, file) = with_faulty("wrong-dimension");
    home.wirt("conform").arg(&file).args(["--case", "tasks/*"]).ends(3);
}

#[test]
fn the_worst_verdict_decides() {
    let (home, file) = with_faulty("wrong-dimension");
    let said = home.wirt("conform").arg(&file).args(["--bundled", "--level", "load"]).ends(1);
    assert!(said.stdout.contains("store-redb: conformant"), "{said}");
    assert!(said.stdout.contains("wrong-dimension.wasm: not conformant"), "{said}");
}

#[test]
fn wrong_usage_is_told_from_a_verdict() {
    let home = Home::new();
    home.wirt("conform").ends(2).one_error("error: ", &["nothing to test", "--bundled"]);
    home.wirt("conform")
        .arg("absent.wasm")
        .ends(2)
        .one_error("error: ", &["absent.wasm", "check the path"]);
    home.wirt("conform").args(["--bundled", "--case", "["]).ends(2).one_error("error: ", &["`[`"]);
    home.wirt("conform")
        .args(["--bundled", "--case", "tokenizer/pure", "--report", "json=no/such/r.json"])
        .ends(2)
        .one_error("error: ", &["no/such/r.json", "name another file"]);
    for usage in [&["--unknown"][..], &["--report", "yaml=x"], &["--level", "deeper"]] {
        let said = home.wirt("conform").arg("--bundled").args(usage).ends(2);
        assert!(
            said.stderr.starts_with("error: ") && said.stderr.contains(usage[usage.len() - 1]),
            "{said}"
        );
    }
}
