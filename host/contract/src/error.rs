//! What a call answers when it does not answer a value.

use serde::{Deserialize, Serialize};

/// What every contract call answers.
pub type Answer<T> = Result<T, Failure>;

/// Why a call gave no value: an error is the plugin's answer, a fault is the plugin's crash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The plugin answered with an error and goes on. The call changed nothing
    /// (`store.error.changes-nothing`).
    #[error(transparent)]
    Error(#[from] Error),
    /// The plugin crashed. Its instance is gone; what it had acknowledged stands.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// An error a plugin answers with: data, not a crash. Each carries one line for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// The request contradicts what is stored; repeating it unchanged fails again.
    #[error("conflict: {0}")]
    Conflict(String),
    /// What the request names is not there.
    #[error("not found: {0}")]
    NotFound(String),
    /// A lease or claim the request rests on has run out.
    #[error("expired: {0}")]
    Expired(String),
    /// The request breaks a bound or a form of the contract, whatever is stored.
    #[error("invalid: {0}")]
    Invalid(String),
    /// The plugin does not offer this.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// The plugin's own means failed.
    #[error("backend: {message}")]
    Backend {
        /// What failed.
        message: String,
        /// Whether the same call may succeed later without anybody's help.
        retryable: bool,
    },
}

impl Error {
    /// A failure of the plugin's own storage that will not pass by itself.
    pub fn backend(message: impl Into<String>) -> Self {
        Self::Backend { message: message.into(), retryable: false }
    }
}

/// A plugin's crash, as against an error it returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin {kind} in `{function}`: {detail}")]
pub struct Fault {
    /// How it ended.
    pub kind: FaultKind,
    /// The contract function that was called, for example `tasks.create`.
    pub function: String,
    /// The plugin's last words, or what the host saw.
    pub detail: String,
}

/// How a plugin crashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It trapped: a panic, an unreachable instruction, an access out of bounds.
    Trapped,
    /// It ran longer than one call may, in its own time.
    OutOfTime,
    /// It asked for more memory than it was granted.
    OutOfMemory,
    /// It waited or slept, which a plugin may not.
    Waited,
    /// No instance of it could be made.
    NotStarted,
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Trapped => "trapped",
            Self::OutOfTime => "ran out of time",
            Self::OutOfMemory => "ran out of memory",
            Self::Waited => "waited",
            Self::NotStarted => "did not start",
        })
    }
}
