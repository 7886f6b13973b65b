//! `wirt:persistence/store` and `…/batching` of a plugin at work.

use wirt_contract::batching::Batching;
use wirt_contract::store::{CheckPage, Description, Store};
use wirt_contract::{Answer, Interface};

use super::{Instance, Running};
use crate::bindings::exports::wirt::persistence::{batching, store};
use crate::bindings::wirt::persistence::types;
use crate::convert::store::{answer, check_page, description};

impl Instance {
    fn on_store<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&store::Guest, &mut Running) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        self.call(Interface::Store, function, |functions| functions.store.as_ref(), run)
    }

    fn on_batching(
        &mut self,
        function: &str,
        run: impl FnOnce(&batching::Guest, &mut Running) -> wasmtime::Result<Result<(), types::Error>>,
    ) -> Answer<()> {
        let called =
            self.call(Interface::Batching, function, |functions| functions.batching.as_ref(), run)?;
        answer(called)
    }
}

impl Store for Instance {
    fn describe(&mut self) -> Answer<Description> {
        Ok(description(self.on_store("describe", |guest, store| guest.call_describe(store))?))
    }

    fn close(&mut self) -> Answer<()> {
        answer(self.on_store("close", |guest, store| guest.call_close(store))?)
    }

    fn check(&mut self, after: Option<&str>, budget: u32) -> Answer<CheckPage> {
        let called =
            self.on_store("check", |guest, store| guest.call_check(store, after, budget))?;
        answer(called).map(check_page)
    }
}

impl Batching for Instance {
    fn begin(&mut self) -> Answer<()> {
        self.on_batching("begin", |guest, store| guest.call_begin(store))
    }

    fn flush(&mut self) -> Answer<()> {
        self.on_batching("flush", |guest, store| guest.call_flush(store))
    }
}
