//! Markdown in, entries and hits out, through the binary.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde_json::{Value, json};

use crate::wirt::{Home, number};

/// A fact's file of one user and day, with these facts.
pub(crate) fn facts(user: &str, day: &str, facts: &[&str]) -> String {
    let mut text = format!(
        "---\nid: atomic_fact_log_{user}_{day}\ntype: atomic_fact_daily\nschema_version: 1\n\
         user_id: {user}\ndate: '{day}'\n---\n"
    );
    for (number, fact) in (1..).zip(facts) {
        let id = format!("af_{}_{number:08}", day.replace('-', ""));
        text.push_str(&format!(
            "<!-- entry:{id} -->\n## {id}\n\n**owner_id**: {user}\n**session_id**: s_1\n\
             **timestamp**: {day}T08:11:00+00:00\n\n### Fact\n{fact}\n<!-- /entry:{id} -->\n"
        ));
    }
    text
}

pub(crate) fn facts_path(user: &str, day: &str) -> String {
    format!("mem/app/project/users/{user}/.atomic_facts/atomic_fact-{day}.md")
}

/// A memory of two users.
fn two_users() -> Home {
    let home = Home::new();
    let mira = ["Mira plays the cello on Thursdays.", "The staging database runs on port 6543."];
    home.write(&facts_path("u_mira", "2026-05-18"), facts("u_mira", "2026-05-18", &mira));
    let noor = ["Noor sold her cello in March."];
    home.write(&facts_path("u_noor", "2026-05-19"), facts("u_noor", "2026-05-19", &noor));
    home.wirt("sync").arg("mem").ends(0);
    home
}

/// Three notes, four sections.
fn notes() -> Home {
    let home = Home::new();
    home.write(
        "mem/boats.md",
        "# Boats\n\nA ketch has two masts.\n\n## Dinghies\n\nOars move them.\n",
    );
    home.write("mem/deep/birds.md", "# Birds\n\nThe heron stands in the reeds.\n");
    home.write("mem/tea.md", "# Tea\n\nGreen leaves, hot water.\n");
    home
}

fn sync(home: &Home) -> Value {
    home.wirt("sync").args(["mem", "--json"]).ends(0).json()
}

fn verify(home: &Home) {
    let said = home.wirt("verify").arg("mem").ends(0);
    assert!(said.stdout.contains("the index equals a rebuild"), "{said}");
}

/// Some counts of a sync's report.
fn counts<const N: usize>(report: &Value, keys: [&str; N]) -> [u64; N] {
    keys.map(|key| number(report, key))
}

/// Paths and lines of the hits of a search.
fn places(home: &Home, args: &[&str]) -> Vec<(String, u64)> {
    let hits = home.wirt("search").arg("mem").args(args).arg("--json").ends(0).json_lines();
    hits.iter().map(|hit| (hit["path"].as_str().unwrap().to_owned(), number(hit, "line"))).collect()
}

fn place(path: &str, line: u64) -> (String, u64) {
    (path.to_owned(), line)
}

#[test]
fn a_second_sync_embeds_nothing() {
    let home = notes();
    let keys = ["files", "new", "changed", "unchanged", "deleted", "entries", "embedded"];
    assert_eq!(counts(&sync(&home), keys), [3, 3, 0, 0, 0, 4, 4]);
    verify(&home);
    let second = sync(&home);
    assert_eq!(counts(&second, keys), [3, 0, 0, 3, 0, 4, 0]);
    assert_eq!(second["entries_written"], 0);
    assert_eq!(second["rebuilt"], Value::Null);
    verify(&home);
}

