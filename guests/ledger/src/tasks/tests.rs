//! The rules of rows and tapes in every state the two can be in.

use wirt_contract::tasks::{EventKind, NewEvent, Task};

use super::*;
use crate::Memory;
use crate::tests::{error, ledger, new_task, store};

const ENDED: Ending = Ending::Succeeded;
const OTHER: Ending = Ending::Cancelled;

fn event(kind: EventKind) -> NewEvent {
    NewEvent { kind, at: EpochMs(5), payload: "{}".into() }
}

fn closing(ending: Ending) -> Closing {
    Closing {
        ending,
        at: EpochMs(9),
        outcome: Some("closed".into()),
        failure: None,
        payload: "last".into(),
    }
}

fn id() -> TaskId {
    "t".into()
}

/// A task whose row stands at `status` and whose tape, after one `log`, says `said`.
fn torn(status: Status, said: Option<Ending>) -> Ledger<Memory> {
    let mut ledger = ledger();
    ledger.create(&store(), &new_task("t")).unwrap();
    ledger.append_event(&store(), &id(), &event(EventKind::Log)).unwrap();
    ledger.update_status(&store(), &id(), &TaskChange::to(status)).unwrap();
    if let Some(said) = said {
        let kind = EventKind::Final(said);
        ledger.append_event(&store(), &id(), &event(kind)).unwrap();
    }
    ledger
}

fn row(ledger: &mut Ledger<Memory>) -> Task {
    Tasks::get(ledger, &store(), &id()).unwrap().unwrap()
}

fn kinds(ledger: &mut Ledger<Memory>) -> Vec<EventKind> {
    let events = ledger.list_events(&store(), &id(), 0, 100).unwrap();
    assert!((1..).zip(&events).all(|(seq, event)| event.seq == seq));
    events.into_iter().map(|event| event.kind).collect()
}

fn unclosed(ledger: &mut Ledger<Memory>) -> bool {
    !ledger.list_unclosed(&store(), None, 9).unwrap().is_empty()
}

fn is_sound(ledger: &mut Ledger<Memory>) -> bool {
    let page = wirt_contract::store::Store::check(ledger, None, 100).unwrap();
    page.problems.is_empty() && page.next.is_none()
}

#[test]
fn finish_closes_a_live_task_in_one_step() {
    for status in [Status::Pending, Status::Running] {
        let mut ledger = torn(status, None);
        assert_eq!(ledger.finish(&store(), &id(), &closing(ENDED)), Ok(Finished::At(2)));
        let row = row(&mut ledger);
        assert_eq!((row.status, row.finished_at), (Status::Ended(ENDED), Some(EpochMs(9))));
        assert_eq!(row.outcome.as_deref(), Some("closed"));
        assert_eq!(kinds(&mut ledger), [EventKind::Log, EventKind::Final(ENDED)]);
        assert!(!unclosed(&mut ledger) && is_sound(&mut ledger));

        let again = ledger.finish(&store(), &id(), &closing(OTHER));
        assert_eq!(again, Ok(Finished::Already(ENDED)));
        assert_eq!(kinds(&mut ledger).len(), 2);
    }
}

#[test]
fn finish_gives_a_terminal_row_its_final_and_changes_no_field() {
    let mut ledger = torn(Status::Ended(ENDED), None);
    let before = row(&mut ledger);
    assert!(unclosed(&mut ledger));
    assert_eq!(
        ledger.finish(&store(), &id(), &closing(OTHER)),
        Ok(Finished::Already(ENDED)),
        "it ended otherwise"
    );
    assert_eq!(kinds(&mut ledger), [EventKind::Log]);
    assert_eq!(ledger.finish(&store(), &id(), &closing(ENDED)), Ok(Finished::At(2)));
    assert_eq!(row(&mut ledger), before);
    assert!(!unclosed(&mut ledger) && is_sound(&mut ledger));
}

#[test]
fn finish_closes_the_row_of_a_tape_that_said_so_and_no_other() {
    for status in [Status::Pending, Status::Running] {
        let mut ledger = torn(status, Some(ENDED));
        assert!(unclosed(&mut ledger) && is_sound(&mut ledger));
        let otherwise = ledger.finish(&store(), &id(), &closing(OTHER));
        assert!(matches!(error(otherwise), Error::Conflict(_)));
        assert_eq!(row(&mut ledger).status, status);

        assert_eq!(ledger.finish(&store(), &id(), &closing(ENDED)), Ok(Finished::At(2)));
        assert_eq!(row(&mut ledger).finished_at, Some(EpochMs(9)));
        assert_eq!(kinds(&mut ledger).len(), 2, "it has its final already");
        assert!(!unclosed(&mut ledger) && is_sound(&mut ledger));
    }
}

