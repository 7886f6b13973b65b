//! `wirt:text/tokenizer`: the terms keyword search matches.
//!
//! A WIT `unavailable` is [`Error::Backend`](crate::Error::Backend) that may be retried, an
//! `internal` one that may not.

use serde::{Deserialize, Serialize};

use crate::Answer;

/// What a tokenizer says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Names the way of cutting.
    pub id: String,
    /// Longest text in bytes.
    pub max_text_bytes: u32,
    /// Most texts in one call.
    pub max_batch: u32,
}

/// The smallest [`Description::max_text_bytes`] allowed (`tokenizer.limits.floor`).
pub const MIN_MAX_TEXT_BYTES: u32 = 10_485_760;
/// The smallest [`Description::max_batch`] allowed (`tokenizer.limits.floor`).
pub const MIN_MAX_BATCH: u32 = 256;

/// A term and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What is matched; normalised, not empty.
    pub term: String,
    /// Byte offset of its first byte in the text as given.
    pub start: u32,
    /// Byte offset after its last byte.
    pub end: u32,
}

/// Rules: `tokenizer.*` in `wit/text/text.wit`.
pub trait Tokenizer {
    /// What this tokenizer is.
    fn describe(&mut self) -> Answer<Description>;

    /// The terms each document is found by: one list a text, in order.
    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>>;

    /// The terms a query looks for.
    fn query(&mut self, text: &str) -> Answer<Vec<Token>>;
}
