//! The store actor: one thread per store, group commit by nature.
//!
//! Callers send repeatable closures through a [`StoreClient`]. The [`StoreActor`] drains what
//! waits, brackets it with `batching.begin` and `batching.flush`, and releases the answers after
//! the flush. Rules, each with a case in `wirt-drivers`:
//!
//! - `actor.batch.answers-wait-for-flush`: every answer of a batch, also an error or what a read
//!   gave, waits for the flush. A call that waits alone needs no bracket: it is durable by itself.
//! - `actor.batch.fault-reruns-others`: a fault (or a panic) inside a call drops the instance, and
//!   the batch with it. The faulting call answers its fault; every other call of the batch runs
//!   once more, alone, in a fresh instance.
//! - `actor.batch.bound-reruns-alone`: an `invalid` inside a batch may be the batch's own bound. The
//!   batch is flushed as it stands, and that call runs once more, alone.
//! - `actor.batch.singly-without`: a store without batches runs each call by itself.
//! - `actor.flush-failed-unknown`: after a failed flush every call of the batch answers
//!   [`CallError::Unknown`], and that instance is never used again.
//! - `actor.queue.bounded`: a full queue makes callers wait.
//! - `actor.close.drains`: what was queued before [`StoreClient::close`] is answered, the store is
//!   closed, and later calls answer [`CallError::Stopped`].
//!
//! The actor alone discards instances: it drops the plugin and calls `open` again. It does not
//! rely on a plugin that makes itself a fresh instance after a fault.

mod actor;
mod call;
mod client;
mod traffic;

#[cfg(test)]
mod tests;

pub use actor::StoreActor;
pub(crate) use call::last_words;
pub use call::{CallError, UnknownCause};
pub use client::StoreClient;
pub use traffic::Traffic;

use wirt_contract::{Answer, Plugin};

/// Most calls that wait in a store's queue; further callers wait outside. The queue's memory is at
/// most this many times what one call carries.
pub const QUEUE_CALLS: usize = 1_024;

/// Most calls the actor puts into one batch, whatever the store allows: each of them waits for the
/// whole batch, so this bounds how long one answer is held back.
pub const BATCH_CALLS: usize = 256;

/// An actor and the client that reaches it. `open` makes a fresh instance of the store over the
/// data it keeps; the actor calls it at the first call and after each discarded instance, never
/// while it holds another instance.
pub fn actor<O>(open: O) -> (StoreClient, StoreActor<O>)
where
    O: FnMut() -> Answer<Box<dyn Plugin>>,
{
    let (sender, receiver) = tokio::sync::mpsc::channel(QUEUE_CALLS);
    let counters = std::sync::Arc::default();
    let client = StoreClient::new(sender, std::sync::Arc::clone(&counters));
    (client, StoreActor::new(open, receiver, counters))
}
