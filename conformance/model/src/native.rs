//! Ledgers as subjects, natively.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wirt_conformance::{HarnessError, Reopen, Subject};
use wirt_contract::store::Durability;
use wirt_contract::{EpochMs, Interfaces, Plugin};
use wirt_ledger::{Clock, Identity, Ledger, Memory};

/// Time that goes on only where it is told to. Clones share it.
#[derive(Debug, Clone)]
pub struct Time(Arc<AtomicU64>);

impl Time {
    /// A time that stands here.
    pub fn at(now: EpochMs) -> Self {
        Self(Arc::new(AtomicU64::new(now.0)))
    }

    /// What it is.
    pub fn now(&self) -> EpochMs {
        EpochMs(self.0.load(Ordering::Relaxed))
    }

    /// The same time as a ledger reads it.
    pub fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || time.now())
    }

    fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

/// How a plugin is opened: over the data there is, or over none from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// What was there before.
    Kept,
    /// Nothing.
    Empty,
}

/// Opens a plugin in this time.
type Open = Box<dyn FnMut(Data, &Time) -> Box<dyn Plugin>>;

/// A plugin of this process, as a subject.
pub struct Native {
    name: String,
    time: Time,
    open: Open,
    live: Box<dyn Plugin>,
}

impl Native {
    /// A subject over what `open` opens. It is called again for each fresh instance, while the one
    /// before may still be there: a plugin is to open its data at its first call.
    pub fn new(
        name: &str,
        time: Time,
        mut open: impl FnMut(Data, &Time) -> Box<dyn Plugin> + 'static,
    ) -> Self {
        let live = open(Data::Empty, &time);
        Self { name: name.into(), time, open: Box::new(open), live }
    }

    /// The ledger over memory: what a store is compared with.
    pub fn ledger(identity: Identity, time: Time) -> Self {
        let mut memory = Memory::default();
        Self::new("native ledger", time, move |data, time| {
            if data == Data::Empty || identity.durability == Durability::Inline {
                memory = Memory::default();
            }
            let memory = memory.reopen();
            Box::new(Ledger::new(identity.clone(), time.clock(), move || Ok(memory.reopen())))
        })
    }
}

impl Subject for Native {
    fn name(&self) -> &str {
        &self.name
    }

    fn interfaces(&self) -> Interfaces {
        self.live.interfaces()
    }

    fn plugin(&mut self) -> Result<&mut dyn Plugin, HarnessError> {
        Ok(&mut *self.live)
    }

    fn reopen(&mut self, _: Reopen) -> Result<(), HarnessError> {
        self.live = (self.open)(Data::Kept, &self.time);
        Ok(())
    }

    fn advance(&mut self, ms: u64) -> Result<(), HarnessError> {
        self.time.advance(ms);
        Ok(())
    }

    fn fresh(&mut self) -> Result<(), HarnessError> {
        self.live = (self.open)(Data::Empty, &self.time);
        Ok(())
    }
}
