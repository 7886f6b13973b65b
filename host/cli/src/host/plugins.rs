//! From a plan to a plugin that may work: found, compared with its digest, compiled, let in.

use wirt_contract::Interface;
use wirt_engine::{Component, Engine, EngineError, Grant, GrantError, Instance, LoadError};

use super::gate::{Admitted, Gate, Refusal};
use super::state;
use crate::config::resolve::{PluginPlan, Source};

/// A plugin cannot work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PluginError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Grant(#[from] GrantError),
    #[error("no plugin `{name}` ships with Wirt, expected one of {known}")]
    Unknown { name: String, known: String },
    #[error(
        "{plugin} has the SHA-256 {found}, wirt.toml expects {expected}; it is not the file that was pinned (`wirt inspect` shows a file's digest)"
    )]
    Digest { plugin: String, found: String, expected: String },
    #[error("{plugin} exports {found}, but is to serve as {role}; bind a plugin that exports it")]
    Role { plugin: String, found: String, role: Interface },
}

/// The engine and the gate before it.
pub(crate) struct Plugins {
    pub(crate) engine: Engine,
    gate: Gate,
}

impl Plugins {
    /// An engine, and a gate that minds the pinned edition of the suite.
    pub(crate) fn new(pinned: Option<u32>) -> Result<Self, PluginError> {
        let cache = state::cache();
        let engine = Engine::new(cache.as_ref().map(|cache| cache.join("compiled")).as_deref())?;
        let gate = Gate::new(&engine, cache.map(|cache| cache.join("verdicts")), pinned);
        Ok(Self { engine, gate })
    }

    /// The component a plan names, not yet let in.
    pub(crate) fn load(&self, plan: &PluginPlan) -> Result<Component, PluginError> {
        let component = load(&self.engine, &plan.source)?;
        if let Some(expected) = &plan.sha256
            && !expected.eq_ignore_ascii_case(component.digest())
        {
            return Err(PluginError::Digest {
                plugin: component.name().into(),
                found: component.digest().into(),
                expected: expected.clone(),
            });
        }
        Ok(component)
    }

    /// The component a plan names, let in for this role.
    pub(crate) fn admit(
        &self,
        plan: &PluginPlan,
        role: Interface,
    ) -> Result<Component, PluginError> {
        self.judge(plan, &[role]).map(|(component, _)| component)
    }

    /// The same for several roles at once, and how it was let in.
    pub(crate) fn judge(
        &self,
        plan: &PluginPlan,
        roles: &[Interface],
    ) -> Result<(Component, Admitted), PluginError> {
        let component = self.load(plan)?;
        if let Some(role) = roles.iter().find(|role| !component.interfaces().contains(**role)) {
            return Err(PluginError::Role {
                plugin: component.name().into(),
                found: component.interfaces().to_string(),
                role: *role,
            });
        }
        let admitted = self.gate.admit(&component, plan.limits, plan.admit_despite.as_deref())?;
        Ok((component, admitted))
    }

    /// A tokenizer or embedder at work, with the digest of its component.
    pub(crate) fn text(
        &self,
        plan: &PluginPlan,
        role: Interface,
    ) -> Result<(Instance, String), PluginError> {
        let component = self.admit(plan, role)?;
        let digest = component.digest().to_owned();
        Ok((Instance::new(component, Grant::nothing()?, plan.limits), digest))
    }
}

/// The component that is meant, on this engine.
pub(crate) fn load(engine: &Engine, source: &Source) -> Result<Component, PluginError> {
    Ok(match source {
        Source::File(path) => engine.load_file(path)?,
        Source::Bundled(name) => {
            let plugin = wirt_bundled::plugin(name)
                .ok_or_else(|| PluginError::Unknown { name: name.clone(), known: known() })?;
            engine.load(plugin.name, plugin.bytes)?
        }
    })
}

fn known() -> String {
    wirt_bundled::PLUGINS.iter().map(|plugin| plugin.name).collect::<Vec<_>>().join(", ")
}
