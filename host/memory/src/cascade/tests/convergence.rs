//! The memory's first promise: whatever happened, convergence gives what a rebuild gives.
//!
//! Sequences of events are made at random and played on a real folder: files are written, torn,
//! copied, renamed, deleted, turned into folders; what the system tells of it is heard, or not; the
//! process ends at any point where something is made durable; the clock jumps, queue and index are
//! lost, plugins change or fail. Then everything is let run to quiet and compared with a rebuild. A
//! sequence that fails is made as small as it gets.
//!
//! `PROPTEST_CASES` is the number of sequences; two thousand where it is not set. They are the same in
//! every run.

use std::{collections::BTreeSet, fs, path::PathBuf};

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use tempfile::TempDir;
use wirt_contract::EpochMs;

use super::log;
use crate::{
    Cascade, Memory, Plugins, SyncError,
    cascade::{Step, slow::Measure},
    testing::{Buckets, LATER, Words, folder},
};

const SEQUENCES: u32 = 2_000;
const SKILL: &str = "a/p/agents/b/skills/skill_x/SKILL.md";
/// Files, and folders among them.
const PATHS: [&str; 20] = [
    "n.md",
    "d/n.md",
    "d/e/n.md",
    "x/n.md",
    "d/n.md/inner.md",
    "a/p/users/u/.atomic_facts/atomic_fact-1.md",
    "a/p/users/u/.atomic_facts/atomic_fact-2.md",
    "a/p/users/v/.atomic_facts/atomic_fact-1.md",
    "a/p/users/u/episodes/episode-1.md",
    "a/p/users/u/.foresights/foresight-1.md",
    "a/p/users/u/user.md",
    "a/p/agents/b/.cases/agent_case-1.md",
    SKILL,
    SKILL,
    "a/p/agents/b/skills/skill_x/references/r.md",
    "a/p/agents/b/skills/skill_x/references/s.md",
    "a/p/agents/b/skills/skill_x/references/no-reference.txt",
    "a/p/agents/b/skills/skill_x/references/deep/n.md",
    "d/SKILL.md",
    "d/no-memory.txt",
];
const FOLDERS: [&str; 10] = [
    "d",
    "d/e",
    "x",
    "y",
    "a/p/users/u",
    "a/p/users/w",
    "a/p/agents/b",
    "a/p/agents/b/skills/skill_x",
    "a/p/agents/b/skills/skill_y",
    "a/p/agents/b/skills/skill_x/references",
];
const RULES: [&str; 3] = ["d\n", "n.md\n!x/n.md\n", "e/\n"];

/// How a file is written.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Beside it, and renamed over it.
    Whole,
    InPlace,
    /// In place, and only the beginning.
    Torn,
    /// In place, and its time set back to what it was.
    Backdated,
}

#[derive(Debug, Clone)]
enum Event {
    Write(usize, u8, Way),
    Copy(usize, usize),
    Rename(usize, usize),
    Delete(usize),
    Folder(usize),
    RenameFolder(usize, usize),
    DeleteFolder(usize),
    Rules(Option<usize>),
    /// The system tells of everything that was touched and not told of yet.
    Hear,
    /// It forgets to.
    Miss,
    Scan,
    Steps(u8),
    /// The process ends where it would make something durable for the n-th time.
    Crash(u8),
    /// Making something durable fails for the n-th time, and the process goes on.
    DiskFull(u8),
    Restart,
    LoseQueue,
    DamageQueue,
    LoseIndex,
    OtherTokenizer,
    OtherEmbedder,
    /// The embedder fails on some texts from now on, or no longer.
    Flaky(bool),
    Clock(u8),
    /// The root goes away, is looked for, and comes back.
    RootAway,
}