#[test]
fn an_edit_a_rename_and_a_removal_are_followed() {
    let home = notes();
    sync(&home);
    let keys = ["new", "changed", "unchanged", "deleted", "embedded", "entries"];
    // One section of two is new.
    home.write("mem/boats.md", "# Boats\n\nA ketch has two masts.\n\n## Dinghies\n\nSails too.\n");
    assert_eq!(counts(&sync(&home), keys), [0, 1, 2, 0, 1, 4]);
    verify(&home);
    assert_eq!(places(&home, &["oars", "--mode", "keyword"]), []);
    assert_eq!(places(&home, &["sails", "--mode", "keyword"]), [place("boats.md", 5)]);

    std::fs::rename(home.path("mem/tea.md"), home.path("mem/deep/tea.md")).unwrap();
    let report = sync(&home);
    assert_eq!(counts(&report, ["new", "deleted", "unchanged", "entries"]), [1, 1, 2, 4]);
    verify(&home);
    assert_eq!(places(&home, &["leaves", "--mode", "keyword"]), [place("deep/tea.md", 1)]);

    std::fs::remove_file(home.path("mem/deep/birds.md")).unwrap();
    assert_eq!(counts(&sync(&home), keys), [0, 0, 2, 1, 0, 3]);
    verify(&home);
    assert_eq!(places(&home, &["heron", "--mode", "keyword"]), []);
}

#[test]
fn a_sync_is_a_task_on_the_tape() {
    let home = notes();
    let said = home.wirt("sync").arg("mem").ends(0);
    let task = said.stdout.trim().rsplit_once("task ").unwrap().1.to_owned();
    let rows = home.wirt("tasks").arg("--json").ends(0).json_lines();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["task_id"], *task);
    assert_eq!(rows[0]["op"], "memory.sync");
    assert_eq!(rows[0]["status"], json!({"ended": "succeeded"}));
    let lines = home.wirt("tasks").args([&task, "--json"]).ends(0).json_lines();
    assert_eq!(lines[1]["kind"], "task-started");
    assert_eq!(lines[lines.len() - 1]["kind"], json!({"final": "succeeded"}));
    let shown = home.wirt("tasks").arg(&task).ends(0);
    assert!(shown.stdout.contains("final(succeeded)"), "{shown}");
}

#[test]
fn words_find_their_entry() {
    let home = two_users();
    let mira = facts_path("u_mira", "2026-05-18");
    let mira = mira.strip_prefix("mem/").unwrap();
    let hits = places(&home, &["staging port", "--mode", "keyword"]);
    assert_eq!(hits, [place(mira, 18)]);
    for mode in ["hybrid", "vector"] {
        let hits = places(&home, &["The staging database runs on port 6543.", "--mode", mode]);
        assert_eq!(hits[0], place(mira, 18), "{mode}");
    }
    // By default both: the words first, and by meaning the rest.
    let hits = places(&home, &["staging port"]);
    assert_eq!(hits, places(&home, &["staging port", "--mode", "hybrid"]));
    assert_eq!(hits[0], place(mira, 18));
    assert_eq!(places(&home, &["cello", "--mode", "keyword"]).len(), 2);
    assert_eq!(places(&home, &["cello", "-k", "1"]).len(), 1);
    let said = home.wirt("search").args(["mem", "staging port", "--mode", "keyword"]).ends(0);
    assert!(said.stdout.contains(&format!("{mira}:18 ")), "{said}");
    assert!(said.stdout.contains("The staging database runs on port 6543."), "{said}");
}

#[test]
fn an_owner_sees_its_own_entries() {
    let home = two_users();
    for mode in ["keyword", "vector", "hybrid"] {
        for owner in ["u_mira", "u_noor"] {
            let args = ["mem", "cello", "--mode", mode, "--owner", owner, "--json"];
            let hits = home.wirt("search").args(args).ends(0).json_lines();
            assert!(!hits.is_empty(), "{mode} {owner}");
            assert!(hits.iter().all(|hit| hit["owner_id"] == owner), "{mode} {owner}: {hits:?}");
        }
        let said =
            home.wirt("search").args(["mem", "cello", "--mode", mode, "--owner", "nobody"]).ends(0);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", "nothing found\n"));
    }
}

