//! Values as one short line for people: what a history and a failure show.

mod artifacts;
mod attachment_manifest;
mod sessions;
mod stores;
mod tasks;
mod text;
mod transfer;
mod work_queue;

use wirt_contract::{
    Answer, AttachmentId, BlobName, ClaimId, EntryId, EpochMs, Failure, FrameId, ModuleRef, NodeId,
    SessionId, StoreId, TaskId, TurnId,
};

/// Characters of a text that are shown; a failure's line stays readable.
const MAX_SHOWN_CHARS: usize = 60;
/// Bytes of an attachment that are shown.
const MAX_SHOWN_BYTES: usize = 16;
/// Items of a list that are shown.
const MAX_SHOWN_ITEMS: usize = 12;

/// Characters of a plugin's message that are shown; a plugin may send any text of any length.
const MAX_MESSAGE_CHARS: usize = 300;

/// A plugin's message as one line: control characters escaped, cut where it is long.
pub(crate) fn message(text: &str) -> String {
    let mut line = String::new();
    for (position, character) in text.chars().enumerate() {
        if position == MAX_MESSAGE_CHARS {
            line.push_str(&format!("… ({} bytes)", text.len()));
            break;
        }
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// A value's short line.
pub trait Show {
    /// The line. Long texts and lists are cut and say how long they are.
    fn show(&self) -> String;
}

impl<T: Show + ?Sized> Show for &T {
    fn show(&self) -> String {
        (**self).show()
    }
}

impl Show for str {
    fn show(&self) -> String {
        match self.char_indices().nth(MAX_SHOWN_CHARS) {
            None => format!("{self:?}"),
            Some((end, _)) => {
                let start = self.get(..end).unwrap_or_default();
                format!("{start:?}… ({} bytes)", self.len())
            }
        }
    }
}

impl Show for String {
    fn show(&self) -> String {
        self.as_str().show()
    }
}

impl Show for [u8] {
    fn show(&self) -> String {
        use std::fmt::Write as _;
        let mut hex = String::new();
        for byte in self.iter().take(MAX_SHOWN_BYTES) {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        let cut = if self.len() > MAX_SHOWN_BYTES { "…" } else { "" };
        format!("{} bytes {hex}{cut}", self.len())
    }
}

impl Show for Vec<u8> {
    fn show(&self) -> String {
        self.as_slice().show()
    }
}

impl Show for () {
    fn show(&self) -> String {
        "ok".into()
    }
}

macro_rules! as_displayed {
    ($($type:ty),*) => {
        $(impl Show for $type {
            fn show(&self) -> String {
                self.to_string()
            }
        })*
    };
}
use as_displayed;
as_displayed!(bool, u32, u64, usize, f32, f64, EpochMs);

macro_rules! as_named {
    ($($type:ty),*) => {
        $(impl Show for $type {
            fn show(&self) -> String {
                self.as_str().show()
            }
        })*
    };
}
as_named!(
    StoreId,
    TaskId,
    AttachmentId,
    SessionId,
    FrameId,
    NodeId,
    TurnId,
    BlobName,
    EntryId,
    ClaimId,
    ModuleRef
);

impl<T: Show> Show for Option<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "none".into(), Show::show)
    }
}

impl<T: Show> Show for [T] {
    fn show(&self) -> String {
        let mut shown: Vec<_> = self.iter().take(MAX_SHOWN_ITEMS).map(Show::show).collect();
        if self.len() > MAX_SHOWN_ITEMS {
            shown.push(format!("… {} in all", self.len()));
        }
        format!("[{}]", shown.join(", "))
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self) -> String {
        self.as_slice().show()
    }
}

impl<T: Show> Show for Answer<T> {
    fn show(&self) -> String {
        match self {
            Ok(value) => value.show(),
            Err(Failure::Error(error)) => message(&error.to_string()),
            Err(Failure::Fault(fault)) => format!("FAULT: {}", message(&fault.to_string())),
        }
    }
}

/// `name value` for each part that is there, with commas.
fn fields(parts: &[(&str, Option<String>)]) -> String {
    let shown: Vec<_> = parts
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} {value}")))
        .collect();
    format!("{{{}}}", shown.join(", "))
}

fn maybe<T: Show>(value: Option<&T>) -> Option<String> {
    value.map(Show::show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_and_say_how_long_they_are() {
        assert_eq!("äb".show(), r#""äb""#);
        let long = "ä".repeat(MAX_SHOWN_CHARS + 1);
        assert!(long.show().ends_with("… (122 bytes)"), "{}", long.show());
        assert_eq!(vec![0_u8, 255].show(), "2 bytes 00ff");
        assert_eq!(message("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
        assert!(vec![0_u64; 100].show().ends_with("… 100 in all]"));
    }
}
