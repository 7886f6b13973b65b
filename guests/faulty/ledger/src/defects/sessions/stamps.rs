//! Stamps and what a repeated commit is answered.

use std::collections::{BTreeMap, BTreeSet};

use wirt_contract::sessions::{CommitAnswer, NewCommit, Refusal, Sessions, Stamp};
use wirt_contract::work_queue::WorkQueue;
use wirt_contract::{StoreId, TurnId};

use super::super::Defect;
use super::{right, says_durable, stands};
use crate::{Bend, Inner, STRAIGHT};

/// Hashes of the turns seen, by store id.
#[derive(Default)]
struct Turns(BTreeMap<(StoreId, TurnId), String>);

/// The same, whatever the store id.
#[derive(Default)]
struct AnyTurns(BTreeMap<TurnId, String>);

/// The turn that was committed last.
#[derive(Default)]
struct Last(BTreeMap<StoreId, TurnId>);

/// Turns of commits that were refused.
#[derive(Default)]
struct Refused(BTreeSet<(StoreId, TurnId, String)>);

/// The commit without its stamp.
fn unstamped(commit: &NewCommit) -> NewCommit {
    NewCommit { stamp: None, ..commit.clone() }
}

fn turn_of(store: &StoreId, stamp: &Stamp) -> (StoreId, TurnId) {
    (store.clone(), stamp.turn_id.clone())
}

/// The hash this turn was seen with before; the first time it is remembered.
fn seen_before(it: &mut Inner, store: &StoreId, stamp: &Stamp) -> Option<String> {
    let mut notes = it.notes.borrow_mut();
    let turns = &mut notes.of::<Turns>().0;
    let before = turns.get(&turn_of(store, stamp)).cloned();
    turns.entry(turn_of(store, stamp)).or_insert_with(|| stamp.turn_hash.clone());
    before
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "a replay is another commit",
        cases: &[
            "sessions/final-commit-stamp-is-idempotent-and-conflicts-on-changed-hash",
            "sessions/replay-after-gc",
            "sessions/replay-after-a-new-graph",
            "sessions/replay-without-the-claim",
            "sessions/replay-in-one-batch",
            "sessions/stamp-alone-leaves-nothing",
        ],
        bend: Bend { commit: |it, store, commit| right(it, store, &unstamped(commit)), ..STRAIGHT },
    },
    Defect {
        name: "a replay answers with the head there is now",
        cases: &["sessions/replay-after-the-head-moved", "sessions/replay-of-each-turn"],
        bend: Bend {
            commit: |it, store, commit| {
                let mut answer = right(it, store, commit);
                let head = it.ledger.load(store)?;
                if let (Ok(CommitAnswer::Committed(committed)), Some(head)) = (&mut answer, head) {
                    committed.revision = head.revision;
                    committed.checkpoint = head.checkpoint;
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "remembers the last turn alone",
        cases: &["sessions/replay-of-each-turn"],
        bend: Bend {
            commit: |it, store, commit| {
                let Some(stamp) = &commit.stamp else { return right(it, store, commit) };
                let known = seen_before(it, store, stamp).is_some();
                let last = it.notes.borrow_mut().of::<Last>().0.get(store).cloned();
                if known && last.as_ref() != Some(&stamp.turn_id) {
                    return right(it, store, &unstamped(commit));
                }
                let mut notes = it.notes.borrow_mut();
                notes.of::<Last>().0.insert(store.clone(), stamp.turn_id.clone());
                it.ledger.commit(store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a fresh instance takes no stamp at first, whatever it says",
        cases: &["sessions/replay-in-a-fresh-instance"],
        bend: Bend {
            describe: says_durable,
            commit: |it, store, commit| {
                let first = !std::mem::replace(&mut it.in_batch, true);
                if first { right(it, store, &unstamped(commit)) } else { right(it, store, commit) }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a replay gives back the claims that are sent along",
        cases: &["sessions/replay-writes-nothing"],
        bend: Bend {
            commit: |it, store, commit| {
                let known =
                    commit.stamp.as_ref().is_some_and(|it_| seen_before(it, store, it_).is_some());
                for claim in commit.completed.iter().filter(|_| known) {
                    it.ledger.abandon(store, claim)?;
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "replays a turn whatever its hash",
        cases: &[
            "sessions/stamp-hash-conflicts",
            "sessions/final-commit-stamp-is-idempotent-and-conflicts-on-changed-hash",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                let mut commit = commit.clone();
                if let Some(stamp) = &mut commit.stamp
                    && let Some(before) = seen_before(it, store, stamp)
                {
                    stamp.turn_hash = before;
                }
                right(it, store, &commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "does not look at a stamp's session",
        cases: &["sessions/stamp-session-conflicts"],
        bend: Bend {
            commit: |it, store, commit| {
                let mut commit = commit.clone();
                if let Some(stamp) = &mut commit.stamp {
                    stamp.session_id = commit.session_id.clone();
                }
                right(it, store, &commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "writes the stamp before it looks at anything",
        cases: &[
            "sessions/stamp-of-a-refusal-is-free",
            "sessions/order-manifest-and-stamp-last",
            "sessions/binding-alone-leaves-nothing",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                let Some(stamp) = &commit.stamp else { return right(it, store, commit) };
                let (store_id, turn) = turn_of(store, stamp);
                let conflicts = {
                    let mut notes = it.notes.borrow_mut();
                    let refused = &notes.of::<Refused>().0;
                    refused.iter().any(|(there, other, hash)| {
                        *there == store_id && *other == turn && *hash != stamp.turn_hash
                    })
                };
                if conflicts {
                    return Ok(CommitAnswer::Refused(Refusal::StampConflict));
                }
                let answer = right(it, store, commit);
                if !stands(&answer) {
                    let mut notes = it.notes.borrow_mut();
                    notes.of::<Refused>().0.insert((store_id, turn, stamp.turn_hash.clone()));
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a turn is one in all store ids",
        cases: &["sessions/stamps-of-store-ids-apart"],
        bend: Bend {
            commit: |it, store, commit| {
                if let Some(stamp) = &commit.stamp {
                    let mut notes = it.notes.borrow_mut();
                    let turns = &mut notes.of::<AnyTurns>().0;
                    let hash = turns
                        .entry(stamp.turn_id.clone())
                        .or_insert_with(|| stamp.turn_hash.clone());
                    if *hash != stamp.turn_hash {
                        return Ok(CommitAnswer::Refused(Refusal::StampConflict));
                    }
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
];
