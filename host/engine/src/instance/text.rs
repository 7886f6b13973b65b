//! `wirt:text` of a plugin at work: tokenizer and embedder.

use wirt_contract::embedder::{self, Embedder};
use wirt_contract::tokenizer::{self, Token, Tokenizer};
use wirt_contract::{Answer, Interface};

use super::{Instance, Running};
use crate::bindings::exports::wirt::text as wit;
use crate::convert::text;

impl Instance {
    fn on_tokenizer<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&wit::tokenizer::Guest, &mut Running) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        self.call(Interface::Tokenizer, function, |functions| functions.tokenizer.as_ref(), run)
    }

    fn on_embedder<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&wit::embedder::Guest, &mut Running) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        self.call(Interface::Embedder, function, |functions| functions.embedder.as_ref(), run)
    }
}

impl Tokenizer for Instance {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        let answer = self.on_tokenizer("describe", |guest, store| guest.call_describe(store))?;
        Ok(text::tokenizer(answer))
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        let answer =
            self.on_tokenizer("documents", |guest, store| guest.call_documents(store, texts))?;
        let documents = text::answer(answer)?;
        Ok(documents
            .into_iter()
            .map(|tokens| tokens.into_iter().map(text::token).collect())
            .collect())
    }

    fn query(&mut self, query: &str) -> Answer<Vec<Token>> {
        let answer = self.on_tokenizer("query", |guest, store| guest.call_query(store, query))?;
        Ok(text::answer(answer)?.into_iter().map(text::token).collect())
    }
}

impl Embedder for Instance {
    fn describe(&mut self) -> Answer<embedder::Description> {
        let answer = self.on_embedder("describe", |guest, store| guest.call_describe(store))?;
        Ok(text::embedder(answer))
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        let answer =
            self.on_embedder("documents", |guest, store| guest.call_documents(store, texts))?;
        text::answer(answer)
    }

    fn query(&mut self, query: &str) -> Answer<Vec<f32>> {
        let answer = self.on_embedder("query", |guest, store| guest.call_query(store, query))?;
        text::answer(answer)
    }
}
