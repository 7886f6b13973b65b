//! The store that keeps nothing: the ledger over memory. It is what Wirt binds where nothing has
//! to outlive the process, and the reference the other stores are measured against.
//!
//! It reads one variable of its environment, `WIRT_ATTACHMENT_MANIFEST`: with `none` it keeps no
//! intents of `attachment-manifest`, with `kept` or without the variable it does. With any other
//! value every call that needs data is an error that says so.

use wirt_ledger::{Clock, Identity, KvError, Ledger, Memory};
use wirt_sdk::contract::attachment_manifest::Retention;
use wirt_sdk::contract::store::Durability;
use wirt_sdk::environment;

/// The store over an empty memory.
pub fn store() -> Ledger<Memory> {
    let granted = environment::retention();
    let identity = Identity {
        name: "store-memory".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        durability: Durability::Inline,
        retention: granted.clone().unwrap_or(Retention::Kept),
    };
    Ledger::new(identity, Clock::system(), move || {
        granted.clone().map_err(|error| KvError::Open(error.into()))?;
        Ok(Memory::default())
    })
}

wirt_sdk::export_store!(store);
