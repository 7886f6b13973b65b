//! `wirt:persistence/transfer` of a plugin at work.

use wirt_contract::transfer::{Page, Row, Transfer};
use wirt_contract::{Answer, Interface};

use super::{Instance, Running};
use crate::bindings::exports::wirt::persistence::transfer::Guest;
use crate::bindings::wirt::persistence::types;
use crate::convert::store::answer;
use crate::convert::transfer;

impl Instance {
    fn on_transfer<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&Guest, &mut Running) -> wasmtime::Result<Result<T, types::Error>>,
    ) -> Answer<T> {
        let called =
            self.call(Interface::Transfer, function, |functions| functions.transfer.as_ref(), run)?;
        answer(called)
    }
}

impl Transfer for Instance {
    fn export(&mut self, after: Option<&str>, budget: u32) -> Answer<Page> {
        let page =
            self.on_transfer("export", |guest, store| guest.call_export(store, after, budget))?;
        Ok(transfer::page(page))
    }

    fn begin_import(&mut self) -> Answer<()> {
        self.on_transfer("begin-import", |guest, store| guest.call_begin_import(store))
    }

    fn import_rows(&mut self, rows: &[Row]) -> Answer<()> {
        let rows: Vec<_> = rows.iter().map(transfer::row_to).collect();
        self.on_transfer("import-rows", |guest, store| guest.call_import_rows(store, &rows))
    }

    fn finish_import(&mut self, rows: u64) -> Answer<()> {
        self.on_transfer("finish-import", |guest, store| guest.call_finish_import(store, rows))
    }
}
