//! Rows, tapes and the indexes over them.

use wirt_contract::Error;
use wirt_contract::tasks::{Event, EventKind};

use super::{Loaded, load, unless};
use crate::call::Call;
use crate::keys::{Entry, Found, Key, STATUSES, Space};
use crate::limits::shown;
use crate::tasks::Row;

pub(super) fn look(
    call: &mut Call<'_>,
    space: Space<'_>,
    entry: &Found,
    key: &Key,
) -> Result<Vec<String>, Error> {
    Ok(match entry {
        Entry::Row(task) => row(call, space, task, key)?,
        Entry::Outcome(task) | Entry::Failure(task) => {
            let owned = call.has(&space.key(Entry::Row(task)))?;
            unless(owned, || "has no row".into())
        }
        Entry::ByStatus(status, created_at, task) => {
            match load::<Row>(call, &space.key(Entry::Row(task)))? {
                Loaded::Sound(row) => {
                    let fits = row.task.status == *status && row.task.created_at == *created_at;
                    unless(fits, || format!("is not where its row stands ({})", row.task.status))
                }
                Loaded::Absent => vec!["has no row".into()],
                Loaded::Damaged => Vec::new(),
            }
        }
        Entry::Unclosed(task) => match load::<Row>(call, &space.key(Entry::Row(task)))? {
            Loaded::Sound(row) => unless(row.is_unclosed(), || "is closed".into()),
            Loaded::Absent => vec!["has no row".into()],
            Loaded::Damaged => Vec::new(),
        },
        Entry::Event(task, seq) => event(call, space, task, *seq, key)?,
        _ => Vec::new(),
    })
}

fn row(call: &mut Call<'_>, space: Space<'_>, id: &str, key: &Key) -> Result<Vec<String>, Error> {
    let Loaded::Sound(row) = load::<Row>(call, key)? else {
        return Ok(vec!["cannot be read".into()]);
    };
    let mut found = unless(row.task.task_id.as_str() == id, || {
        format!("names {}", shown(row.task.task_id.as_str()))
    });
    for status in STATUSES {
        let index = space.key(Entry::ByStatus(status, row.task.created_at, id));
        let wanted = status == row.task.status;
        // An entry too many is reported where the walk meets it.
        found.extend(unless(!wanted || call.has(&index)?, || {
            format!("is missing from the index of {status} tasks")
        }));
    }
    let index = space.key(Entry::Unclosed(id));
    found.extend(unless(!row.is_unclosed() || call.has(&index)?, || {
        "is missing from the index of unclosed tasks".into()
    }));
    let last = row.tape.last;
    let whole = last == 0 || call.has(&space.key(Entry::Event(id, last)))?;
    found
        .extend(unless(whole, || format!("says its tape has {last} events, and the last is gone")));
    if let (Some(row), Some(tape)) = (row.task.status.ending(), row.tape.ending) {
        found.extend(unless(row == tape, || format!("ended {row}, and its tape {tape}")));
    }
    Ok(found)
}

/// That each event has the one before it, with the row's word for the last, makes the tape whole.
fn event(
    call: &mut Call<'_>,
    space: Space<'_>,
    task: &str,
    seq: u64,
    key: &Key,
) -> Result<Vec<String>, Error> {
    let Loaded::Sound(event) = load::<Event>(call, key)? else {
        return Ok(vec!["cannot be read".into()]);
    };
    let mut found = unless(event.seq == seq, || format!("says it is number {}", event.seq));
    if seq != 1 {
        let before = seq.checked_sub(1).map(|before| space.key(Entry::Event(task, before)));
        let follows = match before {
            Some(before) => call.has(&before)?,
            None => false,
        };
        found.extend(unless(follows, || "does not follow another".into()));
    }
    let tape = match load::<Row>(call, &space.key(Entry::Row(task)))? {
        Loaded::Sound(row) => row.tape,
        Loaded::Absent => {
            found.push("has no row".into());
            return Ok(found);
        }
        Loaded::Damaged => return Ok(found),
    };
    found.extend(unless(seq <= tape.last, || {
        format!("lies beyond the {} events its row knows", tape.last)
    }));
    let said = match event.kind {
        EventKind::Final(ending) => Some(ending),
        _ => None,
    };
    let known = if seq == tape.last { tape.ending } else { None };
    found.extend(unless(said == known, || {
        format!("is {}, against what its row knows of its tape's end", event.kind)
    }));
    Ok(found)
}
