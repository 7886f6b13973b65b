//! Wrong: `tasks.append-event` panics, which ends the instance.
//! Caught by `tasks/row-follows-final`, as a fault.

use faulty_base::{Defect, Inner, faulty};
use wirt_sdk::contract::tasks::{Appended, NewEvent};
use wirt_sdk::contract::{Answer, StoreId, TaskId};

struct Traps;

impl Defect for Traps {
    #[allow(clippy::panic, reason = "the defect")]
    fn append_event(
        &mut self,
        _: &mut Inner,
        _: &StoreId,
        _: &TaskId,
        _: &NewEvent,
    ) -> Answer<Appended> {
        panic!("this guest is wrong on purpose")
    }
}

wirt_sdk::export_store!(|| faulty("faulty-traps", Traps));