#[test]
fn queries_on_standard_input_are_answered_line_by_line() {
    let home = two_users();
    let lines = [
        r#"{"query": "cello", "mode": "keyword"}"#,
        "this is no JSON",
        r#"{"query": "cello", "mode": "keyword", "owner": "u_noor"}"#,
        r#"{"query": "?!"}"#,
        r#"{"query": "cello", "limit": 3}"#,
        "",
        r#"{"query": "cello", "k": 1}"#,
        r#"{"query": "cello", "k": 0}"#,
    ];
    let said = home.wirt("search").args(["mem", "--stdin"]).stdin(lines.join("\n")).ends(0);
    let answers = said.json_lines();
    let shape: Vec<_> = answers.iter().map(|it| it["hits"].as_array().map(Vec::len)).collect();
    assert_eq!(shape, [Some(2), None, Some(1), None, None, Some(1), None], "{said}");
    let error = |at: usize| answers[at]["error"].as_str().unwrap();
    assert!(error(1).contains("the line is no query"), "{said}");
    assert!(error(3).contains("has no words"), "{said}");
    assert!(error(4).contains("limit"), "{said}");
    assert!(error(6).contains("0 hits asked for"), "{said}");
    let single = home.wirt("search").args(["mem", "cello", "--mode", "keyword", "--json"]).ends(0);
    assert_eq!(answers[0]["hits"].as_array().unwrap(), &single.json_lines());
}

#[test]
fn the_arguments_are_the_defaults_of_standard_input() {
    let home = two_users();
    for owner in ["u_mira", "u_noor"] {
        let args = ["mem", "--stdin", "--owner", owner, "-k", "1", "--mode", "keyword"];
        let said = home.wirt("search").args(args).stdin(r#"{"query": "cello"}"#).ends(0);
        let hits = said.json()["hits"].as_array().unwrap().clone();
        assert!(matches!(&hits[..], [hit] if hit["owner_id"] == owner), "{said}");
    }
}

#[test]
fn an_entry_has_exactly_these_keys() {
    let keys = [
        "path",
        "entry_id",
        "kind",
        "app_id",
        "project_id",
        "owner_type",
        "owner_id",
        "session_id",
        "timestamp",
        "parent_type",
        "parent_id",
        "sender_ids",
        "details",
        "title",
        "headings",
        "tags",
        "aliases",
        "links",
        "content_sha256",
        "line",
    ];
    let home = two_users();
    home.write("mem/note.md", "# Note\n\nWords.\n");
    home.wirt("sync").args(["mem", "--notes", "*.md"]).ends(0);
    let entries = home.wirt("entries").args(["mem", "--json"]).ends(0).json_lines();
    assert_eq!(entries.len(), 4);
    for entry in &entries {
        let found: BTreeSet<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found, BTreeSet::from(keys));
    }
    let mut fact = entries[1].clone();
    let digest = fact["content_sha256"].take();
    assert_eq!(digest.as_str().unwrap().len(), 64);
    let path = facts_path("u_mira", "2026-05-18");
    assert_eq!(
        fact,
        json!({
            "path": path.strip_prefix("mem/").unwrap(),
            "entry_id": "af_20260518_00000002",
            "kind": "atomic_fact",
            "app_id": "app",
            "project_id": "project",
            "owner_type": "user",
            "owner_id": "u_mira",
            "session_id": "s_1",
            "timestamp": 1_779_091_860_000_u64,
            "parent_type": null,
            "parent_id": null,
            "sender_ids": [],
            "details": "plain",
            "title": "",
            "headings": [],
            "tags": [],
            "aliases": [],
            "links": [],
            "content_sha256": null,
            "line": 18,
        })
    );
    let note = entries.iter().find(|entry| entry["kind"] == "note").unwrap();
    assert_eq!(note["path"], "note.md");
    assert_eq!(note["owner_id"], Value::Null);
    let shown = home.wirt("entries").arg("mem").ends(0);
    assert_eq!(shown.stdout.lines().count(), 4, "{shown}");
    assert!(shown.stdout.contains("note.md:1 "), "{shown}");
}

