//! Tasks from their making to their end.

use wirt_contract::EpochMs;
use wirt_contract::tasks::{Closing, Ending, EventKind, NewEvent, NewTask, Status, TaskChange};

use super::call;
use crate::{Call, Op};

/// Longer than a block.
const LONG: usize = 5_000;

pub(super) fn new(id: &str, at: u64) -> Call {
    Call::CreateTask(NewTask {
        task_id: id.into(),
        op: "index".into(),
        params_digest: format!("params of {id}"),
        created_at: EpochMs(at),
    })
}

pub(super) fn start(id: &str, at: u64) -> Call {
    Call::StartTask { task: id.into(), at: EpochMs(at), payload: "{}".into() }
}

pub(super) fn event(id: &str, kind: EventKind, at: u64, payload: String) -> Call {
    Call::AppendEvent { task: id.into(), event: NewEvent { kind, at: EpochMs(at), payload } }
}

pub(super) fn finish(id: &str, ending: Ending, at: u64) -> Call {
    let failure = (ending == Ending::Failed).then(|| r#"{"why":"it broke"}"#.to_owned());
    let outcome = (ending == Ending::Succeeded).then(|| r#"{"files":3}"#.to_owned());
    let payload = "{}".into();
    let closing = Closing { ending, at: EpochMs(at), outcome, failure, payload };
    Call::FinishTask { task: id.into(), closing }
}

pub(super) fn ops(store: &str) -> Vec<Op> {
    let long = format!("\"{}\"", "x".repeat(LONG));
    let begun = TaskChange { started_at: Some(EpochMs(21)), ..TaskChange::to(Status::Running) };
    let calls = vec![
        new("first", 10),
        start("first", 11),
        event("first", EventKind::Progress, 12, r#"{"done":1}"#.into()),
        new("second", 13),
        event("first", EventKind::Partial, 14, long),
        // Taken.
        new("second", 15),
        finish("first", Ending::Succeeded, 16),
        // After the end nothing is taken.
        event("first", EventKind::Log, 17, "{}".into()),
        new("third", 20),
        Call::UpdateTask { task: "third".into(), change: begun },
        event("third", EventKind::Log, 22, r#"{"line":"begun"}"#.into()),
        finish("third", Ending::Failed, 23),
        finish("second", Ending::Cancelled, 24),
        new("fourth", 25),
        start("fourth", 26),
    ];
    calls.into_iter().map(|it| call(store, it)).collect()
}
