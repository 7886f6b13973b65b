//! Values of `wirt:persistence/types` and `…/store`.

use wirt_contract::store::{CheckPage, Description, Durability, Limits};
use wirt_contract::{Error, Failure};

use crate::bindings::store::exports::wirt::persistence::store as wit;
use crate::bindings::store::wirt::persistence::types;

impl From<Error> for types::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict(line) => Self::Conflict(line),
            Error::NotFound(line) => Self::NotFound(line),
            Error::Expired(line) => Self::Expired(line),
            Error::Invalid(line) => Self::Invalid(line),
            Error::Unsupported(line) => Self::Unsupported(line),
            Error::Backend { message, retryable } => {
                Self::Backend(types::BackendError { message, retryable })
            }
        }
    }
}

impl From<Failure> for types::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => error.into(),
            // Only a host can see a crash; a guest that names one (because it wraps another
            // plugin) is still running itself, so to its host this is storage that failed.
            Failure::Fault(fault) => Error::backend(fault.to_string()).into(),
        }
    }
}

impl From<Durability> for types::Durability {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::Inline => Self::Inline,
            Durability::Durable => Self::Durable,
        }
    }
}

impl From<Limits> for wit::Limits {
    fn from(limits: Limits) -> Self {
        let Limits {
            max_id_bytes,
            max_payload_bytes,
            max_attachment_bytes,
            max_page,
            max_batch_calls,
            max_batch_bytes,
            max_list,
            max_graph_depth,
            max_queued,
        } = limits;
        Self {
            max_id_bytes,
            max_payload_bytes,
            max_attachment_bytes,
            max_page,
            max_batch_calls,
            max_batch_bytes,
            max_list,
            max_graph_depth,
            max_queued,
        }
    }
}

impl From<Description> for wit::Description {
    fn from(description: Description) -> Self {
        let Description { name, version, data_format, durability, limits } = description;
        Self { name, version, data_format, durability: durability.into(), limits: limits.into() }
    }
}

impl From<CheckPage> for wit::CheckPage {
    fn from(page: CheckPage) -> Self {
        let CheckPage { problems, next } = page;
        Self { problems, next }
    }
}
