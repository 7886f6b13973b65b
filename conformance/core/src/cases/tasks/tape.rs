//! A task's tape: numbers without a gap, and `final` as its last word.

use wirt_contract::store::Limits;
use wirt_contract::tasks::{
    Appended, Ending, Event, EventKind, NewEvent, Status, TaskChange, Tasks, Updated,
};
use wirt_contract::{EpochMs, StoreId, TaskId};

use super::case;
use super::stage::{
    PAGE, closed, closing, ended, event, kinds, numbers, on_tape, pending, row, running, seen, tape,
};
use crate::expect::{Kind, holds, refused, same};
use crate::{Case, Probe, Show, Stop};

pub(crate) const CASES: &[Case] = &[
    case("tasks/append-numbers-from-one", "tasks.append.sequence", "event tape T22", from_one),
    case("tasks/append-keeps-event", "tasks.append.sequence", "event tape T13, T38", keeps_event),
    case(
        "tasks/append-after-terminal-dropped-keeping-final-last",
        "tasks.append.after-terminal",
        "event tape T1 (seed)",
        dropped_keeping_final_last,
    ),
    case("tasks/final-exempt-from-drop", "tasks.append.after-terminal", "event tape T2", exempt),
    case(
        "tasks/dropped-event-leaves-no-trace",
        "tasks.append.after-terminal",
        "event tape T3",
        no_trace,
    ),
    case("tasks/status-before-final", "tasks.append.after-terminal", "event tape T4", status_first),
    case(
        "tasks/no-contradictory-final",
        "tasks.append.final-matches",
        "event tape T6",
        contradiction,
    ),
    case("tasks/late-events-in-any-order", "tasks.append.after-final", "event tape T7", storm),
    case("tasks/one-final-only", "tasks.append.after-final", "event tape T32", one_final),
    case(
        "tasks/nothing-after-final-on-live-row",
        "tasks.append.after-final",
        "event tape T33",
        live_row,
    ),
    case("tasks/append-unknown-is-not-found", "tasks.append.unknown", "event tape T37", unknown),
    case("tasks/tapes-isolated", "tasks.events.isolated", "event tape T24", isolated),
    case("tasks/events-from-number", "tasks.events.from", "event tape T23", from_number),
    case("tasks/events-of-unknown-are-none", "tasks.events.from", "wirt", none),
    case("tasks/events-limit-is-cut", "tasks.events.from", "wirt", limit_is_cut).extended(),
    case("tasks/events-limit-zero-is-invalid", "tasks.events.from", "wirt", limit_zero).since(2),
    case("tasks/events-of-large-payloads", "tasks.events.from", "wirt", large_payloads)
        .extended()
        .since(2),
    case("tasks/max-seq-is-the-last-number", "tasks.max-seq", "event tape T25", max_seq),
    case(
        "tasks/reader-reads-past-terminal-to-final",
        "tasks.events.from",
        "event tape T39",
        past_terminal,
    ),
    case("tasks/append-many", "tasks.append.sequence", "event tape T26", many).extended(),
];

/// Kinds that are no `final`.
const LIVE: [EventKind; 4] =
    [EventKind::TaskStarted, EventKind::Progress, EventKind::Log, EventKind::Partial];

fn append(
    probe: &mut Probe<'_>,
    store: &StoreId,
    task: &TaskId,
    kind: EventKind,
) -> Result<Appended, Stop> {
    let event = event(probe, kind);
    Ok(probe.append_event(store, task, &event)?)
}

fn end(probe: &mut Probe<'_>, store: &StoreId, task: &TaskId, ending: Ending) -> Result<(), Stop> {
    let updated = probe.update_status(store, task, &TaskChange::to(Status::Ended(ending)))?;
    same("update-status", &updated, &Updated::Applied)
}

fn from_one(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    for (seq, kind) in (1..).zip(LIVE) {
        same("append-event", &append(probe, &store, &task, kind)?, &Appended::At(seq))?;
    }
    let last = append(probe, &store, &task, EventKind::Final(Ending::Failed))?;
    same("append-event", &last, &Appended::At(5))?;
    same("the tape's numbers", &numbers(&tape(probe, &store, &task)?), &vec![1, 2, 3, 4, 5])
}

fn keeps_event(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let mut expected = tape(probe, &store, &task)?;
    // Times that run backwards, at the edges, and twice the same: a tape keeps what it is given.
    for (seq, at) in (2..).zip([9, u64::MAX, 0, 7, 7]) {
        let kind = probe.pick(&LIVE).copied().unwrap_or(EventKind::Log);
        let event = NewEvent { at: EpochMs(at), ..event(probe, kind) };
        probe.append_event(&store, &task, &event)?;
        expected.push(on_tape(seq, event));
    }
    let silent = NewEvent { payload: String::new(), ..event(probe, EventKind::Log) };
    probe.append_event(&store, &task, &silent)?;
    expected.push(on_tape(7, silent));
    same("the tape", &tape(probe, &store, &task)?, &expected)
}

