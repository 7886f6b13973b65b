//! The seed's own cases: source keys, cancel, exact claims, completion, wakes.

use std::slice::from_ref;

use wirt_contract::sessions::{CommitAnswer, Refusal};
use wirt_contract::work_queue::{
    ClaimRef, Delivery, MergeKey, NewEntry, Work, WorkKind, WorkQueue,
};

use super::case;
use super::stage::{LONG, MANY, Queue, contents, looks_right};
use crate::expect::{holds, present, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case(
        "work-queue/queued-work-source-keys-are-idempotent-and-list-ordered",
        "work-queue.enqueue.source-key",
        "seed 35",
        source_keys,
    ),
    case(
        "work-queue/queued-work-cancel-removes-only-unclaimed-batches",
        "work-queue.cancel.claimed",
        "seed 36",
        cancel,
    ),
    case(
        "work-queue/queued-work-exact-claim-uses-selected-batch-ids",
        "work-queue.claim-exact",
        "seed 37",
        exact,
    ),
    case(
        "work-queue/queued-work-completion-is-lease-guarded",
        "work-queue.claim-ref",
        "seed 41",
        completion,
    ),
    case(
        "work-queue/queued-wake-delivery-is-source-key-idempotent-and-claimed-once",
        "work-queue.enqueue.source-key",
        "seed 42",
        wake,
    ),
];

fn source_keys(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    let other = root.beside(probe);
    let key = MergeKey::Never;
    let first = NewEntry { source_key: Some("source:first".into()), ..root.joining(probe, &key) };
    let replay = NewEntry { source_key: first.source_key.clone(), ..root.joining(probe, &key) };
    let first = root.add(probe, &first)?;
    let replayed = probe.enqueue(&root.store, &replay)?;
    let second = root.add_alone(probe, 1)?;
    other.add_alone(probe, 1)?;
    same("the entry of the repeated key", &replayed.entry_id, &first.entry_id)?;
    same("its items", &replayed.items, &first.items)?;
    same("all of it", &replayed, &first)?;
    let listed = probe.list_entries(&root.store, &root.session, None, MANY)?;
    let expected: Vec<_> = std::iter::once(first).chain(second).collect();
    same("the queue", &listed, &expected)?;
    let places: Vec<u64> = listed.iter().map(|entry| entry.enqueue_seq).collect();
    holds(places.is_sorted_by(|one, next| one < next), "rising places", || places.show())
}

/// Work for between turns, to be claimed alone.
fn between_turns(probe: &mut Probe<'_>, queue: &Queue) -> NewEntry {
    NewEntry { delivery: Delivery::AfterCurrentTurnCommit, ..queue.alone(probe) }
}

fn cancel(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    let new = between_turns(probe, &root);
    let entry = root.add(probe, &new)?;
    let cancelled = probe.cancel(&root.store, &root.session, &entry.entry_id)?;
    let cancelled = present("the cancelled entry", cancelled)?;
    same("the cancelled entry", &cancelled, &entry)?;
    same("its contents", &contents(&cancelled), &new)?;
    root.holds(probe, &[])?;

    let new = between_turns(probe, &root);
    let entry = root.add(probe, &new)?;
    let claimant = root.idle(probe, LONG);
    let claim = root.takes(probe, &claimant, 1, from_ref(&entry))?;
    root.awaits(probe, &[])?;
    root.holds(probe, from_ref(&entry))?;
    let cancelled = probe.cancel(&root.store, &root.session, &entry.entry_id)?;
    same("cancel of a claimed entry", &cancelled, &None)?;
    same("abandon", &probe.abandon(&root.store, &claim.claim)?, &true)?;
    root.awaits(probe, from_ref(&entry))?;
    let cancelled = probe.cancel(&root.store, &root.session, &entry.entry_id)?;
    same("cancel of an abandoned entry", &cancelled, &Some(entry))
}

fn exact(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    let (first, second) = (between_turns(probe, &root), between_turns(probe, &root));
    let (first, second) = (root.add(probe, &first)?, root.add(probe, &second)?);
    let claimant = root.idle(probe, LONG);
    let answer = probe.claim_exact(&root.store, &claimant, from_ref(&second.entry_id))?;
    same("an exact claim that skips the first entry", &answer, &None)?;
    root.awaits(probe, &[first.clone(), second.clone()])?;
    let claim = probe.claim_exact(&root.store, &claimant, from_ref(&first.entry_id))?;
    let claim = present("a claim", claim)?;
    looks_right(&claim, &claimant, from_ref(&first))?;
    root.awaits(probe, from_ref(&second))
}

fn completion(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    let entries = root.add_group(probe, 2)?;
    let claim = root.takes_next(probe, &entries)?.claim;
    let lease_token = format!("{}:stale", claim.lease_token);
    let stale = ClaimRef { lease_token, ..claim.clone() };
    let lost = CommitAnswer::Refused(Refusal::ClaimLost(claim.claim_id.clone()));
    same("a commit that completes a stale claim", &root.completes(probe, &[&stale])?, &lost)?;
    root.holds(probe, &entries)?;
    let answer = root.completes(probe, &[&claim])?;
    let committed = matches!(answer, CommitAnswer::Committed(_));
    holds(committed, "a commit that completes the claim", || answer.show())?;
    root.holds(probe, &[])
}

fn wake(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let root = Queue::new(probe);
    let source_key = Some(format!("process-wake:{}", probe.word()));
    let items = root.alone(probe).items.into_iter();
    let items = items.map(|work| Work { kind: WorkKind::ProcessWake, ..work }).collect();
    let new = NewEntry { source_key, items, ..root.alone(probe) };
    let first = root.add(probe, &new)?;
    let replayed = probe.enqueue(&root.store, &new)?;
    same("the entry of the repeated wake", &replayed, &first)?;
    root.holds(probe, from_ref(&first))?;
    let claim = root.takes_next(probe, &[first])?;
    let kinds: Vec<WorkKind> = claim
        .entries
        .iter()
        .flat_map(|entry| entry.items.iter().map(|item| item.work.kind))
        .collect();
    same("the kinds of work claimed", &kinds, &vec![WorkKind::ProcessWake])?;
    root.completed(probe, &claim)?;
    root.holds(probe, &[])
}
