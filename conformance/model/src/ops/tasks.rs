//! Calls of `tasks`.

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use wirt_contract::tasks::{
    Closing, Ending, EventKind, NewEvent, NewTask, Status, TaskChange, TaskCursor, TaskFilter,
};
use wirt_contract::{EpochMs, StoreId, TaskId};

use super::pools::{json, limit, text, time};
use crate::side::{Side, shown};

/// A call; lists are read to their end.
#[derive(Debug, Clone)]
pub(crate) enum TasksOp {
    Create(NewTask),
    Get(TaskId),
    List { filter: TaskFilter, after: Option<TaskCursor>, limit: u32 },
    ListUnclosed { after: Option<TaskId>, limit: u32 },
    UpdateStatus(TaskId, TaskChange),
    AppendEvent(TaskId, NewEvent),
    Start(TaskId, EpochMs, String),
    Finish(TaskId, Closing),
    ListEvents { task: TaskId, from: u64, limit: u32 },
    MaxSeq(TaskId),
}

fn task() -> impl Strategy<Value = TaskId> + Clone {
    prop_oneof![4 => Just("t"), 2 => Just("tt"), 1 => Just("\u{ff5e}")].prop_map(TaskId::from)
}

fn op() -> impl Strategy<Value = String> + Clone {
    text(&["sync", "build"])
}

fn ending() -> impl Strategy<Value = Ending> + Clone {
    prop_oneof![
        3 => Just(Ending::Succeeded),
        1 => Just(Ending::Failed),
        1 => Just(Ending::Cancelled),
    ]
}

fn status() -> impl Strategy<Value = Status> + Clone {
    prop_oneof![
        1 => Just(Status::Pending),
        3 => Just(Status::Running),
        4 => ending().prop_map(Status::Ended),
    ]
}

fn kind() -> impl Strategy<Value = EventKind> + Clone {
    use EventKind::{Log, Partial, Progress, TaskStarted};
    prop_oneof![
        3 => select(vec![TaskStarted, Progress, Log, Partial]),
        1 => ending().prop_map(EventKind::Final),
    ]
}

fn change() -> impl Strategy<Value = TaskChange> + Clone {
    let (started, finished) = (weighted(0.3, time()), weighted(0.3, time()));
    let (outcome, failure) = (weighted(0.3, json()), weighted(0.3, json()));
    (status(), started, finished, outcome, failure).prop_map(
        |(status, started_at, finished_at, outcome, failure)| TaskChange {
            status,
            started_at,
            finished_at,
            outcome,
            failure,
        },
    )
}

fn closing() -> impl Strategy<Value = Closing> + Clone {
    let (outcome, failure) = (weighted(0.5, json()), weighted(0.3, json()));
    (ending(), time(), outcome, failure, json()).prop_map(
        |(ending, at, outcome, failure, payload)| Closing { ending, at, outcome, failure, payload },
    )
}

pub(super) fn any_op() -> impl Strategy<Value = TasksOp> {
    let new = (task(), op(), time()).prop_map(|(task_id, op, created_at)| NewTask {
        task_id,
        op,
        params_digest: "digest".into(),
        created_at,
    });
    let event = (kind(), time(), json());
    let event = event.prop_map(|(kind, at, payload)| NewEvent { kind, at, payload });
    let filter = (weighted(0.4, status()), weighted(0.3, op()));
    let filter = filter.prop_map(|(status, op)| TaskFilter { status, op });
    let cursor = (time(), task());
    let cursor = cursor.prop_map(|(created_at, task_id)| TaskCursor { created_at, task_id });
    prop_oneof![
        4 => new.prop_map(TasksOp::Create),
        2 => task().prop_map(TasksOp::Get),
        2 => (filter, weighted(0.3, cursor), limit())
            .prop_map(|(filter, after, limit)| TasksOp::List { filter, after, limit }),
        2 => (weighted(0.3, task()), limit())
            .prop_map(|(after, limit)| TasksOp::ListUnclosed { after, limit }),
        3 => (task(), change()).prop_map(|(task, change)| TasksOp::UpdateStatus(task, change)),
        4 => (task(), event).prop_map(|(task, event)| TasksOp::AppendEvent(task, event)),
        3 => (task(), time(), json()).prop_map(|(task, at, text)| TasksOp::Start(task, at, text)),
        3 => (task(), closing()).prop_map(|(task, closing)| TasksOp::Finish(task, closing)),
        2 => (task(), 0..4_u64, limit())
            .prop_map(|(task, from, limit)| TasksOp::ListEvents { task, from, limit }),
        1 => task().prop_map(TasksOp::MaxSeq),
    ]
}

impl TasksOp {
    pub(super) fn apply(&self, side: &mut Side<'_>, store: &StoreId) -> String {
        match self {
            Self::Create(task) => shown(side.ask(|plugin| plugin.tasks()?.create(store, task))),
            Self::Get(task) => shown(side.ask(|plugin| plugin.tasks()?.get(store, task))),
            Self::List { filter, after, limit } => {
                shown(side.walk(after.clone(), |plugin, after| {
                    let page = plugin.tasks()?.list(store, filter, after, *limit)?;
                    Ok((page.tasks, page.next))
                }))
            }
            Self::ListUnclosed { after, limit } => {
                let place = TaskId::clone;
                shown(side.walk_until_empty(after.clone(), place, |plugin, after| {
                    plugin.tasks()?.list_unclosed(store, after, *limit)
                }))
            }
            Self::UpdateStatus(task, change) => {
                shown(side.ask(|plugin| plugin.tasks()?.update_status(store, task, change)))
            }
            Self::AppendEvent(task, event) => {
                shown(side.ask(|plugin| plugin.tasks()?.append_event(store, task, event)))
            }
            Self::Start(task, at, payload) => {
                shown(side.ask(|plugin| plugin.tasks()?.start(store, task, *at, payload)))
            }
            Self::Finish(task, closing) => {
                shown(side.ask(|plugin| plugin.tasks()?.finish(store, task, closing)))
            }
            Self::ListEvents { task, from, limit } => {
                let place = |event: &wirt_contract::tasks::Event| event.seq.saturating_add(1);
                shown(side.walk_until_empty(Some(*from), place, |plugin, from| {
                    let from = from.copied().unwrap_or(0);
                    plugin.tasks()?.list_events(store, task, from, *limit)
                }))
            }
            Self::MaxSeq(task) => shown(side.ask(|plugin| plugin.tasks()?.max_seq(store, task))),
        }
    }
}
