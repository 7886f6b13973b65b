//! What the cases about tasks set up and look at.

use wirt_contract::tasks::{
    Closing, Ending, Event, EventKind, NewEvent, NewTask, Status, Task, TaskChange, TaskFilter,
    TaskPage, Tasks,
};
use wirt_contract::{EpochMs, StoreId, TaskId};

use crate::expect::{failed, present};
use crate::{Probe, Show, Stop};

/// Rows or events asked for at once where a case wants all it made: the smallest largest page.
pub(in crate::cases) const PAGE: u32 = 100;
/// Pages after which a list is taken for one without an end.
pub(in crate::cases) const MAX_PAGES: usize = 400;

/// A time like today's.
pub(in crate::cases) fn time(probe: &mut Probe<'_>) -> EpochMs {
    EpochMs(1_700_000_000_000 + probe.number(100_000_000_000))
}

/// JSON whose exact text a store has to keep: spacing, escapes, a key twice, a number's form.
pub(in crate::cases) fn json(probe: &mut Probe<'_>) -> String {
    format!(r#"{{ "b":1.50, "a":"{}ü\u00e9\n", "a":[ ] }}"#, probe.word())
}

/// A task nobody has made yet.
pub(in crate::cases) fn new_task(probe: &mut Probe<'_>) -> NewTask {
    NewTask {
        task_id: TaskId::new(probe.word()),
        op: probe.word(),
        params_digest: probe.word(),
        created_at: time(probe),
    }
}

/// The row such a task starts as.
pub(in crate::cases) fn row_of(task: &NewTask) -> Task {
    Task {
        task_id: task.task_id.clone(),
        op: task.op.clone(),
        status: Status::Pending,
        params_digest: task.params_digest.clone(),
        created_at: task.created_at,
        started_at: None,
        finished_at: None,
        outcome: None,
        failure: None,
    }
}

/// A pending task.
pub(in crate::cases) fn pending(probe: &mut Probe<'_>, store: &StoreId) -> Result<TaskId, Stop> {
    let task = new_task(probe);
    probe.create(store, &task)?;
    Ok(task.task_id)
}

/// A running task; its tape has `task-started`.
pub(in crate::cases) fn running(probe: &mut Probe<'_>, store: &StoreId) -> Result<TaskId, Stop> {
    let task = pending(probe, store)?;
    let at = time(probe);
    probe.start(store, &task, at, "{}")?;
    Ok(task)
}

/// A row that has ended while its tape has no `final` yet.
pub(in crate::cases) fn ended(
    probe: &mut Probe<'_>,
    store: &StoreId,
    ending: Ending,
) -> Result<TaskId, Stop> {
    let task = pending(probe, store)?;
    probe.update_status(store, &task, &TaskChange::to(Status::Ended(ending)))?;
    Ok(task)
}

/// A closed task: the row has ended, the tape has its `final`.
pub(in crate::cases) fn closed(
    probe: &mut Probe<'_>,
    store: &StoreId,
    ending: Ending,
) -> Result<TaskId, Stop> {
    let task = running(probe, store)?;
    let closing = closing(probe, ending);
    probe.finish(store, &task, &closing)?;
    Ok(task)
}

/// An event nobody has seen.
pub(in crate::cases) fn event(probe: &mut Probe<'_>, kind: EventKind) -> NewEvent {
    NewEvent { kind, at: time(probe), payload: json(probe) }
}

/// The end of a task, with all there is to say about it.
pub(in crate::cases) fn closing(probe: &mut Probe<'_>, ending: Ending) -> Closing {
    Closing {
        ending,
        at: time(probe),
        outcome: Some(json(probe)),
        failure: Some(json(probe)),
        payload: json(probe),
    }
}

/// The event as the tape has to hold it.
pub(in crate::cases) fn on_tape(seq: u64, event: NewEvent) -> Event {
    Event { seq, kind: event.kind, at: event.at, payload: event.payload }
}

/// The row, which has to be there.
pub(in crate::cases) fn row(
    probe: &mut Probe<'_>,
    store: &StoreId,
    task: &TaskId,
) -> Result<Task, Stop> {
    let found = probe.get(store, task)?;
    present(&format!("the row of {}", task.show()), found)
}

/// The whole tape, read until a page is empty: a store may cut any page short.
pub(in crate::cases) fn tape(
    probe: &mut Probe<'_>,
    store: &StoreId,
    task: &TaskId,
) -> Result<Vec<Event>, Stop> {
    let mut tape: Vec<Event> = Vec::new();
    for _ in 0..MAX_PAGES {
        let from = tape.last().map_or(0, |last| last.seq.saturating_add(1));
        let page = probe.list_events(store, task, from, PAGE)?;
        if page.is_empty() {
            return Ok(tape);
        }
        tape.extend(page);
    }
    failed("a tape with an end", format!("more than {} events", tape.len()))
}

/// All there is to see of a task.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cases) struct Seen {
    pub(in crate::cases) row: Option<Task>,
    pub(in crate::cases) tape: Vec<Event>,
    pub(in crate::cases) last: u64,
    pub(in crate::cases) unclosed: bool,
}

impl Show for Seen {
    fn show(&self) -> String {
        format!(
            "row {}, tape {}, last number {}, unclosed {}",
            self.row.show(),
            self.tape.show(),
            self.last,
            self.unclosed
        )
    }
}

/// Looks at a task from every side.
pub(in crate::cases) fn seen(
    probe: &mut Probe<'_>,
    store: &StoreId,
    task: &TaskId,
) -> Result<Seen, Stop> {
    Ok(Seen {
        row: probe.get(store, task)?,
        tape: tape(probe, store, task)?,
        last: probe.max_seq(store, task)?,
        unclosed: probe.list_unclosed(store, None, PAGE)?.contains(task),
    })
}

/// The kinds of a tape's events, in order.
pub(in crate::cases) fn kinds(tape: &[Event]) -> Vec<EventKind> {
    tape.iter().map(|event| event.kind).collect()
}

/// The numbers of a tape's events, in order.
pub(in crate::cases) fn numbers(tape: &[Event]) -> Vec<u64> {
    tape.iter().map(|event| event.seq).collect()
}

/// Ids of rows, in order.
pub(in crate::cases) fn ids(tasks: &[Task]) -> Vec<TaskId> {
    tasks.iter().map(|task| task.task_id.clone()).collect()
}

/// All rows that fit, page by page; `between` is done after each page that names a next one.
pub(in crate::cases) fn pages(
    probe: &mut Probe<'_>,
    store: &StoreId,
    filter: &TaskFilter,
    limit: u32,
    mut between: impl FnMut(&mut Probe<'_>) -> Result<(), Stop>,
) -> Result<Vec<Task>, Stop> {
    let mut rows = Vec::new();
    let mut after = None;
    for _ in 0..MAX_PAGES {
        let TaskPage { tasks, next } = probe.list(store, filter, after.as_ref(), limit)?;
        if tasks.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return failed(format!("at most {limit} rows a page"), format!("{}", tasks.len()));
        }
        rows.extend(tasks);
        after = next;
        if after.is_none() {
            return Ok(rows);
        }
        between(probe)?;
    }
    failed("a list with an end", format!("still a next page after {MAX_PAGES}"))
}
