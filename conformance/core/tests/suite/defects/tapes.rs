//! Defects of the tape.

use wirt_contract::TaskId;
use wirt_contract::tasks::{Appended, Event, EventKind, Status, Tasks};
use wirt_faulty_ledger::{Bend, STRAIGHT};

use super::{Defect, is_conflict, is_not_found, not_found, store};

/// Takes what the ledger drops, as a store without the rule would.
const DETACHED: Bend = Bend {
    append: |it, store, task, event| match it.ledger.append_event(store, task, event)? {
        Appended::At(seq) => Ok(Appended::At(seq)),
        Appended::Dropped(last) => {
            let extra = &mut it.notes.borrow_mut().extra;
            let more = extra.iter().filter(|(of, _)| of == task).count();
            let seq = last + 1 + u64::try_from(more).unwrap();
            let (kind, at, payload) = (event.kind, event.at, event.payload.clone());
            extra.push((task.clone(), Event { seq, kind, at, payload }));
            Ok(Appended::At(seq))
        }
    },
    events: |it, store, task, from, limit| {
        let mut tape = it.ledger.list_events(store, task, from, limit)?;
        let notes = it.notes.borrow();
        let extra = notes.extra.iter().filter(|(of, event)| of == task && event.seq >= from);
        tape.extend(extra.map(|(_, event)| event.clone()));
        Ok(tape)
    },
    last: |it, store, task| {
        let extra = it.notes.borrow().extra.iter().filter(|(of, _)| of == task).count();
        Ok(it.ledger.max_seq(store, task)? + u64::try_from(extra).unwrap())
    },
    ..STRAIGHT
};

pub(super) fn defects() -> Vec<Defect> {
    [appends(), reads()].into_iter().flatten().collect()
}

