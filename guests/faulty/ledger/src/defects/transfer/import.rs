//! Imports that are taken where they must not be, or close too little.

use wirt_contract::attachments::Attachments;
use wirt_contract::batching::Batching;
use wirt_contract::store::{CheckPage, Store};
use wirt_contract::transfer::{Data, Transfer};
use wirt_contract::{Answer, Error, Failure};

use super::super::Defect;
use super::{Import, begin, count, finish};
use crate::{Bend, STRAIGHT};

pub(crate) const DEFECTS: &[Defect] = &[
    Defect {
        name: "an import looks for tasks alone",
        cases: &[
            "transfer/attachments-refuse-an-import",
            "transfer/artifacts-refuse-an-import",
            "transfer/sessions-refuse-an-import",
            "transfer/queues-refuse-an-import",
            "transfer/manifests-refuse-an-import",
        ],
        bend: Bend {
            begin_import: |it| {
                let begun = it.ledger.begin_import();
                if !is_conflict(&begun) {
                    return begun;
                }
                let first = it.ledger.export(None, 1)?.rows.into_iter().next();
                match first.map(|row| row.data) {
                    Some(Data::Task(_)) => begun,
                    _ => Ok(()),
                }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "an import replaces what is there",
        cases: &["transfer/tasks-refuse-an-import", "transfer/what-was-imported-refuses-an-import"],
        bend: Bend {
            begin_import: |it| match it.ledger.begin_import() {
                conflict if is_conflict(&conflict) => Ok(()),
                answer => answer,
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "answers reads while an import is open",
        cases: &["transfer/closed-while-importing"],
        bend: Bend {
            head: |it, store, id| match it.ledger.head(store, id) {
                conflict if is_conflict(&conflict) => Ok(None),
                answer => answer,
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a second begin is as good as one",
        cases: &["transfer/begun-once"],
        bend: Bend {
            begin_import: |it| {
                if it.notes.borrow_mut().of::<Import>().open {
                    return Ok(());
                }
                begin(it)
            },
            finish_import: finish,
            ..STRAIGHT
        },
    },
    Defect {
        name: "an open import is known to its own instance alone",
        cases: &["transfer/closed-in-a-fresh-instance"],
        bend: Bend {
            // What an instance knows, and the next one does not.
            begin_import: |it| {
                it.in_batch = true;
                it.ledger.begin_import()
            },
            check: |it, after, budget| match it.ledger.check(after, budget) {
                conflict if is_conflict(&conflict) && !it.in_batch => Ok(CheckPage::default()),
                answer => answer,
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "no batches while an import is open",
        cases: &["transfer/imports-in-batches"],
        bend: Bend {
            begin_import: begin,
            finish_import: finish,
            begin: |it| {
                if it.notes.borrow_mut().of::<Import>().open {
                    return Err(Error::Conflict("an import is open".into()).into());
                }
                it.ledger.begin()
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "imported rows are durable before their batch is",
        cases: &["transfer/unflushed-rows-leave-no-trace"],
        bend: Bend {
            import_rows: |it, rows| {
                it.ledger.import_rows(rows)?;
                if it.ledger.flush().is_ok() { it.ledger.begin() } else { Ok(()) }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "rows begin an import by themselves",
        cases: &["transfer/rows-need-a-begin"],
        bend: Bend {
            import_rows: |it, rows| match it.ledger.import_rows(rows) {
                Err(Failure::Error(Error::Invalid(_))) => {
                    it.ledger.begin_import()?;
                    it.ledger.import_rows(rows)
                }
                answer => answer,
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "does not count rows",
        cases: &["transfer/finish-counts-rows"],
        bend: Bend {
            begin_import: begin,
            import_rows: |it, rows| {
                it.ledger.import_rows(rows)?;
                it.notes.borrow_mut().of::<Import>().taken += count(rows);
                Ok(())
            },
            finish_import: |it, _| {
                let taken = it.notes.borrow_mut().of::<Import>().taken;
                it.ledger.finish_import(taken)
            },
            ..STRAIGHT
        },
    },
];

fn is_conflict<T>(answer: &Answer<T>) -> bool {
    matches!(answer, Err(Failure::Error(Error::Conflict(_))))
}