#[test]
fn after_final_everything_is_dropped_whatever_the_row() {
    for status in [Status::Pending, Status::Running, Status::Ended(ENDED)] {
        let mut ledger = torn(status, Some(ENDED));
        for kind in [EventKind::Progress, EventKind::Final(ENDED), EventKind::Final(OTHER)] {
            let appended = ledger.append_event(&store(), &id(), &event(kind));
            assert_eq!(appended, Ok(Appended::Dropped(2)), "{kind} on {status}");
        }
        assert_eq!(ledger.max_seq(&store(), &id()), Ok(2));
        assert_eq!(kinds(&mut ledger).len(), 2);
    }
}

#[test]
fn a_terminal_row_takes_its_own_final_only() {
    let mut ledger = torn(Status::Ended(ENDED), None);
    let progress = ledger.append_event(&store(), &id(), &event(EventKind::Progress));
    assert_eq!(progress, Ok(Appended::Dropped(1)));
    let other = ledger.append_event(&store(), &id(), &event(EventKind::Final(OTHER)));
    assert!(matches!(error(other), Error::Conflict(_)));
    let own = ledger.append_event(&store(), &id(), &event(EventKind::Final(ENDED)));
    assert_eq!(own, Ok(Appended::At(2)));
    assert!(!unclosed(&mut ledger));
}

#[test]
fn update_goes_forward_only_and_never_against_the_tape() {
    let to = TaskChange::to;
    let mut ledger = torn(Status::Running, Some(ENDED));
    let back = ledger.update_status(&store(), &id(), &to(Status::Pending));
    assert!(matches!(error(back), Error::Conflict(_)));
    let against = ledger.update_status(&store(), &id(), &to(Status::Ended(OTHER)));
    assert!(matches!(error(against), Error::Conflict(_)));
    let with = ledger.update_status(&store(), &id(), &to(Status::Ended(ENDED)));
    assert_eq!(with, Ok(Updated::Applied));
    assert!(!unclosed(&mut ledger) && is_sound(&mut ledger));

    let before = row(&mut ledger);
    for status in [Status::Pending, Status::Ended(OTHER)] {
        let change = TaskChange { failure: Some("late".into()), ..to(status) };
        let late = ledger.update_status(&store(), &id(), &change);
        assert_eq!(late, Ok(Updated::Already(ENDED)));
    }
    assert_eq!(row(&mut ledger), before);
}

#[test]
fn update_keeps_what_is_absent() {
    let mut ledger = torn(Status::Pending, None);
    let change = TaskChange {
        status: Status::Running,
        started_at: Some(EpochMs(3)),
        finished_at: None,
        outcome: Some("part".into()),
        failure: Some("warning".into()),
    };
    ledger.update_status(&store(), &id(), &change).unwrap();
    let change = TaskChange {
        outcome: Some("whole".into()),
        finished_at: Some(EpochMs(4)),
        ..TaskChange::to(Status::Running)
    };
    ledger.update_status(&store(), &id(), &change).unwrap();
    let row = row(&mut ledger);
    assert_eq!((row.started_at, row.finished_at), (Some(EpochMs(3)), Some(EpochMs(4))));
    assert_eq!((row.outcome.as_deref(), row.failure.as_deref()), (Some("whole"), Some("warning")));
}

#[test]
fn start_takes_a_pending_task_with_an_open_tape() {
    let mut ledger = torn(Status::Pending, None);
    assert_eq!(ledger.start(&store(), &id(), EpochMs(7), "go"), Ok(Started::At(2)));
    assert_eq!(row(&mut ledger).started_at, Some(EpochMs(7)));
    let again = ledger.start(&store(), &id(), EpochMs(8), "go");
    assert_eq!(again, Ok(Started::Refused(Status::Running)));
    assert_eq!(row(&mut ledger).started_at, Some(EpochMs(7)));
    assert_eq!(kinds(&mut ledger), [EventKind::Log, EventKind::TaskStarted]);

    let mut ledger = torn(Status::Pending, Some(ENDED));
    assert!(matches!(error(ledger.start(&store(), &id(), EpochMs(7), "")), Error::Conflict(_)));
    assert_eq!(kinds(&mut ledger).last(), Some(&EventKind::Final(ENDED)));
}

