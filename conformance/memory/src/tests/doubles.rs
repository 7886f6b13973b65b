//! A tokenizer and an embedder, natively.

use wirt_contract::{
    Answer, Error,
    embedder::{self, Embedder},
    tokenizer::{self, Token, Tokenizer},
};

/// Runs of letters and digits, in lower case.
pub(super) struct Words;

fn words(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, letter.is_alphanumeric()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                tokens.push(Token {
                    term: text[from..at].to_lowercase(),
                    start: u32::try_from(from).unwrap(),
                    end: u32::try_from(at).unwrap(),
                });
                start = None;
            }
            _ => {}
        }
    }
    tokens
}

impl Tokenizer for Words {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        let (max_text_bytes, max_batch) = (tokenizer::MIN_MAX_TEXT_BYTES, 256);
        Ok(tokenizer::Description { id: "words".into(), max_text_bytes, max_batch })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        Ok(texts.iter().map(|text| words(text)).collect())
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        Ok(words(text))
    }
}

/// Counts words by their length.
#[derive(Default)]
pub(super) struct Buckets {
    /// Whether it answers nothing but errors.
    pub(super) is_away: bool,
}

fn buckets(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0; 7];
    for token in words(text) {
        vector[token.term.len() % 7] += 1.0;
    }
    vector
}

impl Embedder for Buckets {
    fn describe(&mut self) -> Answer<embedder::Description> {
        Ok(embedder::Description {
            model: "buckets".into(),
            dimension: 7,
            max_text_bytes: embedder::MIN_MAX_TEXT_BYTES,
            max_batch: embedder::MIN_MAX_BATCH,
        })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        if self.is_away {
            return Err(Error::Backend { message: "away".into(), retryable: true }.into());
        }
        Ok(texts.iter().map(|text| buckets(text)).collect())
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        Ok(buckets(text))
    }
}
