//! Texts made for the cases of both text contracts.

use crate::Probe;

/// This many short texts, no two alike.
pub(super) fn short_texts(probe: &mut Probe<'_>, many: u32) -> Vec<String> {
    (0..many).map(|_| probe.word()).collect()
}

/// A text of words, of exactly this many bytes.
pub(super) fn prose(bytes: u32) -> String {
    let mut text = "wirt ".repeat(usize::try_from(bytes).unwrap_or(0) / 5);
    text.push_str(&"x".repeat(usize::try_from(bytes).unwrap_or(0) - text.len()));
    text
}
