//! What must be in a folder after its host was killed: exactly the turns up to each session's
//! revision, which is that of the last acknowledged commit or, where one was on its way, the next.

use std::collections::BTreeMap;

use wirt_contract::sessions::{CommitAnswer, Node, Session};
use wirt_contract::work_queue::{Entry, NewEntry};
use wirt_contract::{EpochMs, Plugin};

use super::Step;
use super::turn::{SESSIONS, Turn};

/// Items of a page, and of a check.
const PAGE: u32 = 1_000;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Revision of each session.
    revisions: BTreeMap<u64, u64>,
    /// Turns of which something was there and the commit was not.
    pub(super) cut_turns: u64,
    /// Commits that were there and had not been acknowledged.
    pub(super) unheard_commits: u64,
}

impl Found {
    /// Looks at what a host left that had said this.
    pub(super) fn look(&mut self, when: &str, plugin: &mut dyn Plugin, steps: &[(Step, Turn)]) {
        for session in 0..SESSIONS {
            let when = format!("{when}, session {session}");
            let known = self.revisions.entry(session).or_default();
            let heard =
                |step: Step, revision: u64| steps.contains(&(step, Turn { session, revision }));
            let last =
                (*known..).take_while(|at| at == known || heard(Step::Committed, *at)).last();
            let acknowledged = last.unwrap();
            let said = steps
                .iter()
                .filter(|(step, turn)| *step == Step::Committed && turn.session == session);
            assert_eq!(
                said.count() as u64,
                acknowledged - *known,
                "{when}: a revision was left out"
            );

            let revision = revision(plugin, session);
            assert!(
                (acknowledged..=acknowledged + 1).contains(&revision),
                "{when}: revision {acknowledged} was acknowledged, and {revision} is there"
            );
            self.unheard_commits += revision - acknowledged;
            let first_new = *known + 1;
            *known = revision;
            let next = Turn { session, revision: revision + 1 };
            look_at_session(&when, plugin, Turn { session, revision });
            self.cut_turns += u64::from(look_at_next(&when, plugin, next, heard));
            for revision in first_new..=revision {
                look_at_turn(&when, plugin, Turn { session, revision });
            }
        }
        look_at_store(when, plugin);
    }

    /// Looks at every turn once more.
    pub(super) fn look_at_all(&self, plugin: &mut dyn Plugin) {
        for (&session, &revision) in &self.revisions {
            for revision in 1..=revision {
                look_at_turn("at the end", plugin, Turn { session, revision });
            }
        }
        look_at_store("at the end", plugin);
    }
}

fn load(plugin: &mut dyn Plugin, turn: Turn) -> Option<Session> {
    plugin.sessions().unwrap().load(&turn.store()).unwrap()
}

fn revision(plugin: &mut dyn Plugin, session: u64) -> u64 {
    load(plugin, Turn { session, revision: 0 }).map_or(0, |head| head.revision)
}

/// A session that has come to this turn, but for its queue: head, blobs, usage and graph.
fn look_at_session(when: &str, plugin: &mut dyn Plugin, turn: Turn) {
    let head = load(plugin, turn);
    let expected_nodes: Vec<Node> =
        (1..=turn.revision).flat_map(|revision| Turn { revision, ..turn }.nodes()).collect();
    let expected = (turn.revision > 0).then(|| Session {
        session_id: turn.session_id(),
        revision: turn.revision,
        config: "{}".into(),
        frames: Turn::frames(),
        current_frame_id: "frame".into(),
        checkpoint: turn.committed().checkpoint,
        leaf: expected_nodes.last().map(|node| node.node_id.clone()),
    });
    assert_eq!(head, expected, "{when}");
    if let Some(head) = head {
        for (name, bytes) in head.checkpoint.parts.iter().zip(turn.blobs().iter()) {
            let found = plugin.sessions().unwrap().load_blob(&turn.store(), name).unwrap();
            assert_eq!(found, *bytes, "{when}: blob {name}");
        }
    }
    let usage = plugin.sessions().unwrap().load_usage(&turn.store(), None, PAGE).unwrap();
    let expected: Vec<_> =
        (turn.revision > 0).then(|| Turn::usage(turn.used())).into_iter().collect();
    assert_eq!(usage, expected, "{when}");
    let mut nodes = Vec::new();
    let mut after = None;
    loop {
        let sessions = plugin.sessions().unwrap();
        let page = sessions.load_graph(&turn.store(), after.as_ref(), PAGE).unwrap();
        nodes.extend(page.nodes);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let ids = |nodes: &[Node]| nodes.iter().map(|node| node.node_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&nodes), ids(&expected_nodes), "{when}: the graph");
    assert!(nodes == expected_nodes, "{when}: a node is not what was committed");
}

