//! `wirt backup` and `wirt restore`, over the bundled durable store: what comes back is what was
//! there, a file that is not whole changes nothing, and a restore that was killed is seen.

use std::path::{Path, PathBuf};
use std::process::Child;

use serde_json::Value;
use wirt_contract::EpochMs;
use wirt_contract::json::sha256_hex;
use wirt_contract::tasks::{Ending, Event, EventKind, Status, Task};
use wirt_contract::transfer::{Data, Row};
use wirt_runtime::backup::Writer;

use crate::wirt::{Home, Said, Wirt, number};

/// It ended with an error, in one line that holds all of these words.
#[track_caller]
fn refused(said: &Said, words: &[&str]) {
    assert_eq!(said.code, Some(2), "{said}");
    said.one_error("error: ", words);
}

/// A home whose default store holds the tasks of two syncs.
fn synced() -> Home {
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    home.wirt("sync").arg("notes").ends(0);
    home.write("notes/b.md", "# Ü\n\nMore words.\n");
    home.wirt("sync").arg("notes").ends(0);
    home
}

fn backup(home: &Home, store: &str, file: &str) -> Wirt {
    home.wirt("backup").args([store, file])
}

fn restore(home: &Home, file: &str, store: &str) -> Wirt {
    home.wirt("restore").args([file, store])
}

/// A file's bytes, whole.
fn bytes(home: &Home, file: &str) -> Vec<u8> {
    std::fs::read(home.path(file)).unwrap()
}

/// Every task of a state folder, with its tape.
fn tasks(home: &Home, state: &str) -> Vec<Value> {
    let tasks = |args: &[&str]| {
        home.wirt("tasks").args(args).args(["--json", "--state", state]).ends(0).json_lines()
    };
    let rows = tasks(&[]);
    rows.iter().flat_map(|row| tasks(&[row["task_id"].as_str().unwrap()])).collect()
}

