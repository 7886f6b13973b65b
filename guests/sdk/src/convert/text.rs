//! Values of `wirt:text`.

use wirt_contract::{Error, Failure, embedder, tokenizer};

use crate::bindings::embedder::exports::wirt::text::embedder as wit_embedder;
use crate::bindings::tokenizer::exports::wirt::text::tokenizer as wit_tokenizer;
pub(crate) use crate::bindings::tokenizer::wirt::text::types::Error as TextError;

impl From<Error> for TextError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(line) => Self::Invalid(line),
            Error::Backend { message, retryable: true } => Self::Unavailable(message),
            Error::Backend { message, retryable: false } => Self::Internal(message),
            // A text plugin keeps nothing, so these say that the plugin is broken; the whole
            // line is kept, because the kind is lost.
            error @ (Error::Conflict(_)
            | Error::NotFound(_)
            | Error::Expired(_)
            | Error::Unsupported(_)) => Self::Internal(error.to_string()),
        }
    }
}

impl From<Failure> for TextError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => error.into(),
            // See the same case in `store.rs`: a crash that a guest can name is not its own.
            Failure::Fault(fault) => Self::Internal(fault.to_string()),
        }
    }
}

impl From<tokenizer::Description> for wit_tokenizer::Description {
    fn from(description: tokenizer::Description) -> Self {
        let tokenizer::Description { id, max_text_bytes, max_batch } = description;
        Self { id, max_text_bytes, max_batch }
    }
}

impl From<tokenizer::Token> for wit_tokenizer::Token {
    fn from(token: tokenizer::Token) -> Self {
        let tokenizer::Token { term, start, end } = token;
        Self { term, start, end }
    }
}

impl From<embedder::Description> for wit_embedder::Description {
    fn from(description: embedder::Description) -> Self {
        let embedder::Description { model, dimension, max_text_bytes, max_batch } = description;
        Self { model, dimension, max_text_bytes, max_batch }
    }
}
