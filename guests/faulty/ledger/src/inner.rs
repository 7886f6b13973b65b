//! What a bent call works with: a ledger that is right, what lies under it, and more ledgers over
//! the same.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wirt_contract::EpochMs;
use wirt_contract::attachment_manifest::Retention;
use wirt_contract::store::Durability;
use wirt_ledger::{Clock, Identity, Ledger};

use crate::{Data, Notes};

/// What the instances of one subject share.
pub struct World {
    durability: Durability,
    data: Data,
    time: Arc<dyn Fn() -> EpochMs + Send + Sync>,
    /// Milliseconds the ledger's clock runs ahead of `time`.
    ahead: Arc<AtomicU64>,
    notes: Rc<RefCell<Notes>>,
}

impl World {
    /// A world over this data, in which `now` is the time. An inline store is given empty data for
    /// each instance.
    pub fn new(
        durability: Durability,
        data: Data,
        now: impl Fn() -> EpochMs + Send + Sync + 'static,
    ) -> Self {
        let (ahead, notes) = (Arc::default(), Rc::default());
        Self { durability, data, time: Arc::new(now), ahead, notes }
    }

    /// The same world, its clock and its notes, over other data.
    #[must_use]
    pub fn over(&self, data: Data) -> Self {
        Self {
            durability: self.durability,
            data,
            time: Arc::clone(&self.time),
            ahead: Arc::clone(&self.ahead),
            notes: Rc::clone(&self.notes),
        }
    }

    fn ledger(&self, data: &Data, retention: Retention) -> Ledger<Data> {
        let identity = Identity {
            name: "faulty-ledger".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            durability: self.durability,
            retention,
        };
        let (time, ahead) = (Arc::clone(&self.time), Arc::clone(&self.ahead));
        let now = move || EpochMs((time)().0.saturating_add(ahead.load(Ordering::Relaxed)));
        let data = data.reopen();
        Ledger::new(identity, Clock::new(now), move || Ok(data.reopen()))
    }
}

/// What a bent call works with.
pub struct Inner {
    /// The store that is right.
    pub ledger: Ledger<Data>,
    /// Set and read by bends alone.
    pub in_batch: bool,
    /// What the ledger has committed; a bend may write here past it, and so damage it.
    pub data: Data,
    /// What the bends of this subject remember.
    pub notes: Rc<RefCell<Notes>>,
    world: World,
}

impl Inner {
    pub(crate) fn new(world: World) -> Self {
        let ledger = world.ledger(&world.data, Retention::Kept);
        let (data, notes) = (world.data.reopen(), Rc::clone(&world.notes));
        Self { ledger, in_batch: false, data, notes, world }
    }

    /// A ledger over the same data, as a fresh instance would have it: batches and closing are its
    /// own. An inline store's begins empty.
    pub fn fresh(&self) -> Ledger<Data> {
        match self.world.durability {
            Durability::Durable => self.world.ledger(&self.data, Retention::Kept),
            Durability::Inline => self.apart(),
        }
    }

    /// A ledger over data of its own, which is empty and goes with it.
    pub fn apart(&self) -> Ledger<Data> {
        self.world.ledger(&Data::default(), Retention::Kept)
    }

    /// A ledger over the same data that keeps no intents.
    pub fn without_manifest(&self) -> Ledger<Data> {
        self.world.ledger(&self.data, Retention::None)
    }

    /// What the ledger takes for the time.
    pub fn now(&self) -> EpochMs {
        EpochMs((self.world.time)().0.saturating_add(self.world.ahead.load(Ordering::Relaxed)))
    }

    /// Lets the ledgers' clock run this many milliseconds ahead of the true one, in place of what
    /// it ran ahead before; in every instance of the subject.
    pub fn run_ahead(&self, ms: u64) {
        self.world.ahead.store(ms, Ordering::Relaxed);
    }
}
