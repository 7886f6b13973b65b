//! `wirt:persistence/artifacts` of a plugin at work.

use wirt_contract::artifacts::{Artifact, Artifacts};
use wirt_contract::{Answer, Interface, ModuleRef, StoreId};

use super::{Instance, Running};
use crate::bindings::exports::wirt::persistence::artifacts::Guest;
use crate::bindings::wirt::persistence::types;
use crate::convert::artifacts;
use crate::convert::store::{answer, id};

impl Instance {
    fn on_artifacts<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&Guest, &mut Running) -> wasmtime::Result<Result<T, types::Error>>,
    ) -> Answer<T> {
        let called = self.call(
            Interface::Artifacts,
            function,
            |functions| functions.artifacts.as_ref(),
            run,
        )?;
        answer(called)
    }
}

impl Artifacts for Instance {
    fn put(&mut self, store_id: &StoreId, artifact: &Artifact) -> Answer<()> {
        let artifact = artifacts::artifact_to(artifact);
        self.on_artifacts("put", |guest, store| guest.call_put(store, &id(store_id), &artifact))
    }

    fn get(&mut self, store_id: &StoreId, module: &ModuleRef) -> Answer<Option<Artifact>> {
        let found = self.on_artifacts("get", |guest, store| {
            guest.call_get(store, &id(store_id), module.as_str())
        })?;
        Ok(found.map(artifacts::artifact))
    }

    fn delete(&mut self, store_id: &StoreId, module: &ModuleRef) -> Answer<bool> {
        self.on_artifacts("delete", |guest, store| {
            guest.call_delete(store, &id(store_id), module.as_str())
        })
    }

    fn list(
        &mut self,
        store_id: &StoreId,
        after: Option<&ModuleRef>,
        limit: u32,
    ) -> Answer<Vec<ModuleRef>> {
        let names = self.on_artifacts("list", |guest, store| {
            guest.call_list(store, &id(store_id), after.map(ModuleRef::as_str), limit)
        })?;
        Ok(names.into_iter().map(ModuleRef::from).collect())
    }
}
