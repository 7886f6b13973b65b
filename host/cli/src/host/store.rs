//! A configured store, let in and held by this process.

use std::path::{Path, PathBuf};

use anyhow::bail;
use wirt_contract::store::{Durability, Limits};
use wirt_contract::{Error, Interface, Plugin as _};
use wirt_engine::{Clock, Component, Data, Folder, Grant, Instance, Seed};
use wirt_runtime::store::CallError;

use super::plugins::Plugins;
use super::state::State;
use crate::config::resolve::{Plan, StorePlan};

/// Everything an instance of the store is made of. Nobody else has the folder while this lives.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    component: Component,
    grant: Grant,
    limits: wirt_engine::Limits,
}

impl Held {
    /// Lets the store's plugin in for this role, and holds its folder.
    pub(crate) fn hold(
        store: &StorePlan,
        role: Interface,
        plugins: &Plugins,
        state: &State,
    ) -> anyhow::Result<Self> {
        let component = plugins.admit(&store.plugin, role)?;
        let folder = folder(store, state);
        let grant = Grant {
            data: Data::Folder(Folder::hold(&folder)?),
            env: store.env.clone(),
            clock: Clock::Real,
            seed: Seed::from_system()?,
        };
        Ok(Self { name: store.name.clone(), folder, component, grant, limits: store.plugin.limits })
    }

    /// A fresh instance. Nothing runs yet.
    pub(crate) fn instance(&self) -> Instance {
        Instance::new(self.component.clone(), self.grant.clone(), self.limits)
    }

    /// An instance whose data is open, of a store that keeps what it is given, and its bounds.
    pub(crate) fn durable(&self) -> anyhow::Result<(Instance, Limits)> {
        let mut instance = self.instance();
        let description = instance
            .store()
            .and_then(|store| store.describe())
            .map_err(|failure| self.unusable(&failure.into()))?;
        if description.durability == Durability::Inline {
            bail!(
                "the store `{}` is {}, which keeps nothing beyond a process, expected a durable one; name another store, or bind a durable plugin",
                self.name,
                description.durability
            );
        }
        instance
            .store()
            .and_then(|store| store.check(None, 1))
            .map_err(|failure| self.unusable(&failure.into()))?;
        Ok((instance, description.limits))
    }

    /// Says that the store does not open its data. A conflict at that point means that an import
    /// was begun (`transfer.import.closed-meanwhile`): the store holds nothing but half a backup.
    pub(crate) fn unusable(&self, error: &CallError) -> anyhow::Error {
        let (name, folder) = (&self.name, self.folder.display());
        match error {
            CallError::Error(Error::Conflict(_)) => {
                anyhow::Error::new(error.clone()).context(format!(
                    "the store `{name}` in {folder} cannot be used: a restore into it was not finished; delete that folder and run `wirt restore` again"
                ))
            }
            _ => anyhow::anyhow!(
                "the store `{name}` in {folder} cannot be used: {error}; restore a backup into another folder, or name another store"
            ),
        }
    }
}

/// Where a store's data is.
pub(crate) fn folder(store: &StorePlan, state: &State) -> PathBuf {
    store.folder.clone().unwrap_or_else(|| state.store(&store.name))
}

/// The store of this name.
pub(crate) fn named<'a>(plan: &'a Plan, name: &str) -> anyhow::Result<&'a StorePlan> {
    if let Some(store) = plan.stores.get(name) {
        return Ok(store);
    }
    let known = plan.stores.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let file = plan.file.as_deref().unwrap_or(Path::new("the default"));
    bail!(
        "there is no store `{name}`, {} has {known}; name one of these, or another file by --config",
        file.display()
    )
}
