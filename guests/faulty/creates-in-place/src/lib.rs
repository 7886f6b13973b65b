//! A durable store that creates its database under the name it opens it by: a crash before redb has
//! written its header leaves a file that redb never opens again. All else is store-redb's own code.

// Only the plugin uses them, and only a component is one.
#[cfg(target_arch = "wasm32")]
#[path = "../../../store-redb/src/file.rs"]
mod file;
#[cfg(target_arch = "wasm32")]
#[path = "../../../store-redb/src/kv.rs"]
mod kv;

#[cfg(target_arch = "wasm32")]
mod plugin {
    use std::path::Path;

    use redb::{Database, TableDefinition};
    use wirt_ledger::{Clock, Identity, KvError, Ledger};
    use wirt_sdk::contract::attachment_manifest::Retention;
    use wirt_sdk::contract::store::Durability;

    use crate::kv::RedbKv;

    const FOLDER: &str = "/data";
    /// store-redb's file and table.
    const FILE: &str = "wirt.redb";
    const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("ledger");

    fn create(path: &Path) -> Result<(), redb::Error> {
        let database = Database::create(path)?;
        let transaction = database.begin_write()?;
        transaction.open_table(TABLE)?;
        transaction.commit()?;
        Ok(())
    }

    fn store() -> Ledger<RedbKv> {
        let identity = Identity {
            name: "creates-in-place".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            durability: Durability::Durable,
            retention: Retention::Kept,
        };
        Ledger::new(identity, Clock::system(), || {
            let folder = Path::new(FOLDER);
            let path = folder.join(FILE);
            if !path.exists() {
                create(&path).map_err(|error| KvError::Open(error.into()))?;
            }
            RedbKv::open(folder)
        })
    }

    wirt_sdk::export_store!(store);
}
