//! Values as one short line for people: what a history and a failure show.

use wirt_contract::attachments::{Attachment, Metadata};
use wirt_contract::store::{CheckPage, Description};
use wirt_contract::tasks::{
    Appended, Closing, Event, Finished, NewEvent, NewTask, Started, Status, Task, TaskChange,
    TaskCursor, TaskFilter, TaskPage, Updated,
};
use wirt_contract::tokenizer::Token;
use wirt_contract::{Answer, AttachmentId, EpochMs, Failure, StoreId, TaskId, embedder, tokenizer};

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

impl Show for Vec<u8> {
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
as_displayed!(bool, u32, u64, usize, f32, f64, EpochMs, Status, wirt_contract::tasks::EventKind);

macro_rules! as_named {
    ($($type:ty),*) => {
        $(impl Show for $type {
            fn show(&self) -> String {
                self.as_str().show()
            }
        })*
    };
}
as_named!(StoreId, TaskId, AttachmentId);

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

impl Show for NewTask {
    fn show(&self) -> String {
        fields(&[
            ("id", Some(self.task_id.show())),
            ("op", Some(self.op.show())),
            ("params-digest", Some(self.params_digest.show())),
            ("created-at", Some(self.created_at.show())),
        ])
    }
}

impl Show for Task {
    fn show(&self) -> String {
        fields(&[
            ("id", Some(self.task_id.show())),
            ("op", Some(self.op.show())),
            ("status", Some(self.status.show())),
            ("params-digest", Some(self.params_digest.show())),
            ("created-at", Some(self.created_at.show())),
            ("started-at", maybe(self.started_at.as_ref())),
            ("finished-at", maybe(self.finished_at.as_ref())),
            ("outcome", maybe(self.outcome.as_ref())),
            ("failure", maybe(self.failure.as_ref())),
        ])
    }
}

impl Show for TaskChange {
    fn show(&self) -> String {
        fields(&[
            ("status", Some(self.status.show())),
            ("started-at", maybe(self.started_at.as_ref())),
            ("finished-at", maybe(self.finished_at.as_ref())),
            ("outcome", maybe(self.outcome.as_ref())),
            ("failure", maybe(self.failure.as_ref())),
        ])
    }
}

impl Show for NewEvent {
    fn show(&self) -> String {
        format!("{} at {} {}", self.kind, self.at, self.payload.show())
    }
}

impl Show for Event {
    fn show(&self) -> String {
        format!("#{} {} at {} {}", self.seq, self.kind, self.at, self.payload.show())
    }
}

impl Show for Updated {
    fn show(&self) -> String {
        match self {
            Self::Applied => "applied".into(),
            Self::Already(ending) => format!("already({ending})"),
        }
    }
}

impl Show for Appended {
    fn show(&self) -> String {
        match self {
            Self::At(seq) => format!("at({seq})"),
            Self::Dropped(seq) => format!("dropped({seq})"),
        }
    }
}

impl Show for Started {
    fn show(&self) -> String {
        match self {
            Self::At(seq) => format!("at({seq})"),
            Self::Refused(status) => format!("refused({status})"),
        }
    }
}

impl Show for Finished {
    fn show(&self) -> String {
        match self {
            Self::At(seq) => format!("at({seq})"),
            Self::Already(ending) => format!("already({ending})"),
        }
    }
}

impl Show for Closing {
    fn show(&self) -> String {
        fields(&[
            ("ending", Some(self.ending.to_string())),
            ("at", Some(self.at.show())),
            ("outcome", maybe(self.outcome.as_ref())),
            ("failure", maybe(self.failure.as_ref())),
            ("payload", Some(self.payload.show())),
        ])
    }
}

impl Show for TaskCursor {
    fn show(&self) -> String {
        format!("after {} at {}", self.task_id.show(), self.created_at)
    }
}

impl Show for TaskFilter {
    fn show(&self) -> String {
        fields(&[("status", maybe(self.status.as_ref())), ("op", maybe(self.op.as_ref()))])
    }
}

impl Show for TaskPage {
    fn show(&self) -> String {
        format!("{} next {}", self.tasks.show(), self.next.show())
    }
}

impl Show for Metadata {
    fn show(&self) -> String {
        fields(&[
            ("media-type", Some(self.media_type.show())),
            ("width", maybe(self.width.as_ref())),
            ("height", maybe(self.height.as_ref())),
            ("label", maybe(self.label.as_ref())),
        ])
    }
}

impl Show for Attachment {
    fn show(&self) -> String {
        format!("{} of {} bytes {}", self.id.show(), self.byte_len, self.metadata.show())
    }
}

impl Show for Description {
    fn show(&self) -> String {
        let limits = &self.limits;
        format!(
            "{} {} format {} {}; id {}, payload {}, attachment {} bytes; page {}; batch {} calls, \
             {} bytes",
            self.name.show(),
            self.version.show(),
            self.data_format,
            self.durability,
            limits.max_id_bytes,
            limits.max_payload_bytes,
            limits.max_attachment_bytes,
            limits.max_page,
            limits.max_batch_calls,
            limits.max_batch_bytes
        )
    }
}

impl Show for CheckPage {
    fn show(&self) -> String {
        format!("problems {} next {}", self.problems.show(), self.next.show())
    }
}

impl Show for tokenizer::Description {
    fn show(&self) -> String {
        format!("{}; text {} bytes; batch {}", self.id.show(), self.max_text_bytes, self.max_batch)
    }
}

impl Show for embedder::Description {
    fn show(&self) -> String {
        format!(
            "{} [{}]; text {} bytes; batch {}",
            self.model.show(),
            self.dimension,
            self.max_text_bytes,
            self.max_batch
        )
    }
}

impl Show for Token {
    fn show(&self) -> String {
        format!("{}@{}..{}", self.term.show(), self.start, self.end)
    }
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
