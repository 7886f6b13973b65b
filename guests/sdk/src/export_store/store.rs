//! `wirt:persistence/store` and `…/batching`.

use wirt_contract::Plugin;

use crate::bindings::store::exports::wirt::persistence::{batching, store};
use crate::bindings::store::wirt::persistence::types::Error;
use crate::{Holds, trap};

impl<G: Holds<dyn Plugin>> store::Guest for G {
    fn describe() -> store::Description {
        G::with(|plugin| plugin.store()?.describe())
            .unwrap_or_else(|failure| trap("store.describe", &failure))
            .into()
    }

    fn close() -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.store()?.close()?))
    }

    fn check(after: Option<String>, budget: u32) -> Result<store::CheckPage, Error> {
        G::with(|plugin| Ok(plugin.store()?.check(after.as_deref(), budget)?.into()))
    }
}

impl<G: Holds<dyn Plugin>> batching::Guest for G {
    fn begin() -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.batching()?.begin()?))
    }

    fn flush() -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.batching()?.flush()?))
    }
}