fn appends() -> Vec<Defect> {
    vec![
        store(
            "takes late events",
            &[
                "tasks/append-after-terminal-dropped-keeping-final-last",
                "tasks/late-events-in-any-order",
                "tasks/one-final-only",
                "tasks/nothing-after-final-on-live-row",
            ],
            DETACHED,
        ),
        store(
            "numbers from 0",
            &["tasks/append-numbers-from-one"],
            Bend {
                append: |it, store, task, event| {
                    Ok(match it.ledger.append_event(store, task, event)? {
                        Appended::At(seq) => Appended::At(seq - 1),
                        dropped => dropped,
                    })
                },
                ..STRAIGHT
            },
        ),
        store(
            "numbers in a byte",
            &["tasks/append-many"],
            Bend {
                append: |it, store, task, event| {
                    Ok(match it.ledger.append_event(store, task, event)? {
                        Appended::At(seq) => Appended::At(seq % 128),
                        dropped => dropped,
                    })
                },
                ..STRAIGHT
            },
        ),
        store(
            "time never runs back",
            &["tasks/append-keeps-event"],
            Bend {
                append: |it, store, task, event| {
                    let tape = it.ledger.list_events(store, task, 0, 1_000)?;
                    let mut event = event.clone();
                    event.at = event.at.max(tape.last().map_or(event.at, |last| last.at));
                    it.ledger.append_event(store, task, &event)
                },
                ..STRAIGHT
            },
        ),
        store(
            "an ended row takes nothing at all",
            &["tasks/final-exempt-from-drop", "tasks/status-before-final"],
            Bend {
                append: |it, store, task, event| {
                    let row = it.ledger.get(store, task)?;
                    match row.map(|row| row.status) {
                        Some(Status::Ended(_)) => {
                            Ok(Appended::Dropped(it.ledger.max_seq(store, task)?))
                        }
                        _ => it.ledger.append_event(store, task, event),
                    }
                },
                ..STRAIGHT
            },
        ),
        store(
            "a dropped event has a number",
            &["tasks/dropped-event-leaves-no-trace"],
            Bend {
                append: |it, store, task, event| {
                    Ok(match it.ledger.append_event(store, task, event)? {
                        Appended::Dropped(seq) => Appended::Dropped(seq + 1),
                        at => at,
                    })
                },
                ..STRAIGHT
            },
        ),
        store(
            "drops a contradiction",
            &["tasks/no-contradictory-final", "store/errors-change-nothing"],
            Bend {
                append: |it, store, task, event| {
                    let answer = it.ledger.append_event(store, task, event);
                    if is_conflict(&answer) {
                        return Ok(Appended::Dropped(it.ledger.max_seq(store, task)?));
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
        store(
            "drops events of nobody",
            &["tasks/append-unknown-is-not-found"],
            Bend {
                append: |it, store, task, event| {
                    let answer = it.ledger.append_event(store, task, event);
                    if is_not_found(&answer) { Ok(Appended::Dropped(0)) } else { answer }
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn reads() -> Vec<Defect> {
    vec![
        store(
            "tapes run into each other",
            &["tasks/tapes-isolated"],
            Bend {
                events: |it, store, task, from, limit| {
                    let mut tape = it.ledger.list_events(store, task, from, limit)?;
                    let longer = TaskId::new(format!("{task}0"));
                    tape.extend(it.ledger.list_events(store, &longer, from, limit)?);
                    Ok(tape)
                },
                ..STRAIGHT
            },
        ),
        store(
            "from means after",
            &["tasks/events-from-number"],
            Bend {
                events: |it, store, task, from, limit| {
                    it.ledger.list_events(store, task, from.saturating_add(1), limit)
                },
                ..STRAIGHT
            },
        ),
        store(
            "the tape of nobody is an error",
            &["tasks/events-of-unknown-are-none"],
            Bend {
                events: |it, store, task, from, limit| match it.ledger.get(store, task)? {
                    Some(_) => it.ledger.list_events(store, task, from, limit),
                    None => not_found(),
                },
                ..STRAIGHT
            },
        ),
        store(
            "tapes in one piece",
            &["tasks/events-limit-is-cut"],
            Bend {
                events: |it, store, task, from, _| {
                    let mut tape: Vec<Event> = Vec::new();
                    loop {
                        let next = tape.last().map_or(from, |last| last.seq + 1);
                        let page = it.ledger.list_events(store, task, next, 1_000)?;
                        if page.is_empty() {
                            return Ok(tape);
                        }
                        tape.extend(page);
                    }
                },
                ..STRAIGHT
            },
        ),
        store(
            "no events are asked for, none are given",
            &["tasks/events-limit-zero-is-invalid"],
            Bend {
                events: |it, store, task, from, limit| match limit {
                    0 => Ok(vec![]),
                    _ => it.ledger.list_events(store, task, from, limit),
                },
                ..STRAIGHT
            },
        ),
        store(
            "a tape of nobody has no wrong limit",
            &["tasks/events-limit-zero-is-invalid"],
            Bend {
                events: |it, store, task, from, limit| match it.ledger.get(store, task)? {
                    Some(_) => it.ledger.list_events(store, task, from, limit),
                    None => Ok(vec![]),
                },
                ..STRAIGHT
            },
        ),
        store(
            "cuts a page by its bytes, if need be to nothing",
            &["tasks/events-of-large-payloads"],
            Bend {
                events: |it, store, task, from, limit| {
                    let mut tape = it.ledger.list_events(store, task, from, limit)?;
                    tape.retain(|event| event.payload.len() <= 100_000);
                    Ok(tape)
                },
                ..STRAIGHT
            },
        ),
        store(
            "the cut event is on no page",
            &["tasks/events-of-large-payloads"],
            Bend {
                events: |it, store, task, from, limit| {
                    let mut room: usize = 4 << 20;
                    let mut tape = it.ledger.list_events(store, task, from, limit)?;
                    let over = tape.iter().position(|event| {
                        let fits = event.payload.len() <= room;
                        room = room.saturating_sub(event.payload.len());
                        !fits
                    });
                    if let Some(over) = over {
                        tape.remove(over);
                    }
                    Ok(tape)
                },
                ..STRAIGHT
            },
        ),
        store(
            "an empty tape ends at 1",
            &["tasks/max-seq-is-the-last-number"],
            Bend { last: |it, store, task| Ok(it.ledger.max_seq(store, task)?.max(1)), ..STRAIGHT },
        ),
        store(
            "an ended row is read no further",
            &["tasks/reader-reads-past-terminal-to-final"],
            Bend {
                events: |it, store, task, from, limit| {
                    let mut tape = it.ledger.list_events(store, task, from, limit)?;
                    tape.retain(|event| !matches!(event.kind, EventKind::Final(_)));
                    Ok(tape)
                },
                ..STRAIGHT
            },
        ),
    ]
}
