//! What an export gives wrongly, or not at all.

use wirt_contract::sessions::{GraphChange, Node, Sessions};
use wirt_contract::store::{CheckPage, Store};
use wirt_contract::tasks::Tasks;
use wirt_contract::transfer::{Data, Page, Row, Transfer};

use super::super::{Defect, invalid, not_found};
use super::{changed, finish, imported};
use crate::{Bend, STRAIGHT};

pub(crate) const DEFECTS: &[Defect] = &[
    Defect {
        name: "nothing to export is an error",
        cases: &["transfer/nothing-gives-no-rows"],
        bend: Bend {
            export: |it, after, budget| {
                let page = it.ledger.export(after, budget)?;
                if after.is_none() && page.rows.is_empty() { not_found() } else { Ok(page) }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an import forgets when tasks began",
        cases: &["transfer/rows-come-back-as-they-came"],
        bend: Bend {
            import_rows: |it, rows| {
                changed(it, rows, |data| match data {
                    Data::Task(mut task) => {
                        task.started_at = None;
                        Data::Task(task)
                    }
                    other => other,
                })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an import wants rows in every call",
        cases: &["transfer/rows-one-by-one-are-the-same"],
        bend: Bend {
            import_rows: |it, rows| {
                if rows.is_empty() { invalid() } else { it.ledger.import_rows(rows) }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an import builds no index of unclosed tasks",
        cases: &["transfer/reads-are-the-same-afterwards"],
        bend: Bend {
            finish_import: finish,
            unclosed: |it, store, after, limit| {
                let page = it.ledger.list_unclosed(store, after, limit)?;
                Ok(if imported(it) { Vec::new() } else { page })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "exports the bodies of tombstoned nodes",
        cases: &["transfer/what-no-call-shows-stays-behind"],
        bend: Bend {
            commit: |it, store, commit| {
                if let GraphChange::Append(nodes) = &commit.graph {
                    it.notes.borrow_mut().of::<Vec<Node>>().extend(nodes.nodes.iter().cloned());
                }
                it.ledger.commit(store, commit)
            },
            export: |it, after, budget| {
                let mut page = it.ledger.export(after, budget)?;
                let known = it.notes.borrow_mut().of::<Vec<Node>>().clone();
                let bodies: Vec<Row> = page
                    .rows
                    .iter()
                    .filter_map(|row| match &row.data {
                        Data::UsedNodeId(id) => {
                            let node = known.iter().find(|node| node.node_id == *id)?;
                            Some(Row { data: Data::Node(node.clone()), ..row.clone() })
                        }
                        _ => None,
                    })
                    .collect();
                page.rows.extend(bodies);
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "exports each task's tape with it",
        cases: &["transfer/rows-in-order"],
        bend: Bend {
            export: |it, after, budget| {
                let mut page = it.ledger.export(after, budget)?;
                page.rows.sort_by_key(|row| match &row.data {
                    Data::Task(task) => (row.store.clone(), false, Some(task.task_id.clone())),
                    Data::Event { task_id, .. } => {
                        (row.store.clone(), false, Some(task_id.clone()))
                    }
                    _ => (row.store.clone(), true, None),
                });
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "exports short store ids first",
        cases: &["transfer/rows-in-order"],
        bend: Bend {
            export: |it, after, budget| {
                let mut page = it.ledger.export(after, budget)?;
                page.rows.sort_by_key(|row| (row.store.as_str().len(), row.store.clone()));
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "exports nodes by their ids",
        cases: &["transfer/nodes-by-insertion"],
        bend: Bend {
            export: |it, after, budget| {
                let mut page = it.ledger.export(after, budget)?;
                let mut nodes: Vec<Data> = page
                    .rows
                    .iter()
                    .filter(|row| matches!(row.data, Data::Node(_)))
                    .map(|row| row.data.clone())
                    .collect();
                nodes.sort_by_key(|data| match data {
                    Data::Node(node) => Some(node.node_id.clone()),
                    _ => None,
                });
                let places = page.rows.iter_mut().filter(|row| matches!(row.data, Data::Node(_)));
                for (place, node) in places.zip(nodes) {
                    place.data = node;
                }
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a page ends one row before the next one's beginning",
        cases: &["transfer/pages-of-any-budget"],
        bend: Bend {
            export: |it, after, budget| {
                let mut page = it.ledger.export(after, budget)?;
                if page.next.is_some() && page.rows.len() > 1 {
                    page.rows.pop();
                }
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a budget of 0 is 1",
        cases: &["transfer/budget-zero-is-invalid"],
        bend: Bend {
            export: |it, after, budget| it.ledger.export(after, budget.max(1)),
            ..STRAIGHT
        },
    },
    Defect {
        name: "pages of any number of bytes",
        cases: &["transfer/pages-of-much"],
        bend: Bend {
            export: |it, after, budget| {
                let mut all = it.ledger.export(after, budget)?;
                while let Some(next) = all.next.take() {
                    let Page { rows, next } = it.ledger.export(Some(&next), budget)?;
                    all.rows.extend(rows);
                    all.next = next;
                }
                Ok(all)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a check takes what was imported for damaged",
        cases: &["transfer/check-finds-nothing-afterwards"],
        bend: Bend {
            finish_import: finish,
            check: |it, after, budget| {
                let page = it.ledger.check(after, budget)?;
                let problems =
                    if imported(it) { vec!["an index is missing".into()] } else { page.problems };
                Ok(CheckPage { problems, ..page })
            },
            ..STRAIGHT
        },
    },
];