/// What is in the working folder.
fn names(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.path("")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_was_backed_up_comes_back() {
    let home = synced();
    let said = backup(&home, "main", "one").arg("--json").ends(0).json();
    let file = bytes(&home, "one");
    let lines = file.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(number(&said, "rows"), u64::try_from(lines).unwrap() - 2, "{said}");
    assert_eq!(number(&said, "bytes"), u64::try_from(file.len()).unwrap(), "{said}");
    assert_eq!(said["sha256"], sha256_hex(&file));
    assert_eq!((&said["store"], &said["file"]), (&"main".into(), &"one".into()));

    let told = restore(&home, "one", "main").args(["--json", "--state", "other"]).ends(0).json();
    assert_eq!(told["sha256"], said["sha256"]);
    assert_eq!(told["rows"], said["rows"]);
    // Before a `wirt tasks`, which repairs what a process before left open: there is nothing.
    backup(&home, "main", "two").args(["--state", "other"]).ends(0);
    assert_eq!(bytes(&home, "two"), file);
    let before = tasks(&home, home.state().to_str().unwrap());
    assert_eq!(tasks(&home, "other"), before);
    assert!(before.len() >= 2 * 4, "two tasks and their tapes: {before:?}");
    // The restored store goes on.
    home.write("notes/c.md", "# C\n\nEven more words.\n");
    home.wirt("sync").args(["notes", "--state", "other"]).ends(0);
    assert!(tasks(&home, "other").len() > before.len());
}

#[test]
fn backups_of_one_store_are_equal() {
    let home = synced();
    let said = backup(&home, "main", "one").ends(0);
    assert!(
        said.stdout.starts_with("main: ") && said.stdout.contains(" in one; sha256 "),
        "{said}"
    );
    assert!(said.stderr.is_empty(), "{said}");
    backup(&home, "main", "two").ends(0);
    assert_eq!(bytes(&home, "one"), bytes(&home, "two"));
    let piped = backup(&home, "main", "-").ends(0);
    assert_eq!(piped.stdout.as_bytes(), bytes(&home, "one"));
    piped.one_error("main: ", &["rows", "sha256"]);
}

#[test]
fn one_store_is_restored_into_another() {
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    let config = |bound: &str| {
        format!(
            "[store.main]\nplugin = 'bundled:store-redb'\ngrants.folder = 'data/main'\n\
             [store.copy]\nplugin = 'bundled:store-redb'\ngrants.folder = 'data/copy'\n\
             [bind]\ntasks = '{bound}'\nattachments = '{bound}'\n"
        )
    };
    home.write("wirt.toml", config("main"));
    home.wirt("sync").arg("notes").ends(0);
    let before = home.wirt("tasks").arg("--json").ends(0).stdout;
    backup(&home, "main", "one").ends(0);
    let said = restore(&home, "one", "copy").ends(0);
    assert!(said.stdout.starts_with("copy: ") && said.stdout.contains("the same sha256"), "{said}");
    backup(&home, "copy", "two").ends(0);
    assert_eq!(bytes(&home, "one"), bytes(&home, "two"));
    home.write("wirt.toml", config("copy"));
    std::fs::remove_dir_all(home.path("data/main")).unwrap();
    assert_eq!(home.wirt("tasks").arg("--json").ends(0).stdout, before);
}

#[test]
fn a_store_that_holds_something_is_not_restored_into() {
    let home = synced();
    backup(&home, "main", "one").ends(0);
    home.write("notes/c.md", "# C\n\nWords.\n");
    home.wirt("sync").arg("notes").ends(0);
    backup(&home, "main", "two").ends(0);
    let folder = home.state().join("stores/main");
    let said = restore(&home, "one", "main").run();
    refused(&said, &["`main`", folder.to_str().unwrap(), "not empty", "bind it to a new folder"]);
    backup(&home, "main", "three").ends(0);
    assert_eq!(bytes(&home, "three"), bytes(&home, "two"));
}

#[test]
fn a_file_that_is_no_whole_backup_changes_nothing() {
    let home = synced();
    backup(&home, "main", "whole").ends(0);
    let whole = bytes(&home, "whole");
    let last = whole.len() - whole.rsplit(|byte| *byte == b'\n').nth(1).unwrap().len() - 1;
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let newer =
        String::from_utf8(whole.clone()).unwrap().replacen("wirt-backup 1", "wirt-backup 2", 1);
    let another = "take another copy";
    let files: [(&str, Vec<u8>, [&str; 2]); 9] = [
        ("empty", Vec::new(), ["is empty", another]),
        ("head", whole[..9].to_vec(), ["cut short", another]),
        ("half", whole[..whole.len() / 2].to_vec(), ["cut short", another]),
        ("endless", whole[..last].to_vec(), ["cut short", another]),
        ("shorter", whole[..whole.len() - 1].to_vec(), ["cut short", another]),
        ("flipped", flipped, ["damaged", another]),
        ("twice", [whole.clone(), whole].concat(), ["goes on after its end", another]),
        ("newer", newer.into_bytes(), ["version 2, expected at most 1", "newer one"]),
        ("notes.txt", b"# A\n".to_vec(), ["no backup: it begins with", "name a file"]),
    ];
    for (name, bytes, words) in files {
        home.write(name, bytes);
        let said = restore(&home, name, "main").args(["--state", "other"]).run();
        refused(&said, &[name, words[0], words[1]]);
    }
    let said = restore(&home, "absent", "main").args(["--state", "other"]).run();
    refused(&said, &["absent", "check the path"]);
    for name in ["notes", "-"] {
        let said = restore(&home, name, "main").args(["--state", "other"]).run();
        refused(&said, &[name, if name == "-" { "check the path" } else { "name a file" }]);
    }
    assert!(!home.path("other").exists(), "a store was touched");
}

#[test]
fn a_file_that_is_there_is_not_replaced_unasked() {
    let home = synced();
    home.write("taken", "mine");
    home.write("folder/x", "");
    let before = names(&home);
    refused(&backup(&home, "main", "taken").run(), &["taken is there already", "--force"]);
    refused(&backup(&home, "main", "folder").run(), &["folder is not a file", "name another"]);
    let said = backup(&home, "main", "folder").arg("--force").run();
    refused(&said, &["folder is not a file", "name another"]);
    refused(&backup(&home, "main", "absent/x").run(), &["absent/x cannot be written", "check"]);
    assert_eq!(bytes(&home, "taken"), b"mine");
    assert_eq!(names(&home), before, "a draft was left");
    backup(&home, "main", "taken").arg("--force").ends(0);
    backup(&home, "main", "fresh").ends(0);
    assert_eq!(bytes(&home, "taken"), bytes(&home, "fresh"));
    assert_eq!(names(&home).len(), before.len() + 1, "a draft was left");
}

#[test]
fn what_is_no_store_to_back_up_is_named() {
    let home = synced();
    refused(&backup(&home, "mian", "x").run(), &["no store `mian`", "has main", "name one"]);
    refused(&restore(&home, "x", "mian").run(), &["no store `mian`", "has main", "name one"]);
    let said = backup(&home, "main", "x").args(["--state", "other"]).run();
    refused(&said, &["`main`", "other", "nothing to back up", "--state"]);
    backup(&home, "main", "one").ends(0);
    let config = home.write(
        "wirt.toml",
        "[store.main]\nplugin = 'bundled:store-redb'\n\
         [store.short]\nplugin = 'bundled:store-memory'\ngrants.folder = 'short'\n\
         [store.words]\nplugin = 'bundled:embedder-hash'\ngrants.folder = 'words'\n",
    );
    home.write("short/x", "");
    home.write("words/x", "");
    for (store, words) in [
        ("short", ["`short` is inline", "expected a durable one"]),
        ("words", ["exports embedder", "is to serve as transfer"]),
    ] {
        refused(&backup(&home, store, "x").config(&config).run(), &words);
        refused(&restore(&home, "one", store).config(&config).run(), &words);
    }
    assert!(!home.path("x").exists());
}

#[test]
fn a_store_that_is_in_use_is_left_alone() {
    let home = synced();
    backup(&home, "main", "one").ends(0);
    let held = wirt_engine::Folder::hold(&home.state().join("stores/main")).unwrap();
    for said in [backup(&home, "main", "two").run(), restore(&home, "one", "main").run()] {
        refused(&said, &["stores/main", "held by", "stop that process"]);
    }
    assert!(!home.path("two").exists());
    drop(held);
    backup(&home, "main", "two").ends(0);
}

/// Tasks of the backup that takes a while to restore. Each has a row and two events.
const TASKS: u64 = 6_000;

/// A backup of many tasks that are done.
fn many(home: &Home) {
    let mut writer = Writer::begin(Vec::new()).unwrap();
    let mut row = |data| writer.row(&Row { store: "wirt".into(), data }).unwrap();
    let id = |number: u64| format!("t{number:06}").into();
    let at = EpochMs(1_767_225_600_000);
    let status = Status::Ended(Ending::Succeeded);
    for number in 0..TASKS {
        row(Data::Task(Task {
            task_id: id(number),
            op: "test".into(),
            status,
            params_digest: String::new(),
            created_at: at,
            started_at: Some(at),
            finished_at: Some(at),
            outcome: Some("{}".into()),
            failure: None,
        }));
    }
    for number in 0..TASKS {
        let kinds = [EventKind::TaskStarted, EventKind::Final(Ending::Succeeded)];
        for (seq, kind) in (1..).zip(kinds) {
            let event = Event { seq, kind, at, payload: "{}".into() };
            row(Data::Event { task_id: id(number), event });
        }
    }
    home.write("many", writer.end().unwrap().1);
}

/// Waits until the file was seen to change so many times, or the process is over.
fn watch(child: &mut Child, file: &Path, changes: usize) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let look = || {
        let found = std::fs::metadata(file).ok()?;
        Some((found.len(), found.blocks(), found.mtime(), found.mtime_nsec()))
    };
    let (mut last, mut changed) = (look(), 0);
    while changed < changes {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let now = look();
        if now != last {
            (last, changed) = (now, changed + 1);
        }
    }
    child.try_wait().unwrap().is_none()
}

