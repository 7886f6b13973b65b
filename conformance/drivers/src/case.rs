//! A case about a driver, and the plugin it runs over.

use std::cell::Cell;
use std::rc::Rc;

use wirt_conformance::Stop;
use wirt_contract::{Answer, Interface, Plugin, StoreId};

/// One case.
#[derive(Debug, Clone, Copy)]
pub struct DriverCase {
    /// `area/slug`; never used again for another case.
    pub id: &'static str,
    /// The rule it proves, as in the table of this crate.
    pub rule: &'static str,
    /// What a plugin has to offer for it to apply.
    pub interfaces: &'static [Interface],
    /// Where it comes from: `event tape T5`, `wirt`.
    pub source: &'static str,
    /// Runs the case; the seed is the order of events.
    pub run: fn(&DriverSubject, u64) -> Result<(), Stop>,
}

/// A plugin under test: instances over the same data, one at a time.
pub struct DriverSubject {
    open: Rc<dyn Fn() -> Answer<Box<dyn Plugin>>>,
    next_id: Cell<u64>,
}

impl DriverSubject {
    /// A subject whose fresh instances `open` makes. The data behind it starts empty: a second
    /// subject over the same data would meet the first one's rows.
    pub fn new(open: impl Fn() -> Answer<Box<dyn Plugin>> + 'static) -> Self {
        Self { open: Rc::new(open), next_id: Cell::new(0) }
    }

    /// How a fresh instance is made.
    pub(crate) fn opener(&self) -> Rc<dyn Fn() -> Answer<Box<dyn Plugin>>> {
        Rc::clone(&self.open)
    }

    /// A namespace that no other case has written to.
    pub(crate) fn fresh_store(&self) -> StoreId {
        let number = self.next_id.get().saturating_add(1);
        self.next_id.set(number);
        StoreId::new(format!("drivers-{number}"))
    }
}
