//! A tokenizer and an embedder that are right, as small as they can be. The bundled ones cannot
//! stand here: a component holds one set of exports, and they bring theirs.

use wirt_sdk::contract::embedder::{self, Embedder};
use wirt_sdk::contract::tokenizer::{self, Token, Tokenizer};
use wirt_sdk::contract::{Answer, Error};

/// Longest text in bytes, of both.
const MAX_TEXT_BYTES: u32 = tokenizer::MIN_MAX_TEXT_BYTES;
/// Most texts in a call, of both.
const MAX_BATCH: u32 = tokenizer::MIN_MAX_BATCH;
/// Numbers in a vector.
const DIMENSION: u32 = 64;

/// Cuts at whatever is no letter and no digit, and folds case.
pub struct Words;

impl Tokenizer for Words {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        Ok(tokenizer::Description {
            id: "faulty-words/1".to_owned(),
            max_text_bytes: MAX_TEXT_BYTES,
            max_batch: MAX_BATCH,
        })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        bounded("a batch's texts", texts.len(), MAX_BATCH)?;
        texts.iter().map(|text| self.query(text)).collect()
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        bounded("a text's bytes", text.len(), MAX_TEXT_BYTES)?;
        let mut end = 0;
        let mut tokens = Vec::new();
        for piece in text.split_inclusive(|character: char| !character.is_alphanumeric()) {
            let start = end;
            end += bounded("a text's bytes", piece.len(), MAX_TEXT_BYTES)?;
            let word = piece.trim_end_matches(|character: char| !character.is_alphanumeric());
            if !word.is_empty() {
                let length = bounded("a text's bytes", word.len(), MAX_TEXT_BYTES)?;
                tokens.push(Token { term: word.to_lowercase(), start, end: start + length });
            }
        }
        Ok(tokens)
    }
}

/// Counts words by the sum of their characters, and makes the counts a vector of length 1: texts of
/// the same words are the same.
pub struct Counts;

impl Embedder for Counts {
    fn describe(&mut self) -> Answer<embedder::Description> {
        Ok(embedder::Description {
            model: "faulty-counts/1".to_owned(),
            dimension: DIMENSION,
            max_text_bytes: MAX_TEXT_BYTES,
            max_batch: MAX_BATCH,
        })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        bounded("a batch's texts", texts.len(), MAX_BATCH)?;
        texts.iter().map(|text| self.query(text)).collect()
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        let words = Words.query(text)?;
        let sums = words.iter().map(|word| word.term.chars().fold(0, mix) % DIMENSION);
        let mut counts: Vec<f32> = vec![0.0; usize::try_from(DIMENSION).unwrap_or_default()];
        for sum in sums {
            if let Some(count) = usize::try_from(sum).ok().and_then(|sum| counts.get_mut(sum)) {
                *count += 1.0;
            }
        }
        let squares: f32 = counts.iter().map(|count| count * count).sum();
        // Zeros divided by one stay zeros.
        let length = if squares > 0.0 { squares.sqrt() } else { 1.0 };
        counts.iter_mut().for_each(|count| *count /= length);
        Ok(counts)
    }
}

fn mix(sum: u32, character: char) -> u32 {
    (sum ^ u32::from(character)).wrapping_mul(0x0100_0193).rotate_left(15)
}

fn bounded(what: &str, found: usize, most: u32) -> Answer<u32> {
    u32::try_from(found).ok().filter(|found| *found <= most).ok_or_else(|| {
        Error::Invalid(format!("{what} are at most {most}, and {found} were given")).into()
    })
}
