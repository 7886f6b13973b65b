//! Tapes that take events after their `final`: what `progress-after-final` and `second-final`
//! have in common.

use std::collections::BTreeMap;

use wirt_sdk::contract::tasks::{Appended, Event, EventKind, NewEvent, Tasks};
use wirt_sdk::contract::{Answer, StoreId, TaskId};

use crate::{Defect, Inner};

/// Appends, after a tape's end, the events whose kind it is told to take.
pub struct Late {
    takes: fn(EventKind) -> bool,
    /// Each tape's events after its `final`.
    late: BTreeMap<(StoreId, TaskId), Vec<Event>>,
}

impl Late {
    /// Takes late events of these kinds.
    pub fn new(takes: fn(EventKind) -> bool) -> Self {
        Self { takes, late: BTreeMap::new() }
    }

    fn of(&self, store: &StoreId, task: &TaskId) -> &[Event] {
        self.late.get(&(store.clone(), task.clone())).map_or(&[], Vec::as_slice)
    }
}

impl Defect for Late {
    fn append_event(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        let last = match inner.append_event(store, task, event)? {
            Appended::Dropped(last) if (self.takes)(event.kind) => last,
            answer @ (Appended::At(_) | Appended::Dropped(_)) => return Ok(answer),
        };
        let ends = inner.list_events(store, task, last, 1)?;
        if !matches!(ends.first(), Some(Event { kind: EventKind::Final(_), .. })) {
            // Dropped because of its row, which is right.
            return Ok(Appended::Dropped(last));
        }
        let seq = self.max_seq(inner, store, task)? + 1;
        let NewEvent { kind, at, payload } = event.clone();
        let late = self.late.entry((store.clone(), task.clone())).or_default();
        late.push(Event { seq, kind, at, payload });
        Ok(Appended::At(seq))
    }

    fn list_events(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        let mut events = inner.list_events(store, task, from_seq, limit)?;
        let late = self.of(store, task).iter().filter(|event| event.seq >= from_seq);
        events.extend(late.cloned());
        events.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(events)
    }

    fn max_seq(&mut self, inner: &mut Inner, store: &StoreId, task: &TaskId) -> Answer<u64> {
        let last = inner.max_seq(store, task)?;
        Ok(self.of(store, task).last().map_or(last, |event| event.seq))
    }
}