fn dropped_keeping_final_last(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    append(probe, &store, &task, EventKind::Progress)?;
    end(probe, &store, &task, Ending::Cancelled)?;
    let last = append(probe, &store, &task, EventKind::Final(Ending::Cancelled))?;
    same("final", &last, &Appended::At(3))?;
    let before = tape(probe, &store, &task)?;
    let late = append(probe, &store, &task, EventKind::Progress)?;
    same("progress after final", &late, &Appended::Dropped(3))?;
    same("the tape", &tape(probe, &store, &task)?, &before)?;
    let last = before.last().map(|event| event.kind);
    holds(
        last == Some(EventKind::Final(Ending::Cancelled)),
        "a tape that ends with final(cancelled)",
        || before.show(),
    )?;
    same("max-seq", &probe.max_seq(&store, &task)?, &3)
}

fn exempt(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for ending in Ending::ALL {
        let task = ended(probe, &store, ending)?;
        let progress = append(probe, &store, &task, EventKind::Progress)?;
        same("progress on an ended row", &progress, &Appended::Dropped(0))?;
        let last = append(probe, &store, &task, EventKind::Final(ending))?;
        same("final on an ended row", &last, &Appended::At(1))?;
        let kinds = kinds(&tape(probe, &store, &task)?);
        same("the tape's kinds", &kinds, &vec![EventKind::Final(ending)])?;
    }
    Ok(())
}

fn no_trace(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    end(probe, &store, &task, Ending::Succeeded)?;
    let before = seen(probe, &store, &task)?;
    for kind in LIVE {
        let late = append(probe, &store, &task, kind)?;
        same(&format!("{kind} on an ended row"), &late, &Appended::Dropped(1))?;
        same("the task", &seen(probe, &store, &task)?, &before)?;
    }
    let last = append(probe, &store, &task, EventKind::Final(Ending::Succeeded))?;
    same("final after dropped events", &last, &Appended::At(2))
}

fn status_first(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    end(probe, &store, &task, Ending::Succeeded)?;
    let between = seen(probe, &store, &task)?;
    same("kinds before final", &kinds(&between.tape), &vec![EventKind::TaskStarted])?;
    append(probe, &store, &task, EventKind::Final(Ending::Succeeded))?;
    let after = seen(probe, &store, &task)?;
    same("the row", &after.row, &between.row)?;
    let expected = vec![EventKind::TaskStarted, EventKind::Final(Ending::Succeeded)];
    same("kinds after final", &kinds(&after.tape), &expected)?;
    same("unclosed", &after.unclosed, &false)
}

fn contradiction(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for ending in Ending::ALL {
        let task = running(probe, &store)?;
        end(probe, &store, &task, ending)?;
        let before = seen(probe, &store, &task)?;
        for other in Ending::ALL.into_iter().filter(|other| *other != ending) {
            let event = event(probe, EventKind::Final(other));
            let answer = probe.append_event(&store, &task, &event);
            refused(&format!("final({other}) on a {ending} row"), answer, Kind::Conflict)?;
            same("the task", &seen(probe, &store, &task)?, &before)?;
        }
        let last = append(probe, &store, &task, EventKind::Final(ending))?;
        same("the row's own final", &last, &Appended::At(2))?;
    }
    Ok(())
}

/// A cancelled task whose late reports arrive in any order around its end; the seed's storm, with
/// the order drawn instead of raced for.
fn storm(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for _ in 0..6 {
        let task = running(probe, &store)?;
        let (ends, finals) = (probe.number(6), probe.number(6));
        for step in 0..8 {
            append(probe, &store, &task, EventKind::Progress)?;
            if step == ends {
                end(probe, &store, &task, Ending::Cancelled)?;
            }
            if step == finals {
                append(probe, &store, &task, EventKind::Final(Ending::Cancelled))?;
            }
        }
        let seen = seen(probe, &store, &task)?;
        let finals =
            seen.tape.iter().filter(|event| matches!(event.kind, EventKind::Final(_))).count();
        same("finals on the tape", &finals, &1)?;
        let last = seen.tape.last().map(|event| event.kind);
        same("the tape's last word", &last, &Some(EventKind::Final(Ending::Cancelled)))?;
        let without_gap: Vec<u64> = (1..=seen.last).collect();
        same("the tape's numbers", &numbers(&seen.tape), &without_gap)?;
    }
    Ok(())
}

