//! A piece of an entry's text around the words that were looked for.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::{
    entry::Entry,
    error::PluginError,
    plugins::{Analyst, Occurrence},
};

/// Longest snippet in bytes: about three lines of a terminal.
const MAX_BYTES: usize = 240;
/// How much of an entry is searched for its best piece. Cutting all of a long section into words
/// for each hit would cost more than the search.
const SCANNED_BYTES: usize = 8_192;
/// Text before the first word of a snippet.
const LEAD_BYTES: usize = 40;

/// A piece of an entry's text, line breaks as spaces.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Snippet {
    /// The piece.
    pub text: String,
    /// Where in it the words stand: start and end in bytes, ascending, apart from each other.
    pub highlights: Vec<(usize, usize)>,
}

impl Snippet {
    /// The text with `open` and `close` around each word.
    pub fn marked(&self, open: &str, close: &str) -> String {
        let mut marked = String::with_capacity(self.text.len() + 32);
        let mut from = 0;
        for (start, end) in &self.highlights {
            marked.push_str(self.text.get(from..*start).unwrap_or_default());
            marked.push_str(open);
            marked.push_str(self.text.get(*start..*end).unwrap_or_default());
            marked.push_str(close);
            from = *end;
        }
        marked.push_str(self.text.get(from..).unwrap_or_default());
        marked
    }
}

/// A snippet for each entry; of its heading where it has no text.
pub(super) fn snippets(
    analyst: &mut Analyst<'_, '_>,
    entries: &[Entry],
    terms: &BTreeSet<String>,
) -> Result<Vec<Snippet>, PluginError> {
    let scanned: Vec<String> = entries.iter().map(|entry| scanned(entry).to_owned()).collect();
    let found = if terms.is_empty() {
        vec![Vec::new(); scanned.len()]
    } else {
        analyst.occurrences(scanned.clone(), terms)?
    };
    Ok(scanned.iter().zip(&found).map(|(text, found)| snippet(text, found)).collect())
}

fn scanned(entry: &Entry) -> &str {
    let text = if entry.text.is_empty() {
        entry.headings.last().unwrap_or(&entry.title)
    } else {
        &entry.text
    };
    text.get(..text.floor_char_boundary(SCANNED_BYTES)).unwrap_or_default()
}

fn snippet(text: &str, found: &[Occurrence]) -> Snippet {
    let first = best_start(found);
    let start = text.ceil_char_boundary(first.saturating_sub(LEAD_BYTES));
    let start = start.min(first);
    let end = text.floor_char_boundary(start + MAX_BYTES);
    let Some(piece) = text.get(start..end) else { return Snippet::default() };
    let mut highlights: Vec<(usize, usize)> = Vec::new();
    for (_, range) in found {
        // A tokenizer's offsets are checked here, as nothing else uses them.
        if range.start < start || range.end > end || text.get(range.clone()).is_none() {
            continue;
        }
        let (from, until) = (range.start - start, range.end - start);
        match highlights.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => highlights.push((from, until)),
        }
    }
    // Byte for byte, so that the offsets hold.
    let plain = |letter: char| if letter.is_ascii_control() { ' ' } else { letter };
    Snippet { text: piece.chars().map(plain).collect(), highlights }
}

/// Where the piece with the most different words begins; the first of equals.
fn best_start(found: &[Occurrence]) -> usize {
    let mut inside: HashMap<&str, usize> = HashMap::new();
    let (mut best, mut most) = (0, 0);
    let mut ahead = found.iter().peekable();
    for (term, range) in found {
        let end = range.start + MAX_BYTES - LEAD_BYTES;
        while let Some((term, _)) = ahead.next_if(|(_, range)| range.end <= end) {
            *inside.entry(term).or_default() += 1;
        }
        if inside.len() > most {
            (best, most) = (range.start, inside.len());
        }
        if let Some(count) = inside.get_mut(term.as_str()) {
            *count -= 1;
            if *count == 0 {
                inside.remove(term.as_str());
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrences(text: &str, words: &[&str]) -> Vec<Occurrence> {
        let mut found: Vec<_> = words
            .iter()
            .flat_map(|word| {
                text.match_indices(word).map(|(at, _)| ((*word).to_owned(), at..at + word.len()))
            })
            .collect();
        found.sort_by_key(|(_, range)| range.start);
        found
    }

    #[test]
    fn the_piece_with_most_words_is_shown() {
        let text = format!("apple {}apple\npear é {}", "x ".repeat(300), "y ".repeat(300));
        let snippet = snippet(&text, &occurrences(&text, &["apple", "pear"]));
        assert!(snippet.text.len() <= MAX_BYTES);
        let marked = snippet.marked("[", "]");
        assert!(marked.contains("x [apple] [pear] é y"), "{marked}");
    }

    #[test]
    fn overlapping_words_are_one_mark_and_bad_offsets_none() {
        let found = [("ab".to_owned(), 0..2), ("bc".to_owned(), 1..3), ("é".to_owned(), 3..4)];
        assert_eq!(snippet("abcé", &found).marked("[", "]"), "[abc]é");
        assert_eq!(snippet("", &[]), Snippet::default());
    }
}
