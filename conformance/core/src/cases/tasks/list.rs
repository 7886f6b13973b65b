//! Lists of rows, and the list of what a restart has to repair.

use wirt_contract::tasks::{
    Ending, EventKind, NewTask, Status, Task, TaskChange, TaskCursor, TaskFilter, Tasks,
};
use wirt_contract::{EpochMs, StoreId, TaskId};

use super::case;
use super::stage::{
    MAX_PAGES, PAGE, closed, closing, ended, event, ids, new_task, pages, pending, running, time,
};
use crate::expect::{Kind, failed, holds, refused, same};
use crate::{Case, Probe, Show, Stop};

pub(crate) const CASES: &[Case] = &[
    case("tasks/list-newest-first", "tasks.list.order", "wirt", newest_first),
    case("tasks/list-ties-by-id", "tasks.list.order", "event tape T19", ties_by_id),
    case("tasks/list-filters", "tasks.list.filter", "event tape T17", filters),
    case("tasks/list-has-no-payload", "tasks.list.no-payload", "event tape T18", no_payload),
    case("tasks/list-gives-each-once", "tasks.list.page", "event tape T19", each_once),
    case("tasks/list-cursor-within-filter", "tasks.list.page", "event tape T20", within_filter),
    case("tasks/list-cursor-is-a-place", "tasks.list.page", "wirt", cursor_is_a_place),
    case("tasks/list-limit-zero-is-invalid", "tasks.list.page", "wirt", limit_zero),
    case("tasks/list-limit-is-cut", "tasks.list.page", "wirt", limit_is_cut).extended(),
    case("tasks/list-goes-on-while-rows-come", "tasks.list.page", "wirt", rows_come).extended(),
    case("tasks/list-is-empty-at-first", "tasks.list.filter", "wirt", empty),
    case("tasks/unclosed-are-live-and-torn", "tasks.unclosed", "event tape T21, T35", unclosed),
    case("tasks/unclosed-end-with-repair", "tasks.unclosed", "event tape T35", repaired),
    case("tasks/unclosed-in-pages", "tasks.unclosed", "event tape T8", unclosed_pages),
    case("tasks/unclosed-limit-zero-is-invalid", "tasks.unclosed", "wirt", unclosed_zero).since(2),
];

/// Makes pending tasks at these times; gives their ids in the order of a list.
fn made(
    probe: &mut Probe<'_>,
    store: &StoreId,
    op: &str,
    times: &[u64],
) -> Result<Vec<TaskId>, Stop> {
    let mut rows = Vec::new();
    for at in times {
        let task = NewTask { op: op.into(), created_at: EpochMs(*at), ..new_task(probe) };
        probe.create(store, &task)?;
        rows.push((std::cmp::Reverse(*at), task.task_id));
    }
    rows.sort();
    Ok(rows.into_iter().map(|(_, id)| id).collect())
}

fn all(probe: &mut Probe<'_>, store: &StoreId, filter: &TaskFilter) -> Result<Vec<Task>, Stop> {
    pages(probe, store, filter, PAGE, |_| Ok(()))
}

fn newest_first(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let times = [5, 256, 65_536, 7, u64::MAX, 0, 1 << 40];
    let expected = made(probe, &store, "op", &times)?;
    let rows = all(probe, &store, &TaskFilter::default())?;
    same("the list", &ids(&rows), &expected)
}

fn ties_by_id(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let at = time(probe);
    let word = probe.word();
    // Out of order on purpose; an id that another one begins with comes before it.
    for id in ["b", "a", "ab", "B", "é", "a\u{0}", "z"] {
        let task_id = TaskId::new(format!("{word}{id}"));
        let task = NewTask { task_id, created_at: at, ..new_task(probe) };
        probe.create(&store, &task)?;
    }
    let rows = all(probe, &store, &TaskFilter::default())?;
    let expected: Vec<_> = ["B", "a", "a\u{0}", "ab", "b", "z", "é"]
        .into_iter()
        .map(|id| TaskId::new(format!("{word}{id}")))
        .collect();
    same("the list", &ids(&rows), &expected)
}

fn filters(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let ops = ["op", "op2"];
    let statuses = [Status::Pending, Status::Running]
        .into_iter()
        .chain(Ending::ALL.map(Status::Ended))
        .collect::<Vec<_>>();
    let mut made = Vec::new();
    for op in ops {
        for status in &statuses {
            let task = NewTask { op: op.into(), ..new_task(probe) };
            probe.create(&store, &task)?;
            if *status != Status::Pending {
                probe.update_status(&store, &task.task_id, &TaskChange::to(*status))?;
            }
            made.push((op, *status, std::cmp::Reverse(task.created_at), task.task_id));
        }
    }
    made.sort_by(|one, other| (&one.2, &one.3).cmp(&(&other.2, &other.3)));
    let some_ops = [None, Some("op"), Some("op2"), Some("o")];
    for (op, status) in some_ops.into_iter().flat_map(|op| {
        statuses.iter().copied().map(Some).chain([None]).map(move |status| (op, status))
    }) {
        let filter = TaskFilter { status, op: op.map(str::to_owned) };
        let expected: Vec<_> = made
            .iter()
            .filter(|row| op.is_none_or(|op| op == row.0))
            .filter(|row| status.is_none_or(|status| status == row.1))
            .map(|row| row.3.clone())
            .collect();
        let rows = all(probe, &store, &filter)?;
        same(&format!("rows that fit {}", filter.show()), &ids(&rows), &expected)?;
    }
    Ok(())
}

fn no_payload(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let end = closing(probe, Ending::Failed);
    probe.finish(&store, &task, &end)?;
    let whole = probe.get(&store, &task)?;
    let expected: Vec<_> =
        whole.into_iter().map(|row| Task { outcome: None, failure: None, ..row }).collect();
    same("the list", &all(probe, &store, &TaskFilter::default())?, &expected)
}