fn one_final(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = closed(probe, &store, Ending::Succeeded)?;
    let before = seen(probe, &store, &task)?;
    for _ in 0..2 {
        let again = append(probe, &store, &task, EventKind::Final(Ending::Succeeded))?;
        same("a second final", &again, &Appended::Dropped(2))?;
        same("the task", &seen(probe, &store, &task)?, &before)?;
    }
    Ok(())
}

fn live_row(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    append(probe, &store, &task, EventKind::Final(Ending::Failed))?;
    let before = seen(probe, &store, &task)?;
    for kind in LIVE.into_iter().chain(Ending::ALL.map(EventKind::Final)) {
        let late = append(probe, &store, &task, kind)?;
        same(&format!("{kind} after final"), &late, &Appended::Dropped(2))?;
        same("the task", &seen(probe, &store, &task)?, &before)?;
    }
    Ok(())
}

fn unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nobody = TaskId::new(probe.word());
    for kind in [EventKind::Progress, EventKind::Final(Ending::Failed)] {
        let event = event(probe, kind);
        let answer = probe.append_event(&store, &nobody, &event);
        refused(&format!("{kind} of an unknown task"), answer, Kind::NotFound)?;
    }
    same("its max-seq afterwards", &probe.max_seq(&store, &nobody)?, &0)
}

fn isolated(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    // An id that begins with the other one: keys joined without care run into each other.
    let other = wirt_contract::tasks::NewTask {
        task_id: TaskId::new(format!("{task}0")),
        ..super::stage::new_task(probe)
    };
    probe.create(&store, &other)?;
    let mut expected = (Vec::new(), Vec::new());
    for seq in 1..=3 {
        let (one, two) = (event(probe, EventKind::Log), event(probe, EventKind::Log));
        let appended = probe.append_event(&store, &task, &one)?;
        same("append-event", &appended, &Appended::At(seq))?;
        let appended = probe.append_event(&store, &other.task_id, &two)?;
        same("append-event to the other tape", &appended, &Appended::At(seq))?;
        expected.0.push(on_tape(seq, one));
        expected.1.push(on_tape(seq, two));
    }
    same("the tape", &tape(probe, &store, &task)?, &expected.0)?;
    same("the other tape", &tape(probe, &store, &other.task_id)?, &expected.1)
}

fn from_number(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    for _ in 0..5 {
        append(probe, &store, &task, EventKind::Log)?;
    }
    for (from, limit, expected) in [
        (0, PAGE, vec![1, 2, 3, 4, 5]),
        (1, PAGE, vec![1, 2, 3, 4, 5]),
        (3, PAGE, vec![3, 4, 5]),
        (5, PAGE, vec![5]),
        (6, PAGE, vec![]),
        (u64::MAX, PAGE, vec![]),
        (0, 2, vec![1, 2]),
        (2, 2, vec![2, 3]),
        (4, 1, vec![4]),
        (1, u32::MAX, vec![1, 2, 3, 4, 5]),
    ] {
        let events = probe.list_events(&store, &task, from, limit)?;
        same(&format!("numbers from {from}, at most {limit}"), &numbers(&events), &expected)?;
    }
    Ok(())
}

fn none(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let silent = pending(probe, &store)?;
    let nobody = TaskId::new(probe.word());
    for task in [silent, nobody] {
        same("the tape", &probe.list_events(&store, &task, 0, PAGE)?, &Vec::new())?;
    }
    Ok(())
}

fn limit_is_cut(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Events this case is ready to append; a store with larger pages is not tried.
    const MAX_EVENTS: u32 = 2_000;
    let most = probe.limits().max_page;
    if most >= MAX_EVENTS {
        return Err(Stop::Skip(format!("pages of {most} events are more than this case makes")));
    }
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    probe.bulk(u64::from(most) + 1, |probe| {
        append(probe, &store, &task, EventKind::Log).map(drop)
    })?;
    let page = probe.list_events(&store, &task, 0, u32::MAX)?;
    holds(
        !page.is_empty() && page.len() <= usize::try_from(most).unwrap_or(usize::MAX),
        format!("1 to max-page = {most} events"),
        || format!("{} events", page.len()),
    )?;
    let expected: Vec<u64> = (1..=u64::from(most) + 1).collect();
    same("the tape's numbers", &numbers(&tape(probe, &store, &task)?), &expected)
}

fn limit_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    append(probe, &store, &task, EventKind::Log)?;
    let nobody = TaskId::new(probe.word());
    for task in [&task, &nobody] {
        for from in [0, 2] {
            let answer = probe.list_events(&store, task, from, 0);
            refused(&format!("events from {from}, at most 0"), answer, Kind::Invalid)?;
        }
    }
    Ok(())
}

