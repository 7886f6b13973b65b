//! Where a walk over keys goes on: the last key seen, as text that says nothing to others.

use wirt_contract::Error;

use crate::keys::Key;
use crate::limits::shown;

/// What a cursor begins with; the key follows in hex.
const CURSOR: &str = "after-";

pub(crate) fn write(key: &Key) -> String {
    use std::fmt::Write as _;
    let mut cursor = String::from(CURSOR);
    for byte in key.as_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(cursor, "{byte:02x}");
    }
    cursor
}

pub(crate) fn read(cursor: &str) -> Result<Key, Error> {
    let pairs = cursor.strip_prefix(CURSOR).map(|hex| hex.as_bytes().chunks(2));
    let key: Option<Vec<u8>> = pairs.and_then(|mut pairs| pairs.try_fold(Vec::new(), read_byte));
    match key.map(Key::found) {
        Some(key) if key.is_data() => Ok(key),
        _ => Err(Error::Invalid(format!(
            "{} is no cursor of this store; give back the `next` of the page before, or none",
            shown(cursor)
        ))),
    }
}

fn read_byte(mut bytes: Vec<u8>, pair: &[u8]) -> Option<Vec<u8>> {
    let lower_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if pair.len() != 2 || !pair.iter().all(lower_hex) {
        return None;
    }
    bytes.push(u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?);
    Some(bytes)
}
