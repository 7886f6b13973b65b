//! What a case asks of what it sees.

use std::fmt::{Debug, Display};

use wirt_conformance::Stop;
use wirt_runtime::store::CallError;

pub(crate) fn failed<T>(expected: impl Into<String>, found: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed { expected: expected.into(), found: found.into() })
}

/// `found` is `expected`; `what` names it.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), Stop> {
    if found == expected {
        return Ok(());
    }
    failed(format!("{what}: {expected:?}"), format!("{what}: {found:?}"))
}

pub(crate) fn holds(
    condition: bool,
    expected: &str,
    found: impl FnOnce() -> String,
) -> Result<(), Stop> {
    if condition { Ok(()) } else { failed(expected, found()) }
}

/// The value of a call that had to give one.
pub(crate) fn answered<T>(what: &str, answer: Result<T, CallError>) -> Result<T, Stop> {
    match answer {
        Err(CallError::Fault(fault)) => Err(Stop::Fault(fault)),
        other => given(what, other),
    }
}

/// The same for a driver's other answers.
pub(crate) fn given<T, E: Display>(what: &str, answer: Result<T, E>) -> Result<T, Stop> {
    answer.or_else(|error| failed(format!("{what}: an answer"), format!("{what}: {error}")))
}