/// Appends this many events, each with a payload of so many bytes, in batches that take them; gives
/// the tape.
fn append_large(
    probe: &mut Probe<'_>,
    store: &StoreId,
    task: &TaskId,
    (payload, events): (u64, u64),
) -> Result<Vec<Event>, Stop> {
    /// Bytes of the number with which each payload begins, so that no two are alike.
    const NUMBER_BYTES: usize = 8;
    let filling = probe.text(usize::try_from(payload).unwrap_or(0).saturating_sub(NUMBER_BYTES));
    // Half of a batch is left for keys and frames.
    let a_batch = (u64::from(probe.limits().max_batch_bytes) / 2 / payload.max(1)).max(1);
    let mut made: Vec<Event> = Vec::new();
    let mut left = events;
    while left > 0 {
        let now = left.min(a_batch);
        probe.bulk(now, |probe| {
            let seq = made.last().map_or(1, |last| last.seq + 1);
            let payload = format!("{seq:0NUMBER_BYTES$}{filling}");
            let log = NewEvent { payload, ..event(probe, EventKind::Log) };
            let appended = probe.append_event(store, task, &log)?;
            same("append-event", &appended, &Appended::At(seq))?;
            made.push(on_tape(seq, log));
            Ok(())
        })?;
        left -= now;
    }
    Ok(made)
}

/// A reader who goes on until `max-seq`, over pages that a store cuts by their bytes.
fn large_payloads(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Bytes of the tape's payloads: more than a store hands out at once.
    const TAPE_BYTES: u64 = 12 << 20;
    /// Longest payload, in bytes: the tape is to have many.
    const MAX_PAYLOAD: u32 = 256 << 10;
    let limits = probe.limits();
    let payload = limits.max_payload_bytes.min(MAX_PAYLOAD).min(limits.max_batch_bytes / 4);
    let payload = u64::from(payload.max(Limits::FLOOR.max_payload_bytes));
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    let expected = append_large(probe, &store, &task, (payload, TAPE_BYTES / payload))?;
    let end = probe.max_seq(&store, &task)?;
    same("max-seq", &Some(end), &expected.last().map(|last| last.seq))?;
    for limit in [u32::MAX, 5] {
        let mut tape: Vec<Event> = Vec::new();
        while tape.last().map_or(0, |last| last.seq) < end {
            let from = tape.last().map_or(1, |last| last.seq.saturating_add(1));
            let page = probe.list_events(&store, &task, from, limit)?;
            let goes_on = !page.is_empty() && (from..).zip(&page).all(|(seq, it)| it.seq == seq);
            holds(goes_on, format!("events {from}, {}, … of {end}", from + 1), || {
                format!("events {}", numbers(&page).show())
            })?;
            tape.extend(page);
        }
        same(&format!("the tape, read by at most {limit}"), &tape, &expected)?;
    }
    Ok(())
}

fn max_seq(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nobody = TaskId::new(probe.word());
    same("max-seq of an unknown task", &probe.max_seq(&store, &nobody)?, &0)?;
    let task = pending(probe, &store)?;
    same("max-seq of an empty tape", &probe.max_seq(&store, &task)?, &0)?;
    for seq in 1..=3 {
        append(probe, &store, &task, EventKind::Log)?;
        same("max-seq", &probe.max_seq(&store, &task)?, &seq)?;
    }
    Ok(())
}

/// A reader who follows the tape by number, and stops at `final`, never at the row's status.
fn past_terminal(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    append(probe, &store, &task, EventKind::Partial)?;
    end(probe, &store, &task, Ending::Succeeded)?;
    let read = probe.list_events(&store, &task, 0, PAGE)?;
    same("numbers before final", &numbers(&read), &vec![1, 2])?;
    let repair = closing(probe, Ending::Succeeded);
    probe.finish(&store, &task, &repair)?;
    let rest = probe.list_events(&store, &task, 3, PAGE)?;
    same("kinds from 3 on", &kinds(&rest), &vec![EventKind::Final(Ending::Succeeded)])?;
    let row = row(probe, &store, &task)?;
    same("status", &row.status, &Status::Ended(Ending::Succeeded))
}

fn many(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// The seed appends this many from parallel tasks; a store sees them one after the other.
    const MANY: u64 = 200;
    let store = probe.store_id();
    let (one, two) = (running(probe, &store)?, running(probe, &store)?);
    let mut turn = 0;
    probe.bulk((MANY - 1) * 2, |probe| {
        let task = if turn % 2 == 0 { &one } else { &two };
        let seq = 2 + turn / 2;
        turn += 1;
        let appended = append(probe, &store, task, EventKind::Progress)?;
        same("append-event", &appended, &Appended::At(seq))
    })?;
    let expected: Vec<u64> = (1..=MANY).collect();
    for task in [&one, &two] {
        same("the tape's numbers", &numbers(&tape(probe, &store, task)?), &expected)?;
    }
    Ok(())
}
