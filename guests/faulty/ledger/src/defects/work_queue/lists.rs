//! Defects of lists.

use wirt_contract::work_queue::{Entry, WorkQueue};

use super::{Defect, PAGE, defect, queue};
use crate::{Bend, STRAIGHT};

/// Places a list looks at before it gives up.
const WINDOW: u64 = 100;

pub(in super::super) const DEFECTS: &[Defect] = &[
    defect(
        "lists the youngest first",
        &["work-queue/list-by-place"],
        Bend {
            list_entries: |it, store, session, after, limit| {
                let mut page = it.ledger.list_entries(store, session, after, limit)?;
                page.reverse();
                Ok(page)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lists what nobody holds",
        &["work-queue/list-shows-claimed-entries"],
        Bend {
            list_entries: |it, store, session, after, limit| {
                it.ledger.list_pending(store, session, after, limit)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "goes on only after an entry that is there",
        &["work-queue/list-after-any-place"],
        Bend {
            list_entries: |it, store, session, after, limit| {
                let there = queue(it, store, session)?;
                if after.is_some_and(|place| !there.iter().any(|it| it.enqueue_seq == place)) {
                    return Ok(Vec::new());
                }
                it.ledger.list_entries(store, session, after, limit)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lists nothing at a limit of 0",
        &["work-queue/list-limit-zero-is-invalid"],
        Bend {
            list_pending: |it, store, session, after, limit| match limit {
                0 => Ok(Vec::new()),
                _ => it.ledger.list_pending(store, session, after, limit),
            },
            ..STRAIGHT
        },
    ),
    defect(
        "lists as many as it is asked for",
        &["work-queue/list-limit-is-cut"],
        Bend {
            list_entries: |it, store, session, after, limit| {
                if limit <= PAGE {
                    return it.ledger.list_entries(store, session, after, limit);
                }
                let mut all = queue(it, store, session)?;
                all.retain(|entry| after.is_none_or(|place| entry.enqueue_seq > place));
                Ok(all)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "ends a list where other sessions have many entries",
        &["work-queue/list-ends-with-an-empty-page"],
        Bend {
            list_entries: |it, store, session, after, limit| {
                let mut page = it.ledger.list_entries(store, session, after, limit)?;
                let last = after.unwrap_or(0).saturating_add(WINDOW);
                page.retain(|entry| entry.enqueue_seq <= last);
                Ok(page)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "says that everything is free",
        &["work-queue/pending-hides-live-claims"],
        Bend {
            list_pending: |it, store, session, after, limit| {
                it.ledger.list_entries(store, session, after, limit)
            },
            ..STRAIGHT
        },
    ),
    defect(
        "fills a page before it leaves out what is claimed",
        &["work-queue/pending-in-pages", "work-queue/pending-beyond-many-claimed"],
        Bend {
            list_pending: |it, store, session, after, limit| {
                let free = it.ledger.list_pending(store, session, after, limit)?;
                let mut page: Vec<Entry> = it.ledger.list_entries(store, session, after, limit)?;
                page.retain(|entry| free.contains(entry));
                Ok(page)
            },
            ..STRAIGHT
        },
    ),
];
