//! Wrong: it says that it is durable, and a fresh instance starts empty.
//! Caught by `store/declared-tier-is-observed` (`store.describe.tier`).

use faulty_base::{Defect, Inner, faulty};
use wirt_sdk::contract::Answer;
use wirt_sdk::contract::store::{Description, Durability, Store};

struct FalseDurability;

impl Defect for FalseDurability {
    fn describe(&mut self, inner: &mut Inner) -> Answer<Description> {
        Ok(Description { durability: Durability::Durable, ..inner.describe()? })
    }
}

wirt_sdk::export_store!(|| faulty("faulty-false-durability", FalseDurability));