#[test]
fn pages_of_rows_give_each_once_whatever_the_filter() {
    let mut ledger = ledger();
    // Three at each time, statuses and ops mixed, so that pages end within ties.
    for number in 0..60_u64 {
        let task = NewTask {
            task_id: format!("{:02}", (number * 7) % 60).as_str().into(),
            op: if number % 3 == 0 { "rare" } else { "common" }.into(),
            params_digest: String::new(),
            created_at: EpochMs(number / 3),
        };
        ledger.create(&store(), &task).unwrap();
        let status = crate::keys::STATUSES[usize::try_from(number % 5).unwrap()];
        ledger.update_status(&store(), &task.task_id, &TaskChange::to(status)).unwrap();
    }
    let mut all = pages(&mut ledger, &TaskFilter::default(), 60);
    assert_eq!(all.len(), 60);
    let order = |task: &Task| (std::cmp::Reverse(task.created_at), task.task_id.clone());
    assert!(all.is_sorted_by_key(order));
    assert_eq!(pages(&mut ledger, &TaskFilter::default(), 7), all);
    let filter = TaskFilter { status: Some(Status::Running), op: Some("rare".into()) };
    all.retain(|task| task.status == Status::Running && task.op == "rare");
    assert_eq!(all.len(), 4);
    assert_eq!(pages(&mut ledger, &filter, 3), all);
}

/// All pages, each but the last with a `next`.
fn pages(ledger: &mut Ledger<Memory>, filter: &TaskFilter, limit: u32) -> Vec<Task> {
    let mut tasks = Vec::new();
    let mut after = None;
    loop {
        let page = Tasks::list(ledger, &store(), filter, after.as_ref(), limit).unwrap();
        tasks.extend(page.tasks);
        match page.next {
            Some(next) => after = Some(next),
            None => return tasks,
        }
    }
}

#[test]
fn a_list_that_finds_nothing_ends_a_call_and_goes_on() {
    let mut ledger = ledger();
    let rows = u64::try_from(crate::limits::SCAN_ROWS).unwrap() + 1;
    for number in 0..rows {
        let oldest = number == 0;
        let task = NewTask {
            op: if oldest { "rare" } else { "common" }.into(),
            created_at: EpochMs(number),
            ..new_task(&number.to_string())
        };
        ledger.create(&store(), &task).unwrap();
    }
    let filter = TaskFilter { status: None, op: Some("rare".into()) };
    let first = Tasks::list(&mut ledger, &store(), &filter, None, 1).unwrap();
    assert!(first.tasks.is_empty() && first.next.is_some());
    let second = Tasks::list(&mut ledger, &store(), &filter, first.next.as_ref(), 1).unwrap();
    assert_eq!(second.tasks.len(), 1);
    assert_eq!(second.next, None);
}

#[test]
fn a_list_carries_no_payload() {
    let mut ledger = torn(Status::Pending, None);
    ledger.finish(&store(), &id(), &closing(ENDED)).unwrap();
    let page = Tasks::list(&mut ledger, &store(), &TaskFilter::default(), None, 1).unwrap();
    assert_eq!(page.tasks.first().unwrap().outcome, None);
}

#[test]
fn a_page_of_long_events_is_cut_and_goes_on() {
    let mut ledger = torn(Status::Pending, None);
    let payload = "p".repeat(usize::try_from(LIMITS.max_payload_bytes).unwrap());
    for _ in 0..9 {
        let long = NewEvent { payload: payload.clone(), ..event(EventKind::Log) };
        ledger.append_event(&store(), &id(), &long).unwrap();
    }
    let first = ledger.list_events(&store(), &id(), 2, 100).unwrap();
    assert_eq!((first.len(), first.last().unwrap().seq), (8, 9));
    assert_eq!(ledger.list_events(&store(), &id(), 10, 100).unwrap().len(), 1);
    let longer = NewEvent { payload: payload + "p", ..event(EventKind::Log) };
    let refused = ledger.append_event(&store(), &id(), &longer);
    assert!(matches!(error(refused), Error::Invalid(_)));
}