fn event() -> impl Strategy<Value = Event> {
    let path = || 0..PATHS.len();
    let folder = || 0..FOLDERS.len();
    let way = prop_oneof![
        3 => Just(Way::Whole),
        2 => Just(Way::InPlace),
        1 => Just(Way::Torn),
        2 => Just(Way::Backdated),
    ];
    prop_oneof![
        12 => (path(), any::<u8>(), way).prop_map(|(path, what, way)| Event::Write(path, what, way)),
        3 => (path(), path()).prop_map(|(from, to)| Event::Copy(from, to)),
        4 => (path(), path()).prop_map(|(from, to)| Event::Rename(from, to)),
        3 => path().prop_map(Event::Delete),
        1 => path().prop_map(Event::Folder),
        3 => (folder(), folder()).prop_map(|(from, to)| Event::RenameFolder(from, to)),
        2 => folder().prop_map(Event::DeleteFolder),
        1 => proptest::option::of(0..RULES.len()).prop_map(Event::Rules),
        5 => Just(Event::Hear),
        2 => Just(Event::Miss),
        4 => Just(Event::Scan),
        8 => (1..4_u8).prop_map(Event::Steps),
        3 => (0..12_u8).prop_map(Event::Crash),
        2 => (0..6_u8).prop_map(Event::DiskFull),
        1 => Just(Event::Restart),
        1 => Just(Event::LoseQueue),
        1 => Just(Event::DamageQueue),
        1 => Just(Event::LoseIndex),
        1 => Just(Event::OtherTokenizer),
        1 => Just(Event::OtherEmbedder),
        2 => any::<bool>().prop_map(Event::Flaky),
        2 => (0..3_u8).prop_map(Event::Clock),
        1 => Just(Event::RootAway),
    ]
}

/// A sequence and how it ends.
#[derive(Debug, Clone)]
struct Sequence {
    /// Notes are named by a glob; else they give way to logs.
    has_glob: bool,
    events: Vec<Event>,
    ending: Ending,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    /// A sync by a process that has just begun.
    Sync,
    /// One more scan by the cascade that is running.
    Scan,
    /// What was not heard yet is heard, and what was heard is not said again; a scan only where the
    /// cascade asks for it.
    Hear,
}

fn sequence() -> impl Strategy<Value = Sequence> {
    let ending = prop_oneof![Just(Ending::Sync), Just(Ending::Scan), Just(Ending::Hear)];
    (any::<bool>(), vec(event(), 1..24), ending).prop_map(|(has_glob, events, ending)| Sequence {
        has_glob,
        events,
        ending,
    })
}

/// What is outside of the process.
struct World {
    root: TempDir,
    state: TempDir,
    /// Makes every content's length its own: a clock that is wrong cannot hide a change then, which
    /// else it may within a tick of the file system's.
    written: usize,
    /// Touched since the process began, and what of that the system has not told of yet or forgot to.
    untold: BTreeSet<String>,
    missed: BTreeSet<String>,
    now: EpochMs,
    tokenizer: u32,
    embedder: u32,
    flaky: bool,
}

impl World {
    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn touch(&mut self, path: &str) {
        self.untold.insert(path.to_owned());
    }

    fn content(&mut self, path: &str, what: u8) -> Vec<u8> {
        self.written += 1;
        let unique = format!("unique{}", self.written);
        let shared = ["cello", "viola", "piano", "flaky", "poison"];
        let word = shared[usize::from(what) % shared.len()];
        let count = usize::from(what / 8) % 5;
        let says = (0..count).map(|number| format!("{word} {number} same")).chain([unique]);
        let mut text = text_of(path, word, says);
        if what % 16 == 7 {
            text = text.replace("user_id: u", "user_id: [").replace("name: n", "name: [");
        }
        let mut bytes = text.into_bytes();
        if what % 16 == 11 {
            bytes.push(0xff);
        }
        bytes.resize(1_000 + self.written, b'\n');
        bytes
    }

