//! Serving a root: the cascade with a listener, a clock and a thread of its own, the caller's.

use std::{sync::Arc, time::Duration};

use wirt_contract::EpochMs;

use super::{
    engine::Cascade,
    inbox::{Inbox, Stop},
    listen::Listener,
    outcome::{Settled, Step},
    scan::Scanned,
    upkeep::Upkeep,
};
use crate::{
    error::{IndexError, SyncError},
    memory::Memory,
    plugins::Plugins,
    root::FolderId,
};

/// The longest time between scans where the system does not tell of changes.
const BLIND_SCAN_EVERY: Duration = Duration::from_secs(5);
/// How long after trouble with the root or the state it is tried again.
const TROUBLE_WAIT: Duration = Duration::from_secs(2);

/// How a root is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watching {
    /// The longest time between two scans of everything.
    pub scan_every: Duration,
    /// Whether the system is asked to tell of changes. Network file systems often do not, and on
    /// those it is better not to rely on it.
    pub listens: bool,
}

impl Default for Watching {
    /// Listens, and scans every thirty seconds.
    fn default() -> Self {
        Self { scan_every: Duration::from_secs(30), listens: true }
    }
}

/// What a watch tells of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchEvent {
    /// Everything on disk was compared with everything in the index.
    Scanned(Scanned),
    /// A path was worked on; searches see the outcome.
    Settled(Settled),
    /// The base segment of a large index has taken in what had changed; searches by vector are faster.
    Merged,
    /// Nothing is left to do now. Told once, until there is work again.
    Quiet,
    /// The system does not tell of changes; they are found by scans. Told once.
    Blind {
        /// One line: why, and what to do.
        why: String,
    },
    /// The root or the state is in trouble. Nothing is lost, and it is tried again; told once, until
    /// it is another.
    Trouble {
        /// One line: what is wrong, what to do.
        error: String,
    },
}

impl Memory {
    /// Makes the index follow the files until it is stopped, and keeps up the index's base
    /// segment beside it. While it runs, no other process syncs, and any searches. `clock` gives the time; it is asked before each step, and may jump.
    ///
    /// # Errors
    /// Where another process writes, the root lost every file before the watch began, a plugin does
    /// not describe itself, or the state cannot be used at all. A root that goes away or is empty when it is back is waited for, and so is
    /// a disk that is full.
    pub fn watch(
        &self,
        plugins: &mut Plugins<'_>,
        watching: Watching,
        stop: &Stop,
        clock: &dyn Fn() -> EpochMs,
        tell: &mut dyn FnMut(WatchEvent),
    ) -> Result<(), SyncError> {
        let cascade = self.cascade(plugins)?;
        let inbox = Arc::clone(&stop.inbox);
        std::thread::scope(|scope| {
            let upkeep = Upkeep::new(scope, self, &inbox);
            let watch = Watch {
                memory: self,
                cascade,
                upkeep,
                inbox,
                watching,
                listener: None,
                is_blind: false,
                is_quiet: false,
                last_scan: None,
                trouble: None,
                upkeep_trouble: None,
            };
            watch.run(clock, tell)
        })
    }
}

struct Watch<'s, 'm, 'p, 'a> {
    memory: &'m Memory,
    cascade: Cascade<'m, 'p, 'a>,
    upkeep: Upkeep<'s, 'm>,
    inbox: Arc<Inbox>,
    watching: Watching,
    listener: Option<Listener>,
    is_blind: bool,
    is_quiet: bool,
    last_scan: Option<EpochMs>,
    trouble: Option<String>,
    upkeep_trouble: Option<String>,
}

impl Watch<'_, '_, '_, '_> {
    fn run(
        mut self,
        clock: &dyn Fn() -> EpochMs,
        tell: &mut dyn FnMut(WatchEvent),
    ) -> Result<(), SyncError> {
        while !self.inbox.is_stopped() {
            let wait = match self.turn(clock(), tell) {
                Ok(wait) => wait,
                Err(error) if may_pass(&error) => {
                    self.troubled(&error, tell);
                    TROUBLE_WAIT
                }
                Err(error) => return Err(error),
            };
            if !wait.is_zero() {
                self.inbox.wait(wait);
            }
        }
        Ok(())
    }

