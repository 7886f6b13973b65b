//! Committing a session's intents: by themselves, and with a turn.

use wirt_contract::attachment_manifest::{AttachmentManifest, ManifestRow};
use wirt_contract::sessions::{CommitAnswer, Refusal, Sessions};
use wirt_contract::work_queue::WorkQueue;
use wirt_contract::{AttachmentId, EpochMs};

use super::super::work_queue::stage::{Queue, commit};
use super::case;
use super::stage::{
    as_committed, attachment, commit_refs, commit_turn, committed, intent, kept, meant, session,
    stays, uncommitted,
};
use crate::expect::same;
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("attachment-manifest/commit-takes-the-stores-time", "manifest.commit", "wirt", clock),
    case("attachment-manifest/first-commit-time-stays", "manifest.commit", "wirt", first_time),
    case("attachment-manifest/commit-of-many-is-whole", "manifest.commit", "wirt", many),
    case(
        "attachment-manifest/commit-is-of-its-own-session",
        "manifest.commit.own-session",
        "wirt",
        own_session,
    )
    .extended(),
    case(
        "attachment-manifest/commit-adds-no-row",
        "manifest.commit.adds-nothing",
        "wirt",
        adds_nothing,
    )
    .extended(),
    case(
        "attachment-manifest/turn-stamps-its-attachments",
        "sessions.commit.stamps-manifest",
        "wirt",
        turn_stamps,
    ),
    case(
        "attachment-manifest/refused-turn-stamps-nothing",
        "sessions.commit.all-or-nothing",
        "wirt",
        refused_turn,
    ),
];

/// The time on the store's clock, as a queue shows it.
fn now(probe: &mut Probe<'_>) -> Result<EpochMs, Stop> {
    let queue = Queue::new(probe);
    let new = queue.alone(probe);
    Ok(probe.enqueue(&queue.store, &new)?.enqueued_at)
}

fn clock(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    for pause in [0, 7_654] {
        let row = meant(probe, &store, &root, 100)?;
        probe.advance(pause)?;
        let at = now(probe)?;
        commit_refs(probe, &store, &root, &[&row])?;
        stays(probe, &store, &committed(&row, at))?;
    }
    Ok(())
}

fn first_time(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    let (one, other) = (meant(probe, &store, &root, 1)?, meant(probe, &store, &root, 2)?);
    commit_refs(probe, &store, &root, &[&one])?;
    let first = as_committed(probe, &store, &one)?;
    probe.advance(5_000)?;
    commit_refs(probe, &store, &root, &[&one, &other])?;
    let second = as_committed(probe, &store, &other)?;
    probe.advance(5_000)?;
    let ids = [&one, &other].map(|row| row.intent.attachment_id.clone());
    commit_turn(probe, &store, &root, &ids)?;
    stays(probe, &store, &first)?;
    stays(probe, &store, &second)?;
    let at = first.committed_at.map(|at| EpochMs(at.0.saturating_add(5_000)));
    same("when the second was committed", &second.committed_at, &at)
}

fn many(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    let mut rows = Vec::new();
    for at in 0..6 {
        rows.push(meant(probe, &store, &root, at)?);
    }
    commit_refs(probe, &store, &root, &[])?;
    uncommitted(probe, &store, &rows.iter().collect::<Vec<_>>())?;
    let (named, left) = rows.split_at(4);
    // One twice, and one that nobody meant.
    let mut ids: Vec<AttachmentId> =
        named.iter().rev().map(|row| row.intent.attachment_id.clone()).collect();
    ids.extend(ids.first().cloned());
    ids.insert(2, attachment(probe));
    probe.commit_refs(&store, &root, &ids)?;
    for row in named {
        as_committed(probe, &store, row)?;
    }
    uncommitted(probe, &store, &left.iter().collect::<Vec<_>>())
}

fn own_session(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let (root, other) = (session(probe), session(probe));
    let row = meant(probe, &store, &root, 1)?;
    commit_refs(probe, &store, &other, &[&row])?;
    stays(probe, &store, &row)?;
    commit_turn(probe, &store, &other, std::slice::from_ref(&row.intent.attachment_id))?;
    stays(probe, &store, &row)?;
    uncommitted(probe, &store, &[&row])?;
    commit_refs(probe, &store, &root, &[&row])?;
    as_committed(probe, &store, &row).map(drop)
}

fn adds_nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    let unknown = attachment(probe);
    let nothing = |probe: &mut Probe<'_>| {
        same("the row", &probe.get(&store, &root, &unknown)?, &None)?;
        same("whether it is referenced", &probe.is_referenced(&store, &unknown)?, &false)?;
        uncommitted(probe, &store, &[])
    };
    probe.commit_refs(&store, &root, std::slice::from_ref(&unknown))?;
    nothing(probe)?;
    commit_turn(probe, &store, &root, std::slice::from_ref(&unknown))?;
    nothing(probe)?;
    // A later intent is a new one: it was not committed before it was there.
    let late = intent(probe, &root, &unknown, 9);
    probe.record_intent(&store, &late)?;
    stays(probe, &store, &ManifestRow { intent: late, committed_at: None })
}

fn turn_stamps(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    let mut rows = Vec::new();
    for at in 0..3 {
        rows.push(meant(probe, &store, &root, at)?);
    }
    let ids: Vec<_> = rows.iter().skip(1).map(|row| row.intent.attachment_id.clone()).collect();
    probe.advance(3_210)?;
    let at = now(probe)?;
    commit_turn(probe, &store, &root, &ids)?;
    for row in rows.iter().skip(1) {
        stays(probe, &store, &committed(row, at))?;
    }
    uncommitted(probe, &store, &rows.iter().take(1).collect::<Vec<_>>())
}

fn refused_turn(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    let row = meant(probe, &store, &root, 1)?;
    let mut turn = commit(probe, &root);
    turn.attachments = vec![row.intent.attachment_id.clone()];
    turn.expected_revision = Some(1);
    let answer = probe.commit(&store, &turn)?;
    let moved = CommitAnswer::Refused(Refusal::HeadMoved(0));
    same("a commit over a revision there is not", &answer, &moved)?;
    stays(probe, &store, &row)?;
    uncommitted(probe, &store, &[&row])?;
    turn.expected_revision = Some(0);
    let answer = probe.commit(&store, &turn)?;
    same("a commit", &matches!(answer, CommitAnswer::Committed(_)), &true)?;
    as_committed(probe, &store, &row).map(drop)
}