    fn write(&mut self, path: &str, what: u8, way: Way) {
        let at = self.at(path);
        if fs::create_dir_all(at.parent().unwrap()).is_err() || at.is_dir() {
            return;
        }
        let bytes = self.content(path, what);
        match way {
            Way::Whole => {
                let beside = at.with_extension("md.tmp");
                fs::write(&beside, bytes).unwrap();
                fs::rename(beside, at).unwrap();
            }
            Way::InPlace => fs::write(at, bytes).unwrap(),
            Way::Torn => fs::write(at, &bytes[..300 + self.written]).unwrap(),
            Way::Backdated => {
                let before = at.metadata().and_then(|metadata| metadata.modified());
                fs::write(&at, bytes).unwrap();
                if let Ok(before) = before {
                    let file = fs::File::options().write(true).open(at).unwrap();
                    file.set_modified(before).unwrap();
                }
            }
        }
        self.touch_with_folders(path);
    }

    /// A folder that was made on the way is told of as well.
    fn touch_with_folders(&mut self, path: &str) {
        self.touch(path);
        let mut above = path;
        while let Some((folder, _)) = above.rsplit_once('/') {
            self.touch(folder);
            above = folder;
        }
    }

    /// Changes files; whether the event was about files.
    fn change_files(&mut self, event: &Event) -> bool {
        match event {
            Event::Write(path, what, way) => self.write(PATHS[*path], *what, *way),
            Event::Copy(from, to) => {
                let (from, to) = (self.at(PATHS[*from]), PATHS[*to]);
                if let Ok(bytes) = fs::read(from) {
                    let at = self.at(to);
                    let made = fs::create_dir_all(at.parent().unwrap());
                    if made.is_ok() && fs::write(at, bytes).is_ok() {
                        self.touch_with_folders(to);
                    }
                }
            }
            Event::Rename(from, to) => self.rename(PATHS[*from], PATHS[*to]),
            Event::RenameFolder(from, to) => self.rename(FOLDERS[*from], FOLDERS[*to]),
            Event::Delete(path) => {
                if fs::remove_file(self.at(PATHS[*path])).is_ok() {
                    self.touch(PATHS[*path]);
                }
            }
            Event::DeleteFolder(folder) => {
                if fs::remove_dir_all(self.at(FOLDERS[*folder])).is_ok() {
                    self.touch(FOLDERS[*folder]);
                }
            }
            Event::Folder(path) => {
                let at = self.at(PATHS[*path]);
                let _ = fs::remove_file(&at);
                let _ = fs::create_dir_all(at);
                self.touch_with_folders(PATHS[*path]);
            }
            Event::Rules(rules) => {
                let at = self.at(".gitignore");
                match rules {
                    Some(rules) => fs::write(at, RULES[*rules]).unwrap(),
                    None => drop(fs::remove_file(at)),
                }
                self.touch(".gitignore");
            }
            _ => return false,
        }
        true
    }

    fn rename(&mut self, from: &str, to: &str) {
        let at = self.at(to);
        if fs::create_dir_all(at.parent().unwrap()).is_ok() && fs::rename(self.at(from), at).is_ok()
        {
            self.touch(from);
            self.touch_with_folders(to);
        }
    }
}

/// A file of the kind its path says, with an entry or a part for each thing it says.
fn text_of(path: &str, word: &str, says: impl Iterator<Item = String>) -> String {
    let name = path.rsplit('/').next().unwrap();
    let (prefix, heads, section) = match name.split('-').next().unwrap() {
        "SKILL.md" => {
            let body: String = says.map(|says| format!("# {says}\n{word}\n")).collect();
            return format!("---\nname: n\ndescription: {word}\nagent_id: b\n---\n{body}");
        }
        "user.md" => {
            let items: String = says.map(|says| format!("  - {says}\n")).collect();
            return format!("---\nuser_id: u\nsummary: {word}\nexplicit_info:\n{items}---\n");
        }
        "atomic_fact" => {
            return log(&says.collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>());
        }
        "episode" => ("ep", "", "Content"),
        "foresight" => ("fs", "**end_time**: 2026-06-18\n", "Foresight"),
        "agent_case" => ("ac", "**quality_score**: 0.5\n", "Approach"),
        _ => return says.map(|says| format!("# {says}\n{word} [[same]] #tag\n")).collect(),
    };
    let mut text = "---\nuser_id: u\n---\n".to_owned();
    for (number, says) in (1..).zip(says) {
        let id = format!("{prefix}_20260518_{number:08}");
        let intent = if prefix == "ac" { "### TaskIntent\nsame\n" } else { "" };
        text.push_str(&format!(
            "<!-- entry:{id} -->\n**timestamp**: 2026-05-18T07:04:26+00:00\n{heads}{intent}### \
             {section}\n{says}\n<!-- /entry:{id} -->\n"
        ));
    }
    text
}

