//! Rows that are taken where no export gives such.

use std::collections::BTreeSet;

use wirt_contract::artifacts::Artifact;
use wirt_contract::attachment_manifest::Retention;
use wirt_contract::attachments::Attachment;
use wirt_contract::sessions::Session;
use wirt_contract::store::Store;
use wirt_contract::transfer::{Data, Row, Transfer};
use wirt_contract::{AttachmentId, BlobName, Error, Failure, ModuleRef, NodeId};

use super::super::Defect;
use super::{Import, changed, sifted};
use crate::{Bend, STRAIGHT};

pub(crate) const DEFECTS: &[Defect] = &[
    Defect {
        name: "puts neighbours right that come the wrong way round",
        cases: &["transfer/rows-the-wrong-way-round-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| match it.ledger.import_rows(rows) {
                Err(Failure::Error(Error::Invalid(_))) if rows.len() > 1 => {
                    let mut right = rows.to_vec();
                    right.swap(rows.len() - 2, rows.len() - 1);
                    it.ledger.import_rows(&right)
                }
                answer => answer,
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a row twice is one row",
        cases: &["transfer/a-row-twice-is-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                let mut once = rows.to_vec();
                once.dedup();
                it.ledger.import_rows(&once)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a call again is one call",
        cases: &["transfer/rows-of-an-earlier-call-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                if it.notes.borrow_mut().of::<Import>().last == rows {
                    return Ok(());
                }
                it.ledger.import_rows(rows)?;
                it.notes.borrow_mut().of::<Import>().last = rows.to_vec();
                Ok(())
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "keeps the rows before the one that is wrong",
        cases: &["transfer/nothing-of-a-refused-call-is-kept"],
        bend: Bend {
            import_rows: |it, rows| {
                rows.iter().try_for_each(|row| it.ledger.import_rows(std::slice::from_ref(row)))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "numbers imported events itself",
        cases: &["transfer/tapes-with-gaps-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                let mut rows = rows.to_vec();
                let mut last = None;
                for row in &mut rows {
                    if let Data::Event { task_id, event } = &mut row.data {
                        let before = last.take().filter(|(task, _)| task == task_id);
                        event.seq = before.map_or(1, |(_, seq): (_, u64)| seq + 1);
                        last = Some((task_id.clone(), event.seq));
                    }
                }
                it.ledger.import_rows(&rows)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "names imported attachments by what came",
        cases: &["transfer/bytes-of-another-name-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                changed(it, rows, |data| match data {
                    Data::Attachment { attachment, bytes } => {
                        let byte_len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                        let id = AttachmentId::of(&bytes);
                        let attachment = Attachment { id, byte_len, ..attachment };
                        Data::Attachment { attachment, bytes }
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "names imported artifacts by what came",
        cases: &["transfer/artifacts-of-another-name-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                changed(it, rows, |data| match data {
                    Data::Artifact(artifact) => {
                        let module_ref = ModuleRef::of(&artifact.content);
                        Data::Artifact(Artifact { module_ref, ..artifact })
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a node without its parent is a root",
        cases: &["transfer/nodes-without-parent-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                let mut rows = rows.to_vec();
                let mut known: BTreeSet<NodeId> = BTreeSet::new();
                for row in &mut rows {
                    match &mut row.data {
                        Data::UsedNodeId(id) => {
                            known.insert(id.clone());
                        }
                        Data::Node(node) => {
                            node.parent_node_id.take_if(|parent| !known.contains(parent));
                            known.insert(node.node_id.clone());
                        }
                        _ => {}
                    }
                }
                it.ledger.import_rows(&rows)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "passes over blobs that nothing names",
        cases: &["transfer/blobs-no-head-names-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                let session = |row: &Row| match &row.data {
                    Data::Session(session) => Some(session.clone()),
                    _ => None,
                };
                let named: Vec<Session> = rows.iter().filter_map(session).collect();
                let named: BTreeSet<&BlobName> = named.iter().flat_map(Session::blobs).collect();
                sifted(it, rows, |data| match data {
                    Data::Blob(bytes) => named.contains(&BlobName::of(bytes)),
                    _ => true,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "does not miss what it is not given",
        cases: &["transfer/missing-blobs-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                if it.ledger.import_rows(rows).is_err() {
                    it.notes.borrow_mut().of::<Import>().hidden = true;
                }
                Ok(())
            },
            finish_import: |it, rows| {
                if it.notes.borrow_mut().of::<Import>().hidden {
                    return Ok(());
                }
                it.ledger.finish_import(rows)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "takes intents it says it does not keep",
        cases: &["transfer/intents-need-a-manifest-that-keeps-them"],
        bend: Bend { retention: |_| Ok(Retention::None), ..STRAIGHT },
    },
    Defect {
        name: "raises counters to the entries that come",
        cases: &["transfer/entries-beyond-the-counters-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                let place = |row: &Row| match &row.data {
                    Data::Queued { entry, .. } => Some(entry.enqueue_seq),
                    _ => None,
                };
                let highest = rows.iter().filter_map(place).max().unwrap_or(0);
                changed(it, rows, |data| match data {
                    Data::Counters { enqueue_seq, fencing_token } => {
                        Data::Counters { enqueue_seq: enqueue_seq.max(highest), fencing_token }
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an imported task without an id gets one",
        cases: &["transfer/ids-beyond-their-bound-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                changed(it, rows, |data| match data {
                    Data::Task(mut task) if task.task_id.as_str().is_empty() => {
                        task.task_id = "task".into();
                        Data::Task(task)
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "cuts imported payloads",
        cases: &["transfer/payloads-beyond-their-bound-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                let most = it.ledger.describe()?.limits.max_payload_bytes;
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                changed(it, rows, |data| match data {
                    Data::Task(mut task) => {
                        if let Some(outcome) = &mut task.outcome {
                            outcome.truncate(most);
                        }
                        Data::Task(task)
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "passes over attachments that are too large",
        cases: &["transfer/attachments-beyond-their-bound-are-invalid"],
        bend: Bend {
            import_rows: |it, rows| {
                let most = it.ledger.describe()?.limits.max_attachment_bytes;
                sifted(it, rows, |data| match data {
                    Data::Attachment { bytes, .. } => {
                        u32::try_from(bytes.len()).is_ok_and(|length| length <= most)
                    }
                    _ => true,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "takes any number of rows at once",
        cases: &["transfer/rows-at-once-bound"],
        bend: Bend {
            import_rows: |it, rows| {
                let most = it.ledger.describe()?.limits.max_list;
                let mut parts = rows.chunks(usize::try_from(most).unwrap_or(usize::MAX));
                parts.try_for_each(|some| it.ledger.import_rows(some))
            },
            ..STRAIGHT
        },
    },
];