    /// Takes what came in, scans where that is due, does a step; says how long to wait.
    fn turn(
        &mut self,
        now: EpochMs,
        tell: &mut dyn FnMut(WatchEvent),
    ) -> Result<Duration, SyncError> {
        self.cascade.check_state()?;
        let came = self.inbox.take();
        if let Some(why) = came.blind {
            self.go_blind(&why, tell);
        }
        if came.wants_scan {
            self.cascade.suggest_scan();
        }
        self.cascade.suggest(came.paths.iter().map(String::as_str), now)?;
        if self.cascade.is_scan_due() || self.until_scan(now).is_zero() {
            self.listen(tell);
            let scanned = self.cascade.scan(now)?;
            self.last_scan = Some(now);
            tell(WatchEvent::Scanned(scanned));
        }
        self.tell_of_upkeep(tell);
        let step = self.cascade.step(now)?;
        self.trouble = None;
        match step {
            Step::Worked(settled) => {
                self.is_quiet = false;
                settled.into_iter().map(WatchEvent::Settled).for_each(tell);
                Ok(Duration::ZERO)
            }
            Step::Idle { next_due } => {
                self.upkeep.begin_if_due(now)?;
                if !std::mem::replace(&mut self.is_quiet, true) {
                    tell(WatchEvent::Quiet);
                }
                let retry = next_due.map(|due| Duration::from_millis(due.0.saturating_sub(now.0)));
                Ok(retry.map_or(self.until_scan(now), |retry| retry.min(self.until_scan(now))))
            }
        }
    }

    fn tell_of_upkeep(&mut self, tell: &mut dyn FnMut(WatchEvent)) {
        match self.upkeep.ended() {
            None | Some(Ok(false)) => {}
            Some(Ok(true)) => {
                self.upkeep_trouble = None;
                tell(WatchEvent::Merged);
            }
            Some(Err(error)) => {
                let error = error.to_string();
                if self.upkeep_trouble.as_ref() != Some(&error) {
                    tell(WatchEvent::Trouble { error: error.clone() });
                    self.upkeep_trouble = Some(error);
                }
            }
        }
    }

    fn until_scan(&self, now: EpochMs) -> Duration {
        let every = if self.is_blind {
            self.watching.scan_every.min(BLIND_SCAN_EVERY)
        } else {
            self.watching.scan_every
        };
        // A clock that was set back says nothing of how long ago the last one was.
        let since = self.last_scan.and_then(|last| now.0.checked_sub(last.0));
        since.map_or(Duration::ZERO, |since| every.saturating_sub(Duration::from_millis(since)))
    }

    /// Listens to the folder that is the root now, if that is wanted and can be. Before a scan, so
    /// that nothing is changed unseen between the two.
    fn listen(&mut self, tell: &mut dyn FnMut(WatchEvent)) {
        let listens_here = self
            .listener
            .as_ref()
            .is_some_and(|listener| listener.folder == FolderId::of(&self.memory.root));
        if !self.watching.listens || self.is_blind || listens_here {
            return;
        }
        self.listener = None;
        match Listener::new(self.memory, &self.inbox) {
            Ok(listener) => self.listener = Some(listener),
            // The scan that follows says so better.
            Err(_) if self.memory.check_root().is_err() => {}
            Err(why) => self.go_blind(&why, tell),
        }
    }

    fn go_blind(&mut self, why: &str, tell: &mut dyn FnMut(WatchEvent)) {
        self.listener = None;
        if !std::mem::replace(&mut self.is_blind, true) {
            let every = self.watching.scan_every.min(BLIND_SCAN_EVERY).as_secs();
            let why = format!(
                "the system does not tell of changes ({why}); the files are scanned every {every} s \
                 instead; on Linux, raise fs.inotify.max_user_watches and start again"
            );
            tell(WatchEvent::Blind { why });
        }
    }

    fn troubled(&mut self, error: &SyncError, tell: &mut dyn FnMut(WatchEvent)) {
        // What came in is lost, and the root may be another one when it is back.
        self.cascade.suggest_scan();
        self.listener = None;
        let error = error.to_string();
        if self.trouble.as_ref() != Some(&error) {
            tell(WatchEvent::Trouble { error: error.clone() });
            self.trouble = Some(error);
        }
    }
}

/// Whether waiting may help.
fn may_pass(error: &SyncError) -> bool {
    matches!(
        error,
        SyncError::Root { .. }
            | SyncError::Emptied { .. }
            | SyncError::Index(IndexError::Lmdb(_))
            | SyncError::Queue(_)
    )
}
