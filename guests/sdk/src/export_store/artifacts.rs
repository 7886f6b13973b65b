//! `wirt:persistence/artifacts`.

use wirt_contract::{ModuleRef, Plugin, StoreId};

use crate::Holds;
use crate::bindings::store::exports::wirt::persistence::artifacts;
use crate::bindings::store::wirt::persistence::types::Error;

impl<G: Holds<dyn Plugin>> artifacts::Guest for G {
    fn put(store: String, artifact: artifacts::Artifact) -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.artifacts()?.put(&StoreId::new(store), &artifact.into())?))
    }

    fn get(store: String, module_ref: String) -> Result<Option<artifacts::Artifact>, Error> {
        G::with(|plugin| {
            let artifacts = plugin.artifacts()?;
            let found = artifacts.get(&StoreId::new(store), &ModuleRef::new(module_ref))?;
            Ok(found.map(Into::into))
        })
    }

    fn delete(store: String, module_ref: String) -> Result<bool, Error> {
        G::with(|plugin| {
            Ok(plugin.artifacts()?.delete(&StoreId::new(store), &ModuleRef::new(module_ref))?)
        })
    }

    fn list(store: String, after: Option<String>, limit: u32) -> Result<Vec<String>, Error> {
        let after = after.map(ModuleRef::new);
        G::with(|plugin| {
            let artifacts = plugin.artifacts()?;
            let names = artifacts.list(&StoreId::new(store), after.as_ref(), limit)?;
            Ok(names.iter().map(|name| name.as_str().to_owned()).collect())
        })
    }
}
