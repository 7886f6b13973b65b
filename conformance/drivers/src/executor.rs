//! A single-threaded executor that chooses the next ready future by a seed.
//!
//! With the store's actor among the futures, everything of a case happens in one thread, in an
//! order that the seed fixes. A future that waits for something that never comes leaves nothing
//! ready, so a lost wake-up ends a case instead of hanging it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Polls of one run. A case needs some ten thousand; what needs more polls itself in a circle.
const MAX_POLLS: u64 = 20_000_000;

/// Why a run gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stalled {
    /// Nothing is ready, and nothing that runs could make anything ready.
    #[error("nothing is ready to go on: a wake-up was lost")]
    NothingReady,
    /// It went on beyond the bound.
    #[error("no end after {MAX_POLLS} polls")]
    NoEnd,
}

/// Numbers from a seed (splitmix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`; 0 where the bound is.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // A bound is a length in memory, so both conversions hold.
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(mixed.checked_rem(bound).unwrap_or(0)).unwrap_or(0)
    }
}

type Local = Pin<Box<dyn Future<Output = ()>>>;
type Shared = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What wakers and spawners reach.
#[derive(Default)]
struct Queue {
    ready: Mutex<Vec<Arc<Ticket>>>,
    spawned: Mutex<Vec<Shared>>,
}

/// A future's place: the main one has number 0.
struct Ticket {
    number: usize,
    queued: AtomicBool,
    queue: Arc<Queue>,
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            lock(&self.queue.ready).push(Arc::clone(&self));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands futures to an executor from anywhere.
#[derive(Clone)]
pub struct Spawner(Arc<Queue>);

impl Spawner {
    /// Runs the future beside the others.
    pub fn spawn(&self, future: Shared) {
        lock(&self.0.spawned).push(future);
    }
}

/// The executor. Dropped, it drops every future it has, as the end of a process would.
pub struct Executor {
    queue: Arc<Queue>,
    futures: Vec<Option<(Local, Waker)>>,
    chance: Chance,
}

impl Executor {
    /// An executor with nothing to run.
    pub fn new(seed: u64) -> Self {
        Self { queue: Arc::default(), futures: Vec::new(), chance: Chance::new(seed) }
    }

    /// Hands futures to this executor.
    pub fn spawner(&self) -> Spawner {
        Spawner(Arc::clone(&self.queue))
    }

    /// Runs the future beside the others.
    pub fn spawn_local(&mut self, future: impl Future<Output = ()> + 'static) {
        self.admit(Box::pin(future));
    }

    /// Polls all that is ready, one at a time, until `main` is done.
    ///
    /// # Errors
    /// Where it never will be.
    pub fn run<T>(&mut self, main: impl Future<Output = T>) -> Result<T, Stalled> {
        let mut main = pin!(main);
        let waker = self.waker(0);
        waker.wake_by_ref();
        for _ in 0..MAX_POLLS {
            self.admit_spawned();
            match self.next() {
                None => return Err(Stalled::NothingReady),
                Some(0) => {
                    if let Poll::Ready(value) = main.as_mut().poll(&mut Context::from_waker(&waker))
                    {
                        return Ok(value);
                    }
                }
                Some(number) => self.poll(number),
            }
        }
        Err(Stalled::NoEnd)
    }

    /// Polls all that is ready until nothing is.
    ///
    /// # Errors
    /// Where that never comes.
    pub fn settle(&mut self) -> Result<(), Stalled> {
        for _ in 0..MAX_POLLS {
            self.admit_spawned();
            match self.next() {
                None => return Ok(()),
                Some(number) => self.poll(number),
            }
        }
        Err(Stalled::NoEnd)
    }

    fn next(&mut self) -> Option<usize> {
        let mut ready = lock(&self.queue.ready);
        if ready.is_empty() {
            return None;
        }
        let chosen = self.chance.below(ready.len());
        let ticket = ready.swap_remove(chosen);
        // Before the poll, so that a wake during it counts.
        ticket.queued.store(false, Ordering::Release);
        Some(ticket.number)
    }

    fn poll(&mut self, number: usize) {
        let Some(place) = number.checked_sub(1).and_then(|at| self.futures.get_mut(at)) else {
            return;
        };
        let Some((future, waker)) = place else { return };
        if future.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
            *place = None;
        }
    }

    fn admit_spawned(&mut self) {
        let spawned = std::mem::take(&mut *lock(&self.queue.spawned));
        for future in spawned {
            self.admit(future);
        }
    }

    fn admit(&mut self, future: Local) {
        let waker = self.waker(self.futures.len().saturating_add(1));
        waker.wake_by_ref();
        self.futures.push(Some((future, waker)));
    }

    fn waker(&self, number: usize) -> Waker {
        let queue = Arc::clone(&self.queue);
        Waker::from(Arc::new(Ticket { number, queued: AtomicBool::new(false), queue }))
    }
}

/// Lets the executor choose again.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(seed: u64) -> Vec<usize> {
        let mut executor = Executor::new(seed);
        let order = Arc::new(Mutex::new(Vec::new()));
        for name in 0..6 {
            let order = Arc::clone(&order);
            executor.spawn_local(async move {
                for _ in 0..3 {
                    lock(&order).push(name);
                    yield_now().await;
                }
            });
        }
        executor.settle().unwrap();
        std::mem::take(&mut *lock(&order))
    }

    #[test]
    fn a_seed_fixes_the_order_and_seeds_differ() {
        assert_eq!(order(7), order(7));
        assert_ne!(order(7), order(8));
        assert_eq!(order(7).len(), 18);
    }

    #[test]
    fn a_lost_wake_up_ends_the_run() {
        let mut executor = Executor::new(1);
        executor.spawn_local(std::future::pending());
        assert_eq!(executor.run(std::future::pending::<()>()), Err(Stalled::NothingReady));
    }

    #[test]
    fn dropping_the_executor_drops_its_futures() {
        let held = Arc::new(());
        let mut executor = Executor::new(1);
        let clone = Arc::clone(&held);
        executor.spawn_local(async move {
            std::future::pending::<()>().await;
            drop(clone);
        });
        executor.settle().unwrap();
        assert_eq!(Arc::strong_count(&held), 2);
        drop(executor);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
