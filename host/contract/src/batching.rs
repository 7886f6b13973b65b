//! `wirt:persistence/batching`: many calls made durable at once.

use crate::Answer;

/// Rules: `batching.*` in `wit/persistence/types.wit`.
pub trait Batching {
    /// Opens a batch; `invalid` where one is open.
    fn begin(&mut self) -> Answer<()>;

    /// Makes the batch durable and ends it; `invalid` where none is open. After any other failure
    /// it is unknown whether the batch was kept, and the instance is of no more use.
    fn flush(&mut self) -> Answer<()>;
}
