//! Wrong: `tasks.finish` never returns.
//! Caught by `tasks/create-over-closed-conflicts`, as a fault.

use faulty_base::{Defect, Inner, faulty};
use wirt_sdk::contract::tasks::{Closing, Finished};
use wirt_sdk::contract::{Answer, StoreId, TaskId};

struct NeverReturns;

impl Defect for NeverReturns {
    fn finish(&mut self, _: &mut Inner, _: &StoreId, _: &TaskId, _: &Closing) -> Answer<Finished> {
        loop {
            std::hint::spin_loop();
        }
    }
}

wirt_sdk::export_store!(|| faulty("faulty-never-returns", NeverReturns));
