//! Defects of rows and lists.

use wirt_contract::tasks::{
    NewTask, Status, Task, TaskChange, TaskCursor, TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::{EpochMs, StoreId, TaskId};
use wirt_faulty_ledger::{Bend, Inner, STRAIGHT};

use super::{Defect, invalid, is_conflict, is_not_found, store};

pub(super) fn status(it: &mut Inner, store: &StoreId, task: &TaskId) -> Option<Status> {
    it.ledger.get(store, task).unwrap().map(|row| row.status)
}

fn all_rows(it: &mut Inner, store: &StoreId, filter: &TaskFilter) -> Vec<Task> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = it.ledger.list(store, filter, after.as_ref(), 1_000).unwrap();
        rows.extend(page.tasks);
        after = page.next;
        if after.is_none() {
            return rows;
        }
    }
}

pub(super) fn defects() -> Vec<Defect> {
    [rows(), updates(), lists(), more_lists()].into_iter().flatten().collect()
}

fn rows() -> Vec<Defect> {
    vec![
        store(
            "loses the digest",
            &["tasks/get-round-trip"],
            Bend {
                create: |it, store, task| {
                    it.ledger.create(store, &NewTask { params_digest: "".into(), ..task.clone() })
                },
                ..STRAIGHT
            },
        ),
        store(
            "writes JSON anew",
            &["tasks/payload-kept-verbatim"],
            Bend {
                update: |it, store, task, change| {
                    let anew = |json: &Option<String>| json.as_ref().map(|it| it.replace(' ', ""));
                    let (outcome, failure) = (anew(&change.outcome), anew(&change.failure));
                    let change = TaskChange { outcome, failure, ..change.clone() };
                    it.ledger.update_status(store, task, &change)
                },
                ..STRAIGHT
            },
        ),
        store(
            "keeps times in 63 bits",
            &["tasks/times-are-whole-64-bits"],
            Bend {
                create: |it, store, task| {
                    let created_at = EpochMs(task.created_at.0 & (u64::MAX >> 1));
                    it.ledger.create(store, &NewTask { created_at, ..task.clone() })
                },
                ..STRAIGHT
            },
        ),
        store(
            "a second create is nothing special",
            &["tasks/create-twice-conflicts", "tasks/create-over-closed-conflicts"],
            Bend {
                create: |it, store, task| {
                    let answer = it.ledger.create(store, task);
                    if is_conflict(&answer) { Ok(()) } else { answer }
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn updates() -> Vec<Defect> {
    vec![
        store(
            "updates what is not there",
            &["tasks/update-unknown-is-not-found"],
            Bend {
                update: |it, store, task, change| {
                    let answer = it.ledger.update_status(store, task, change);
                    if is_not_found(&answer) { Ok(Updated::Applied) } else { answer }
                },
                ..STRAIGHT
            },
        ),
        store(
            "says a terminal row was changed",
            &["tasks/terminal-row-immutable", "tasks/cancel-beats-late-failure"],
            Bend {
                update: |it, store, task, change| {
                    it.ledger.update_status(store, task, change).map(|_| Updated::Applied)
                },
                ..STRAIGHT
            },
        ),
        store(
            "clears what is absent",
            &["tasks/update-keeps-absent"],
            Bend {
                update: |it, store, task, change| {
                    let outcome = Some(change.outcome.clone().unwrap_or_default());
                    let change = TaskChange { outcome, ..change.clone() };
                    it.ledger.update_status(store, task, &change)
                },
                ..STRAIGHT
            },
        ),
        store(
            "keeps the first outcome",
            &["tasks/update-replaces-present"],
            Bend {
                update: |it, store, task, change| {
                    let had = it.ledger.get(store, task)?.and_then(|row| row.outcome);
                    let outcome = if had.is_some() { None } else { change.outcome.clone() };
                    it.ledger.update_status(store, task, &TaskChange { outcome, ..change.clone() })
                },
                ..STRAIGHT
            },
        ),
        store(
            "takes any step",
            &["tasks/no-way-back", "tasks/row-follows-final", "store/errors-change-nothing"],
            Bend {
                update: |it, store, task, change| {
                    let answer = it.ledger.update_status(store, task, change);
                    if is_conflict(&answer) { Ok(Updated::Applied) } else { answer }
                },
                ..STRAIGHT
            },
        ),
        store(
            "only a running task may end",
            &["tasks/pending-may-end"],
            Bend {
                update: |it, store, task, change| match status(it, store, task) {
                    Some(Status::Pending) if change.status != Status::Running => invalid(),
                    _ => it.ledger.update_status(store, task, change),
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn lists() -> Vec<Defect> {
    vec![
        store(
            "oldest first",
            &["tasks/list-newest-first"],
            Bend {
                rows: |it, store, filter, after, limit| {
                    let mut page = it.ledger.list(store, filter, after, limit)?;
                    page.tasks.reverse();
                    Ok(page)
                },
                ..STRAIGHT
            },
        ),
        store(
            "ties by id in any case",
            &["tasks/list-ties-by-id"],
            Bend {
                rows: |it, store, filter, after, limit| {
                    let mut page = it.ledger.list(store, filter, after, limit)?;
                    page.tasks.sort_by_key(|row| {
                        (std::cmp::Reverse(row.created_at), row.task_id.as_str().to_lowercase())
                    });
                    Ok(page)
                },
                ..STRAIGHT
            },
        ),
        store(
            "one ending is like another",
            &["tasks/list-filters"],
            Bend {
                rows: |it, store, filter, _, _| {
                    let any = TaskFilter { status: None, ..filter.clone() };
                    let mut tasks = all_rows(it, store, &any);
                    tasks.retain(|row| {
                        filter.status.is_none_or(|status| {
                            status == row.status
                                || status.ending().is_some() && row.status.ending().is_some()
                        })
                    });
                    Ok(TaskPage { tasks, next: None })
                },
                ..STRAIGHT
            },
        ),
        store(
            "lists whole rows",
            &["tasks/list-has-no-payload"],
            Bend {
                rows: |it, store, filter, after, limit| {
                    let mut page = it.ledger.list(store, filter, after, limit)?;
                    for row in &mut page.tasks {
                        *row = it.ledger.get(store, &row.task_id)?.unwrap();
                    }
                    Ok(page)
                },
                ..STRAIGHT
            },
        ),
        store(
            "a cursor is a time",
            &["tasks/list-gives-each-once"],
            Bend {
                rows: |it, store, filter, after, limit| {
                    let after = after
                        .map(|at| TaskCursor { task_id: TaskId::new("\u{10ffff}"), ..at.clone() });
                    it.ledger.list(store, filter, after.as_ref(), limit)
                },
                ..STRAIGHT
            },
        ),
        store(
            "forgets the filter on later pages",
            &["tasks/list-cursor-within-filter"],
            Bend {
                rows: |it, store, filter, after, limit| {
                    let none = TaskFilter::default();
                    it.ledger.list(
                        store,
                        if after.is_some() { &none } else { filter },
                        after,
                        limit,
                    )
                },
                ..STRAIGHT
            },
        ),
        store(
            "a cursor is a row",
            &["tasks/list-cursor-is-a-place"],
            Bend {
                rows: |it, store, filter, after, limit| match after {
                    Some(at) if it.ledger.get(store, &at.task_id)?.is_none() => invalid(),
                    _ => it.ledger.list(store, filter, after, limit),
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn more_lists() -> Vec<Defect> {
    vec![
        store(
            "a limit of 0 is 1",
            &["tasks/list-limit-zero-is-invalid"],
            Bend {
                rows: |it, store, filter, after, limit| {
                    it.ledger.list(store, filter, after, limit.max(1))
                },
                ..STRAIGHT
            },
        ),
        store(
            "pages without a bound",
            &["tasks/list-limit-is-cut"],
            Bend {
                rows: |it, store, filter, _, _| {
                    Ok(TaskPage { tasks: all_rows(it, store, filter), next: None })
                },
                ..STRAIGHT
            },
        ),
        store(
            "a cursor is a number of rows",
            &["tasks/list-goes-on-while-rows-come"],
            Bend {
                rows: |it, store, filter, after, limit| {
                    let from = after.map_or(0, |at| usize::try_from(at.created_at.0).unwrap());
                    let to = from + usize::try_from(limit).unwrap();
                    let rows = all_rows(it, store, filter);
                    let next = (to < rows.len()).then(|| TaskCursor {
                        created_at: EpochMs(u64::try_from(to).unwrap()),
                        task_id: TaskId::new("on"),
                    });
                    let tasks = rows.into_iter().skip(from).take(to - from).collect();
                    Ok(TaskPage { tasks, next })
                },
                ..STRAIGHT
            },
        ),
        store(
            "an empty list is an error",
            &["tasks/list-is-empty-at-first"],
            Bend {
                rows: |it, store, filter, after, limit| {
                    let page = it.ledger.list(store, filter, after, limit)?;
                    if page.tasks.is_empty() { super::not_found() } else { Ok(page) }
                },
                ..STRAIGHT
            },
        ),
        store(
            "unclosed means not terminal",
            &["tasks/unclosed-are-live-and-torn"],
            Bend {
                unclosed: |it, store, after, limit| {
                    let mut found = it.ledger.list_unclosed(store, after, limit)?;
                    found.retain(|task| status(it, store, task).unwrap().ending().is_none());
                    Ok(found)
                },
                ..STRAIGHT
            },
        ),
        store(
            "unclosed for ever",
            &["tasks/unclosed-end-with-repair"],
            Bend {
                create: |it, store, task| {
                    it.notes.borrow_mut().tasks.push(task.task_id.clone());
                    it.ledger.create(store, task)
                },
                unclosed: |it, _, _, _| Ok(it.notes.borrow().tasks.clone()),
                ..STRAIGHT
            },
        ),
        store(
            "none of the unclosed is none",
            &["tasks/unclosed-limit-zero-is-invalid"],
            Bend {
                unclosed: |it, store, after, limit| match limit {
                    0 => Ok(vec![]),
                    _ => it.ledger.list_unclosed(store, after, limit),
                },
                ..STRAIGHT
            },
        ),
        store(
            "always the first page",
            &["tasks/unclosed-in-pages"],
            Bend {
                unclosed: |it, store, _, limit| it.ledger.list_unclosed(store, None, limit),
                ..STRAIGHT
            },
        ),
    ]
}
