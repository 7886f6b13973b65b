//! Blobs, checkpoints and collections.

use std::collections::{BTreeMap, BTreeSet};

use wirt_contract::sessions::{
    Collected, CommitAnswer, NewCommit, Part, Refusal, Session, Sessions,
};
use wirt_contract::{Answer, BlobName, StoreId};

use super::super::{Defect, not_found};
use super::{refusal, right, stands};
use crate::{Bend, Inner, STRAIGHT};

/// Blobs asked for at once.
const PAGE: u32 = 1_000;

/// Blobs that a collection has taken, though it should not have.
#[derive(Default)]
struct Lost(BTreeSet<(StoreId, BlobName)>);

/// Names that were committed, and of them those that were collected.
#[derive(Default)]
struct Written(BTreeMap<StoreId, BTreeSet<BlobName>>);

fn lose(it: &mut Inner, store: &StoreId, name: BlobName) {
    it.notes.borrow_mut().of::<Lost>().0.insert((store.clone(), name));
}

/// The blob, unless it was lost.
fn unless_lost(it: &mut Inner, store: &StoreId, name: &BlobName) -> Answer<Vec<u8>> {
    let place = (store.clone(), name.clone());
    let lost = it.notes.borrow_mut().of::<Lost>().0.contains(&place);
    if lost { not_found() } else { it.ledger.load_blob(store, name) }
}

/// Collects, and then loses what `names` gives of the head.
fn collecting(
    it: &mut Inner,
    store: &StoreId,
    (after, budget): (Option<&BlobName>, u32),
    names: fn(&Session) -> Vec<BlobName>,
) -> Answer<Collected> {
    let collected = it.ledger.gc_unreachable(store, after, budget)?;
    let head = it.ledger.load(store)?;
    for name in head.iter().flat_map(names) {
        lose(it, store, name);
    }
    Ok(collected)
}

/// Each part of a checkpoint.
fn parts(commit: &mut NewCommit) -> impl Iterator<Item = &mut Part> {
    let checkpoint = &mut commit.checkpoint;
    let rest =
        [&mut checkpoint.tool_state, &mut checkpoint.plugins, &mut checkpoint.execution_state];
    let frames = commit.frames.iter_mut().filter_map(|frame| frame.execution_state.as_mut());
    std::iter::once(&mut checkpoint.turn_state).chain(rest.into_iter().flatten()).chain(frames)
}

