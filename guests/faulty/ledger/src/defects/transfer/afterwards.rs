//! What an import loses that later calls rest on.

use std::collections::BTreeSet;

use wirt_contract::sessions::{CommitAnswer, GraphChange, NewCommit, Part, Refusal, Sessions};
use wirt_contract::tasks::{Appended, Tasks};
use wirt_contract::transfer::{Data, Row, Transfer};
use wirt_contract::work_queue::{Claim, ClaimRef, WorkQueue};
use wirt_contract::{Answer, NodeId};

use super::super::Defect;
use super::{changed, finish, finish_sifted, imported, sifted};
use crate::{Bend, Inner, STRAIGHT};

pub(crate) const DEFECTS: &[Defect] = &[
    Defect {
        name: "imported tapes take no more events",
        cases: &["transfer/tapes-go-on"],
        bend: Bend {
            finish_import: finish,
            append: |it, store, task, event| {
                if imported(it) {
                    return Ok(Appended::Dropped(it.ledger.max_seq(store, task)?));
                }
                it.ledger.append_event(store, task, event)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an import gives every entry back",
        cases: &["transfer/claims-go-on"],
        bend: Bend {
            import_rows: |it, rows| {
                changed(it, rows, |data| match data {
                    Data::Queued { entry, .. } => Data::Queued { entry, holder: None },
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "claims that ran out stay behind",
        cases: &["transfer/expired-claims-are-still-held"],
        bend: Bend {
            import_rows: |it, rows| {
                let now = it.now();
                changed(it, rows, |data| match data {
                    Data::Queued { entry, holder } => {
                        let holder = holder.filter(|holder| holder.expires_at > now);
                        Data::Queued { entry, holder }
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "fences go on from the claims that are there",
        cases: &["transfer/fences-go-on"],
        bend: Bend {
            import_rows: |it, rows| {
                let held = |row: &Row| match &row.data {
                    Data::Queued { holder, .. } => holder.as_ref().map(|it| it.claim.fencing_token),
                    _ => None,
                };
                let highest = rows.iter().filter_map(held).max().unwrap_or(0);
                changed(it, rows, |data| match data {
                    Data::Counters { enqueue_seq, .. } => {
                        Data::Counters { enqueue_seq, fencing_token: highest }
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "numbers go on from the entries that are there",
        cases: &["transfer/places-go-on"],
        bend: Bend {
            import_rows: |it, rows| {
                let place = |row: &Row| match &row.data {
                    Data::Queued { entry, .. } => Some(entry.enqueue_seq),
                    _ => None,
                };
                let highest = rows.iter().filter_map(place).max().unwrap_or(1);
                changed(it, rows, |data| match data {
                    Data::Counters { fencing_token, .. } => {
                        Data::Counters { enqueue_seq: highest, fencing_token }
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "imported entries have no source key",
        cases: &["transfer/source-keys-go-on"],
        bend: Bend {
            import_rows: |it, rows| {
                changed(it, rows, |data| match data {
                    Data::Queued { mut entry, holder } => {
                        entry.source_key = None;
                        Data::Queued { entry, holder }
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "stamps stay behind",
        cases: &["transfer/stamps-go-on"],
        bend: Bend {
            begin_import: super::begin,
            import_rows: |it, rows| sifted(it, rows, |data| !matches!(data, Data::Turn { .. })),
            finish_import: finish_sifted,
            ..STRAIGHT
        },
    },
    Defect {
        name: "an imported session's revisions begin anew",
        cases: &["transfer/bindings-go-on"],
        bend: Bend {
            import_rows: |it, rows| {
                changed(it, rows, |data| match data {
                    Data::Session(mut session) => {
                        session.revision = 1;
                        Data::Session(session)
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "ids of tombstoned nodes stay behind",
        cases: &["transfer/used-node-ids-stay-used"],
        bend: Bend {
            begin_import: super::begin,
            import_rows: |it, rows| sifted(it, rows, |data| !matches!(data, Data::UsedNodeId(_))),
            finish_import: finish_sifted,
            ..STRAIGHT
        },
    },
    Defect {
        name: "exports ids of a replaced graph as used",
        cases: &["transfer/ids-of-a-replaced-graph-are-free"],
        bend: Bend {
            commit: |it, store, commit| {
                if let GraphChange::Append(nodes) = &commit.graph {
                    let ids = nodes.nodes.iter().map(|node| node.node_id.clone());
                    it.notes.borrow_mut().of::<BTreeSet<NodeId>>().extend(ids);
                }
                it.ledger.commit(store, commit)
            },
            export: |it, after, budget| {
                let mut page = it.ledger.export(after, budget)?;
                let known = it.notes.borrow_mut().of::<BTreeSet<NodeId>>().clone();
                let is_node = |row: &Row| matches!(row.data, Data::Node(_));
                if let Some(place) = page.rows.iter().position(is_node) {
                    let store = page.rows.first().map(|row| row.store.clone());
                    let used = known.into_iter().zip(store.into_iter().cycle());
                    let used = used.map(|(id, store)| Row { store, data: Data::UsedNodeId(id) });
                    page.rows.splice(place..place, used.collect::<Vec<_>>());
                }
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "no commit finds an imported blob",
        cases: &["transfer/graphs-and-blobs-go-on"],
        bend: Bend {
            finish_import: finish,
            commit: |it, store, commit| match &commit.checkpoint.turn_state {
                Part::Kept(name) if imported(it) => {
                    Ok(CommitAnswer::Refused(Refusal::BlobUnknown(name.clone())))
                }
                _ => it.ledger.commit(store, commit),
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "knows a claim by its number alone",
        cases: &["transfer/claims-of-another-history-are-not-held"],
        bend: Bend {
            claim: |it, store, claimant, max| {
                let claim = it.ledger.claim(store, claimant, max)?;
                it.notes.borrow_mut().of::<Vec<Claim>>().extend(claim.clone());
                Ok(claim)
            },
            renew: |it, store, claim, ttl| {
                let claim = newest(it, claim);
                it.ledger.renew(store, &claim, ttl)
            },
            abandon: |it, store, claim| {
                let claim = newest(it, claim);
                it.ledger.abandon(store, &claim)
            },
            commit: |it, store, commit| complete(it, store, commit),
            ..STRAIGHT
        },
    },
];

/// The newest claim of the same number.
fn newest(it: &Inner, claim: &ClaimRef) -> ClaimRef {
    let mut notes = it.notes.borrow_mut();
    let same = |known: &&Claim| known.claim.fencing_token == claim.fencing_token;
    let known = notes.of::<Vec<Claim>>().iter().rev().find(same);
    known.map_or_else(|| claim.clone(), |known| known.claim.clone())
}

fn complete(
    it: &mut Inner,
    store: &wirt_contract::StoreId,
    commit: &NewCommit,
) -> Answer<CommitAnswer> {
    let completed = commit.completed.iter().map(|claim| newest(it, claim)).collect();
    it.ledger.commit(store, &NewCommit { completed, ..commit.clone() })
}