#[test]
fn a_restore_that_was_killed_is_seen_and_begun_again() {
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    many(&home);
    let mut interrupted = 0;
    for changes in [2, 3, 5, 8, 13, 21] {
        let state = format!("s{changes}");
        let folder: PathBuf = home.path(&state).join("stores/main");
        let mut child = restore(&home, "many", "main").args(["--state", &state]).spawn();
        watch(&mut child, &folder.join("wirt.redb"), changes);
        child.kill().unwrap();
        child.wait().unwrap();
        let said = home.wirt("tasks").args(["--json", "--state", &state]).run();
        if said.code == Some(0) {
            // It had not begun, or it was over.
            let rows = u64::try_from(said.json_lines().len()).unwrap();
            assert!(rows == 0 || rows == TASKS, "{rows} rows are no backup");
            continue;
        }
        interrupted += 1;
        let words = ["`main`", folder.to_str().unwrap(), "not finished", "delete that folder"];
        refused(&said, &words);
        for command in [
            home.wirt("sync").arg("notes"),
            backup(&home, "main", "none"),
            restore(&home, "many", "main"),
        ] {
            refused(&command.args(["--state", &state]).run(), &words);
        }
        assert!(!home.path("none").exists());
        std::fs::remove_dir_all(&folder).unwrap();
        restore(&home, "many", "main").args(["--state", &state]).ends(0);
        let file = format!("again{changes}");
        backup(&home, "main", &file).args(["--state", &state]).ends(0);
        assert_eq!(bytes(&home, &file), bytes(&home, "many"));
    }
    assert!(interrupted >= 1, "no restore was killed in the middle; all had ended before");
}