/// What a turn leaves beside the head: its stamp, and its attachment.
fn look_at_turn(when: &str, plugin: &mut dyn Plugin, turn: Turn) {
    let answer = plugin.sessions().unwrap().commit(&turn.store(), &turn.commit(None));
    let expected = CommitAnswer::Committed(turn.committed());
    assert_eq!(answer, Ok(expected), "{when}: the stamp of {turn:?} replays");
    let manifest = plugin.attachment_manifest().unwrap();
    let row = manifest.get(&turn.store(), &turn.session_id(), &turn.attachment()).unwrap();
    let row = row.unwrap_or_else(|| panic!("{when}: the intent of {turn:?} is gone"));
    assert_eq!(row.intent, turn.intent(), "{when}");
    assert!(row.committed_at.is_some(), "{when}: {turn:?} is committed, its attachment is not");
}

/// The queue and the manifest's rest: what a turn that was not committed may have left, and must
/// where it was acknowledged. Says whether it left anything.
fn look_at_next(
    when: &str,
    plugin: &mut dyn Plugin,
    next: Turn,
    heard: impl Fn(Step, u64) -> bool,
) -> bool {
    let mut listed: Vec<Entry> = Vec::new();
    loop {
        let after = listed.last().map(|entry| entry.enqueue_seq);
        let queue = plugin.work_queue().unwrap();
        let page = queue.list_entries(&next.store(), &next.session_id(), after, PAGE).unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    let mut left = listed.iter();
    for revision in 1..next.revision {
        let turn = Turn { revision, ..next };
        if turn.leaves_one() {
            assert!(is(left.next(), &turn.entry_for_later()), "{when}: {turn:?}: {listed:?}");
        }
    }
    let mut begun = 0;
    let later = next.leaves_one().then(|| (Step::QueuedForLater, next.entry_for_later()));
    for (step, entry) in [(Step::Queued, next.entry())].into_iter().chain(later) {
        let found = left.next();
        let is_owed = heard(step, next.revision);
        assert!(is(found, &entry) || (found.is_none() && !is_owed), "{when}: {next:?}: {listed:?}");
        begun += usize::from(found.is_some());
    }
    assert_eq!(left.next(), None, "{when}: more is queued than was enqueued");

    let manifest = plugin.attachment_manifest().unwrap();
    let rows = manifest.list_uncommitted(&next.store(), EpochMs(u64::MAX), None, PAGE).unwrap();
    let is_owed = heard(Step::Meant, next.revision);
    let meant: Vec<_> = rows.iter().map(|row| &row.intent).collect();
    assert!(
        meant == [&next.intent()] || (meant.is_empty() && !is_owed),
        "{when}: {next:?}: {meant:?}"
    );
    begun + meant.len() > 0
}

fn is(found: Option<&Entry>, expected: &NewEntry) -> bool {
    found.is_some_and(|entry| {
        entry.source_key == expected.source_key
            && entry.available_at == expected.available_at
            && entry.items.iter().map(|item| &item.work).eq(&expected.items)
    })
}

fn look_at_store(when: &str, plugin: &mut dyn Plugin) {
    let mut after = None;
    loop {
        let page = plugin.store().unwrap().check(after.as_deref(), PAGE).unwrap();
        assert_eq!(page.problems, Vec::<String>::new(), "{when}");
        after = page.next;
        if after.is_none() {
            return;
        }
    }
}
