//! Processes are killed with SIGKILL; what is left is whole, and the next start repairs it.

use std::io::{BufRead as _, BufReader};
use std::process::Child;

use serde_json::Value;

use crate::wirt::{Home, number};

/// Kills a process (on Unix by SIGKILL) and gathers it.
fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Runs the five-step task until it says this, and kills it. Gives the task.
fn killed_at(home: &Home, line: &str) -> String {
    let mut child = home.wirt("demo-task").arg("--state").arg(home.path("s")).spawn();
    let mut task = None;
    for said in BufReader::new(child.stdout.take().unwrap()).lines() {
        let said = said.unwrap();
        if let Some(id) = said.strip_prefix("task ") {
            task = Some(id.to_owned());
        }
        if said.starts_with(line) {
            kill(child);
            return task.unwrap();
        }
    }
    panic!("the task ended before it said `{line}`: {:?}", child.wait_with_output());
}

/// A task's row and its tape.
fn tape(home: &Home, task: &str) -> (Value, Vec<Value>) {
    let said = home.wirt("tasks").args([task, "--json"]).arg("--state").arg(home.path("s")).ends(0);
    let mut lines = said.json_lines();
    let row = lines.remove(0);
    (row, lines)
}

/// Exactly one final, as the last event, that says what the row says; gives how it ended.
fn ending(row: &Value, events: &[Value]) -> String {
    let numbers: Vec<u64> = events.iter().map(|event| number(event, "seq")).collect();
    assert_eq!(numbers, (1..).take(events.len()).collect::<Vec<u64>>(), "{events:?}");
    let finals: Vec<usize> =
        (0..events.len()).filter(|at| events[*at]["kind"].get("final").is_some()).collect();
    assert_eq!(finals, [events.len() - 1], "one final, last: {events:?}");
    let ending = events[events.len() - 1]["kind"]["final"].as_str().unwrap();
    assert_eq!(row["status"]["ended"], ending, "{row}");
    ending.to_owned()
}

#[test]
fn a_killed_task_ends_in_exactly_one_final() {
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    let mut killed = Vec::new();
    for (line, steps) in [("task ", 0), ("step 1", 1), ("step 2", 2), ("step 3", 3), ("step 3", 3)]
    {
        let task = killed_at(&home, line);
        killed.push((task, steps));
        // Its start repairs what the killed one left.
        home.wirt("sync").arg("notes").arg("--state").arg(home.path("s")).ends(0);
        // Those of earlier rounds stay as they were closed.
        for (task, steps) in &killed {
            let (row, events) = tape(&home, task);
            assert_eq!(row["task_id"], **task);
            assert_eq!(ending(&row, &events), "failed");
            assert_eq!(events[0]["kind"], "task-started");
            let progress = events.iter().filter(|event| event["kind"] == "progress").count();
            assert!(progress >= *steps, "what was said is on the tape: {events:?}");
            assert_eq!(events.len(), progress + 2);
        }
    }
}

#[test]
fn a_killed_task_is_closed_by_one_repair_only() {
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    let task = killed_at(&home, "step 3");
    let sync = || home.wirt("sync").arg("notes").arg("--state").arg(home.path("s")).ends(0);
    sync();
    let first = tape(&home, &task);
    sync();
    assert_eq!(tape(&home, &task), first);
}

/// Files, and the sections below each one's title.
const FILES: u64 = 24;
const SECTIONS: u64 = 500;

/// Many entries: indexing them takes several write transactions.
fn write_many(home: &Home, round: usize) {
    for file in 0..FILES {
        let mut text = format!("# File {file}\n");
        for section in 0..SECTIONS {
            text.push_str(&format!(
                "\n## Section {section}\n\nround {round} says word{section} again\n"
            ));
        }
        home.write(&format!("notes/n{file:02}.md"), text);
    }
}

/// What can be seen from outside of how far a sync is, in bytes and files.
fn seen(home: &Home) -> (usize, u64) {
    let mut folders = vec![home.path("s")];
    let mut seen = (0, 0);
    while let Some(folder) = folders.pop() {
        // It may be gone by now.
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let Ok(metadata) = entry.metadata() else { continue };
            seen.0 += 1;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                use std::os::unix::fs::MetadataExt as _;
                seen.1 += metadata.blocks();
            }
        }
    }
    seen
}

#[test]
fn a_killed_sync_loses_nothing() {
    let home = Home::new();
    let sync = || home.wirt("sync").args(["notes", "--json", "--state"]).arg(home.path("s"));
    write_many(&home, 0);
    let mut killed = 0;
    // Killed after it was seen to move so many times.
    for (round, moves) in [1, 2, 3, 4, 6, 8].into_iter().enumerate() {
        write_many(&home, round);
        let mut child = sync().spawn();
        let (mut last, mut moved) = (seen(&home), 0);
        while moved < moves && child.try_wait().unwrap().is_none() {
            let now = seen(&home);
            if now != last {
                (last, moved) = (now, moved + 1);
            }
        }
        killed += usize::from(child.try_wait().unwrap().is_none());
        kill(child);
        let report = sync().ends(0).json();
        assert_eq!(number(&report, "entries"), FILES * (1 + SECTIONS), "{report}");
        let verdict =
            home.wirt("verify").args(["notes", "--json", "--state"]).arg(home.path("s")).ends(0);
        assert_eq!(verdict.json()["differences"], Value::Array(Vec::new()));
    }
    assert!(killed >= 1, "no sync was killed in the middle; all had ended before");
    let rows = home.wirt("tasks").args(["--json", "--state"]).arg(home.path("s")).ends(0);
    let mut endings = Vec::new();
    for row in rows.json_lines() {
        let (row, events) = tape(&home, row["task_id"].as_str().unwrap());
        endings.push(ending(&row, &events));
    }
    assert!(endings.iter().filter(|ending| *ending == "succeeded").count() >= 6, "{endings:?}");
}
