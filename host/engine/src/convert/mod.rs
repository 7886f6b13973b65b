//! Where WIT types and contract types meet on the host's side: one function for each value that
//! crosses, every match exhaustive. `x` makes a contract's value, `x_to` a WIT one where both ways
//! are gone; one file an interface.

pub(crate) mod artifacts;
pub(crate) mod attachment_manifest;
pub(crate) mod attachments;
pub(crate) mod sessions;
pub(crate) mod store;
pub(crate) mod tasks;
pub(crate) mod text;
pub(crate) mod transfer;
pub(crate) mod work_queue;
