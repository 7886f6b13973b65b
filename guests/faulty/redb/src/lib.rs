//! A durable store that makes its database wrongly, in the way `WIRT_FAULT` names; all else is
//! store-redb's own code. Both ways were found by the crash harness before they were faults:
//! `conformance/FINDINGS.md`.
//!
//! - `creates-in-place`: under the name it is opened by. A crash before redb has written its header
//!   leaves a file that redb never opens again.
//! - `trusts-the-last-sync`: beside that name, and then taken for whole although a sync failed that
//!   redb makes as a database is dropped, where it can return no error.

// Only the plugin uses them, and only a component is one.
#[cfg(target_arch = "wasm32")]
#[path = "../../../store-redb/src/file.rs"]
mod file;
#[cfg(target_arch = "wasm32")]
#[path = "../../../store-redb/src/kv.rs"]
mod kv;

#[cfg(target_arch = "wasm32")]
mod plugin {
    use std::fs::{self, File};
    use std::path::Path;

    use redb::{Database, TableDefinition};
    use wirt_ledger::{Clock, Identity, KvError, Ledger};
    use wirt_sdk::contract::attachment_manifest::Retention;
    use wirt_sdk::contract::store::Durability;

    use crate::kv::RedbKv;

    const FOLDER: &str = "/data";
    /// store-redb's file and table.
    const FILE: &str = "wirt.redb";
    const NEW_FILE: &str = "wirt.redb.new";
    const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("ledger");

    fn make(fault: &str) -> Result<(), redb::Error> {
        let folder = Path::new(FOLDER);
        let path = folder.join(FILE);
        if path.exists() {
            return Ok(());
        }
        if fault == "creates-in-place" {
            return create(&path);
        }
        let new = folder.join(NEW_FILE);
        let _ = fs::remove_file(&new);
        create(&new)?;
        File::options().write(true).open(&new)?.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(folder)?.sync_all()?;
        Ok(())
    }

    fn create(path: &Path) -> Result<(), redb::Error> {
        let database = Database::create(path)?;
        let transaction = database.begin_write()?;
        transaction.open_table(TABLE)?;
        transaction.commit()?;
        Ok(())
    }

    fn store() -> Ledger<RedbKv> {
        let identity = Identity {
            name: "faulty-redb".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            durability: Durability::Durable,
            retention: Retention::Kept,
        };
        let fault = std::env::var("WIRT_FAULT").ok();
        Ledger::new(identity, Clock::system(), move || {
            if let Some(fault) = &fault {
                if !["creates-in-place", "trusts-the-last-sync"].contains(&fault.as_str()) {
                    return Err(KvError::Open(format!("no fault `{fault}`").into()));
                }
                make(fault).map_err(|error| KvError::Open(error.into()))?;
            }
            RedbKv::open(Path::new(FOLDER))
        })
    }

    wirt_sdk::export_store!(store);
}
