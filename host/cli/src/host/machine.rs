//! A component as the crash harness opens it: again and again, over a disk that forgets.

use wirt_contract::{Answer, EpochMs, Failure, Fault, FaultKind, Plugin};
use wirt_crash::Machine;
use wirt_disk::SharedDisk;
use wirt_engine::{Clock, Component, Data, Grant, Instance, Limits, Seed, VirtualClock};

/// A component of an engine made for disks.
pub(crate) struct Sandboxed {
    component: Component,
    env: Vec<(String, String)>,
    clock: VirtualClock,
    seed: u64,
}

impl Sandboxed {
    pub(crate) fn new(component: Component, env: &[(String, String)], seed: u64) -> Self {
        Self { component, env: env.to_vec(), clock: VirtualClock::at(EpochMs(0)), seed }
    }
}

impl Machine for Sandboxed {
    fn open(&mut self, disk: &SharedDisk) -> Answer<Box<dyn Plugin>> {
        let grant = Grant {
            data: Data::Disk(disk.clone()),
            env: self.env.clone(),
            clock: Clock::Virtual(self.clock.clone()),
            // Each instance the same chance: what it does depends on disk and time alone.
            seed: Seed::from_number(self.seed),
        };
        let mut instance = Instance::new(self.component.clone(), grant, Limits::default());
        // Whether it starts shows at its first call.
        match instance.store().and_then(|store| store.describe()) {
            Err(Failure::Fault(fault @ Fault { kind: FaultKind::NotStarted, .. })) => {
                Err(fault.into())
            }
            _ => Ok(Box::new(instance)),
        }
    }

    fn set_time(&mut self, now: EpochMs) {
        self.clock.set(now);
    }
}
