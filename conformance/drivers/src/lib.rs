//! Conformance cases about waiting, concurrency and drivers.
//!
//! A [`DriverCase`] puts a driver of `wirt-runtime` over a plugin ([`DriverSubject`]) and checks
//! what comes out, on a seeded executor with the store in the same thread: a seed is an order of
//! events, and nothing here sleeps or uses the network.
//!
//! | Rule | Says | Cases |
//! |---|---|---|
//! | `actor.batch.answers-wait-for-flush` | every answer of a batch waits for its flush and is durable then | `actor/answers-wait-for-flush` |
//! | `actor.batch.fault-reruns-others` | a fault or panic loses the batch; the others run once more, alone | `actor/fault-reruns-others`, `actor/panic-reruns-others` |
//! | `actor.batch.bound-reruns-alone` | an `invalid` in a batch is asked again outside of one | `actor/bound-reruns-alone` |
//! | `actor.batch.singly-without` | a store without batches runs each call by itself | `actor/singly-without-batching` |
//! | `actor.flush-failed-unknown` | after a failed flush all of the batch are unknown and the instance is gone | `actor/flush-error-unknown`, `actor/flush-fault-unknown` |
//! | `actor.queue.bounded` | a full queue makes callers wait | `actor/queue-bounded` |
//! | `actor.close.drains` | what was queued is answered, then the store is closed | `actor/close-drains` |
//! | `tasks-driver.cancel-decides` | a cancel either decides the ending or writes nothing | `tasks-driver/test-task-span-marks-cancel-not-error`, `tasks-driver/test-cancel-after-terminal-emits-no-contradictory-final` |
//! | `tasks-driver.cancel-before-start` | a task cancelled before its first step has `final` alone | `tasks-driver/cancel-before-start` |
//! | `tasks-driver.late-dropped` | what is reported after the end is dropped | `tasks-driver/test-pre-cancel-via-token` |
//! | `tasks-driver.final-last` | one `final`, last, matching the row | `tasks-driver/tapes`, `tasks-driver/final-always-follows`, `tasks-driver/storm` |
//! | `tasks-driver.panic-is-a-failure` | work that panics fails its task | `tasks-driver/panic-fails` |
//! | `tasks-driver.unknown-repeated` | a step whose outcome is unknown is repeated | `tasks-driver/unknown-is-repeated` |
//! | `tasks-driver.live-bounded` | live tasks are bounded, and forgotten when they end | `tasks-driver/live-bounded` |
//! | `tasks-driver.wait-wakes` | a waiter wakes for its task's events and end, and for no other's | `tasks-driver/wait-wakes` |
//! | `tasks-driver.reader-reaches-final` | a reader goes on past a row that has ended to `final` | `tasks-driver/reader-reaches-final` |
//! | `tasks-driver.repair-closes` | a repair closes what nobody runs, and a loser writes nothing | `tasks-driver/restart-cleanup`, `tasks-driver/repair-completes`, `tasks-driver/repair-loser-appends-nothing` |
//! | `tasks.append.sequence` | parallel appends count without a gap | `tasks-driver/parallel-appends` |
//!
//! Not here: cases that one thread can put to a plugin (`wirt-conformance`).

mod case;
mod cases;
mod executor;
mod expect;
mod hand;
mod inject;
mod rig;

pub use case::{DriverCase, DriverSubject};
pub use cases::all;
pub use executor::{Chance, Executor, Spawner, Stalled, yield_now};