/// Names of the kept parts of a commit.
fn kept(commit: &NewCommit) -> Vec<BlobName> {
    let mut commit = commit.clone();
    let kept = parts(&mut commit).filter_map(|part| match part {
        Part::Kept(name) => Some(name.clone()),
        Part::Bytes(_) => None,
    });
    kept.collect()
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "names blobs in capitals",
        cases: &["sessions/blobs-named-by-content"],
        bend: Bend {
            load: |it, store| {
                let mut session = it.ledger.load(store)?;
                if let Some(session) = &mut session {
                    let name = &mut session.checkpoint.parts.turn_state;
                    *name = BlobName::new(name.as_str().to_uppercase());
                }
                Ok(session)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a blob ends at its first zero",
        cases: &["sessions/blobs-of-any-bytes"],
        bend: Bend {
            load_blob: |it, store, name| {
                let bytes = it.ledger.load_blob(store, name)?;
                Ok(bytes.into_iter().take_while(|byte| *byte != 0).collect())
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "keeps bytes once for each part",
        cases: &["sessions/blobs-stored-once"],
        bend: Bend {
            gc_unreachable: |it, store, after, budget| {
                let collected = it.ledger.gc_unreachable(store, after, budget)?;
                let head = it.ledger.load(store)?;
                let named = head.map_or(0, |session| session.blobs().count());
                let roots = u64::try_from(named).unwrap_or_default();
                let retained = if collected.retained > 0 { roots } else { 0 };
                Ok(Collected { roots, retained, ..collected })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "looks a blob up whatever the case of its name",
        cases: &["sessions/odd-blob-names-are-not-found"],
        bend: Bend {
            load_blob: |it, store, name| {
                it.ledger.load_blob(store, &BlobName::new(name.as_str().to_lowercase()))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a checkpoint is named by its first part",
        cases: &["sessions/checkpoint-name"],
        bend: Bend {
            commit: |it, store, commit| {
                let mut answer = right(it, store, commit);
                if let Ok(CommitAnswer::Committed(committed)) = &mut answer {
                    let checkpoint = &mut committed.checkpoint;
                    checkpoint.checkpoint_ref = checkpoint.parts.turn_state.to_string();
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "names a checkpoint without a revision as one of 0",
        cases: &["sessions/checkpoint-names-tell-apart"],
        bend: Bend {
            commit: |it, store, commit| {
                let mut answer = right(it, store, commit);
                if let Ok(CommitAnswer::Committed(committed)) = &mut answer {
                    let mut parts = committed.checkpoint.parts.clone();
                    parts.plugin_revision = parts.plugin_revision.or(Some(0));
                    committed.checkpoint.checkpoint_ref = parts.checkpoint_ref();
                }
                answer
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "knows no kept parts",
        cases: &["sessions/kept-part-of-the-head"],
        bend: Bend {
            commit: |it, store, commit| match kept(commit).pop() {
                Some(name) => Ok(CommitAnswer::Refused(Refusal::BlobUnknown(name))),
                None => right(it, store, commit),
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "knows the head's blobs alone",
        cases: &["sessions/kept-part-before-it-is-collected"],
        bend: Bend {
            commit: |it, store, commit| {
                let head = it.ledger.load(store)?;
                for name in kept(commit) {
                    let named =
                        head.as_ref().is_some_and(|head| head.blobs().any(|it| *it == name));
                    if !named {
                        return Ok(CommitAnswer::Refused(Refusal::BlobUnknown(name)));
                    }
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "takes it on trust that a kept part is there",
        cases: &[
            "sessions/unknown-kept-part-is-refused",
            "sessions/collected-kept-part-is-refused",
            "sessions/kept-part-of-another-store-id",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                let Some(Refusal::BlobUnknown(unknown)) = refusal(&answer).cloned() else {
                    return answer;
                };
                let mut commit = commit.clone();
                for part in parts(&mut commit).filter(|part| part.name() == unknown) {
                    *part = Part::Bytes(Vec::new());
                }
                right(it, store, &commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "writes no bytes that it has written before, collected or not",
        cases: &["sessions/collected-bytes-come-back"],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if stands(&answer) {
                    let names = commit.checkpoint.iter().map(Part::name);
                    let mut notes = it.notes.borrow_mut();
                    notes.of::<Written>().0.entry(store.clone()).or_default().extend(names);
                }
                answer
            },
            gc_unreachable: |it, store, after, budget| {
                let collected = it.ledger.gc_unreachable(store, after, budget)?;
                let written = it.notes.borrow_mut().of::<Written>().0.get(store).cloned();
                for name in written.unwrap_or_default() {
                    if it.ledger.load_blob(store, &name).is_err() {
                        lose(it, store, name);
                    }
                }
                Ok(collected)
            },
            load_blob: unless_lost,
            ..STRAIGHT
        },
    },
    Defect {
        name: "collects the tools' state, which the head names",
        cases: &[
            "sessions/gc-reclaims-unreachable-checkpoint-blobs-and-preserves-live",
            "sessions/gc-keeps-kept-parts",
        ],
        bend: Bend {
            gc_unreachable: |it, store, after, budget| {
                collecting(it, store, (after, budget), |session| {
                    session.checkpoint.parts.tool_state.iter().cloned().collect()
                })
            },
            load_blob: unless_lost,
            ..STRAIGHT
        },
    },
    Defect {
        name: "collects the states of frames",
        cases: &["sessions/gc-keeps-states-of-frames"],
        bend: Bend {
            gc_unreachable: |it, store, after, budget| {
                collecting(it, store, (after, budget), |session| {
                    let frames = session.frames.iter();
                    frames.filter_map(|frame| frame.execution_state.clone()).collect()
                })
            },
            load_blob: unless_lost,
            ..STRAIGHT
        },
    },
    Defect {
        name: "the first page of a collection is the last",
        cases: &["sessions/gc-in-small-budgets", "sessions/gc-of-many-blobs"],
        bend: Bend {
            gc_unreachable: |it, store, after, budget| {
                let collected = it.ledger.gc_unreachable(store, after, budget)?;
                Ok(Collected { next: None, ..collected })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "after the last page of a collection there is one more",
        cases: &["sessions/gc-of-nothing"],
        bend: Bend {
            gc_unreachable: |it, store, after, budget| {
                let collected = it.ledger.gc_unreachable(store, after, budget)?;
                let last = after.is_none().then(|| BlobName::from("g"));
                Ok(Collected { next: collected.next.or(last), ..collected })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a collection goes through every store id",
        cases: &["sessions/gc-of-one-store-id-alone"],
        bend: Bend {
            commit: |it, store, commit| {
                it.notes.borrow_mut().stores.push(store.clone());
                right(it, store, commit)
            },
            gc_unreachable: |it, store, after, budget| {
                let collected = it.ledger.gc_unreachable(store, after, budget)?;
                let others = it.notes.borrow_mut().stores.clone();
                for other in others {
                    it.ledger.gc_unreachable(&other, None, PAGE)?;
                }
                Ok(collected)
            },
            ..STRAIGHT
        },
    },
];
