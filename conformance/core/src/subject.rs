//! A plugin under test, as the suite needs it: one live instance at a time, and a way to end it.

use wirt_contract::{Interfaces, Plugin};

/// How an instance ends before a fresh one takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reopen {
    /// `close` was called first; the suite calls it itself.
    Closed,
    /// It was not: the instance just ends.
    Dropped,
}

/// A plugin under test.
///
/// The data behind a subject starts empty: a run draws its store ids from the seed, so a second
/// run with the same seed over the same data would meet its own rows.
pub trait Subject {
    /// The plugin's name in the report: a file name or a bundled name.
    fn name(&self) -> &str;

    /// Lower-case hex SHA-256 of the component; none for what is none.
    fn sha256(&self) -> Option<String> {
        None
    }

    /// The contracts it offers.
    fn interfaces(&self) -> Interfaces;

    /// The live instance. After a fault it is a fresh one over the same data.
    ///
    /// # Errors
    /// Where the harness could not even try (a scratch folder is gone). A plugin that cannot be
    /// started is the plugin's own doing: its next call answers a fault `NotStarted`.
    fn plugin(&mut self) -> Result<&mut dyn Plugin, HarnessError>;

    /// Ends the live instance, and opens a fresh one over the same data.
    ///
    /// # Errors
    /// As [`Subject::plugin`].
    fn reopen(&mut self, how: Reopen) -> Result<(), HarnessError>;

    /// Lets the plugin's clock go on by this many milliseconds; it stands still otherwise. The
    /// live instance goes on, and what is opened later starts from the time reached.
    ///
    /// # Errors
    /// Where the plugin has no clock the harness can move.
    fn advance(&mut self, ms: u64) -> Result<(), HarnessError>;

    /// Ends the live instance, and goes on over empty data of its own: what was there before is
    /// gone for good. Clock and chance go on, so that nothing is drawn twice.
    ///
    /// # Errors
    /// As [`Subject::plugin`].
    fn fresh(&mut self) -> Result<(), HarnessError>;
}

/// The suite could not do its own work. Says nothing about the plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HarnessError {
    /// A subject could not be used.
    #[error("subject `{subject}` could not {doing}: {reason}")]
    Subject {
        /// Its name.
        subject: String,
        /// What it was asked for, as in "open its scratch folder".
        doing: String,
        /// What came in the way.
        reason: String,
    },
    /// A pattern for cases is none.
    #[error("`{glob}` is no pattern for case ids: {reason}; write one such as `tasks/*`")]
    CaseGlob {
        /// The pattern as given.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A report has no written form.
    #[error("the report could not be written as {form}: {reason}")]
    Report {
        /// The form asked for.
        form: &'static str,
        /// What came in the way.
        reason: String,
    },
}
