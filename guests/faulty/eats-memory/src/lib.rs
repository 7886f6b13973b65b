//! Wrong: `attachments.put` takes memory without end.
//! Caught by `attachments/put-get-round-trips-bytes-and-meta`, as a fault.

use faulty_base::{Defect, Inner, faulty};
use wirt_sdk::contract::attachments::{Attachment, Metadata};
use wirt_sdk::contract::{Answer, StoreId};

/// Bytes taken at a time: large enough to come to an end before a call's time does.
const PIECE: usize = 1 << 20;

struct EatsMemory;

impl Defect for EatsMemory {
    fn put(&mut self, _: &mut Inner, _: &StoreId, _: &[u8], _: &Metadata) -> Answer<Attachment> {
        let mut eaten = Vec::new();
        loop {
            eaten.push(std::hint::black_box(vec![1_u8; PIECE]));
        }
    }
}

wirt_sdk::export_store!(|| faulty("faulty-eats-memory", EatsMemory));
