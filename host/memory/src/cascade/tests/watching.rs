//! A watch over a real folder. Nothing sleeps: each change is made when the watch tells that the
//! one before is settled.

use std::{cell::RefCell, collections::VecDeque, fs, time::Duration};

use super::LOG;
use crate::{
    Outcome, Settled, Stop, SyncError, WatchEvent, Watching,
    cascade::upkeep::Upkeep,
    testing::{LATER, Trial},
};

const EVERY_MS: u64 = 60_000;

/// What a test does, and the outcomes it then waits for.
type Act<'t> = (Box<dyn FnMut() + 't>, Vec<(&'static str, Outcome)>);

/// Watches until every act has had its outcomes; hands out everything that was told.
fn watch(trial: &mut Trial, watching: Watching, acts: Vec<Act<'_>>) -> Vec<WatchEvent> {
    let stop = Stop::new();
    let (mut acts, mut waited, mut events) = (VecDeque::from(acts), Vec::new(), Vec::new());
    let clock = || LATER;
    trial
        .with(|memory, plugins| {
            memory.watch(plugins, watching, &stop, &clock, &mut |event| {
                events.push(event.clone());
                match event {
                    WatchEvent::Settled(Settled { path, outcome }) => {
                        waited.retain(|(at, expected)| *at != path || *expected != outcome);
                    }
                    WatchEvent::Quiet if waited.is_empty() => match acts.pop_front() {
                        Some((mut act, outcomes)) => {
                            act();
                            waited = outcomes;
                        }
                        None => stop.stop(),
                    },
                    // Else it would wait for what never comes.
                    WatchEvent::Blind { why } => panic!("{why}"),
                    _ => {}
                }
            })
        })
        .unwrap();
    events
}

/// The clock of these tests stands still, so nothing is found by a scan after the first.
const ONLY_LISTENS: Watching = Watching { scan_every: Duration::from_secs(30), listens: true };

#[test]
fn each_change_is_followed_as_it_is_made() {
    let mut trial = Trial::with_notes(&["**/*.md"]);
    trial.write("before.md", "was here before");
    let root = trial.root.path().to_owned();
    let outside = crate::testing::folder();
    fs::create_dir(outside.path().join("moved")).unwrap();
    fs::write(outside.path().join("moved/in.md"), "moved in").unwrap();
    let at = |path: &str| root.join(path);
    let acts: Vec<Act<'_>> = vec![
        (Box::new(|| fs::write(at("a.md"), "cello").unwrap()), vec![("a.md", Outcome::New)]),
        (Box::new(|| fs::write(at("a.md"), "viola").unwrap()), vec![("a.md", Outcome::Changed)]),
        (
            Box::new(|| fs::rename(at("a.md"), at("b.md")).unwrap()),
            vec![("a.md", Outcome::Deleted), ("b.md", Outcome::New)],
        ),
        (
            Box::new(|| {
                let log = at(LOG);
                fs::create_dir_all(log.parent().unwrap()).unwrap();
                fs::write(log, super::log(&["piano"])).unwrap();
            }),
            vec![(LOG, Outcome::New)],
        ),
        (
            Box::new(|| fs::rename(outside.path().join("moved"), at("moved")).unwrap()),
            vec![("moved/in.md", Outcome::New)],
        ),
        (
            Box::new(|| fs::write(at("moved/more.md"), "in a folder moved in").unwrap()),
            vec![("moved/more.md", Outcome::New)],
        ),
        (
            Box::new(|| fs::rename(at("moved"), outside.path().join("out")).unwrap()),
            vec![("moved/in.md", Outcome::Deleted), ("moved/more.md", Outcome::Deleted)],
        ),
        (Box::new(|| fs::remove_file(at("b.md")).unwrap()), vec![("b.md", Outcome::Deleted)]),
    ];
    let events = watch(&mut trial, ONLY_LISTENS, acts);
    let scans = events.iter().filter(|event| matches!(event, WatchEvent::Scanned(_))).count();
    assert_eq!(scans, 1, "everything else was heard: {events:?}");
    assert!(trial.verify().is_equal());
}

#[test]
fn what_is_not_heard_is_found_by_a_scan() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let at = trial.at("a.md");
    let acts: Vec<Act<'_>> =
        vec![(Box::new(|| fs::remove_file(&at).unwrap()), vec![("a.md", Outcome::Deleted)])];
    let watching = Watching { scan_every: Duration::ZERO, listens: false };
    watch(&mut trial, watching, acts);
    assert_eq!(trial.paths("cello"), [].into());
}

#[test]
fn a_system_that_tells_nothing_is_said_once_and_scanned() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let stop = Stop::new();
    let (events, time) = (RefCell::new(Vec::new()), RefCell::new(LATER));
    let at = trial.at("b.md");
    stop.inbox.go_blind("no more watches".to_owned());
    trial
        .with(|memory, plugins| {
            // Each look at the clock is a second later, so the scans come by themselves.
            let clock = || {
                time.borrow_mut().0 += 6_000;
                *time.borrow()
            };
            memory.watch(plugins, ONLY_LISTENS, &stop, &clock, &mut |event| {
                if event == WatchEvent::Quiet {
                    if at.exists() {
                        stop.stop();
                    } else {
                        fs::write(&at, "viola").unwrap();
                        stop.inbox.go_blind("again".to_owned());
                    }
                }
                events.borrow_mut().push(event);
            })
        })
        .unwrap();
    let events = events.into_inner();
    let blind: Vec<_> =
        events.iter().filter(|event| matches!(event, WatchEvent::Blind { .. })).collect();
    let [WatchEvent::Blind { why }] = blind[..] else { panic!("{events:?}") };
    assert!(why.contains("no more watches") && why.contains("every 5 s"), "{why}");
    assert_eq!(trial.paths("viola"), ["b.md".to_owned()].into());
}

