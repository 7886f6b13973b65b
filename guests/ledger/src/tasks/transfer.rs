//! Tasks and tapes as an export's rows, and back.

use wirt_contract::tasks::{Event, EventKind, Task};
use wirt_contract::{Error, TaskId};

use super::{At, Row, Tape, check_words, task_id};
use crate::call::Call;
use crate::keys::{Entry, Space};
use crate::limits::{Id, optional_payload, payload};

/// A row as callers see it; the id comes from a key.
pub(crate) fn whole(
    call: &mut Call<'_>,
    space: Space<'_>,
    task: &str,
) -> Result<Option<Task>, Error> {
    At { space, id: Id::new("the task id", task)? }.whole(call)
}

/// Takes a row in; its tape follows.
pub(crate) fn import(call: &mut Call<'_>, space: Space<'_>, task: &Task) -> Result<(), Error> {
    let at = At { space, id: task_id(&task.task_id)? };
    check_words(&task.op, &task.params_digest)?;
    optional_payload("the outcome", task.outcome.as_ref())?;
    optional_payload("the failure", task.failure.as_ref())?;
    at.save_payloads(call, task.outcome.as_deref(), task.failure.as_deref());
    let task = Task { outcome: None, failure: None, ..task.clone() };
    at.save(call, None, &Row { task, tape: Tape { last: 0, ending: None } })
}

/// Takes a tape's next event in.
pub(crate) fn import_event(
    call: &mut Call<'_>,
    space: Space<'_>,
    task: &TaskId,
    event: &Event,
) -> Result<(), Error> {
    let at = At { space, id: task_id(task)? };
    payload("the event's payload", &event.payload)?;
    let unsound = |what: String| {
        Error::Invalid(format!(
            "event {} of task {} {what}; rows come as an export gave them, so export again",
            event.seq, at.id
        ))
    };
    let Some(before) = at.find(call)? else { return Err(unsound("has no row".into())) };
    if before.tape.last.checked_add(1) != Some(event.seq) || before.tape.ending.is_some() {
        return Err(unsound(format!("does not follow event {}", before.tape.last)));
    }
    let mut row = before.clone();
    row.tape.last = event.seq;
    if let EventKind::Final(ending) = event.kind {
        if before.task.status.ending().is_some_and(|ended| ended != ending) {
            return Err(unsound(format!("says {ending}, and the row is {}", before.task.status)));
        }
        row.tape.ending = Some(ending);
    }
    call.put(space.key(Entry::Event(at.id, event.seq)), event)?;
    at.save(call, Some(&before), &row)
}
