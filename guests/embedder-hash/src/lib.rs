//! A deterministic stand-in for an embedding model, for tests and for a first look: a text's
//! words, hashed to signed positions. Texts that share words are near each other, and nothing
//! else is: it knows no meaning.

use wirt_sdk::contract::embedder::{Description, Embedder};
use wirt_sdk::contract::{Answer, Error};

/// Numbers in a vector.
pub const DIMENSION: usize = 256;

/// Longest text in bytes. Its cost is linear in the text, so this is only a bound on a call's
/// memory.
pub const MAX_TEXT_BYTES: usize = 16 << 20;

/// Most texts in a call: 128 KiB of vectors.
pub const MAX_BATCH: usize = 128;

/// Names the way of hashing below; the number goes up with every change of it.
const MODEL: &str = "hash/1";

/// Positions a word adds to or takes from. With several, a text of two words cannot come out as
/// zero because both fell on one position with opposite signs.
const POSITIONS: u32 = 4;

/// Bits of the hash a position takes: eight choose it, one its sign.
const POSITION_BITS: u32 = 9;

/// Implements `wirt:text/embedder`. It has no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct HashEmbedder;

impl Embedder for HashEmbedder {
    fn describe(&mut self) -> Answer<Description> {
        Ok(Description {
            model: MODEL.to_owned(),
            dimension: bound(DIMENSION)?,
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
        Ok(vector(text))
    }
}

fn bound(value: usize) -> Answer<u32> {
    u32::try_from(value).map_err(|_| Error::Invalid(format!("{value} is beyond u32")).into())
}

/// The vector of a text, `[DIMENSION]`, of length 1, or all zero where there are no words.
fn vector(text: &str) -> Vec<f32> {
    // Whole numbers, so that no order of adding can change a bit.
    let mut counts = [0_i32; DIMENSION];
    for word in text.split(|character: char| !character.is_alphanumeric()) {
        if !word.is_empty() {
            add(&mut counts, hash(word));
        }
    }
    let squares: f64 = counts.iter().map(|count| f64::from(*count) * f64::from(*count)).sum();
    // A sum of zeros divides by one and stays zero.
    let length = if squares > 0.0 { squares.sqrt() } else { 1.0 };
    counts.iter().map(|count| narrow(f64::from(*count) / length)).collect()
}

fn add(counts: &mut [i32; DIMENSION], mut hash: u64) {
    for _ in 0..POSITIONS {
        let [position, rest, ..] = hash.to_le_bytes();
        // The array has a place for each value of a byte.
        if let Some(count) = counts.get_mut(usize::from(position)) {
            *count += if rest & 1 == 0 { 1 } else { -1 };
        }
        hash >>= POSITION_BITS;
    }
}

/// FNV-1a over the lower-case characters, mixed once more (the finish of MurmurHash3), because
/// FNV leaves the upper bits of short words alike.
fn hash(word: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for character in word.chars().flat_map(char::to_lowercase) {
        for byte in u32::from(character).to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[allow(clippy::cast_possible_truncation, reason = "it is between -1 and 1; digits may go")]
fn narrow(value: f64) -> f32 {
    value as f32
}

wirt_sdk::export_embedder!(|| HashEmbedder);

#[cfg(test)]
mod tests {
    use wirt_sdk::contract::Failure;
    use wirt_sdk::contract::embedder::{MIN_MAX_BATCH, MIN_MAX_TEXT_BYTES};

    use super::*;

    fn cosine(left: &[f32], right: &[f32]) -> f32 {
        left.iter().zip(right).map(|(left, right)| left * right).sum()
    }

    #[test]
    fn a_vector_has_length_one_or_is_zero() {
        for text in ["one", "Two words", "東京 😀", &"long ".repeat(10_000)] {
            let vector = vector(text);
            assert_eq!(vector.len(), DIMENSION);
            assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-5, "{text:?}");
        }
        for text in ["", " \n", "?!… 😀"] {
            assert_eq!(vector(text), vec![0.0; DIMENSION], "{text:?}");
        }
    }

    #[test]
    fn shared_words_make_texts_near() {
        let query = HashEmbedder.query("the red fox").unwrap();
        let texts = ["a green bird sings", "the Fox: red!", "the red house"].map(str::to_owned);
        let documents = HashEmbedder.documents(&texts).unwrap();
        let [other, same, part] = [0, 1, 2].map(|index| cosine(&query, &documents[index]));
        assert!(same > 0.999 && same > part && part > other, "{same} {part} {other}");
    }

    /// What stored vectors rest on: the same bits on every build and machine.
    #[test]
    fn the_hash_is_the_one_named() {
        assert_eq!(hash("wirt"), hash("WIRT"));
        let vector = vector("wirt");
        let set: Vec<(usize, f32)> =
            vector.iter().copied().enumerate().filter(|(_, value)| *value != 0.0).collect();
        assert_eq!(set, [(18, 0.5), (137, -0.5), (191, -0.5), (245, 0.5)]);
    }

    #[test]
    fn bounds_hold_the_contracts_floor_and_are_kept() {
        let description = HashEmbedder.describe().unwrap();
        assert!(description.max_text_bytes >= MIN_MAX_TEXT_BYTES);
        assert!(description.max_batch >= MIN_MAX_BATCH);

        let invalid = |answer: Failure| matches!(answer, Failure::Error(Error::Invalid(_)));
        let long = " ".repeat(MAX_TEXT_BYTES);
        assert_eq!(HashEmbedder.query(&long).unwrap().len(), DIMENSION);
        assert!(invalid(HashEmbedder.query(&(long + " ")).unwrap_err()));
        let many = vec![String::new(); MAX_BATCH];
        assert_eq!(HashEmbedder.documents(&many).unwrap().len(), MAX_BATCH);
        assert!(invalid(HashEmbedder.documents(&vec![String::new(); MAX_BATCH + 1]).unwrap_err()));
    }
}
