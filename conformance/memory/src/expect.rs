//! What a scenario asks of what it sees.

use std::fmt::{Debug, Display};

use wirt_conformance::Stop;

pub(crate) fn failed<T>(expected: impl Into<String>, found: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed { expected: expected.into(), found: found.into() })
}

/// `found` is `expected`; `what` names it.
pub(crate) fn same<T: PartialEq<U> + Debug, U: Debug>(
    what: &str,
    found: &T,
    expected: &U,
) -> Result<(), Stop> {
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

/// The value of something that had to go well.
pub(crate) fn given<T, E: Display>(what: &str, answer: Result<T, E>) -> Result<T, Stop> {
    answer.or_else(|error| failed(format!("{what}: no error"), format!("{what}: {error}")))
}
