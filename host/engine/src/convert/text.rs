//! `wirt:text`.

use wirt_contract::{Answer, Error, embedder, tokenizer};

use crate::bindings::exports::wirt::text as wit;
use crate::bindings::wirt::text::types;

pub(crate) fn answer<T>(answer: Result<T, types::Error>) -> Answer<T> {
    answer.map_err(|error| {
        match error {
            types::Error::Invalid(message) => Error::Invalid(message),
            types::Error::Unavailable(message) => Error::Backend { message, retryable: true },
            types::Error::Internal(message) => Error::Backend { message, retryable: false },
        }
        .into()
    })
}

pub(crate) fn tokenizer(from: wit::tokenizer::Description) -> tokenizer::Description {
    tokenizer::Description {
        id: from.id,
        max_text_bytes: from.max_text_bytes,
        max_batch: from.max_batch,
    }
}

pub(crate) fn token(from: wit::tokenizer::Token) -> tokenizer::Token {
    tokenizer::Token { term: from.term, start: from.start, end: from.end }
}

pub(crate) fn embedder(from: wit::embedder::Description) -> embedder::Description {
    embedder::Description {
        model: from.model,
        dimension: from.dimension,
        max_text_bytes: from.max_text_bytes,
        max_batch: from.max_batch,
    }
}
