//! An embedder without a model at run time: a text's vector is the sum of what a table says of its
//! word-pieces. The table was distilled from all-MiniLM-L6-v2 (`distill/`), so words of like meaning
//! have like rows; it knows nothing of the order of words.
//!
//! Here is the contract; words are cut in [`words`], pieces and rows are found in [`table`].

pub mod table;
pub mod words;

use wirt_contract::embedder::{Description, Embedder};
use wirt_contract::{Answer, Error};

use crate::table::{Place, Table};
use crate::words::each_word;

/// Longest text in bytes. A piece has at least one of them, so no sum of rows leaves an `i32`.
pub const MAX_TEXT_BYTES: usize = 10 << 20;

/// Most texts in a call: 256 KiB of vectors.
pub const MAX_BATCH: usize = 256;

/// Names the table and the way of cutting; the number goes up with every change of either.
const MODEL: &str = "static-minilm-l6-v2-256/1";

/// The table, as `distill/distill.py` wrote it.
const TABLE: &[u8] = include_bytes!("../table.bin");

/// Implements `wirt:text/embedder`. It has no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct StaticEmbedder;

impl Embedder for StaticEmbedder {
    fn describe(&mut self) -> Answer<Description> {
        Ok(Description {
            model: MODEL.to_owned(),
            dimension: bound(bundled()?.dimension())?,
            max_text_bytes: bound(MAX_TEXT_BYTES)?,
            max_batch: bound(MAX_BATCH)?,
        })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        if texts.len() > MAX_BATCH {
            return Err(Error::Invalid(format!(
                "a batch holds at most {MAX_BATCH} texts, this one {}; split it",
                texts.len()
            ))
            .into());
        }
        texts.iter().map(|text| self.query(text)).collect()
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(Error::Invalid(format!(
                "a text has at most {MAX_TEXT_BYTES} bytes, this one {}; cut it",
                text.len()
            ))
            .into());
        }
        Ok(vector(&bundled()?, text))
    }
}

fn bundled() -> Answer<Table<'static>> {
    Table::read(TABLE).ok_or_else(|| {
        let message = "the table built into this plugin is no table; build the plugin again";
        Error::Backend { message: message.to_owned(), retryable: false }.into()
    })
}

fn bound(value: usize) -> Answer<u32> {
    u32::try_from(value).map_err(|_| Error::Invalid(format!("{value} is beyond u32")).into())
}

/// The vector of a text, `[dimension]`, of length 1, or all zero where no piece is known.
fn vector(table: &Table<'_>, text: &str) -> Vec<f32> {
    // Whole numbers, so that no order of adding can change a bit.
    let mut sums = vec![0_i32; table.dimension()];
    let mut rows = Vec::new();
    each_word(text, |word| {
        rows.clear();
        if pieces(table, word, &mut rows) {
            for row in &rows {
                sums.iter_mut()
                    .zip(table.row(*row))
                    .for_each(|(sum, cell)| *sum += i32::from(cell));
            }
        }
    });
    let squares: f64 = sums.iter().map(|sum| f64::from(*sum) * f64::from(*sum)).sum();
    // A sum of zeros divides by one and stays zero.
    let length = if squares > 0.0 { squares.sqrt() } else { 1.0 };
    sums.iter().map(|sum| narrow(f64::from(*sum) / length)).collect()
}

/// Cuts a word into the longest pieces there are, from its beginning on. False where some letter is
/// in no piece: the model knows nothing of the word then.
fn pieces(table: &Table<'_>, word: &str, rows: &mut Vec<usize>) -> bool {
    let (mut rest, mut place) = (word, Place::Begin);
    while !rest.is_empty() {
        let Some(piece) = table.longest(rest, place) else { return false };
        rows.push(piece.row);
        rest = rest.get(piece.bytes..).unwrap_or_default();
        place = Place::Inside;
    }
    true
}

#[allow(clippy::cast_possible_truncation, reason = "it is between -1 and 1; digits may go")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(target_arch = "wasm32")]
wirt_sdk::export_embedder!(|| StaticEmbedder);

#[cfg(test)]
mod tests;
