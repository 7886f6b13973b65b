//! What wakes a watch: paths that were touched, a scan that is wanted, the end.

use std::{
    collections::BTreeSet,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Paths that wait for a watch to take them. Of more, a scan finds out.
const MAX_PATHS: usize = 65_536;
/// How long a watch that was woken waits for what comes with it: a save is several events.
const COALESCE: Duration = Duration::from_millis(2);

/// Ends a watch from another thread.
#[derive(Clone, Default)]
pub struct Stop {
    pub(super) inbox: Arc<Inbox>,
}

impl Stop {
    /// Ends nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every watch that was given this, after the step it is in; one that begins later ends
    /// at once.
    pub fn stop(&self) {
        self.inbox.change(|waiting| waiting.is_stopped = true);
    }
}

/// Suggestions of a path twice are one, so that a burst costs what its files cost.
#[derive(Default)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

/// What came in.
#[derive(Default)]
pub(super) struct Waiting {
    /// From the root; empty is the root itself.
    pub(super) paths: BTreeSet<String>,
    pub(super) wants_scan: bool,
    /// Why the system does not tell of every change.
    pub(super) blind: Option<String>,
    /// Something beside the watch has ended.
    is_woken: bool,
    is_stopped: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.wants_scan && self.blind.is_none() && !self.is_woken
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    pub(super) fn touch(&self, path: String) {
        self.change(|waiting| {
            waiting.paths.insert(path);
            if waiting.paths.len() > MAX_PATHS {
                waiting.paths.clear();
                waiting.wants_scan = true;
            }
        });
    }

    pub(super) fn want_scan(&self) {
        self.change(|waiting| waiting.wants_scan = true);
    }

    pub(super) fn wake(&self) {
        self.change(|waiting| waiting.is_woken = true);
    }

    pub(super) fn go_blind(&self, why: String) {
        self.change(|waiting| waiting.blind = Some(why));
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().is_stopped
    }

    /// Takes what came in.
    pub(super) fn take(&self) -> Waiting {
        let mut waiting = self.lock();
        let is_stopped = waiting.is_stopped;
        std::mem::replace(&mut *waiting, Waiting { is_stopped, ..Waiting::default() })
    }

    /// Waits until something comes in, and a moment more for what comes with it; at most so long.
    pub(super) fn wait(&self, most: Duration) {
        let quiet = |waiting: &mut Waiting| waiting.is_empty() && !waiting.is_stopped;
        let woken = self.changed.wait_timeout_while(self.lock(), most, quiet);
        let (waiting, _) = woken.unwrap_or_else(PoisonError::into_inner);
        if !waiting.is_empty() {
            let more = |waiting: &mut Waiting| !waiting.is_stopped;
            drop(self.changed.wait_timeout_while(waiting, COALESCE, more));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_paths_are_a_scan() {
        let inbox = Inbox::default();
        for number in 0..=MAX_PATHS {
            inbox.touch(number.to_string());
        }
        let waiting = inbox.take();
        assert!(waiting.wants_scan && waiting.paths.is_empty());
        inbox.touch("a".into());
        inbox.touch("a".into());
        let waiting = inbox.take();
        assert!(!waiting.wants_scan && waiting.paths.len() == 1);
        assert!(inbox.take().is_empty());
    }

    #[test]
    fn a_stop_stays() {
        let stop = Stop::new();
        assert!(!stop.inbox.is_stopped());
        stop.stop();
        stop.inbox.take();
        assert!(stop.inbox.is_stopped());
        stop.inbox.wait(Duration::MAX);
    }
}