#[test]
fn status_says_how_far_the_index_is() {
    let home = notes();
    let status = |code: i32| home.wirt("status").args(["mem", "--json"]).ends(code).json();
    let before = status(0);
    assert_eq!(counts(&before, ["done", "entries"]), [0, 0]);
    let kinds = |status: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let pending = status["pending"].as_array().unwrap();
        pending.iter().map(|it| (text(&it["path"]), text(&it["kind"]))).collect()
    };
    let pending = |path: &str, kind: &str| (path.to_owned(), kind.to_owned());
    assert_eq!(kinds(&before).len(), 3);
    sync(&home);
    let after = status(0);
    assert_eq!(counts(&after, ["done", "entries"]), [3, 4]);
    assert_eq!(kinds(&after), []);
    home.write("mem/new.md", "# New\n\nWords.\n");
    home.write("mem/tea.md", "# Tea\n\nBlack leaves.\n");
    std::fs::remove_file(home.path("mem/boats.md")).unwrap();
    let stale = status(0);
    assert_eq!(
        kinds(&stale),
        [pending("boats.md", "deleted"), pending("new.md", "new"), pending("tea.md", "changed")]
    );
    let shown = home.wirt("status").arg("mem").ends(0);
    assert!(shown.stdout.starts_with("3 pending, 1 done, 0 failed; 4 entries"), "{shown}");
    assert!(shown.stdout.contains("pending  tea.md (changed)"), "{shown}");
}

#[test]
fn verify_tells_a_stale_index() {
    let home = notes();
    sync(&home);
    home.write("mem/new.md", "# New\n\nWords.\n");
    home.write("mem/tea.md", "# Tea\n\nBlack leaves.\n");
    std::fs::remove_file(home.path("mem/boats.md")).unwrap();
    let verdict = home.wirt("verify").args(["mem", "--json"]).ends(1).json();
    let paths: BTreeSet<&str> = verdict["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|difference| difference["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, BTreeSet::from(["boats.md", "new.md", "tea.md"]));
    let shown = home.wirt("verify").arg("mem").ends(1);
    assert!(shown.stdout.contains("`wirt sync` follows the files"), "{shown}");
    sync(&home);
    verify(&home);
}

#[test]
fn globs_are_remembered_for_their_root() {
    let home = two_users();
    home.write("mem/note.md", "# Note\n\nWords.\n");
    home.write("mem/other.txt", "Plain words.\n");
    let files = |args: &[&str]| {
        let report = home.wirt("sync").arg("mem").args(args).arg("--json").ends(0).json();
        number(&report, "files")
    };
    assert_eq!(files(&[]), 2);
    assert_eq!(files(&["--notes", "*.md", "--notes", "*.txt"]), 4);
    assert_eq!(files(&[]), 4, "the globs of the last sync that named some");
    verify(&home);
    assert_eq!(files(&["--notes", "*.md"]), 3);
    assert_eq!(files(&[]), 3);
    // Another root has globs of its own.
    home.write("second/note.txt", "Words.\n");
    home.wirt("sync").arg("second").ends(1);
    // A glob that does not parse is not remembered.
    home.wirt("sync").args(["mem", "--notes", "["]).ends(2).one_error("error: ", &["`[`"]);
    assert_eq!(files(&[]), 3);
}

#[test]
fn notes_leave_out_what_gitignore_names() {
    let home = notes();
    home.write("mem/.gitignore", "/deep\nsecret*.md\n");
    home.write("mem/secret-plan.md", "# Plan\n\nHide it.\n");
    home.write("mem/.hidden/x.md", "# Hidden\n\nWords.\n");
    assert_eq!(number(&sync(&home), "files"), 2);
    assert_eq!(places(&home, &["heron hide hidden", "--mode", "keyword"]), []);
    home.write("mem/.gitignore", "");
    assert_eq!(number(&sync(&home), "files"), 4);
    verify(&home);
}

