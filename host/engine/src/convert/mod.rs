//! Where WIT types and contract types meet on the host's side: one function for each value that
//! crosses, every match exhaustive.

pub(crate) mod persistence;
pub(crate) mod text;
