//! Wrong: every tape counts 1, 2, 4, 5, and says so wherever it names a number.
//! Caught by `tasks/append-numbers-from-one` (`tasks.append.sequence`).

use faulty_base::{Defect, Inner, faulty};
use wirt_sdk::contract::tasks::{Appended, Closing, Event, Finished, NewEvent, Started, Tasks};
use wirt_sdk::contract::{Answer, EpochMs, StoreId, TaskId};

/// The number that no event gets.
const LEFT_OUT: u64 = 3;

struct SequenceGap;

/// The number shown for the tape's own.
fn shown(seq: u64) -> u64 {
    if seq < LEFT_OUT { seq } else { seq + 1 }
}

impl Defect for SequenceGap {
    fn append_event(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        event: &NewEvent,
    ) -> Answer<Appended> {
        Ok(match inner.append_event(store, task, event)? {
            Appended::At(seq) => Appended::At(shown(seq)),
            Appended::Dropped(seq) => Appended::Dropped(shown(seq)),
        })
    }

    fn start(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        at: EpochMs,
        payload: &str,
    ) -> Answer<Started> {
        Ok(match inner.start(store, task, at, payload)? {
            Started::At(seq) => Started::At(shown(seq)),
            refused @ Started::Refused(_) => refused,
        })
    }

    fn finish(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        closing: &Closing,
    ) -> Answer<Finished> {
        Ok(match inner.finish(store, task, closing)? {
            Finished::At(seq) => Finished::At(shown(seq)),
            already @ Finished::Already(_) => already,
        })
    }

    fn list_events(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        task: &TaskId,
        from_seq: u64,
        limit: u32,
    ) -> Answer<Vec<Event>> {
        let from_seq = if from_seq <= LEFT_OUT { from_seq } else { from_seq - 1 };
        let events = inner.list_events(store, task, from_seq, limit)?;
        Ok(events.into_iter().map(|event| Event { seq: shown(event.seq), ..event }).collect())
    }

    fn max_seq(&mut self, inner: &mut Inner, store: &StoreId, task: &TaskId) -> Answer<u64> {
        Ok(shown(inner.max_seq(store, task)?))
    }
}

wirt_sdk::export_store!(|| faulty("faulty-sequence-gap", SequenceGap));
