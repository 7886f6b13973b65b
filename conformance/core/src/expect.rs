//! What a case asks of an answer.

use wirt_contract::{Answer, Error, Failure};

use crate::probe::message;
use crate::{Show, Stop};

/// A failed expectation.
pub(crate) fn failed<T>(expected: impl Into<String>, found: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed { expected: expected.into(), found: found.into() })
}

/// `found` is `expected`; `what` names it.
pub(crate) fn same<T: PartialEq + Show + ?Sized>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), Stop> {
    if found == expected {
        return Ok(());
    }
    failed(format!("{what}: {}", expected.show()), format!("{what}: {}", found.show()))
}

/// `true`, or a failure.
pub(crate) fn holds(
    condition: bool,
    expected: impl Into<String>,
    found: impl FnOnce() -> String,
) -> Result<(), Stop> {
    if condition { Ok(()) } else { failed(expected, found()) }
}

/// The kinds of error a case may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Conflict,
    NotFound,
    Expired,
    Invalid,
    Unsupported,
    Backend,
}

impl Kind {
    fn fits(self, error: &Error) -> bool {
        match error {
            Error::Conflict(_) => self == Self::Conflict,
            Error::NotFound(_) => self == Self::NotFound,
            Error::Invalid(_) => self == Self::Invalid,
            Error::Backend { .. } => self == Self::Backend,
            Error::Expired(_) => self == Self::Expired,
            Error::Unsupported(_) => self == Self::Unsupported,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::NotFound => "not-found",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::Backend => "backend",
        }
    }
}

/// `what` was answered with an error of this kind.
pub(crate) fn refused<T: Show>(what: &str, answer: Answer<T>, kind: Kind) -> Result<(), Stop> {
    match answer {
        Err(Failure::Error(error)) if kind.fits(&error) => Ok(()),
        Err(Failure::Fault(fault)) => Err(Stop::Fault(fault)),
        Err(Failure::Error(error)) => failed(
            format!("{what}: an error `{}`", kind.name()),
            format!("{what}: {}", message(&error.to_string())),
        ),
        Ok(value) => failed(
            format!("{what}: an error `{}`", kind.name()),
            format!("{what}: answered {}", value.show()),
        ),
    }
}

/// What `what` holds, which has to be there.
pub(crate) fn present<T>(what: &str, value: Option<T>) -> Result<T, Stop> {
    match value {
        Some(value) => Ok(value),
        None => failed(format!("{what}: there"), format!("{what}: none")),
    }
}
