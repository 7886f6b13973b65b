//! Frontmatter: YAML between two `---` lines at the very top of a file.

use serde::de::DeserializeOwned;

use crate::error::FileError;

/// Longest frontmatter in bytes. What people write is far below; YAML costs many times its length
/// in memory.
const MAX_BYTES: usize = 1 << 20;

/// What stands at the top of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frontmatter<'a> {
    /// No `---` on the first line.
    Absent,
    /// A `---` that no other one closes.
    Unclosed,
    /// The text between them.
    Closed(&'a str),
}

/// A file's text in its two parts.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) frontmatter: Frontmatter<'a>,
    /// What follows the closing `---`; the whole text where there is none.
    pub(super) body: &'a str,
    /// The file's line the body starts on, from 1.
    pub(super) body_line: u32,
}

/// Cuts a text into frontmatter and body.
pub(super) fn split(text: &str) -> Document<'_> {
    let whole = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = whole.split_inclusive('\n');
    let is_fence = |line: &str| line.trim_end() == "---";
    let opening = lines.next().unwrap_or_default();
    if !is_fence(opening) {
        return Document { frontmatter: Frontmatter::Absent, body: whole, body_line: 1 };
    }
    let start = opening.len();
    let mut end = start;
    let mut line = 2_u32;
    for text in lines {
        let next = end + text.len();
        line = line.saturating_add(1);
        if is_fence(text) {
            return Document {
                frontmatter: Frontmatter::Closed(whole.get(start..end).unwrap_or_default()),
                body: whole.get(next..).unwrap_or_default(),
                body_line: line,
            };
        }
        end = next;
    }
    Document { frontmatter: Frontmatter::Unclosed, body: whole, body_line: 1 }
}

/// A file's fields and the body behind them; no fields where there is no frontmatter. One that is
/// never closed is an error.
pub(super) fn fields<T: DeserializeOwned + Default>(
    text: &str,
) -> Result<(T, Document<'_>), FileError> {
    let document = split(text);
    let fields = match document.frontmatter {
        Frontmatter::Absent => T::default(),
        Frontmatter::Unclosed => {
            let detail = "line 1: its first `---` is never closed".to_owned();
            return Err(FileError::Frontmatter { detail });
        }
        Frontmatter::Closed(yaml) => read::<T>(yaml)?.unwrap_or_default(),
    };
    Ok((fields, document))
}

/// Reads YAML; nothing but white space and comments is `None`.
pub(super) fn read<T: DeserializeOwned>(yaml: &str) -> Result<Option<T>, FileError> {
    if yaml.len() > MAX_BYTES {
        let detail = format!("{} bytes, expected at most {MAX_BYTES}", yaml.len());
        return Err(FileError::Frontmatter { detail });
    }
    let blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if yaml.lines().all(blank) {
        return Ok(None);
    }
    serde_saphyr::from_str(yaml).map(Some).map_err(|error| {
        let text = error.without_snippet().to_string();
        let what = text.lines().next().unwrap_or_default().trim();
        // The YAML starts on the file's second line, and its own count of lines would mislead.
        let what = what.split_once(" at line ").map_or(what, |(what, _)| what);
        let what = match what.split_once(": ") {
            Some((place, what)) if place.starts_with("line ") => what,
            _ => what,
        };
        let detail = match error.location().map(|at| at.line()) {
            Some(line @ 1..) => format!("line {}: {what}", line + 1),
            _ => what.to_owned(),
        };
        FileError::Frontmatter { detail }
    })
}

/// A text as a YAML value on one line: bare where every reader takes it for text, else in quotes.
pub(super) fn scalar(text: &str) -> String {
    let mut bytes = text.bytes();
    let is_word = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    // What YAML 1.1 or 1.2 reads as a truth value or as nothing.
    let reserved = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if is_word && !reserved.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let is_plain = |letter: char| !letter.is_control() && !is_break_or_mark(letter);
    if text.chars().all(is_plain) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            _ if is_plain(letter) => quoted.push(letter),
            _ => quoted.push_str(&format!("\\U{:08X}", u32::from(letter))),
        }
    }
    quoted.push('"');
    quoted
}

/// What YAML breaks lines at, beside control characters, or does not let stand as it is.
const fn is_break_or_mark(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A list of texts under a key, one line each.
pub(super) fn list(key: &str, items: &[String]) -> String {
    if items.is_empty() {
        return format!("{key}: []\n");
    }
    let lines: String = items.iter().map(|item| format!("- {}\n", scalar(item))).collect();
    format!("{key}:\n{lines}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_body_starts_after_the_closing_fence() {
        let document = split("---\na: 1\n---\nbody\n");
        assert_eq!(document.frontmatter, Frontmatter::Closed("a: 1\n"));
        assert_eq!((document.body, document.body_line), ("body\n", 4));
        let document = split("\u{feff}---\r\na: 1\r\n---\r\nbody");
        assert_eq!(document.frontmatter, Frontmatter::Closed("a: 1\r\n"));
        assert_eq!((document.body, document.body_line), ("body", 4));
    }

    #[test]
    fn what_is_not_closed_is_not_frontmatter() {
        let document = split("---\na: 1\n");
        assert_eq!(document.frontmatter, Frontmatter::Unclosed);
        assert_eq!((document.body, document.body_line), ("---\na: 1\n", 1));
        assert_eq!(split("text\n---\n").frontmatter, Frontmatter::Absent);
    }

    #[test]
    fn broken_yaml_is_told_in_one_line() {
        let error = read::<BTreeMap<String, String>>("a: [1\nb: }\n").unwrap_err().to_string();
        assert!(error.starts_with("broken frontmatter: "), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert_eq!(read::<BTreeMap<String, String>>("# only a comment\n\n").unwrap(), None);
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let below = level - 1;
            let row = vec![format!("*a{below}"); 10].join(", ");
            yaml.push_str(&format!("a{level}: &a{level} [{row}]\n"));
        }
        let error = read::<serde_json::Value>(&yaml).unwrap_err();
        assert!(matches!(error, FileError::Frontmatter { .. }), "{error}");
    }
}
