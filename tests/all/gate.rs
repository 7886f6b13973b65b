//! The gate before every command: who is refused, who is let in all the same, what is remembered,
//! and one store in the place of another.

use std::collections::BTreeSet;
use std::path::PathBuf;

use wirt_conformance::{Outcome, Report};

use crate::wirt::Home;

const FAULTY: &str = "progress-after-final";

/// A `wirt.toml` that binds everything to this component, with more lines for its store.
fn binding(home: &Home, plugin: &str, more: &str) -> PathBuf {
    home.write("bound.toml", format!("[store.main]\nplugin = '{plugin}'\n{more}\n"))
}

fn faulty(home: &Home) -> PathBuf {
    home.write("faulty.wasm", wirt_bundled::faulty(FAULTY).unwrap().bytes);
    binding(home, "faulty.wasm", "")
}

/// File names in the folder of verdicts.
fn verdicts(home: &Home) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(home.verdicts()) else { return BTreeSet::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_faulty_plugin_is_refused_with_case_and_rule() {
    let home = Home::new();
    let config = faulty(&home);
    let said = home.wirt("tasks").config(&config).ends(2);
    home.wirt("conform")
        .args(["faulty.wasm", "--level", "load", "--report", "json=r.json"])
        .ends(1);
    let report: Report =
        serde_json::from_slice(&std::fs::read(home.path("r.json")).unwrap()).unwrap();
    let named = |case: &&wirt_conformance::CaseResult| {
        said.stderr.contains(&format!("case {} breaks the rule {}:", case.id, case.rule))
    };
    let case = report.cases.iter().find(named).unwrap_or_else(|| panic!("names no case: {said}"));
    assert_eq!(case.outcome, Outcome::Fail);
    let evidence = case.evidence.as_ref().unwrap();
    said.one_error(
        "error: ",
        &["faulty.wasm is not let in", &evidence.expected, &evidence.found, "admit_despite"],
    );
    let long = home.wirt("tasks").config(&config).arg("--verbose").ends(2);
    let last = evidence.history.last().unwrap();
    assert!(long.stderr.contains(last.as_str()), "the history ends with `{last}`: {long}");
}

#[test]
fn a_refused_plugin_is_given_nothing_to_work_on() {
    let home = Home::new();
    let config = faulty(&home);
    home.write("notes/a.md", "# A\n\nWords.\n");
    home.wirt("sync").arg("notes").config(&config).ends(2);
    assert!(!home.state().join("stores").exists(), "a refused plugin got its folder");
}

#[test]
fn an_override_is_explicit_and_said_at_every_start() {
    let home = Home::new();
    home.write("faulty.wasm", wirt_bundled::faulty(FAULTY).unwrap().bytes);
    let config = binding(&home, "faulty.wasm", "admit_despite = 'we wait for its next release'");
    for _ in 0..2 {
        home.wirt("tasks").config(&config).ends(0).one_error(
            "warning: ",
            &["faulty.wasm is not let in", "breaks the rule", "we wait for its next release"],
        );
    }
}

#[test]
fn every_role_is_gated() {
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    for (role, name) in [("tokenizer", "offset-inside-character"), ("embedder", "wrong-dimension")]
    {
        home.write("text.wasm", wirt_bundled::faulty(name).unwrap().bytes);
        let config = home.write("text.toml", format!("[{role}]\nplugin = 'text.wasm'\n"));
        home.wirt("sync")
            .arg("notes")
            .config(&config)
            .ends(2)
            .one_error("error: ", &["text.wasm is not let in", role]);
        home.wirt("config").arg("check").config(&config).ends(2);
    }
}

#[test]
fn a_plugin_without_the_contract_is_not_bound_to_it() {
    let home = Home::new();
    let config = binding(&home, "bundled:tokenizer-unicode", "");
    home.wirt("tasks")
        .config(&config)
        .ends(2)
        .one_error("error: ", &["tokenizer-unicode", "tasks", "bind a plugin that exports it"]);
}

#[test]
fn a_verdict_is_kept_for_one_component() {
    let home = Home::with_own_cache();
    home.write("store.wasm", wirt_bundled::plugin("store-memory").unwrap().bytes);
    let config = binding(&home, "store.wasm", "");
    home.wirt("tasks").config(&config).ends(0);
    let first = verdicts(&home);
    assert_eq!(first.len(), 1, "{first:?}");
    home.wirt("tasks").config(&config).ends(0);
    assert_eq!(verdicts(&home), first);

    // The same code under another digest: a custom section is added.
    let mut changed = wirt_bundled::plugin("store-memory").unwrap().bytes.to_vec();
    changed.extend(b"\x00\x03\x01x!");
    home.write("store.wasm", changed);
    home.wirt("tasks").config(&config).ends(0);
    assert_eq!(verdicts(&home).len(), 2);

    // Anything here may be deleted.
    std::fs::remove_dir_all(home.verdicts()).unwrap();
    home.wirt("tasks").config(&config).ends(0);
    assert_eq!(verdicts(&home).len(), 1);
}

#[test]
fn a_kept_verdict_stands_for_the_suite() {
    let home = Home::with_own_cache();
    home.write("store.wasm", wirt_bundled::plugin("store-memory").unwrap().bytes);
    home.wirt("tasks").config(&binding(&home, "store.wasm", "")).ends(0);
    let name = verdicts(&home).pop_first().unwrap();
    let (_, rest) = name.split_once('-').unwrap();

    // A refusal is kept nowhere: whoever is refused wants to see why.
    let config = faulty(&home);
    home.wirt("tasks").config(&config).ends(2);
    assert_eq!(verdicts(&home), BTreeSet::from([name.clone()]));

    // A verdict under the faulty one's digest shows that, where there is one, no case is put.
    let digest = wirt_contract::json::sha256_hex(wirt_bundled::faulty(FAULTY).unwrap().bytes);
    std::fs::write(home.verdicts().join(format!("{digest}-{rest}")), "").unwrap();
    home.wirt("tasks").config(&config).ends(0);

    // One of another engine or suite does not count.
    std::fs::remove_dir_all(home.verdicts()).unwrap();
    std::fs::create_dir_all(home.verdicts()).unwrap();
    std::fs::write(home.verdicts().join(format!("{digest}-{rest}0")), "").unwrap();
    home.wirt("tasks").config(&config).ends(2);
}

#[test]
fn one_store_takes_the_place_of_another() {
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    let bind = |store: &str| {
        let text = format!(
            "[store.one]\nplugin = 'bundled:store-redb'\n\
             [store.two]\nplugin = 'bundled:store-redb'\ngrants.folder = 'second'\n\
             [bind]\ntasks = '{store}'\nattachments = 'one'\n"
        );
        home.write("bound.toml", text)
    };
    let tasks =
        || home.wirt("tasks").arg("--json").config(&home.path("bound.toml")).ends(0).json_lines();
    bind("one");
    home.wirt("sync").arg("notes").config(&home.path("bound.toml")).ends(0);
    let first = tasks();
    assert_eq!(first.len(), 1);
    bind("two");
    assert!(tasks().is_empty(), "the second store has the first one's tasks");
    home.wirt("sync").arg("notes").config(&home.path("bound.toml")).ends(0);
    let second = tasks();
    assert_eq!(second.len(), 1);
    assert_ne!(first, second);
    bind("one");
    assert_eq!(tasks(), first, "nothing of the first store is lost");
    assert!(home.path("second").is_dir() && home.state().join("stores/one").is_dir());
    home.wirt("config").arg("check").config(&home.path("bound.toml")).ends(0);
}

#[test]
fn a_wirt_toml_in_the_working_folder_is_found() {
    let home = Home::new();
    home.write("wirt.toml", "[store.main]\nplugin = 'bundled:store-memory'\n");
    let said = home.wirt("config").arg("check").ends(0);
    assert!(said.stdout.contains("bundled:store-memory"), "{said}");
    let said = home.wirt("conform").args(["--level", "load"]).ends(0);
    assert!(said.stdout.contains("store-memory: conformant"), "{said}");
    assert!(!said.stdout.contains("store-redb"), "{said}");
}
