//! The store that keeps nothing: the ledger over memory. It is what Wirt binds where nothing has
//! to outlive the process, and the reference the other stores are measured against.

use wirt_ledger::{Identity, Ledger, Memory};
use wirt_sdk::contract::store::Durability;

/// The store over an empty memory.
pub fn store() -> Ledger<Memory> {
    let identity = Identity {
        name: "store-memory".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        durability: Durability::Inline,
    };
    Ledger::new(identity, || Ok(Memory::default()))
}

wirt_sdk::export_store!(store);
