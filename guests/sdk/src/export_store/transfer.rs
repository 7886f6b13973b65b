//! `wirt:persistence/transfer`.

use wirt_contract::Plugin;
use wirt_contract::transfer::Row;

use crate::Holds;
use crate::bindings::store::exports::wirt::persistence::transfer;
use crate::bindings::store::wirt::persistence::types::Error;

impl<G: Holds<dyn Plugin>> transfer::Guest for G {
    fn export(after: Option<String>, budget: u32) -> Result<transfer::Page, Error> {
        G::with(|plugin| Ok(plugin.transfer()?.export(after.as_deref(), budget)?.into()))
    }

    fn begin_import() -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.transfer()?.begin_import()?))
    }

    fn import_rows(rows: Vec<transfer::Row>) -> Result<(), Error> {
        let rows: Vec<Row> = rows.into_iter().map(Into::into).collect();
        G::with(|plugin| Ok(plugin.transfer()?.import_rows(&rows)?))
    }

    fn finish_import(rows: u64) -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.transfer()?.finish_import(rows)?))
    }
}
