//! Keys. LMDB takes at most 511 bytes, so what may be longer ends in its hash.

use sha2::{Digest, Sha256};

use crate::entry::hex;

/// Longest text that is a key as it stands; a prefix of it and a hash in hex, or a block number,
/// fit behind it.
const MAX_PLAIN: usize = 400;
/// Head of a long text that stays readable and keeps keys near their order.
const HEAD: usize = 320;
/// A value as it is.
const PLAIN: u8 = 1;
/// A value's hash.
const HASHED: u8 = 2;

/// The key of a path in the file table.
pub(crate) fn path_key(path: &str) -> Vec<u8> {
    bounded(b'p', path)
}

/// What the keys of a field's value begin with; no other value's keys begin with it. A value that
/// is long or holds a zero byte stands as its hash.
pub(crate) fn value_prefix(field: u8, value: &str) -> Vec<u8> {
    let mut key = vec![field];
    if value.len() <= MAX_PLAIN && !value.contains('\0') {
        key.push(PLAIN);
        key.extend_from_slice(value.as_bytes());
    } else {
        key.push(HASHED);
        key.extend_from_slice(hex(&Sha256::digest(value)).as_bytes());
    }
    key.push(0);
    key
}

/// A byte first, as LMDB has no empty key and a text may be empty.
fn bounded(first: u8, text: &str) -> Vec<u8> {
    let mut key = vec![first];
    if text.len() <= MAX_PLAIN {
        key.extend_from_slice(text.as_bytes());
        return key;
    }
    key.extend_from_slice(text.as_bytes().get(..HEAD).unwrap_or_default());
    // No path and no id holds a zero byte, so a plain key cannot look like this one.
    key.push(0);
    key.extend(Sha256::digest(text));
    key
}

/// A term as it is counted and stored: itself, or a zero byte and its hash where it is long or
/// begins with a zero byte.
pub(crate) fn term_key(term: &str) -> String {
    if term.len() <= MAX_PLAIN && !term.starts_with('\0') {
        term.to_owned()
    } else {
        format!("\0{}", hex(&Sha256::digest(term)))
    }
}

/// What every key of a term's posting blocks begins with. Other terms' keys may begin with it too;
/// [`block_of`] tells them apart by length.
pub(crate) fn posting_prefix(term: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(term.len() + 5);
    key.extend_from_slice(term.as_bytes());
    key.push(0);
    key
}

/// The key of one block.
pub(crate) fn posting_key(prefix: &[u8], block: u32) -> Vec<u8> {
    let mut key = prefix.to_vec();
    key.extend_from_slice(&block.to_be_bytes());
    key
}

/// The block a key is of, if it is one of the term with this prefix: the length of a key is that
/// of its term and five more.
pub(crate) fn block_of(prefix: &[u8], key: &[u8]) -> Option<u32> {
    let block: [u8; 4] = key.strip_prefix(prefix)?.try_into().ok()?;
    Some(u32::from_be_bytes(block))
}

/// The term and block of a key.
pub(crate) fn split_posting_key(key: &[u8]) -> Option<(&str, u32)> {
    let (rest, block) = key.split_last_chunk::<4>()?;
    let term = rest.strip_suffix(&[0])?;
    Some((std::str::from_utf8(term).ok()?, u32::from_be_bytes(*block)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_longer_than_lmdb_takes() {
        let long = "x".repeat(10_000);
        for key in [
            path_key(&long),
            value_prefix(2, &long),
            value_prefix(2, &"x".repeat(MAX_PLAIN)),
            posting_key(&posting_prefix(&term_key(&long)), 1),
            path_key(&"x".repeat(MAX_PLAIN)),
            posting_key(&posting_prefix(&term_key(&"x".repeat(MAX_PLAIN))), 1),
        ] {
            assert!(key.len() <= 511, "{}", key.len());
        }
        assert_ne!(path_key(&long), path_key(&"x".repeat(10_001)));
    }

    #[test]
    fn no_value_has_the_keys_of_another() {
        let prefix = value_prefix(2, "s1");
        for other in ["s10", "s", "", "s1\0", "s1\0a", &"s1".repeat(300)] {
            assert!(!value_prefix(2, other).starts_with(&prefix), "{other}");
        }
        assert_ne!(value_prefix(3, "s1"), prefix);
    }

    #[test]
    fn terms_with_a_common_head_are_kept_apart() {
        let prefix = posting_prefix("a");
        assert_eq!(block_of(&prefix, &posting_key(&prefix, 7)), Some(7));
        let other = posting_key(&posting_prefix("a\0bcd"), 7);
        assert!(other.starts_with(&prefix));
        assert_eq!(block_of(&prefix, &other), None);
        assert_eq!(split_posting_key(&other), Some(("a\0bcd", 7)));
    }
}
