//! The cascade by hand: suggestions and steps, with nothing that waits.

mod beside;
mod convergence;
mod emptied;
mod skills;
mod watching;

use std::fs;

use wirt_contract::EpochMs;

use super::{Cascade, Outcome, Settled, Step};
use crate::{
    Memory, Mode, SyncError,
    queue::{MAX_ATTEMPTS, Queue},
    testing::{LATER, Trial},
};

const LOG: &str = "a/p/users/u/.atomic_facts/atomic_fact-2026-05-18.md";

fn log(facts: &[&str]) -> String {
    let mut text = "---\nuser_id: u\n---\n".to_owned();
    for (number, fact) in facts.iter().enumerate() {
        let id = format!("af_20260518_{number:08}");
        text.push_str(&format!(
            "<!-- entry:{id} -->\n**timestamp**: 2026-05-18T07:04:26+00:00\n### \
             Fact\n{fact}\n<!-- /entry:{id} -->\n"
        ));
    }
    text
}

/// Everything that happens until nothing is left to do, without a scan.
fn steps(cascade: &mut Cascade<'_, '_, '_>, now: EpochMs) -> Vec<(String, Outcome)> {
    let mut all = Vec::new();
    while let Step::Worked(settled) = cascade.step(now).unwrap() {
        all.extend(settled.into_iter().map(|Settled { path, outcome }| (path, outcome)));
    }
    all.sort_by(|left, right| left.0.cmp(&right.0));
    all
}

fn quiet(cascade: &mut Cascade<'_, '_, '_>) -> Vec<(String, Outcome)> {
    let mut all = Vec::new();
    cascade.run_to_quiet(LATER, &mut |settled| all.push((settled.path, settled.outcome))).unwrap();
    all.sort_by(|left, right| left.0.cmp(&right.0));
    all
}

fn suggest(cascade: &mut Cascade<'_, '_, '_>, paths: &[&str]) -> Vec<(String, Outcome)> {
    cascade.suggest(paths.iter().copied(), LATER).unwrap();
    steps(cascade, LATER)
}

fn told(path: &str, outcome: Outcome) -> (String, Outcome) {
    (path.to_owned(), outcome)
}

#[test]
fn a_suggestion_alone_makes_the_index_follow() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let (at, moved) = (trial.at("a.md"), trial.at("b.md"));
    trial.cascade(|cascade| {
        assert_eq!(suggest(cascade, &["a.md"]), [told("a.md", Outcome::New)]);
        assert_eq!(suggest(cascade, &["a.md"]), [told("a.md", Outcome::Unchanged)]);
        fs::write(&at, "viola").unwrap();
        assert_eq!(suggest(cascade, &["a.md"]), [told("a.md", Outcome::Changed)]);
        fs::rename(&at, &moved).unwrap();
        let outcomes = suggest(cascade, &["a.md", "b.md"]);
        assert_eq!(outcomes, [told("a.md", Outcome::Deleted), told("b.md", Outcome::New)]);
        let none: [(String, Outcome); 0] = [];
        assert_eq!(suggest(cascade, &["c.txt", "../b.md", "/b.md", ".x/b.md~"]), none);
        assert_eq!(suggest(cascade, &["c.md"]), [told("c.md", Outcome::Absent)]);
    });
    assert_eq!(trial.paths("viola"), ["b.md".to_owned()].into());
    assert!(trial.verify().is_equal());
}

#[test]
fn folders_moved_in_and_out_are_looked_through() {
    let mut trial = Trial::new();
    trial.write("in/deep/a.md", "cello");
    trial.write("in/b.md", "viola");
    trial.write("in/x.txt", "viola");
    trial.write("index.md", "piano");
    let (from, to) = (trial.at("in"), trial.at("out"));
    trial.cascade(|cascade| {
        let outcomes = suggest(cascade, &["in"]);
        assert_eq!(outcomes, [told("in/b.md", Outcome::New), told("in/deep/a.md", Outcome::New)]);
        suggest(cascade, &["index.md"]);
        fs::rename(&from, &to).unwrap();
        let outcomes = suggest(cascade, &["in", "out"]);
        let expected = [
            told("in/b.md", Outcome::Deleted),
            told("in/deep/a.md", Outcome::Deleted),
            told("out/b.md", Outcome::New),
            told("out/deep/a.md", Outcome::New),
        ];
        assert_eq!(outcomes, expected);
    });
    assert!(trial.verify().is_equal());
}

