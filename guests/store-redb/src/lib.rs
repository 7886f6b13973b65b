//! A durable store: the ledger over redb, in the folder it is granted. [`kv`] holds all that is
//! particular to redb and builds natively too; here is the plugin.

mod file;
pub mod kv;

/// Where the host mounts the folder it grants a store.
#[cfg(target_arch = "wasm32")]
const FOLDER: &str = "/data";

#[cfg(target_arch = "wasm32")]
wirt_sdk::export_store!(|| wirt_ledger::Ledger::new(
    wirt_ledger::Identity {
        name: "store-redb".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        durability: wirt_sdk::contract::store::Durability::Durable,
    },
    || kv::RedbKv::open(std::path::Path::new(FOLDER)),
));
