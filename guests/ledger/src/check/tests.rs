//! Each way the data can be damaged is found, and named.

mod queues;

use wirt_contract::attachments::{Attachments, Metadata};
use wirt_contract::tasks::{
    Closing, Ending, Event, EventKind, NewEvent, Status, Task, TaskChange, Tasks,
};
use wirt_contract::{AttachmentId, EpochMs, StoreId};

use super::*;
use crate::tasks::Row;
use crate::tests::{error, ledger_over, new_task, store};
use crate::{KeyValue, Memory};

/// Two stores, each with a live task, a closed one with events and payloads, and an attachment.
fn stocked() -> Memory {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    for store in [store(), "other".into()] {
        for id in ["closed", "live"] {
            ledger.create(&store, &new_task(id)).unwrap();
            for kind in [EventKind::TaskStarted, EventKind::Log, EventKind::Progress] {
                let event = NewEvent { kind, at: EpochMs(1), payload: "{}".into() };
                ledger.append_event(&store, &id.into(), &event).unwrap();
            }
        }
        let running = TaskChange::to(Status::Running);
        ledger.update_status(&store, &"live".into(), &running).unwrap();
        let closing = Closing {
            ending: Ending::Failed,
            at: EpochMs(2),
            outcome: Some("o".into()),
            failure: Some("f".into()),
            payload: "{}".into(),
        };
        ledger.finish(&store, &"closed".into(), &closing).unwrap();
        let metadata = Metadata { media_type: "m".into(), width: None, height: None, label: None };
        ledger.put(&store, b"bytes", &metadata).unwrap();
    }
    memory
}

