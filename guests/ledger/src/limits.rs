//! What a caller may ask for. Everything a caller can make large is bounded here.

use wirt_contract::Error;
use wirt_contract::store::Limits;

/// The ledger's bounds, as `describe` tells them.
///
/// An id is part of a key, so it stays short against a page of a few kilobytes. A batch holds a
/// few of the largest attachments; with an attachment and its copies on the way to the disk that
/// is what a sandbox of some hundred megabytes carries.
pub const LIMITS: Limits = Limits {
    max_id_bytes: MAX_ID_BYTES,
    max_payload_bytes: 1 << 20,
    max_attachment_bytes: 8 << 20,
    max_page: 1_000,
    max_batch_calls: 1_024,
    max_batch_bytes: 32 << 20,
    max_list: 4_096,
    max_graph_depth: 131_072,
    max_queued: 4_096,
};

const MAX_ID_BYTES: u32 = 512;

/// Most payload and label bytes a page carries before it is cut short. A page of
/// [`LIMITS`]`.max_page` of the longest payloads would be a gigabyte.
pub(crate) const PAGE_BYTES: usize = 8 << 20;

/// Most rows one list call looks at for a filter on `op`, which has no index: it bounds the time
/// of a call that finds little.
pub(crate) const SCAN_ROWS: usize = 1_024;

/// Longest part of a caller's text that an error repeats, in characters.
const SHOWN_CHARS: usize = 80;

/// An id within its bound (`store.id.bound`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id<'a>(&'a str);

impl<'a> Id<'a> {
    /// `subject` names the id in the error.
    pub(crate) fn new(subject: &str, text: &'a str) -> Result<Self, Error> {
        match u32::try_from(text.len()) {
            Ok(1..=MAX_ID_BYTES) => Ok(Self(text)),
            _ => Err(Error::Invalid(format!(
                "{subject} has {} bytes, and 1 to {MAX_ID_BYTES} are allowed",
                text.len(),
            ))),
        }
    }

    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }
}

impl AsRef<str> for Id<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl std::fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&shown(self.0))
    }
}

/// A caller's text between quotes, cut where it is long.
pub(crate) fn shown(text: &str) -> String {
    let start: String = text.chars().take(SHOWN_CHARS).collect();
    let rest = if start.len() < text.len() { "..." } else { "" };
    format!("\"{start}{rest}\"")
}

/// Text that may be empty and has a bound in bytes.
pub(crate) fn text(subject: &str, text: &str, max: u32) -> Result<(), Error> {
    size(subject, text.len(), max)
}

/// An opaque payload.
pub(crate) fn payload(subject: &str, payload: &str) -> Result<(), Error> {
    text(subject, payload, LIMITS.max_payload_bytes)
}

/// An opaque payload that may be absent.
pub(crate) fn optional_payload(subject: &str, value: Option<&String>) -> Result<(), Error> {
    value.map_or(Ok(()), |value| payload(subject, value))
}

/// The length of a list in a call (`limits.max-list`).
pub(crate) fn list(subject: &str, items: usize) -> Result<(), Error> {
    if u32::try_from(items).is_ok_and(|items| items <= LIMITS.max_list) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{subject} has {items} items, and at most {} are allowed",
        LIMITS.max_list
    )))
}

/// Bytes as large as an attachment may be: an attachment's, a blob's, an artifact's.
pub(crate) fn bytes(subject: &str, bytes: &[u8]) -> Result<(), Error> {
    size(subject, bytes.len(), LIMITS.max_attachment_bytes)
}

fn size(subject: &str, found: usize, max: u32) -> Result<(), Error> {
    if u32::try_from(found).is_ok_and(|found| found <= max) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{subject} has {found} bytes, and at most {max} are allowed")))
}

/// A limit that must be 1 or more, cut to a page's.
pub(crate) fn page(limit: u32) -> Result<usize, Error> {
    at_least_one("limit", limit)?;
    Ok(cut_to_page(limit))
}

/// What must be 1 or more.
pub(crate) fn at_least_one(subject: &str, number: u32) -> Result<(), Error> {
    if number == 0 {
        return Err(Error::Invalid(format!("{subject} is 0, and 1 or more is needed")));
    }
    Ok(())
}

/// A limit cut to a page's.
pub(crate) fn cut_to_page(limit: u32) -> usize {
    usize::try_from(limit.min(LIMITS.max_page)).unwrap_or(usize::MAX)
}