#[test]
fn a_file_that_is_refused_fails_alone_and_is_not_asked_about_again() {
    let mut trial = Trial::new();
    for number in 0..9 {
        trial.write(&format!("{number}.md"), format!("common {number}"));
    }
    trial.write("5.md", "poison");
    trial.embedder.refuses = Some("poison");
    let at = trial.at("5.md");
    let outcomes = trial.cascade(|cascade| {
        let outcomes = quiet(cascade);
        assert_eq!(outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::New).count(), 8);
        outcomes
    });
    let (path, Outcome::Failed { error, retry_at: None }) = &outcomes[5] else {
        panic!("{outcomes:?}")
    };
    assert_eq!((path.as_str(), error.contains("no such words")), ("5.md", true), "{error}");
    let calls = trial.embedder.calls;
    trial.cascade(|cascade| {
        assert!(
            matches!(quiet(cascade)[..], [(_, Outcome::Failed { .. })]),
            "a new one tries once"
        );
        assert!(matches!(suggest(cascade, &["5.md"])[..], [(_, Outcome::Failed { .. })]));
        let scanned = cascade.scan(LATER).unwrap();
        assert_eq!(scanned.suggested, 0, "a scan does not suggest what is broken as it was");
        fs::write(&at, "remedy").unwrap();
        assert_eq!(cascade.scan(LATER).unwrap().suggested, 1);
        assert_eq!(steps(cascade, LATER), [told("5.md", Outcome::New)]);
    });
    assert_eq!(trial.embedder.calls, calls + 2);
    assert!(trial.verify().is_equal());
}

#[test]
fn what_may_pass_is_tried_again_later_and_then_no_more() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    trial.write("b.md", "piano");
    trial.embedder.fails_on = Some("cello");
    let (mut now, mut tries) = (LATER, 0);
    trial.cascade(|cascade| {
        cascade.scan(now).unwrap();
        loop {
            let outcomes = steps(cascade, now);
            let (_, Outcome::Failed { retry_at, .. }) = &outcomes[0] else {
                panic!("{outcomes:?}")
            };
            assert_eq!(outcomes.len(), if tries == 0 { 2 } else { 1 }, "others are not held up");
            tries += 1;
            cascade.scan(now).unwrap();
            assert_eq!(steps(cascade, now), [], "nothing before its time");
            let Some(at) = *retry_at else { break };
            assert_eq!(cascade.step(now).unwrap(), Step::Idle { next_due: Some(at) });
            now = at;
        }
        assert_eq!(cascade.step(now).unwrap(), Step::Idle { next_due: None });
        assert_eq!(tries, MAX_ATTEMPTS);
        assert!(matches!(suggest(cascade, &["a.md"])[..], [(_, Outcome::Failed { .. })]));
    });
    let status = trial.status();
    assert_eq!((status.queue.waiting, status.failed.len()), (1, 1));
    trial.embedder.fails_on = None;
    assert!(trial.sync().failed.is_empty());
    assert_eq!(trial.status().queue.waiting, 0);
    assert_eq!(trial.paths("cello"), ["a.md".to_owned()].into());
}

#[test]
fn many_small_files_are_asked_about_together() {
    let mut trial = Trial::new();
    for number in 0..64 {
        trial.write(&format!("{number}.md"), format!("common {number}"));
    }
    assert_eq!(trial.sync().embedded, 64);
    assert_eq!(trial.embedder.calls, 4, "sixteen texts fit a call");
}

#[test]
fn a_long_file_lets_others_pass_and_is_indexed_whole() {
    let mut trial = Trial::new();
    let long: String = (0..700).map(|number| format!("# h{number}\nlong{number}\n")).collect();
    trial.write("a-long.md", &long);
    trial.write("b-long.md", &long);
    trial.write("c.md", "small");
    let (small, at) = (trial.at("c.md"), trial.at("a-long.md"));
    trial.cascade(|cascade| {
        cascade.scan(LATER).unwrap();
        let worked = |cascade: &mut Cascade<'_, '_, '_>| match cascade.step(LATER).unwrap() {
            Step::Worked(settled) => settled.into_iter().map(|settled| settled.path).collect(),
            Step::Idle { .. } => vec!["idle".to_owned()],
        };
        assert_eq!(worked(cascade), ["c.md"]);
        fs::write(&small, "other").unwrap();
        fs::write(&at, long.replace("long7\n", "changed\n")).unwrap();
        cascade.suggest(["a-long.md", "c.md"], LATER).unwrap();
        assert_eq!(worked(cascade), ["c.md"]);
        let mut rest = Vec::new();
        loop {
            let step = worked(cascade);
            if step == ["idle"] {
                break;
            }
            rest.extend(step);
        }
        assert_eq!(rest, ["a-long.md", "a-long.md", "b-long.md"], "the second time for its change");
    });
    assert_eq!(trial.search("changed", Mode::Keyword).len(), 1);
    assert_eq!(trial.embedder.embedded, 700 + 700 + 1 + 1 + 1);
    assert!(trial.verify().is_equal());
}