#[test]
fn one_state_folder_serves_two_roots() {
    let home = notes();
    home.write("second/owl.md", "# Owl\n\nIt hears the mouse.\n");
    let state = home.path("elsewhere");
    for root in ["mem", "second"] {
        home.wirt("sync").arg(root).arg("--state").arg(&state).ends(0);
    }
    let entries = |root: &str| {
        home.wirt("entries").arg(root).arg("--state").arg(&state).ends(0).stdout.lines().count()
    };
    assert_eq!((entries("mem"), entries("second")), (4, 1));
    assert!(!home.state().exists(), "--state DIR is not the only state");
    // A path to the same folder by another way is the same root.
    assert_eq!(entries("second/../mem"), 4);
}

#[test]
fn another_plugin_means_a_rebuild() {
    let home = notes();
    sync(&home);
    let mut bytes = wirt_bundled::plugin("tokenizer-unicode").unwrap().bytes.to_vec();
    bytes.extend(b"\x00\x03\x01x!");
    home.write("other.wasm", bytes);
    let config = home.write("other.toml", "[tokenizer]\nplugin = 'other.wasm'\n");
    let search = || home.wirt("search").args(["mem", "heron"]).config(&config);
    search().ends(2).one_error("error: ", &["tokenizer", "sync to rebuild it"]);
    let report = home.wirt("sync").args(["mem", "--json"]).config(&config).ends(0).json();
    assert!(report["rebuilt"].as_str().unwrap().contains("tokenizer"), "{report}");
    assert_eq!(counts(&report, ["new", "embedded"]), [3, 4]);
    search().ends(0);
    home.wirt("verify").arg("mem").config(&config).ends(0);
}

#[test]
fn state_may_be_deleted_and_comes_back() {
    let home = notes();
    sync(&home);
    let entries = || home.wirt("entries").args(["mem", "--json"]).ends(0).stdout;
    let before = entries();
    std::fs::remove_dir_all(home.state().join("roots")).unwrap();
    sync(&home);
    assert_eq!(entries(), before);
}

#[test]
fn a_pipe_gets_no_escape_codes() {
    let home = two_users();
    home.write("mem/broken.md", b"\xff");
    let runs = [
        home.wirt("sync").args(["mem", "--notes", "*.md"]).run(),
        home.wirt("search").args(["mem", "cello"]).run(),
        home.wirt("search").args(["mem", "cello"]).env("NO_COLOR", "1").run(),
        home.wirt("status").arg("mem").run(),
        home.wirt("entries").arg("mem").run(),
        home.wirt("tasks").run(),
        home.wirt("conform").args(["--bundled", "--level", "load"]).run(),
        home.wirt("search").arg("absent").run(),
        home.wirt("--help").run(),
    ];
    for said in runs {
        let text = said.stdout.clone() + &said.stderr;
        assert!(!text.is_empty() && !text.contains('\x1b'), "{said}");
    }
}

#[test]
fn a_closed_pipe_ends_the_command_quietly() {
    let home = Home::new();
    // More than a pipe holds.
    let text: String = (0..3_000).map(|n| format!("## Section {n}\n\nwords {n}\n\n")).collect();
    home.write("mem/long.md", text);
    home.wirt("sync").arg("mem").ends(0);
    for args in [&["entries", "mem", "--json"][..], &["entries", "mem"]] {
        let mut child = home.wirt(args[0]).args(&args[1..]).spawn();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        assert!(first.contains("long.md"), "{first}");
        drop(output);
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr, "", "after {args:?}");
        assert_eq!(child.wait().unwrap().code(), Some(0), "after {args:?}");
    }
}

#[test]
fn facts_of_the_demo_are_read_whole() {
    let home = Home::new();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/memory");
    let report = home.wirt("sync").arg(demo).arg("--json").ends(0).json();
    assert_eq!(counts(&report, ["files", "entries"]), [3, 10]);
    assert_eq!(report["failed"], json!([]));
}
