//! What may be written: whatever would not read back as it was given is refused here.

use super::daily_log;
use crate::error::AppendError;

/// Longest id or name in bytes.
const MAX_ID_BYTES: usize = 128;

/// An id or name that becomes a part of a path.
pub(super) fn id(role: &'static str, id: &str) -> Result<(), AppendError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let reserved = [".", "..", "default_app", "default_project"];
    let is_good =
        (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(plain) && !reserved.contains(&id);
    if is_good { Ok(()) } else { Err(AppendError::Id { role, id: id.to_owned() }) }
}

/// A value that stands behind a key of an entry.
pub(super) fn inline(field: &'static str, value: &str) -> Result<(), AppendError> {
    refuse(field, "nothing", value.trim().is_empty())?;
    refuse(field, "white space around it", value.trim() != value)?;
    refuse(field, "a line break", value.contains(['\n', '\r']))?;
    refuse(field, "an entry marker", has_marker(value))
}

/// An item of a list that stands behind a key of an entry.
pub(super) fn item(field: &'static str, value: &str) -> Result<(), AppendError> {
    inline(field, value)?;
    refuse(field, "a comma or bracket", value.contains([',', '[', ']']))
}

/// The text of a section, as it is written: line breaks are `\n`, and those around it are gone.
pub(super) fn section(field: &'static str, text: &str) -> Result<String, AppendError> {
    let text = lines(text);
    refuse(field, "nothing", text.trim().is_empty())?;
    refuse(field, "an entry marker", has_marker(&text))?;
    let opens = text.lines().any(|line| line.starts_with(daily_log::SECTION));
    refuse(field, "a line that begins with `### `", opens)?;
    Ok(text)
}

/// A text with line breaks that are `\n`, and none around it.
pub(super) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_matches('\n').to_owned()
}

/// Refuses a field for what was found in it.
pub(super) fn refuse(
    field: &'static str,
    found: &'static str,
    is_bad: bool,
) -> Result<(), AppendError> {
    if is_bad { Err(AppendError::Field { field, found }) } else { Ok(()) }
}

fn has_marker(text: &str) -> bool {
    text.contains(daily_log::OPEN) || text.contains(daily_log::CLOSE)
}