/// Whether the process goes on.
enum Goes {
    On,
    Ends,
}

/// What the process does with an event.
fn act(
    world: &mut World,
    cascade: &mut Cascade<'_, '_, '_>,
    event: &Event,
) -> Result<Goes, SyncError> {
    match event {
        Event::Hear => {
            let news = std::mem::take(&mut world.untold);
            cascade.suggest(news.iter().map(String::as_str), world.now)?;
        }
        Event::Miss => world.missed.append(&mut world.untold),
        Event::Scan => drop(cascade.scan(world.now)?),
        Event::Steps(count) => {
            for _ in 0..*count {
                cascade.step(world.now)?;
            }
        }
        Event::Crash(after) => {
            cascade.fuse = Some(u32::from(*after));
            cascade.suggest_scan();
            let ended = cascade.run_to_quiet(world.now, &mut |_| ());
            // An end within a step and one between two are both ends.
            assert!(matches!(ended, Ok(()) | Err(SyncError::Crashed)), "{ended:?}");
            return Ok(Goes::Ends);
        }
        Event::DiskFull(after) => {
            cascade.fuse = Some(u32::from(*after));
            let ended = cascade.run_to_quiet(world.now, &mut |_| ());
            assert!(matches!(ended, Ok(()) | Err(SyncError::Crashed)), "{ended:?}");
            cascade.fuse = None;
        }
        Event::Clock(0) => world.now = EpochMs(0),
        Event::Clock(1) => world.now = LATER,
        Event::Clock(_) => world.now = EpochMs(LATER.0 / 2),
        Event::RootAway => {
            let away = world.root.path().with_extension("away");
            fs::rename(world.root.path(), &away).unwrap();
            for ended in [cascade.scan(world.now).map(drop), cascade.step(world.now).map(drop)] {
                assert!(matches!(ended, Ok(()) | Err(SyncError::Root { .. })), "{ended:?}");
            }
            fs::rename(away, world.root.path()).unwrap();
            // Whoever finds the root gone scans when it is back.
            cascade.suggest_scan();
        }
        _ => return Ok(Goes::Ends),
    }
    Ok(Goes::On)
}

/// What happens to the state while no process runs.
fn meanwhile(world: &mut World, event: &Event) {
    let queue = world.state.path().join("queue.db");
    match event {
        Event::LoseQueue => {
            for file in ["queue.db", "queue.db-wal", "queue.db-shm"] {
                let _ = fs::remove_file(world.state.path().join(file));
            }
        }
        Event::DamageQueue => {
            if let Ok(mut bytes) = fs::read(&queue) {
                let end = bytes.len().min(4_000);
                bytes[..end].fill(7);
                fs::write(queue, bytes).unwrap();
            }
        }
        Event::LoseIndex => drop(fs::remove_dir_all(world.state.path().join("index"))),
        Event::OtherTokenizer => world.tokenizer += 1,
        Event::OtherEmbedder => world.embedder += 1,
        Event::Flaky(flaky) => world.flaky = *flaky,
        _ => {}
    }
}

