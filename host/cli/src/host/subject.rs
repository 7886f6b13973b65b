//! A loaded component as the conformance suite's subject.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use wirt_conformance::{HarnessError, Reopen, Subject};
use wirt_contract::{EpochMs, Interfaces, Plugin};
use wirt_engine::{
    Clock, Component, Data, Folder, Grant, GrantError, Instance, Limits, Seed, VirtualClock,
};

/// Where the virtual clock of a run starts: 2026-01-01T00:00:00Z.
pub(crate) const RUN_BEGINS: EpochMs = EpochMs(1_767_225_600_000);
/// A folder in memory, where there is one: the suite looks at behaviour, which a disk only slows.
const MEMORY_FOLDER: &str = "/dev/shm";

/// A component on scratch data, under virtual time and seeded chance. It never sees a service's
/// folder or environment.
pub(crate) struct Scratch {
    name: String,
    clock: VirtualClock,
    grant: Grant,
    limits: Limits,
    instance: Instance,
    // Dropped last: the plugin's folder lies in it.
    _folder: TempDir,
}

impl Scratch {
    pub(crate) fn new(
        component: Component,
        limits: Limits,
        env: &[(String, String)],
        seed: u64,
    ) -> Result<Self, GrantError> {
        let (folder, data) = empty_folder()?;
        let clock = VirtualClock::at(RUN_BEGINS);
        let grant = Grant {
            data: Data::Folder(data),
            env: env.to_vec(),
            clock: Clock::Virtual(clock.clone()),
            seed: Seed::from_number(seed),
        };
        let name = component.name().into();
        let instance = Instance::new(component, grant.clone(), limits);
        Ok(Self { name, clock, grant, limits, instance, _folder: folder })
    }
}

/// A scratch folder, and the plugin's own in it.
fn empty_folder() -> Result<(TempDir, Arc<Folder>), GrantError> {
    let folder = scratch().map_err(|error| GrantError::Folder {
        path: std::env::temp_dir(),
        detail: error.to_string(),
    })?;
    let data = Folder::hold(&folder.path().join("data"))?;
    Ok((folder, data))
}

fn scratch() -> std::io::Result<TempDir> {
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("wirt-scratch-");
        builder
    };
    builder().tempdir_in(MEMORY_FOLDER).or_else(|_| builder().tempdir())
}

impl Subject for Scratch {
    fn name(&self) -> &str {
        &self.name
    }

    fn sha256(&self) -> Option<String> {
        Some(self.instance.component().digest().into())
    }

    fn interfaces(&self) -> Interfaces {
        self.instance.interfaces()
    }

    fn plugin(&mut self) -> Result<&mut dyn Plugin, HarnessError> {
        Ok(&mut self.instance)
    }

    fn reopen(&mut self, _: Reopen) -> Result<(), HarnessError> {
        self.instance.discard();
        Ok(())
    }

    fn advance(&mut self, ms: u64) -> Result<(), HarnessError> {
        self.clock.advance(Duration::from_millis(ms));
        Ok(())
    }

    fn fresh(&mut self) -> Result<(), HarnessError> {
        let (folder, data) = empty_folder().map_err(|error| HarnessError::Subject {
            subject: self.name.clone(),
            doing: "open a new scratch folder".into(),
            reason: error.to_string(),
        })?;
        self.grant.data = Data::Folder(data);
        let component = self.instance.component().clone();
        // The grant's clock and seed are the old one's: time and chance go on.
        self.instance = Instance::new(component, self.grant.clone(), self.limits);
        // The old folder goes last, when nothing holds it any more.
        self._folder = folder;
        Ok(())
    }
}
