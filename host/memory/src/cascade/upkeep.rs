//! The index's own upkeep beside a watch: its base segment takes in what has changed.
//!
//! It has a thread of its own and no turn between steps: a first build takes longer than a save may
//! wait, and would begin anew with each save it gave way to. It reads a snapshot and writes to an
//! environment of its own; of the index's only writer it takes two short notes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, TryRecvError, channel},
    },
    thread::Scope,
    time::Duration,
};

use wirt_contract::EpochMs;

use super::inbox::Inbox;
use crate::{error::IndexError, memory::Memory};

/// The shortest time from one look whether there is something to be done to the next.
const EVERY: Duration = Duration::from_secs(60);

/// The upkeep of one watch. At the end what is under way is cut off.
pub(super) struct Upkeep<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    memory: &'e Memory,
    inbox: Arc<Inbox>,
    pub(super) is_over: Arc<AtomicBool>,
    running: Option<Receiver<Result<bool, IndexError>>>,
    last: Option<EpochMs>,
}

impl<'s, 'e> Upkeep<'s, 'e> {
    pub(super) fn new(scope: &'s Scope<'s, 'e>, memory: &'e Memory, inbox: &Arc<Inbox>) -> Self {
        let inbox = Arc::clone(inbox);
        Self { scope, memory, inbox, is_over: Arc::default(), running: None, last: None }
    }

    /// How what was begun has ended, once: whether there is a new base.
    pub(super) fn ended(&mut self) -> Option<Result<bool, IndexError>> {
        match self.running.as_ref()?.try_recv() {
            Ok(ended) => {
                self.running = None;
                Some(ended)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.running = None;
                None
            }
        }
    }

    /// Begins where something is to be done, nothing is under way and the last look is long enough
    /// ago.
    pub(super) fn begin_if_due(&mut self, now: EpochMs) -> Result<(), IndexError> {
        // A clock that was set back says nothing of how long ago the last look was.
        let since = self.last.and_then(|last| now.0.checked_sub(last.0)).map(Duration::from_millis);
        if self.running.is_some() || since.is_some_and(|since| since < EVERY) {
            return Ok(());
        }
        self.last = Some(now);
        if !self.memory.index.merge_due()? {
            return Ok(());
        }
        let (tell, told) = channel();
        let (memory, inbox, is_over) =
            (self.memory, Arc::clone(&self.inbox), Arc::clone(&self.is_over));
        self.scope.spawn(move || {
            let merged = memory.index.merge(&|| is_over.load(Ordering::Relaxed));
            // Nobody listens any more where the watch has ended.
            let _ = tell.send(merged);
            inbox.wake();
        });
        self.running = Some(told);
        Ok(())
    }
}

impl Drop for Upkeep<'_, '_> {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}
