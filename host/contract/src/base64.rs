//! Bytes as base64 where a value becomes text, and as bytes where it does not: for
//! `#[serde(with = "crate::base64")]`. serde's own form, a list of numbers, takes four times the
//! bytes as text.
//!
//! The alphabet is the standard one (RFC 4648, section 4), with padding. Text that another encoder
//! of the same bytes would write differently is refused: equal bytes have one text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], into: S) -> Result<S::Ok, S::Error> {
    if into.is_human_readable() {
        into.serialize_str(&STANDARD.encode(bytes))
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
        STANDARD.decode(text).map_err(|_| E::invalid_value(Unexpected::Other("a text"), &self))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Held(#[serde(with = "super")] Vec<u8>);

    fn decode(text: &str) -> Option<Vec<u8>> {
        let held: Held = serde_json::from_value(text.into()).ok()?;
        Some(held.0)
    }

    #[test]
    fn bytes_are_text_in_text_and_bytes_elsewhere() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            let held = Held(bytes.into());
            assert_eq!(serde_json::to_value(&held).unwrap(), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
            let packed = postcard::to_allocvec(&held).unwrap();
            assert_eq!(packed.len(), 1 + bytes.len());
            assert_eq!(postcard::from_bytes::<Held>(&packed).unwrap().0, bytes.as_bytes());
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "Zg", "Zg=", "Zg===", "Zm9v====", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n",
            "Zm-_", "Zm 9", "Zm9v=",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
