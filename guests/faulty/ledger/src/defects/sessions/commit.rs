//! The head: revisions, bindings, comparisons, and how a session reads back.

use std::collections::BTreeMap;

use wirt_contract::batching::Batching;
use wirt_contract::sessions::{
    CommitAnswer, GraphChange, NewCommit, Part, Refusal, Session, Sessions,
};
use wirt_contract::{Answer, EpochMs, SessionId, StoreId};

use super::super::{Defect, not_found};
use super::{refusal, right, says_durable, stands};
use crate::{Bend, Inner, STRAIGHT};

/// Commits of each store id so far.
#[derive(Default)]
struct Made(Vec<(StoreId, NewCommit, CommitAnswer)>);

/// Revisions that refusals have taken.
#[derive(Default)]
struct Taken(BTreeMap<StoreId, u64>);

/// Sessions that refusals have bound.
#[derive(Default)]
struct Bound(BTreeMap<StoreId, SessionId>);

/// Loads, and changes what was loaded.
fn loads(
    it: &mut Inner,
    store: &StoreId,
    change: impl FnOnce(&mut Session),
) -> Answer<Option<Session>> {
    let mut session = it.ledger.load(store)?;
    if let Some(session) = &mut session {
        change(session);
    }
    Ok(session)
}

/// Store ids without the zeros at their ends.
fn cut(store: &StoreId) -> StoreId {
    StoreId::new(store.as_str().trim_end_matches('0'))
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "a fresh instance has no sessions, whatever it says",
        cases: &[
            "sessions/runtime-persistence-reports-declared-durability",
            "sessions/runtime-persistence-survives-reopen",
            "sessions/head-moves-in-order",
        ],
        bend: Bend {
            describe: says_durable,
            commit: |it, store, commit| {
                it.in_batch = true;
                right(it, store, commit)
            },
            load: |it, store| if it.in_batch { it.ledger.load(store) } else { Ok(None) },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a frame's reason is one of those it knows",
        cases: &["sessions/commit-increments-head-and-round-trips-agent-frames"],
        bend: Bend {
            load: |it, store| {
                loads(it, store, |session| {
                    session.frames.iter_mut().for_each(|frame| frame.reason = "initial".into());
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a commit of another session goes to the one that is bound",
        cases: &["sessions/commit-rejects-a-different-session-id", "sessions/binding-stays"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                let Some(Refusal::BoundTo(session)) = refusal(&answer).cloned() else {
                    return answer;
                };
                let bound = NewCommit { session_id: session, stamp: None, ..commit.clone() };
                right(it, store, &bound)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "forgets the plugins' revision",
        cases: &["sessions/load-hydrates-checkpoint-and-usage"],
        bend: Bend {
            load: |it, store| {
                loads(it, store, |session| session.checkpoint.parts.plugin_revision = None)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "numbers revisions over all store ids",
        cases: &["sessions/revision-rises-by-one"],
        bend: Bend {
            commit: |it, store, commit| {
                let mut answer = right(it, store, commit);
                if let Ok(CommitAnswer::Committed(committed)) = &mut answer {
                    let mut notes = it.notes.borrow_mut();
                    notes.calls += 1;
                    committed.revision = notes.calls.into();
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a refusal takes a revision",
        cases: &["sessions/refusal-takes-no-revision"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if !stands(&answer) {
                    let mut notes = it.notes.borrow_mut();
                    *notes.of::<Taken>().0.entry(store.clone()).or_default() += 1;
                }
                answer
            },
            load: |it, store| {
                let taken = it.notes.borrow_mut().of::<Taken>().0.get(store).copied();
                loads(it, store, |session| session.revision += taken.unwrap_or_default())
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "takes an equal commit for the same one",
        cases: &["sessions/equal-commits-are-two"],
        bend: Bend {
            commit: |it, store, commit| {
                let mut notes = it.notes.borrow_mut();
                let made = &notes.of::<Made>().0;
                let same = |(there, made, _): &&(StoreId, NewCommit, CommitAnswer)| {
                    there == store && made == commit
                };
                if let Some((_, _, answer)) = made.iter().find(same) {
                    return Ok(answer.clone());
                }
                let answer = it.ledger.commit(store, commit)?;
                let made = (store.clone(), commit.clone(), answer.clone());
                notes.of::<Made>().0.push(made);
                Ok(answer)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a session that is not there is an error",
        cases: &["sessions/load-is-none-at-first"],
        bend: Bend {
            load: |it, store| match it.ledger.load(store)? {
                None => not_found(),
                found => Ok(found),
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "forgets that a frame was superseded",
        cases: &["sessions/load-gives-all-of-it"],
        bend: Bend {
            load: |it, store| {
                loads(it, store, |session| {
                    session.frames.iter_mut().for_each(|frame| frame.superseded = false);
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "keeps the parts that a commit leaves out",
        cases: &["sessions/load-gives-the-last-alone"],
        bend: Bend {
            commit: |it, store, commit| {
                let mut commit = commit.clone();
                if let Some(session) = it.ledger.load(store)? {
                    let before = session.checkpoint.parts.tool_state.map(Part::Kept);
                    commit.checkpoint.tool_state = commit.checkpoint.tool_state.or(before);
                }
                right(it, store, &commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an empty configuration becomes an object",
        cases: &["sessions/load-with-nothing-set"],
        bend: Bend {
            load: |it, store| {
                loads(it, store, |session| {
                    if session.config.is_empty() {
                        session.config = "{}".into();
                    }
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "gives frames by their ids",
        cases: &["sessions/load-keeps-frames-in-order"],
        bend: Bend {
            load: |it, store| {
                loads(it, store, |session| {
                    session.frames.sort_by(|one, other| one.frame_id.cmp(&other.frame_id));
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "keeps 53 bits of a time",
        cases: &["sessions/load-keeps-whole-times"],
        bend: Bend {
            load: |it, store| {
                loads(it, store, |session| {
                    for frame in &mut session.frames {
                        frame.created_at = EpochMs(frame.created_at.0 & ((1 << 53) - 1));
                    }
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a refused first commit binds the store id",
        cases: &["sessions/refusal-binds-nothing"],
        bend: Bend {
            commit: |it, store, commit| {
                let mine = &commit.session_id;
                let bound = it.notes.borrow_mut().of::<Bound>().0.get(store).cloned();
                if let Some(other) = bound.filter(|bound| bound != mine) {
                    return Ok(CommitAnswer::Refused(Refusal::BoundTo(other)));
                }
                it.notes.borrow_mut().of::<Bound>().0.insert(store.clone(), mine.clone());
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "compares no revision",
        cases: &[
            "sessions/concurrent-head-revision-cas-applies-exactly-once",
            "sessions/concurrent-cas-in-one-batch-applies-once",
            "sessions/other-revisions-are-refused",
            "sessions/head-alone-leaves-nothing",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                right(it, store, &NewCommit { expected_revision: None, ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "inside a batch compares with the head from before it",
        cases: &["sessions/concurrent-cas-in-one-batch-applies-once"],
        bend: Bend {
            begin: |it| {
                it.in_batch = true;
                it.ledger.begin()
            },
            flush: |it| {
                it.in_batch = false;
                it.ledger.flush()
            },
            commit: |it, store, commit| {
                if !it.in_batch {
                    return right(it, store, commit);
                }
                let before = it.fresh().load(store)?.map_or(0, |session| session.revision);
                let fits = commit.expected_revision.is_none_or(|expected| expected == before);
                if !fits {
                    return Ok(CommitAnswer::Refused(Refusal::HeadMoved(before)));
                }
                right(it, store, &NewCommit { expected_revision: None, ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "0 is the revision of nothing",
        cases: &["sessions/first-builds-on-zero"],
        bend: Bend {
            commit: |it, store, commit| {
                if commit.expected_revision == Some(0) {
                    return Ok(CommitAnswer::Refused(Refusal::HeadMoved(0)));
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "takes no revision for 0",
        cases: &["sessions/no-revision-is-not-compared"],
        bend: Bend {
            commit: |it, store, commit| {
                let expected_revision = commit.expected_revision.or(Some(0));
                right(it, store, &NewCommit { expected_revision, ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "store ids that begin alike are one",
        cases: &["sessions/store-ids-apart"],
        bend: Bend {
            commit: |it, store, commit| it.ledger.commit(&cut(store), commit),
            load: |it, store| it.ledger.load(&cut(store)),
            load_graph: |it, store, after, limit| it.ledger.load_graph(&cut(store), after, limit),
            ..STRAIGHT
        },
    },
    Defect {
        name: "an error comes after the writing",
        cases: &["sessions/error-in-a-batch-undoes-itself"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if answer.is_err() {
                    let written = NewCommit {
                        current_frame_id: "any".into(),
                        graph: GraphChange::Unchanged(None),
                        ..commit.clone()
                    };
                    right(it, store, &written)?;
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "inside a batch reads what was there before it",
        cases: &["sessions/batch-sees-itself"],
        bend: Bend {
            begin: |it| {
                it.in_batch = true;
                it.ledger.begin()
            },
            flush: |it| {
                it.in_batch = false;
                it.ledger.flush()
            },
            load: |it, store| {
                if it.in_batch { it.fresh().load(store) } else { it.ledger.load(store) }
            },
            ..STRAIGHT
        },
    },
];
