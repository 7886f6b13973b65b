//! A durable store: the ledger over redb, in the folder it is granted. [`kv`] holds all that is
//! particular to redb and builds natively too; here is the plugin.
//!
//! It reads one variable of its environment, `WIRT_ATTACHMENT_MANIFEST`: with `none` it keeps no
//! intents of `attachment-manifest`, with `kept` or without the variable it does. With any other
//! value every call that needs data is an error that says so.

mod file;
pub mod kv;

/// The plugin.
#[cfg(target_arch = "wasm32")]
mod plugin {
    use std::path::Path;

    use wirt_ledger::{Clock, Identity, KvError, Ledger};
    use wirt_sdk::contract::attachment_manifest::Retention;
    use wirt_sdk::contract::store::Durability;
    use wirt_sdk::environment;

    use crate::kv::RedbKv;

    /// Where the host mounts the folder it grants a store.
    const FOLDER: &str = "/data";

    fn store() -> Ledger<RedbKv> {
        let granted = environment::retention();
        let identity = Identity {
            name: "store-redb".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            durability: Durability::Durable,
            retention: granted.clone().unwrap_or(Retention::Kept),
        };
        Ledger::new(identity, Clock::system(), move || {
            granted.clone().map_err(|error| KvError::Open(error.into()))?;
            RedbKv::open(Path::new(FOLDER))
        })
    }

    wirt_sdk::export_store!(store);
}
