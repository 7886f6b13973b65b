//! Descriptions.

use std::collections::BTreeMap;

use wirt_contract::sessions::{Meta, Relation, Sessions};
use wirt_contract::{EpochMs, Error, Failure, SessionId, StoreId};

use super::super::Defect;
use super::right;
use crate::{Bend, STRAIGHT};

/// The session that was described first.
#[derive(Default)]
struct Described(BTreeMap<StoreId, SessionId>);

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "forgets where a session works",
        cases: &["sessions/session-metadata-round-trips"],
        bend: Bend {
            load_meta: |it, store| {
                Ok(it.ledger.load_meta(store)?.map(|meta| Meta { cwd: None, ..meta }))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an empty folder is none",
        cases: &["sessions/meta-kept-exactly"],
        bend: Bend {
            load_meta: |it, store| {
                let meta = it.ledger.load_meta(store)?;
                Ok(meta.map(|meta| {
                    let cwd = meta.cwd.clone().filter(|cwd| !cwd.is_empty());
                    Meta { cwd, ..meta }
                }))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a description binds the store id",
        cases: &["sessions/meta-before-the-first-commit"],
        bend: Bend {
            save_meta: |it, store, meta| {
                let mut notes = it.notes.borrow_mut();
                let described = &mut notes.of::<Described>().0;
                let first =
                    described.entry(store.clone()).or_insert_with(|| meta.session_id.clone());
                if *first != meta.session_id {
                    return Err(Error::Conflict("so it says".into()).into());
                }
                it.ledger.save_meta(store, meta)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "the first description stays",
        cases: &["sessions/meta-last-stays"],
        bend: Bend {
            save_meta: |it, store, meta| match it.ledger.load_meta(store)? {
                Some(_) => Ok(()),
                None => it.ledger.save_meta(store, meta),
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a session without a description has an empty one",
        cases: &["sessions/meta-is-none-at-first"],
        bend: Bend {
            load_meta: |it, store| {
                let session = it.ledger.load(store)?;
                let empty = session.map(|session| Meta {
                    session_id: session.session_id,
                    name: String::new(),
                    created_at: EpochMs(0),
                    model: String::new(),
                    cwd: None,
                    relation: Relation::Root,
                });
                Ok(it.ledger.load_meta(store)?.or(empty))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a commit takes the description along",
        cases: &["sessions/meta-outlives-commits"],
        bend: Bend {
            commit: |it, store, commit| {
                it.notes.borrow_mut().stores.push(store.clone());
                right(it, store, commit)
            },
            load_meta: |it, store| {
                let gone = it.notes.borrow().stores.contains(store);
                if gone { Ok(None) } else { it.ledger.load_meta(store) }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "drops another session's description without a word",
        cases: &["sessions/meta-of-another-session"],
        bend: Bend {
            save_meta: |it, store, meta| match it.ledger.save_meta(store, meta) {
                Err(Failure::Error(Error::Conflict(_))) => Ok(()),
                answer => answer,
            },
            ..STRAIGHT
        },
    },
];
