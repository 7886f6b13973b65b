//! A call on its way through the actor: the closure, the answer it gave, and who waits for it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wirt_contract::{Answer, Error, Failure, Fault, Plugin};

/// Why a call to a store gave no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The store answered with an error; the call changed nothing.
    #[error(transparent)]
    Error(#[from] Error),
    /// The store crashed in this call. Where the call ran alone it may have been kept: do as after
    /// [`CallError::Unknown`].
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The call may have been kept or not.
    #[error(
        "it is unknown whether the call was kept: {0}; repeat it where the operation may be \
         repeated, else read back what it would have written"
    )]
    Unknown(UnknownCause),
    /// The store's actor has stopped; the call did not run.
    #[error("the store has been closed and takes no more calls; open it again")]
    Stopped,
    /// The caller's own closure panicked; do as after [`CallError::Unknown`].
    #[error("the call's closure panicked: {0}; this is a bug in the caller")]
    Panicked(String),
}

/// Why nobody can say whether a call was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownCause {
    /// The flush that should have made it durable failed.
    #[error("the store's flush failed ({0})")]
    Flush(Failure),
    /// The actor ended while it had the call.
    #[error("the store's actor ended before it answered")]
    ActorEnded,
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => Self::Error(error),
            Failure::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// How a call went, as far as its batch is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    /// It gave a value or an error; the instance goes on.
    Answered,
    /// It gave `invalid`, which may be the bound of the batch around it.
    Invalid,
    /// The instance is of no more use.
    InstanceLost,
}

/// A call without its type.
pub(super) trait Call: Send {
    /// Runs the closure and keeps its answer, in place of an earlier one.
    fn run(&mut self, plugin: &mut dyn Plugin) -> Ran;

    /// Hands the kept answer to whoever waits.
    fn release(self: Box<Self>);

    /// Hands over this error in place of the kept answer.
    fn refuse(self: Box<Self>, error: CallError);
}

/// The one kind of call there is. `reply` runs on the actor's thread.
pub(super) struct Waiting<T, F, R> {
    op: F,
    kept: Option<Result<T, CallError>>,
    reply: R,
}

impl<T, F, R> Waiting<T, F, R> {
    pub(super) fn new(op: F, reply: R) -> Self {
        Self { op, kept: None, reply }
    }
}

impl<T, F, R> Call for Waiting<T, F, R>
where
    T: Send,
    F: Fn(&mut dyn Plugin) -> Answer<T> + Send,
    R: FnOnce(Result<T, CallError>) + Send,
{
    fn run(&mut self, plugin: &mut dyn Plugin) -> Ran {
        // The instance is dropped after a panic, so nothing half-changed is seen again.
        let (ran, answer) = match catch_unwind(AssertUnwindSafe(|| (self.op)(plugin))) {
            Ok(Ok(value)) => (Ran::Answered, Ok(value)),
            Ok(Err(Failure::Error(error @ Error::Invalid(_)))) => (Ran::Invalid, Err(error.into())),
            Ok(Err(Failure::Error(error))) => (Ran::Answered, Err(error.into())),
            Ok(Err(Failure::Fault(fault))) => (Ran::InstanceLost, Err(fault.into())),
            Err(panic) => (Ran::InstanceLost, Err(CallError::Panicked(last_words(&*panic)))),
        };
        self.kept = Some(answer);
        ran
    }

    fn release(self: Box<Self>) {
        // A call that never ran has nothing kept.
        (self.reply)(self.kept.unwrap_or(Err(CallError::Stopped)));
    }

    fn refuse(self: Box<Self>, error: CallError) {
        (self.reply)(Err(error));
    }
}

/// The text a panic was raised with.
pub(crate) fn last_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without text".to_owned())
}
