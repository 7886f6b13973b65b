//! Appending to a tape, alone or with a change of its row.

use wirt_contract::tasks::{
    Appended, Closing, Ending, Event, EventKind, Finished, NewEvent, Started, Status,
};
use wirt_contract::{EpochMs, Error};

use super::{At, Row};
use crate::call::Call;
use crate::keys::Entry;
use crate::limits::Id;

pub(super) fn append(call: &mut Call<'_>, at: At<'_>, event: &NewEvent) -> Result<Appended, Error> {
    let before = at.row(call)?;
    if before.tape.ending.is_some() {
        return Ok(Appended::Dropped(before.tape.last));
    }
    match (before.task.status.ending(), event.kind) {
        (Some(ended), EventKind::Final(said)) if said != ended => {
            return Err(Error::Conflict(format!(
                "task {} ended {ended}, and its `final` cannot say {said}",
                at.id
            )));
        }
        (None, _) | (Some(_), EventKind::Final(_)) => {}
        (Some(_), _) => return Ok(Appended::Dropped(before.tape.last)),
    }
    let mut row = before.clone();
    let seq = push(call, at, &mut row, event.kind, event.at, &event.payload)?;
    at.save(call, Some(&before), &row)?;
    Ok(Appended::At(seq))
}

pub(super) fn start(
    call: &mut Call<'_>,
    at: At<'_>,
    when: EpochMs,
    payload: &str,
) -> Result<Started, Error> {
    let before = at.row(call)?;
    if before.task.status != Status::Pending {
        return Ok(Started::Refused(before.task.status));
    }
    // Nothing follows a `final`, so there is no place for `task-started`; and to refuse would say
    // that the row is not pending.
    if let Some(said) = before.tape.ending {
        return Err(Error::Conflict(format!(
            "the tape of task {} says it ended {said}, so it cannot start; finish it",
            at.id
        )));
    }
    let mut row = before.clone();
    row.task.status = Status::Running;
    row.task.started_at = Some(when);
    let seq = push(call, at, &mut row, EventKind::TaskStarted, when, payload)?;
    at.save(call, Some(&before), &row)?;
    Ok(Started::At(seq))
}

pub(super) fn finish(
    call: &mut Call<'_>,
    at: At<'_>,
    closing: &Closing,
) -> Result<Finished, Error> {
    let before = at.row(call)?;
    let mut row = before.clone();
    match (row.task.status.ending(), row.tape.ending) {
        (Some(ended), Some(_)) => return Ok(Finished::Already(ended)),
        (Some(ended), None) if ended != closing.ending => return Ok(Finished::Already(ended)),
        (None, Some(said)) if said != closing.ending => {
            return Err(says_otherwise(at.id, closing.ending, said));
        }
        // A terminal row stays as it is, every field; only its tape lacks the last word.
        (Some(_), None) => {}
        (None, _) => {
            row.task.status = Status::Ended(closing.ending);
            row.task.finished_at = Some(closing.at);
            at.save_payloads(call, closing.outcome.as_deref(), closing.failure.as_deref());
        }
    }
    let seq = match row.tape.ending {
        Some(_) => row.tape.last,
        None => {
            let kind = EventKind::Final(closing.ending);
            push(call, at, &mut row, kind, closing.at, &closing.payload)?
        }
    };
    at.save(call, Some(&before), &row)?;
    Ok(Finished::At(seq))
}

/// A row cannot end otherwise than its tape's `final` already says.
pub(super) fn says_otherwise(task: Id<'_>, asked: Ending, said: Ending) -> Error {
    Error::Conflict(format!(
        "the tape of task {task} says it ended {said}, and the row cannot end {asked}"
    ))
}

fn push(
    call: &mut Call<'_>,
    at: At<'_>,
    row: &mut Row,
    kind: EventKind,
    when: EpochMs,
    payload: &str,
) -> Result<u64, Error> {
    let seq =
        row.tape.last.checked_add(1).ok_or_else(|| {
            Error::backend(format!("the tape of task {} has no number left", at.id))
        })?;
    let event = Event { seq, kind, at: when, payload: payload.to_owned() };
    call.put(at.space.key(Entry::Event(at.id, seq)), &event)?;
    row.tape.last = seq;
    if let EventKind::Final(ending) = kind {
        row.tape.ending = Some(ending);
    }
    Ok(seq)
}