fn each_once(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let expected = made(probe, &store, "op", &[3, 3, 3, 3, 2, 2, 3, 4])?;
    for limit in [1, 2, 3] {
        let rows = pages(probe, &store, &TaskFilter::default(), limit, |_| Ok(()))?;
        same(&format!("the list in pages of {limit}"), &ids(&rows), &expected)?;
    }
    Ok(())
}

fn within_filter(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let expected = made(probe, &store, "wanted", &[9, 5, 5, 5])?;
    made(probe, &store, "other", &[9, 6, 5, 5, 4])?;
    let filter = TaskFilter { op: Some("wanted".into()), status: Some(Status::Pending) };
    for limit in [1, 2] {
        let rows = pages(probe, &store, &filter, limit, |_| Ok(()))?;
        same(&format!("what fits, in pages of {limit}"), &ids(&rows), &expected)?;
    }
    Ok(())
}

fn cursor_is_a_place(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let expected = made(probe, &store, "op", &[10, 20, 40])?;
    let nobody = TaskCursor { created_at: EpochMs(30), task_id: TaskId::new("nobody") };
    let page = probe.list(&store, &TaskFilter::default(), Some(&nobody), PAGE)?;
    let rest: Vec<_> = expected.into_iter().skip(1).collect();
    same("what comes after a row that is not there", &ids(&page.tasks), &rest)
}

fn limit_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    pending(probe, &store)?;
    let answer = probe.list(&store, &TaskFilter::default(), None, 0);
    refused("a list of limit 0", answer, Kind::Invalid)
}

fn limit_is_cut(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Rows this case is ready to make; a store with larger pages is not tried.
    const MAX_ROWS: u32 = 2_000;
    let most = probe.limits().max_page;
    if most >= MAX_ROWS {
        return Err(Stop::Skip(format!("pages of {most} rows are more than this case makes")));
    }
    let store = probe.store_id();
    let mut expected = Vec::new();
    probe.bulk(u64::from(most) + 1, |probe| {
        let at = u64::try_from(expected.len()).unwrap_or(u64::MAX);
        expected.extend(made(probe, &store, "op", &[at])?);
        Ok(())
    })?;
    expected.reverse();
    let page = probe.list(&store, &TaskFilter::default(), None, u32::MAX)?;
    holds(
        page.tasks.len() <= usize::try_from(most).unwrap_or(usize::MAX),
        format!("at most max-page = {most} rows"),
        || format!("{} rows", page.tasks.len()),
    )?;
    let rows = pages(probe, &store, &TaskFilter::default(), most, |_| Ok(()))?;
    same("the whole list", &ids(&rows), &expected)
}

fn rows_come(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let expected = made(probe, &store, "op", &[10, 20, 30, 40, 50])?;
    let mut newest = 100;
    let rows = pages(probe, &store, &TaskFilter::default(), 2, |probe| {
        newest += 1;
        made(probe, &store, "op", &[newest]).map(drop)
    })?;
    same("the rows that were there", &ids(&rows), &expected)
}

fn empty(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let page = probe.list(&store, &TaskFilter::default(), None, 1)?;
    same("the list", &page.tasks, &Vec::new())?;
    let unclosed = probe.list_unclosed(&store, None, 1)?;
    same("the list of unclosed tasks", &unclosed, &Vec::new())
}

fn unclosed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let mut expected = vec![pending(probe, &store)?, running(probe, &store)?];
    for ending in Ending::ALL {
        closed(probe, &store, ending)?;
        expected.push(ended(probe, &store, ending)?);
        let torn = running(probe, &store)?;
        let last = event(probe, EventKind::Final(ending));
        probe.append_event(&store, &torn, &last)?;
        expected.push(torn);
    }
    expected.sort();
    let found = probe.list_unclosed(&store, None, PAGE)?;
    same("unclosed tasks", &found, &expected)
}

fn repaired(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let without_final = ended(probe, &store, Ending::Failed)?;
    let without_ending = running(probe, &store)?;
    let last = event(probe, EventKind::Final(Ending::Failed));
    probe.append_event(&store, &without_ending, &last)?;
    let live = running(probe, &store)?;
    for task in [&without_final, &without_ending, &live] {
        let end = closing(probe, Ending::Failed);
        probe.finish(&store, task, &end)?;
        let left = probe.list_unclosed(&store, None, PAGE)?;
        holds(!left.contains(task), format!("{} closed", task.show()), || left.show())?;
    }
    same("unclosed tasks", &probe.list_unclosed(&store, None, PAGE)?, &Vec::new())
}

fn unclosed_pages(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let mut expected = made(probe, &store, "op", &[9, 3, 7, 1, 5])?;
    expected.sort();
    closed(probe, &store, Ending::Succeeded)?;
    for limit in [1, 2] {
        let mut found: Vec<TaskId> = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = probe.list_unclosed(&store, found.last(), limit)?;
            if page.is_empty() {
                break;
            }
            if page.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
                return failed(format!("at most {limit} ids"), page.show());
            }
            found.extend(page);
        }
        same(&format!("unclosed tasks in pages of {limit}"), &found, &expected)?;
    }
    Ok(())
}

fn unclosed_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    refused(
        "unclosed tasks of an empty store",
        probe.list_unclosed(&store, None, 0),
        Kind::Invalid,
    )?;
    let task = pending(probe, &store)?;
    for after in [None, Some(&task)] {
        let answer = probe.list_unclosed(&store, after, 0);
        refused("unclosed tasks, at most 0", answer, Kind::Invalid)?;
    }
    Ok(())
}