/// Plays a sequence; what differs from a rebuild then.
fn play(sequence: &Sequence) -> Vec<String> {
    let mut world = World {
        root: folder(),
        state: folder(),
        written: 0,
        untold: BTreeSet::new(),
        missed: BTreeSet::new(),
        now: LATER,
        tokenizer: 0,
        embedder: 0,
        flaky: false,
    };
    // A root without any file is refused, as it may be a disk that is not mounted.
    fs::write(world.at("file.txt"), "no memory").unwrap();
    let notes = if sequence.has_glob { vec!["**/*.md".to_owned()] } else { Vec::new() };
    let mut events = sequence.events.iter();
    loop {
        let memory = Memory::open(world.root.path(), world.state.path(), &notes).unwrap();
        let ids = (format!("t{}", world.tokenizer), format!("e{}", world.embedder));
        let mut embedder = Buckets { refuses: Some("poison"), ..Buckets::default() };
        embedder.fails_on = world.flaky.then_some("flaky");
        let mut plugins = Plugins {
            tokenizer: &mut Words,
            tokenizer_digest: &ids.0,
            embedder: &mut embedder,
            embedder_digest: &ids.1,
        };
        let mut cascade = memory.cascade(&mut plugins).unwrap();
        cascade.measure = Measure { slow_texts: 2, slice_texts: 1 };
        // What is told before a process begins is lost on it; its first scan makes up for that.
        (world.untold, world.missed) = <_>::default();
        let mut ending = None;
        for event in events.by_ref() {
            if world.change_files(event) {
                continue;
            }
            match act(&mut world, &mut cascade, event) {
                Ok(Goes::On) => {}
                Ok(Goes::Ends) => {
                    ending = Some(event);
                    break;
                }
                Err(error) => panic!("{error}"),
            }
        }
        if let Some(event) = ending {
            drop(cascade);
            drop(memory);
            meanwhile(&mut world, event);
            continue;
        }
        if world.flaky {
            // The last process has an embedder that works, or nothing would come to rest.
            world.flaky = false;
            continue;
        }
        converge(&mut world, cascade, sequence.ending);
        let report = matches!(sequence.ending, Ending::Sync)
            .then(|| memory.sync(&mut plugins, LATER, &mut |_| ()).unwrap());
        let mut wrong = compare(&memory, &mut plugins);
        if let Some(report) = report {
            let failed = memory.status(LATER).unwrap().failed;
            if report.failed != failed {
                wrong.push(format!("the sync tells of {:?}, not {failed:?}", report.failed));
            }
        }
        return wrong;
    }
}

fn converge(world: &mut World, mut cascade: Cascade<'_, '_, '_>, ending: Ending) {
    // Past every wait.
    let now = EpochMs(LATER.0 * 2);
    match ending {
        Ending::Sync => return,
        Ending::Scan => cascade.suggest_scan(),
        Ending::Hear => {
            let rest = world.untold.union(&world.missed).map(String::as_str);
            cascade.suggest(rest, now).unwrap();
        }
    }
    cascade.run_to_quiet(now, &mut |_| ()).unwrap();
    assert_eq!(cascade.step(now).unwrap(), Step::Idle { next_due: None });
}

fn compare(memory: &Memory, plugins: &mut Plugins<'_>) -> Vec<String> {
    let verdict = memory.verify(plugins, LATER).unwrap();
    let status = memory.status(LATER).unwrap();
    let mut wrong: Vec<String> =
        verdict.differences.iter().map(|difference| format!("{difference:?}")).collect();
    wrong.extend(status.pending.iter().map(|pending| format!("{pending:?}")));
    let names = |failed: &[crate::FailedPath]| -> BTreeSet<String> {
        failed.iter().map(|failed| failed.path.clone()).collect()
    };
    let (failed, expected) = (names(&status.failed), names(&verdict.failed));
    if failed != expected {
        wrong.push(format!("failed are {failed:?}, not {expected:?}"));
    }
    let queue = (status.queue.pending, status.queue.processing, status.queue.waiting);
    if queue != (0, 0, 0) {
        wrong.push(format!("the queue holds {queue:?}"));
    }
    wrong
}

#[test]
fn whatever_happens_the_index_becomes_what_a_rebuild_gives() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = ProptestConfig {
        cases: cases.unwrap_or(SEQUENCES),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..ProptestConfig::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, rng).run(&sequence(), |sequence| {
        let wrong = play(&sequence);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