#[test]
fn a_root_that_goes_away_is_waited_for() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let (root, away) = (trial.root.path().to_owned(), trial.root.path().with_extension("far"));
    let stop = Stop::new();
    let mut told = Vec::new();
    trial
        .with(|memory, plugins| {
            memory.watch(plugins, ONLY_LISTENS, &stop, &|| LATER, &mut |event| match event {
                WatchEvent::Quiet if told.is_empty() => {
                    fs::rename(&root, &away).unwrap();
                    stop.inbox.want_scan();
                    told.push("gone");
                }
                WatchEvent::Trouble { error } => {
                    assert!(error.contains("the folder is gone"), "{error}");
                    fs::rename(&away, &root).unwrap();
                    fs::write(root.join("b.md"), "viola").unwrap();
                    stop.inbox.want_scan();
                    told.push("trouble");
                }
                WatchEvent::Settled(Settled { path, outcome }) if !told.is_empty() => {
                    assert_eq!((path.as_str(), outcome), ("b.md", Outcome::New));
                    stop.stop();
                }
                _ => {}
            })
        })
        .unwrap();
    assert_eq!(told, ["gone", "trouble"]);
    assert_eq!(trial.paths("cello"), ["a.md".to_owned()].into());
}

#[test]
fn a_search_beside_a_watch_sees_what_is_settled_and_a_sync_is_refused() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let stop = Stop::new();
    let mut seen = 0;
    trial
        .with(|memory, plugins| {
            memory.watch(plugins, ONLY_LISTENS, &stop, &|| LATER, &mut |event| {
                if matches!(event, WatchEvent::Settled(_)) {
                    seen = memory.entries().unwrap().count();
                    assert!(matches!(memory.lock(), Err(SyncError::Busy { .. })));
                    stop.stop();
                }
            })
        })
        .unwrap();
    assert_eq!(seen, 1);
    assert!(trial.memory.lock().is_ok(), "the turn ends with the watch");
}

#[test]
fn a_watch_keeps_up_the_base_and_not_too_often() {
    let mut trial = Trial::new();
    trial.memory.index = trial.memory.index.clone().with_base_from(10);
    for note in 0..20 {
        trial.write(&format!("{note}.md"), format!("word{note}"));
    }
    let (stop, time) = (Stop::new(), RefCell::new(LATER));
    let at = trial.at("more.md");
    let mut told = Vec::new();
    trial
        .with(|memory, plugins| {
            let clock = || *time.borrow();
            memory.watch(plugins, ONLY_LISTENS, &stop, &clock, &mut |event| match event {
                WatchEvent::Merged => {
                    assert!(!memory.merge_due().unwrap());
                    told.push("merged");
                    if told.len() == 1 {
                        fs::write(&at, "more").unwrap();
                    } else {
                        stop.stop();
                    }
                }
                WatchEvent::Settled(Settled { path, .. }) if path == "more.md" => {
                    assert!(memory.merge_due().unwrap());
                    told.push("settled");
                }
                WatchEvent::Quiet if told == ["merged", "settled"] => {
                    told.push("quiet");
                    time.borrow_mut().0 += EVERY_MS - 1;
                    stop.inbox.want_scan();
                }
                WatchEvent::Scanned(_) if told == ["merged", "settled", "quiet"] => {
                    told.push("early");
                    stop.inbox.want_scan();
                }
                WatchEvent::Scanned(_) if told.last() == Some(&"early") => {
                    told.push("late");
                    time.borrow_mut().0 += 1;
                    stop.inbox.want_scan();
                }
                WatchEvent::Blind { why } => panic!("{why}"),
                _ => {}
            })
        })
        .unwrap();
    assert_eq!(told, ["merged", "settled", "quiet", "early", "late", "merged"]);
    assert!(trial.verify().is_equal());
}

#[test]
fn a_watch_that_ends_cuts_its_upkeep_off() {
    let mut trial = Trial::new();
    trial.memory.index = trial.memory.index.clone().with_base_from(10);
    for note in 0..20 {
        trial.write(&format!("{note}.md"), format!("word{note}"));
    }
    trial.sync();
    let (stop, clock) = (Stop::new(), LATER);
    let inbox = &stop.inbox;
    std::thread::scope(|scope| {
        let mut upkeep = Upkeep::new(scope, &trial.memory, inbox);
        let turn = crate::turn::Turn::take(&trial.state.path().join("index/base.lock")).unwrap();
        assert!(turn.is_some());
        upkeep.begin_if_due(clock).unwrap();
        inbox.wait(Duration::MAX);
        let ended = upkeep.ended().unwrap();
        assert!(!ended.unwrap(), "another one merges");
        drop((turn, upkeep));
        let mut upkeep = Upkeep::new(scope, &trial.memory, inbox);
        upkeep.is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        upkeep.begin_if_due(clock).unwrap();
    });
    assert!(trial.memory.merge_due().unwrap(), "nothing was built");
}
