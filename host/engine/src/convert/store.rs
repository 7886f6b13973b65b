//! `wirt:persistence/types` and `…/store`.

use wirt_contract::store::{CheckPage, Description, Durability, Limits};
use wirt_contract::{Answer, Error, StoreId};

use crate::bindings::exports::wirt::persistence::store as wit;
use crate::bindings::wirt::persistence::types;

/// A store id as the bindings want it: owned, because WIT gives it a name of its own.
pub(crate) fn id(from: &StoreId) -> String {
    from.as_str().into()
}

pub(crate) fn answer<T>(answer: Result<T, types::Error>) -> Answer<T> {
    answer.map_err(|error| {
        match error {
            types::Error::Conflict(message) => Error::Conflict(message),
            types::Error::NotFound(message) => Error::NotFound(message),
            types::Error::Expired(message) => Error::Expired(message),
            types::Error::Invalid(message) => Error::Invalid(message),
            types::Error::Unsupported(message) => Error::Unsupported(message),
            types::Error::Backend(types::BackendError { message, retryable }) => {
                Error::Backend { message, retryable }
            }
        }
        .into()
    })
}

pub(crate) fn description(from: wit::Description) -> Description {
    let wit::Limits {
        max_id_bytes,
        max_payload_bytes,
        max_attachment_bytes,
        max_page,
        max_batch_calls,
        max_batch_bytes,
        max_list,
        max_graph_depth,
        max_queued,
    } = from.limits;
    Description {
        name: from.name,
        version: from.version,
        data_format: from.data_format,
        durability: match from.durability {
            types::Durability::Inline => Durability::Inline,
            types::Durability::Durable => Durability::Durable,
        },
        limits: Limits {
            max_id_bytes,
            max_payload_bytes,
            max_attachment_bytes,
            max_page,
            max_batch_calls,
            max_batch_bytes,
            max_list,
            max_graph_depth,
            max_queued,
        },
    }
}

pub(crate) fn check_page(from: wit::CheckPage) -> CheckPage {
    CheckPage { problems: from.problems, next: from.next }
}