#[test]
fn a_file_of_many_bytes_waits_for_its_turn() {
    let mut trial = Trial::new();
    trial.write("a-long.md", "word ".repeat(300_000));
    trial.write("b.md", "small");
    trial.cascade(|cascade| {
        cascade.scan(LATER).unwrap();
        let Step::Worked(first) = cascade.step(LATER).unwrap() else { panic!() };
        assert_eq!(first.len(), 1);
        assert_eq!(first[0].path, "b.md");
        assert_eq!(steps(cascade, LATER), [told("a-long.md", Outcome::New)]);
    });
}

#[test]
fn notes_come_and_go_with_the_first_and_the_last_log() {
    let mut trial = Trial::new();
    trial.write("note.md", "cello");
    let at = trial.at(LOG);
    trial.cascade(|cascade| {
        quiet(cascade);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(&at, log(&["piano"])).unwrap();
        assert_eq!(suggest(cascade, &[LOG]), [told(LOG, Outcome::New)]);
        assert!(cascade.is_scan_due());
        assert_eq!(quiet(cascade), [told("note.md", Outcome::Deleted)]);
        fs::remove_file(&at).unwrap();
        assert_eq!(suggest(cascade, &[LOG]), [told(LOG, Outcome::Deleted)]);
        assert_eq!(quiet(cascade), [told("note.md", Outcome::New)]);
    });
    assert!(trial.verify().is_equal());
}

#[test]
fn gitignore_asks_for_a_scan() {
    let mut trial = Trial::new();
    trial.write("out/note.md", "cello");
    let at = trial.at(".gitignore");
    trial.cascade(|cascade| {
        quiet(cascade);
        fs::write(&at, "out\n").unwrap();
        suggest(cascade, &[".gitignore"]);
        assert_eq!(quiet(cascade), [told("out/note.md", Outcome::Deleted)]);
        assert_eq!(suggest(cascade, &["out/note.md"]), [told("out/note.md", Outcome::Absent)]);
    });
}

#[test]
fn a_root_that_goes_away_deletes_nothing_and_is_followed_again() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let (root, away) = (trial.root.path().to_owned(), trial.root.path().with_extension("gone"));
    trial.cascade(|cascade| {
        quiet(cascade);
        fs::rename(&root, &away).unwrap();
        let error = cascade.scan(LATER).unwrap_err();
        assert!(matches!(error, SyncError::Root { .. }), "{error}");
        cascade.suggest(["a.md"], LATER).unwrap();
        let error = cascade.step(LATER).unwrap_err();
        assert!(matches!(error, SyncError::Root { .. }), "{error}");
        fs::rename(&away, &root).unwrap();
        assert_eq!(steps(cascade, LATER), [told("a.md", Outcome::Unchanged)]);
        fs::write(root.join("new.md"), "viola").unwrap();
        cascade.suggest(["new.md"], LATER).unwrap();
        fs::rename(&root, &away).unwrap();
        assert!(cascade.step(LATER).is_err(), "that it is absent is not known");
        fs::rename(&away, &root).unwrap();
        assert_eq!(steps(cascade, LATER), [told("new.md", Outcome::New)]);
    });
    assert_eq!(trial.paths("cello"), ["a.md".to_owned()].into());
}

#[test]
fn a_queue_that_is_lost_or_damaged_costs_a_scan() {
    for damage in ["", "this is no database at all, however long one looks at it, is it"] {
        let mut trial = Trial::new();
        trial.write("a.md", "cello");
        let file = trial.state.path().join("queue.db");
        trial.cascade(|cascade| {
            quiet(cascade);
            cascade.suggest(["a.md", "b.md"], LATER).unwrap();
        });
        trial.write("a.md", "viola");
        fs::write(&file, damage).unwrap();
        drop(fs::remove_file(file.with_extension("db-wal")));
        trial.cascade(|cascade| {
            assert_eq!(quiet(cascade), [told("a.md", Outcome::Changed)]);
        });
        assert!(trial.verify().is_equal());
    }
}