pub(crate) fn problems(memory: &Memory, budget: u32) -> Vec<String> {
    let mut ledger = ledger_over(memory);
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page =
            wirt_contract::store::Store::check(&mut ledger, after.as_deref(), budget).unwrap();
        found.extend(page.problems);
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

#[test]
fn a_key_of_no_store_id_is_named_and_the_walk_goes_on() {
    let mut memory = stocked();
    let longest = "s".repeat(crate::LIMITS.max_id_bytes.try_into().unwrap());
    let store = StoreId::new(longest);
    let mut key = Space::new(&store).unwrap().key(Entry::<&str>::Head).into_bytes();
    // One more byte in the id than a call can say.
    let at = key.iter().position(|byte| *byte == b's').unwrap();
    key.insert(at, b's');
    memory.write([(key, Some(vec![0]))].into()).unwrap();
    memory.commit().unwrap();
    let found = problems(&memory, 1_000);
    assert!(matches!(&found[..], [only] if only.contains("belongs to no store id")), "{found:?}");
}

fn set(memory: &mut Memory, entry: Entry<&str>, value: Option<Vec<u8>>) {
    let store = store();
    let key = Space::new(&store).unwrap().key(entry).into_bytes();
    memory.write([(key, value)].into()).unwrap();
    memory.commit().unwrap();
}

#[test]
fn an_undamaged_store_is_clean_and_a_check_ends_at_any_budget() {
    let memory = stocked();
    for budget in [1, 2, 7, 1_000, u32::MAX] {
        assert_eq!(problems(&memory, budget), Vec::<String>::new());
    }
}

#[test]
fn every_entry_that_is_gone_is_missed() {
    let attachment = AttachmentId::of(b"bytes");
    let attachment = attachment.as_str();
    let failed = Status::Ended(Ending::Failed);
    for entry in [
        Entry::Row("closed"),
        Entry::ByStatus(failed, EpochMs(1), "closed"),
        Entry::Unclosed("live"),
        Entry::Event("closed", 1),
        Entry::Event("closed", 2),
        Entry::Event("closed", 4),
        Entry::Attachment(attachment),
        Entry::Bytes(attachment),
    ] {
        let mut memory = stocked();
        set(&mut memory, entry, None);
        for budget in [1, 1_000] {
            assert!(!problems(&memory, budget).is_empty(), "{entry:?}");
        }
    }
}

#[test]
fn every_entry_too_many_or_damaged_is_named() {
    let attachment = AttachmentId::of(b"bytes");
    let attachment = attachment.as_str();
    let unknown = AttachmentId::of(b"unknown");
    let unread = || Some(vec![0xff; 3]);
    for (entry, value, expected) in [
        (
            Entry::Outcome("gone"),
            unread(),
            "outcome of task \"gone\" in store \"store\" has no row",
        ),
        (Entry::Unclosed("closed"), Some(vec![]), "is closed"),
        (Entry::ByStatus(Status::Pending, EpochMs(1), "live"), Some(vec![]), "(running)"),
        (Entry::ByStatus(Status::Running, EpochMs(2), "live"), Some(vec![]), "(running)"),
        (Entry::Event("live", 4), unread(), "event 4 of task \"live\""),
        (Entry::Row("live"), unread(), "the row of task \"live\""),
        (Entry::Attachment(attachment), unread(), "metadata of attachment"),
        (Entry::Bytes(attachment), Some(b"bytez".to_vec()), "is damaged"),
        (Entry::Bytes(unknown.as_str()), Some(b"unknown".to_vec()), "has no metadata"),
    ] {
        let mut memory = stocked();
        set(&mut memory, entry, value);
        let found = problems(&memory, 3);
        assert!(found.iter().any(|line| line.contains(expected)), "{entry:?}: {found:?}");
    }
}

#[test]
fn a_tape_and_a_row_that_disagree_are_named() {
    let id = "closed";
    let event = |seq, kind| Event { seq, kind, at: EpochMs(1), payload: String::new() };
    let failed = EventKind::Final(Ending::Failed);
    for (seq, event, expected) in [
        (5, event(5, EventKind::Log), "lies beyond the 4 events"),
        (2, event(3, EventKind::Log), "says it is number 3"),
        (3, event(3, failed), "is final(failed), against"),
        (4, event(4, EventKind::Final(Ending::Cancelled)), "is final(cancelled), against"),
        (4, event(4, EventKind::Log), "is log, against"),
    ] {
        let mut memory = stocked();
        set(&mut memory, Entry::Event(id, seq), Some(postcard::to_allocvec(&event).unwrap()));
        let found = problems(&memory, 100);
        assert!(found.iter().any(|line| line.contains(expected)), "{found:?}");
    }

    let mut memory = stocked();
    let store: StoreId = store();
    let key = Space::new(&store).unwrap().key(Entry::Row(id));
    let bytes = memory.get(key.as_bytes()).unwrap().unwrap();
    let row: Row = postcard::from_bytes(&bytes).unwrap();
    let task = Task { status: Status::Ended(Ending::Succeeded), ..row.task };
    let row = Row { task, ..row };
    set(&mut memory, Entry::Row(id), Some(postcard::to_allocvec(&row).unwrap()));
    let found = problems(&memory, 100);
    assert!(found.iter().any(|line| line.contains("ended succeeded, and its tape failed")));
    assert!(found.iter().any(|line| line.contains("missing from the index of succeeded")));
}

#[test]
fn a_key_of_no_known_form_is_a_problem_and_a_cursor_still_goes_past_it() {
    let mut memory = stocked();
    memory.write([(vec![1, b'z', 0, 0, 99], Some(vec![]))].into()).unwrap();
    memory.write([(vec![1, 0xff, 0xff], Some(vec![]))].into()).unwrap();
    memory.commit().unwrap();
    assert_eq!(problems(&memory, 1).len(), 2);
}

#[test]
fn a_cursor_that_is_not_ours_is_invalid() {
    let memory = stocked();
    let mut ledger = ledger_over(&memory);
    for cursor in [
        "",
        "after-",
        "after-0",
        "after-01x",
        "after-0g",
        "after-01AA",
        "after-+1",
        "after-00",
        "01",
        "after-ü",
    ] {
        let answer = wirt_contract::store::Store::check(&mut ledger, Some(cursor), 1);
        assert!(matches!(error(answer), Error::Invalid(_)), "{cursor}");
    }
    let none = wirt_contract::store::Store::check(&mut ledger, None, 0);
    assert!(matches!(error(none), Error::Invalid(_)));
}
