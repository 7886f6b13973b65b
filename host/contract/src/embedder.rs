//! `wirt:text/embedder`: vectors whose cosine says how near two meanings are.
//!
//! A WIT `unavailable` is [`Error::Backend`](crate::Error::Backend) that may be retried, an
//! `internal` one that may not.

use serde::{Deserialize, Serialize};

use crate::Answer;

/// What an embedder says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Names the model.
    pub model: String,
    /// Numbers in a vector.
    pub dimension: u32,
    /// Longest text in bytes.
    pub max_text_bytes: u32,
    /// Most texts in one call.
    pub max_batch: u32,
}

/// The largest [`Description::dimension`] allowed (`embedder.dimension`).
pub const MAX_DIMENSION: u32 = 4_096;
/// The smallest [`Description::max_text_bytes`] allowed (`embedder.limits.floor`).
pub const MIN_MAX_TEXT_BYTES: u32 = 65_536;
/// The smallest [`Description::max_batch`] allowed (`embedder.limits.floor`).
pub const MIN_MAX_BATCH: u32 = 16;

/// Rules: `embedder.*` in `wit/text/text.wit`.
pub trait Embedder {
    /// What this embedder is.
    fn describe(&mut self) -> Answer<Description>;

    /// One vector of `[dimension]` a text, in order.
    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>>;

    /// The vector of a query, `[dimension]`.
    fn query(&mut self, text: &str) -> Answer<Vec<f32>>;
}