#[test]
fn a_queue_damaged_under_way_is_made_anew() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let file = trial.state.path().join("queue.db");
    trial.cascade(|cascade| {
        cascade.suggest(["a.md"], LATER).unwrap();
        let other = rusqlite::Connection::open(&file).unwrap();
        other.execute_batch("DROP TABLE queue").unwrap();
        drop(other);
        assert_eq!(cascade.step(LATER).unwrap(), Step::Worked(vec![]));
        assert!(cascade.is_scan_due());
        assert_eq!(quiet(cascade), [told("a.md", Outcome::New)]);
    });
}

#[test]
fn the_state_folder_inside_the_root_is_no_memory() {
    let root = crate::testing::folder();
    let state = root.path().join("state");
    let memory = Memory::open(root.path(), &state, &["**/*".to_owned()]).unwrap();
    fs::write(root.path().join("a.md"), "cello").unwrap();
    fs::write(state.join("b.md"), "viola").unwrap();
    fs::write(root.path().join("state.md"), "piano").unwrap();
    let mut embedder = crate::testing::Buckets::default();
    let mut plugins = crate::Plugins {
        tokenizer: &mut crate::testing::Words,
        tokenizer_digest: "t1",
        embedder: &mut embedder,
        embedder_digest: "e1",
    };
    let report = memory.sync(&mut plugins, LATER, &mut |_| ()).unwrap();
    assert_eq!((report.files, report.new), (2, 2), "{report:?}");
    let mut cascade = memory.cascade(&mut plugins).unwrap();
    assert_eq!(suggest(&mut cascade, &["state/b.md", "state"]), []);
    drop(cascade);
    assert!(memory.verify(&mut plugins, LATER).unwrap().is_equal());
    assert!(memory.status(LATER).unwrap().pending.is_empty());
}

#[test]
fn whoever_writes_keeps_others_out_and_is_named() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    trial.sync();
    let state = trial.state.path().to_owned();
    trial.with(|memory, plugins| {
        let turn = memory.lock().unwrap();
        let error = memory.cascade(plugins).err().unwrap().to_string();
        assert!(error.contains(&format!("by process {}; wait", std::process::id())), "{error}");
        drop(turn);
        let mut cascade = memory.cascade(plugins).unwrap();
        cascade.suggest(["a.md", "b.md"], LATER).unwrap();
        let status = memory.status(LATER).unwrap();
        assert_eq!((status.queue.pending, status.done), (2, 1));
        assert!(status.index_bytes > 0 && status.queue.max_seq >= 2);
        assert!(memory.entries().unwrap().count() == 1, "readers are not kept out");
    });
    assert_eq!(Queue::lag(&state, LATER).pending, 2);
}

#[test]
fn a_rebuild_begins_from_nothing() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    trial.write("b.md", "piano");
    trial.sync();
    trial.write("b.md", b"\xff");
    trial.sync();
    assert_eq!(trial.paths("piano"), ["b.md".to_owned()].into());
    let report = trial.with(|memory, plugins| memory.rebuild(plugins, LATER, &mut |_| ())).unwrap();
    assert_eq!((report.new, report.failed.len(), report.entries), (1, 1, 1));
    assert!(report.rebuilt.is_some());
    assert_eq!(trial.paths("piano"), [].into());
    assert!(trial.verify().is_equal());
}

#[cfg(unix)]
#[test]
fn names_that_are_odd_are_errors_or_as_good_as_others() {
    use std::os::unix::ffi::OsStrExt as _;
    let mut trial = Trial::new();
    trial.write("two\nlines.md", "cello");
    let odd = trial.root.path().join(std::ffi::OsStr::from_bytes(b"odd\xff.md"));
    fs::write(&odd, "viola").unwrap();
    let outcomes = trial.cascade(|cascade| {
        let outcomes = quiet(cascade);
        assert_eq!(cascade.scan(LATER).unwrap().suggested, 0);
        outcomes
    });
    assert!(matches!(&outcomes[0], (_, Outcome::Failed { error, .. }) if error.contains("UTF-8")));
    assert_eq!(outcomes[1], told("two\nlines.md", Outcome::New));
    assert_eq!(trial.status().failed.len(), 1);
    fs::remove_file(odd).unwrap();
    assert!(trial.sync().failed.is_empty());
    assert!(trial.verify().is_equal());
}
