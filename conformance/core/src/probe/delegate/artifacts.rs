//! `artifacts`.

use wirt_contract::artifacts::{Artifact, Artifacts};
use wirt_contract::{Answer, ModuleRef, StoreId};

use super::super::{Probe, Show};

impl Artifacts for Probe<'_> {
    fn put(&mut self, store: &StoreId, artifact: &Artifact) -> Answer<()> {
        let line = format!("artifacts.put({}, {})", store.show(), artifact.show());
        self.call(line, |plugin| plugin.artifacts()?.put(store, artifact))
    }

    fn get(&mut self, store: &StoreId, module: &ModuleRef) -> Answer<Option<Artifact>> {
        let line = format!("artifacts.get({}, {})", store.show(), module.show());
        self.call(line, |plugin| plugin.artifacts()?.get(store, module))
    }

    fn delete(&mut self, store: &StoreId, module: &ModuleRef) -> Answer<bool> {
        let line = format!("artifacts.delete({}, {})", store.show(), module.show());
        self.call(line, |plugin| plugin.artifacts()?.delete(store, module))
    }

    fn list(
        &mut self,
        store: &StoreId,
        after: Option<&ModuleRef>,
        limit: u32,
    ) -> Answer<Vec<ModuleRef>> {
        let line = format!("artifacts.list({}, {}, {limit})", store.show(), after.show());
        self.call(line, |plugin| plugin.artifacts()?.list(store, after, limit))
    }
}
