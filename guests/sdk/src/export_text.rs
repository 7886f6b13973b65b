//! The exports of tokenizer and embedder plugins, over the contract's traits.

use wirt_contract::embedder::Embedder;
use wirt_contract::tokenizer::Tokenizer;

use crate::bindings::embedder::exports::wirt::text::embedder;
use crate::bindings::tokenizer::exports::wirt::text::tokenizer;
use crate::convert::TextError;
use crate::{Holds, trap};

/// Exports a [`Tokenizer`] from this crate. Takes an expression that can be called without
/// arguments and gives one; it is called once, at the first call that reaches the instance.
#[macro_export]
macro_rules! export_tokenizer {
    ($make:expr) => {
        $crate::__export!(dyn $crate::contract::tokenizer::Tokenizer, $make, tokenizer);
    };
}

/// Exports an [`Embedder`] from this crate. Takes an expression that can be called without
/// arguments and gives one; it is called once, at the first call that reaches the instance.
#[macro_export]
macro_rules! export_embedder {
    ($make:expr) => {
        $crate::__export!(dyn $crate::contract::embedder::Embedder, $make, embedder);
    };
}

impl<G: Holds<dyn Tokenizer>> tokenizer::Guest for G {
    fn describe() -> tokenizer::Description {
        G::with(|plugin| plugin.describe())
            .unwrap_or_else(|failure| trap("tokenizer.describe", &failure))
            .into()
    }

    fn documents(texts: Vec<String>) -> Result<Vec<Vec<tokenizer::Token>>, TextError> {
        let lists = G::with(|plugin| plugin.documents(&texts))?;
        Ok(lists.into_iter().map(|list| list.into_iter().map(Into::into).collect()).collect())
    }

    fn query(text: String) -> Result<Vec<tokenizer::Token>, TextError> {
        let list = G::with(|plugin| plugin.query(&text))?;
        Ok(list.into_iter().map(Into::into).collect())
    }
}

impl<G: Holds<dyn Embedder>> embedder::Guest for G {
    fn describe() -> embedder::Description {
        G::with(|plugin| plugin.describe())
            .unwrap_or_else(|failure| trap("embedder.describe", &failure))
            .into()
    }

    fn documents(texts: Vec<String>) -> Result<Vec<Vec<f32>>, TextError> {
        Ok(G::with(|plugin| plugin.documents(&texts))?)
    }

    fn query(text: String) -> Result<Vec<f32>, TextError> {
        Ok(G::with(|plugin| plugin.query(&text))?)
    }
}

#[cfg(test)]
mod tests {
    use wirt_contract::{Error, Failure};

    use super::TextError;

    fn mapped(error: Error) -> TextError {
        TextError::from(Failure::from(error))
    }

    #[test]
    fn retryability_chooses_between_unavailable_and_internal() {
        let passing = Error::Backend { message: "busy".to_owned(), retryable: true };
        assert!(matches!(mapped(passing), TextError::Unavailable(line) if line == "busy"));
        let lasting = Error::Backend { message: "gone".to_owned(), retryable: false };
        assert!(matches!(mapped(lasting), TextError::Internal(line) if line == "gone"));
    }

    #[test]
    fn an_error_text_does_not_know_is_internal_and_keeps_its_kind_in_words() {
        let error = Error::NotFound("model".to_owned());
        assert!(matches!(mapped(error), TextError::Internal(line) if line == "not found: model"));
    }
}
