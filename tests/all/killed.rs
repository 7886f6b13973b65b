//! A host that is killed with SIGKILL while its sessions commit, again and again over one folder:
//! it loses no commit it acknowledged, and none is there in part.
//!
//! The host is this binary once more, at the test below, told by its environment what it is. Here is the host
//! and its killer; what a turn does stands in `turn`, what must be there afterwards in `found`. Not
//! here: a disk that loses what it was given. SIGKILL takes the process, and the system keeps what
//! the process had written.

mod found;
mod turn;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use wirt_contract::Plugin;
use wirt_contract::sessions::CommitAnswer;
use wirt_engine::{Component, Data, Folder, Grant, Instance, Limits};
use wirt_runtime::store::{StoreClient, actor};

use crate::wirt::component;
use found::Found;
use turn::{SESSIONS, Turn};

const ROUNDS: u64 = 200;
/// Most commits that a host acknowledges before it is killed.
const MOST_COMMITS: u64 = 16;
/// Most turns of a session in one host's life: it is killed long before.
const MOST_TURNS: u64 = 10_000;
/// The test below, and where a run of it that is to be the host is told its folder.
const TEST: &str =
    "killed::a_host_killed_during_commits_loses_no_acknowledged_one_and_shows_none_in_part";
const FOLDER: &str = "WIRT_TEST_KILLED_FOLDER";

/// Something a host acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Queued,
    QueuedForLater,
    Meant,
    Committed,
}

impl Step {
    const ALL: [(Self, &str); 4] = [
        (Self::Queued, "queued"),
        (Self::QueuedForLater, "queued-for-later"),
        (Self::Meant, "meant"),
        (Self::Committed, "committed"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(step, _)| *step == self).unwrap().1
    }
}

/// One line of a host: a step, its turn and the turn's hash. Written at once, so that it is whole.
fn say(step: Step, turn: Turn) {
    let line = format!("{} {} {} {}\n", step.word(), turn.session, turn.revision, turn.hash());
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// What a host said; none where it is nothing that it says while all is well.
fn heard(line: &str) -> Option<(Step, Turn)> {
    let mut words = line.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let first = next();
    let (step, _) = Step::ALL.into_iter().find(|(_, word)| *word == first)?;
    let turn = Turn { session: next().parse().ok()?, revision: next().parse().ok()? };
    (next() == turn.hash()).then_some((step, turn))
}

fn instance(component: &Component, folder: &Path) -> Instance {
    let data = Data::Folder(Folder::hold(folder).unwrap());
    let grant = Grant { data, ..Grant::nothing().unwrap() };
    Instance::new(component.clone(), grant, Limits::default())
}

/// Commits until it is killed.
fn host(folder: PathBuf) {
    let component = component("store-redb");
    let (client, actor) = actor(move || Ok(Box::new(instance(&component, &folder))));
    actor.spawn("killed").unwrap();
    std::thread::scope(|scope| {
        for session in 0..SESSIONS {
            let client = client.clone();
            scope.spawn(move || live(&client, session));
        }
    });
}

/// A session's turns, from where it stands.
fn live(client: &StoreClient, session: u64) {
    let store = Turn { session, revision: 0 }.store();
    let head = client.call_blocking(move |plugin| plugin.sessions()?.load(&store)).unwrap();
    let begun = head.map_or(0, |head| head.revision);
    for revision in begun + 1..begun + MOST_TURNS {
        take(client, Turn { session, revision });
    }
}

fn take(client: &StoreClient, turn: Turn) {
    let enqueue =
        move |plugin: &mut dyn Plugin| plugin.work_queue()?.enqueue(&turn.store(), &turn.entry());
    let entry = client.call_blocking(enqueue).unwrap();
    say(Step::Queued, turn);
    if turn.leaves_one() {
        let enqueue = move |plugin: &mut dyn Plugin| {
            plugin.work_queue()?.enqueue(&turn.store(), &turn.entry_for_later())
        };
        client.call_blocking(enqueue).unwrap();
        say(Step::QueuedForLater, turn);
    }
    let record = move |plugin: &mut dyn Plugin| {
        plugin.attachment_manifest()?.record_intent(&turn.store(), &turn.intent())
    };
    client.call_blocking(record).unwrap();
    say(Step::Meant, turn);
    let claim = move |plugin: &mut dyn Plugin| {
        plugin.work_queue()?.claim(&turn.store(), &turn.claimant(), 1)
    };
    let claimed = client.call_blocking(claim).unwrap().unwrap();
    assert_eq!(claimed.entries, [entry]);
    let commit = move |plugin: &mut dyn Plugin| {
        plugin.sessions()?.commit(&turn.store(), &turn.commit(Some(claimed.claim.clone())))
    };
    let answer = client.call_blocking(commit).unwrap();
    assert_eq!(answer, CommitAnswer::Committed(turn.committed()));
    say(Step::Committed, turn);
}

/// What a host acknowledged until it was killed, which is after so many commits.
fn killed_after(commits: u64, folder: &Path) -> Vec<(Step, Turn)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut steps = Vec::new();
    let mut last_words = String::new();
    let mut left = commits;
    // What it said before it died is in the pipe still.
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some((step, turn)) = heard(&line) else {
            last_words = last_words + &line + "\n";
            continue;
        };
        steps.push((step, turn));
        if step == Step::Committed {
            left = left.saturating_sub(1);
            if left == 0 {
                child.kill().unwrap();
            }
        }
    }
    let ended = child.wait().unwrap();
    assert!(
        left == 0 && last_words.is_empty(),
        "a session of the host or the host itself failed ({ended}): {last_words}"
    );
    steps
}

#[test]
fn a_host_killed_during_commits_loses_no_acknowledged_one_and_shows_none_in_part() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return host(folder.into());
    }
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = home.path().join("data");
    let component = component("store-redb");
    let mut chance = Chance(0x5eed);
    let mut found = Found::default();
    for round in 0..ROUNDS {
        let steps = killed_after(1 + chance.below(MOST_COMMITS), &folder);
        found.look(&format!("round {round}"), &mut instance(&component, &folder), &steps);
    }
    found.look_at_all(&mut instance(&component, &folder));
    // Else no kill met a turn on its way, and the rounds have shown nothing.
    assert!(found.cut_turns > 0 && found.unheard_commits > 0, "{found:?}");
}

/// xorshift64: the same on every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
