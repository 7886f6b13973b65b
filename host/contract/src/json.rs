//! Canonical JSON and digests.
//!
//! Canonical means: no white space, object keys in the order of their UTF-8 bytes, integers as
//! integers, other numbers in the shortest form that reads back the same. Two values that are
//! equal as JSON have one text, whatever order their keys came in.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The canonical text of a value.
///
/// # Errors
/// Where the value has no JSON form: a map with keys that are not strings, for example.
pub fn canonical(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    write(&serde_json::to_value(value)?, &mut text)?;
    Ok(text)
}

/// Lower-case hex SHA-256 of a value's canonical text.
///
/// # Errors
/// As [`canonical`].
pub fn digest(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(sha256_hex(canonical(value)?.as_bytes()))
}

/// Lower-case hex SHA-256 of bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Sorts by itself instead of trusting serde_json's map, whose order is a feature that any crate
/// in the build may switch.
fn write(value: &Value, text: &mut String) -> Result<(), serde_json::Error> {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (position, (key, value)) in entries.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(key)?);
                text.push(':');
                write(value, text)?;
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        scalar => text.push_str(&serde_json::to_string(scalar)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_at_every_depth_and_nothing_is_padded() {
        let text = r#"{"b": [1, {"z": null, "a": "ü\n"}], "a": 1.50, "ab": 18446744073709551615}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            canonical(&value).unwrap(),
            r#"{"a":1.5,"ab":18446744073709551615,"b":[1,{"a":"ü\n","z":null}]}"#
        );
    }

    #[test]
    fn a_digest_depends_on_the_value_alone() {
        let one: Value = serde_json::from_str(r#"{"x":1,"y":2}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"y":2,"x":1}"#).unwrap();
        assert_eq!(digest(&one).unwrap(), digest(&two).unwrap());
        assert_ne!(digest(&one).unwrap(), digest(&json!({"x": 1, "y": 3})).unwrap());
    }

    #[test]
    fn sha256_is_the_published_one() {
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
