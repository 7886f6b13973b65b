//! `tokenizer` and `embedder`.

use wirt_contract::Answer;
use wirt_contract::embedder::{self, Embedder};
use wirt_contract::tokenizer::{self, Token, Tokenizer};

use super::super::{Probe, Show};

impl Tokenizer for Probe<'_> {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        self.call("tokenizer.describe()".into(), |plugin| plugin.tokenizer()?.describe())
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        self.call(format!("tokenizer.documents({})", texts.show()), |plugin| {
            plugin.tokenizer()?.documents(texts)
        })
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        self.call(format!("tokenizer.query({})", text.show()), |plugin| {
            plugin.tokenizer()?.query(text)
        })
    }
}

impl Embedder for Probe<'_> {
    fn describe(&mut self) -> Answer<embedder::Description> {
        self.call("embedder.describe()".into(), |plugin| plugin.embedder()?.describe())
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        self.call(format!("embedder.documents({})", texts.show()), |plugin| {
            plugin.embedder()?.documents(texts)
        })
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        self.call(format!("embedder.query({})", text.show()), |plugin| {
            plugin.embedder()?.query(text)
        })
    }
}
