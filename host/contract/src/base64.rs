//! Bytes as base64 where a value becomes text, and as bytes where it does not: for
//! `#[serde(with = "crate::base64")]`. serde's own form, a list of numbers, takes four times the
//! bytes as text.
//!
//! The alphabet is the standard one (RFC 4648, section 4), with padding. Text that another encoder
//! of the same bytes would write differently is refused: equal bytes have one text.

use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], into: S) -> Result<S::Ok, S::Error> {
    if into.is_human_readable() {
        into.serialize_str(&encode(bytes))
    } else {
        into.serialize_bytes(bytes)
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    if from.is_human_readable() {
        from.deserialize_str(Bytes)
    } else {
        from.deserialize_byte_buf(Bytes)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bytes, as base64 with padding")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        decode(text.as_bytes()).ok_or_else(|| E::invalid_value(Unexpected::Other("a text"), &self))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            // One byte gives two digits, two bytes give three.
            text.push(if place <= group.len() { digit(bits >> (18 - 6 * place)) } else { '=' });
        }
    }
    text
}

/// The digit of the lowest six bits.
fn digit(bits: u32) -> char {
    let place = usize::try_from(bits & 0x3f).unwrap_or(0);
    ALPHABET.get(place).copied().map_or('=', char::from)
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let digits = text.get(..text.len().checked_sub(padding)?)?;
    for group in digits.chunks(4) {
        let mut bits: u32 = 0;
        for digit in group {
            bits = bits << 6 | value(*digit)?;
        }
        let [_, one, two, three] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        let (kept, rest): (&[u8], &[u8]) = match group.len() {
            4 => (&[one, two, three], &[]),
            3 => (&[one, two], &[three]),
            2 => (&[one], &[two, three]),
            _ => return None,
        };
        // Bits that no byte uses are 0, else one sequence of bytes had several texts.
        if rest.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(kept);
    }
    // Padding is there exactly where the last group is short, and fills it.
    (padding < 3 && (digits.len() + padding).is_multiple_of(4)).then_some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    let (first, from) = match digit {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'+' => (b'+', 62),
        b'/' => (b'/', 63),
        _ => return None,
    };
    Some(u32::from(digit - first) + from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648, section 10.
    const PUBLISHED: [(&str, &str); 7] = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];

    #[test]
    fn it_is_the_published_one() {
        for (bytes, text) in PUBLISHED {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn every_byte_in_every_place_comes_back() {
        for byte in 0..=u8::MAX {
            for bytes in [vec![byte], vec![0, byte], vec![0xff, 0, byte], vec![byte; 4]] {
                assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes));
            }
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "Zg", "Zg=", "Zg===", "Zm9v====", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n",
            "Zm-_", "Zm 9", "Zm9v=",
        ] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
