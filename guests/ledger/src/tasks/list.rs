//! Pages of rows, of unclosed tasks and of events.

use std::cmp::Reverse;

use wirt_contract::tasks::{Event, Status, TaskCursor, TaskFilter, TaskPage};
use wirt_contract::{EpochMs, Error, TaskId};

use super::{At, Row, task_id};
use crate::call::Call;
use crate::keys::{Entry, Key, STATUSES, Space};
use crate::limits::{Id, PAGE_BYTES, SCAN_ROWS, page, shown};

/// A row as the index names it; ordered as a list is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    created_at: Reverse<EpochMs>,
    task: String,
}

pub(super) fn rows(
    call: &mut Call<'_>,
    space: Space<'_>,
    filter: &TaskFilter,
    after: Option<&TaskCursor>,
    limit: u32,
) -> Result<TaskPage, Error> {
    let limit = page(limit)?;
    if let Some(op) = &filter.op {
        Id::new("the filter's op", op)?;
    }
    let after = match after {
        Some(cursor) => Some((cursor.created_at, task_id(&cursor.task_id)?)),
        None => None,
    };
    let look_at = if filter.op.is_some() { SCAN_ROWS } else { limit };
    let keys = index_keys(call, space, filter.status, after, look_at)?;
    let mut candidates = Vec::with_capacity(keys.len());
    for key in &keys {
        let Some((_, Entry::ByStatus(_, created_at, task))) = key.parse() else {
            return Err(foreign(key));
        };
        candidates.push(Candidate { created_at: Reverse(created_at), task });
    }
    candidates.sort_unstable();

    let mut listed = TaskPage::default();
    let mut left = candidates.iter().peekable();
    for (looked_at, candidate) in (1..).zip(left.by_ref()) {
        let Some(row) = call.value::<Row>(&space.key(Entry::Row(&candidate.task)))? else {
            return Err(Error::backend(format!(
                "the index names task {}, which has no row; run a check",
                shown(&candidate.task)
            )));
        };
        if filter.op.as_ref().is_none_or(|op| *op == row.task.op) {
            listed.tasks.push(row.task);
        }
        if listed.tasks.len() == limit || looked_at == look_at {
            listed.next = Some(TaskCursor {
                created_at: candidate.created_at.0,
                task_id: candidate.task.clone().into(),
            });
            break;
        }
    }
    if left.peek().is_none() {
        listed.next = None;
    }
    Ok(listed)
}

/// The first `look_at` index entries after a row, and one more where there is one. Without a
/// status they come from all of them, and the first of all are among the first of each.
fn index_keys(
    call: &mut Call<'_>,
    space: Space<'_>,
    status: Option<Status>,
    after: Option<(EpochMs, Id<'_>)>,
    look_at: usize,
) -> Result<Vec<Key>, Error> {
    let mut keys = Vec::new();
    for each in STATUSES {
        if status.is_none_or(|only| only == each) {
            let after = after.map(|(at, task)| space.key(Entry::ByStatus(each, at, task)));
            keys.extend(call.keys(&space.by_status(each).after(after.as_ref()), look_at + 1)?);
        }
    }
    Ok(keys)
}

pub(super) fn unclosed(
    call: &mut Call<'_>,
    space: Space<'_>,
    after: Option<&TaskId>,
    limit: u32,
) -> Result<Vec<TaskId>, Error> {
    let after = after.map(task_id).transpose()?;
    let after = after.map(|task| space.key(Entry::Unclosed(task)));
    let keys = call.keys(&space.unclosed().after(after.as_ref()), page(limit)?)?;
    let id = |key: &Key| match key.parse() {
        Some((_, Entry::Unclosed(task))) => Ok(task.into()),
        _ => Err(foreign(key)),
    };
    keys.iter().map(id).collect()
}

fn foreign(key: &Key) -> Error {
    Error::backend(format!("an index of tasks holds {key}; run a check"))
}

pub(super) fn events(
    call: &mut Call<'_>,
    at: At<'_>,
    from_seq: u64,
    limit: u32,
) -> Result<Vec<Event>, Error> {
    let mut listed = Vec::new();
    let mut bytes = 0;
    for key in call.keys(&at.space.events(at.id.as_str(), from_seq), page(limit)?)? {
        let Some(event) = call.value::<Event>(&key)? else { continue };
        bytes += event.payload.len();
        if bytes > PAGE_BYTES && !listed.is_empty() {
            break;
        }
        listed.push(event);
    }
    Ok(listed)
}
