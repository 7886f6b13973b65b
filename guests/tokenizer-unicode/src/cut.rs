//! Where terms begin and end, and how a term is normalised.
//!
//! A text is read as runs of two kinds of writing. *Spaced* writing is cut into the words of
//! UAX#29 (a segment with at least one letter or digit). *Unspaced* writing — Han, Hiragana,
//! Katakana — shows no words, so it is cut into single characters and pairs of neighbours. Hangul
//! syllables are cut likewise: Korean has spaces, but its particles stick to the noun, and 서울
//! has to find 서울에서.
//!
//! Not here: stemming, stop words, compatibility forms (half-width Katakana stays what it is) and
//! dictionaries for Thai and its neighbours, whose characters UAX#29 takes one by one.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// Longest term in bytes. Longer ones are cut to it, at the edge of a character, while their
/// offsets still span the whole word. No word of a language comes near it; what does is encoded
/// data, which its beginning finds as well. An index can so use a term as an LMDB key (511 bytes).
pub const MAX_TERM_BYTES: usize = 128;

/// Which terms of unspaced writing are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grams {
    /// Every character and every pair: what a document is found by.
    All,
    /// The pairs, and the character of a run of one: the most telling terms among [`Grams::All`].
    Longest,
}

/// Byte ranges of the text's terms, by start, then by end. Each lies on the edges of characters.
pub fn spans(text: &str, grams: Grams) -> Vec<Range<usize>> {
    spans_by(text, |run, start, spans| characters(run, start, grams, spans))
}

/// The same, with another way to cut unspaced writing: `unspaced` is given a run of it and the byte
/// at which it starts, and adds the run's spans, by start, then by end.
pub fn spans_by(
    text: &str,
    mut unspaced: impl FnMut(&str, usize, &mut Vec<Range<usize>>),
) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    // UAX#29 breaks on both sides of a line's end, so lines can be cut one by one: those that are
    // all ASCII, most of most texts, are cut several times as fast.
    for line in text.split_inclusive('\n') {
        if line.is_ascii() {
            words(line, start, &mut spans);
        } else {
            for (run, is_unspaced) in runs(line) {
                let run_start = start + run.start;
                let run = line.get(run).unwrap_or_default();
                if is_unspaced {
                    unspaced(run, run_start, &mut spans);
                } else {
                    words(run, run_start, &mut spans);
                }
            }
        }
        start += line.len();
    }
    spans
}

/// The term of a span's text: lower-case, at most [`MAX_TERM_BYTES`] long.
pub fn term(text: &str) -> String {
    let mut term = if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase() };
    // Cut after the change of case, so that both cases of a word are cut to the same term.
    if term.len() > MAX_TERM_BYTES {
        term.truncate(term.floor_char_boundary(MAX_TERM_BYTES));
        term.shrink_to_fit();
    }
    term
}

fn words(text: &str, start: usize, spans: &mut Vec<Range<usize>>) {
    for (at, word) in text.unicode_word_indices() {
        spans.push(start + at..start + at + word.len());
    }
}

/// Adds a run's characters and pairs, of those that are wanted; the run starts at byte `start`.
pub fn characters(run: &str, start: usize, grams: Grams, spans: &mut Vec<Range<usize>>) {
    let mut edges = run
        .char_indices()
        .filter(|(_, character)| !is_mark(*character))
        .map(|(at, _)| start + at)
        .chain([start + run.len()]);
    let Some(mut this) = edges.next() else { return };
    let Some(mut next) = edges.next() else { return };
    let alone = next == start + run.len();
    loop {
        let after = edges.next();
        if grams == Grams::All || alone {
            spans.push(this..next);
        }
        let Some(after) = after else { return };
        spans.push(this..after);
        (this, next) = (next, after);
    }
}

/// Maximal runs of one kind of writing, and whether that is an unspaced one.
fn runs(text: &str) -> impl Iterator<Item = (Range<usize>, bool)> + '_ {
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = characters.next()?;
        let unspaced = is_unspaced(first);
        let goes_on = |character| is_unspaced(character) || (unspaced && is_mark(character));
        while characters.next_if(|(_, character)| goes_on(*character) == unspaced).is_some() {}
        let end = characters.peek().map_or(text.len(), |(at, _)| *at);
        Some((start..end, unspaced))
    })
}

/// Letters of Han, Hiragana and Katakana, and Hangul syllables, by the blocks of Unicode 17. What
/// only punctuates (`・`, `、`) is not among them and ends a run.
fn is_unspaced(character: char) -> bool {
    // Everything below is other writing: the one comparison most characters cost.
    if character < '\u{3005}' {
        return false;
    }
    matches!(character,
        '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303B}' // Han signs
        | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' // Hiragana
        | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' // Katakana
        | '\u{FF66}'..='\u{FF9D}' // half-width Katakana
        | '\u{1AFF0}'..='\u{1AFFE}' | '\u{1B000}'..='\u{1B167}' // old and small kana
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' // Han
        | '\u{20000}'..='\u{2FA1F}' | '\u{30000}'..='\u{3347F}' // Han, extensions B to J
        | '\u{AC00}'..='\u{D7A3}' // Hangul syllables
    )
}

/// Marks that belong to the character before them: voicing marks and variation selectors.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{3099}' | '\u{309A}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str, grams: Grams) -> Vec<String> {
        spans(text, grams).into_iter().map(|span| term(&text[span])).collect()
    }

    #[test]
    fn words_are_those_of_uax29_in_lower_case() {
        let text = "Don't PANIC: 3.14 — Ünder the ΟΔΟΣ… (naïve_id)!";
        let expected = ["don't", "panic", "3.14", "ünder", "the", "οδος", "naïve_id"];
        assert_eq!(terms(text, Grams::All), expected);
        assert_eq!(terms(text, Grams::Longest), expected);
    }

    #[test]
    fn no_words_no_terms() {
        for text in ["", " \t\n", "?! … — ()", "、。・", "\u{FE0F}\u{3099}", "🦀🎉"] {
            assert_eq!(terms(text, Grams::All), [""; 0], "{text:?}");
        }
    }

    #[test]
    fn unspaced_runs_give_characters_and_pairs_to_documents_and_pairs_to_queries() {
        assert_eq!(terms("東京都", Grams::All), ["東", "東京", "京", "京都", "都"]);
        assert_eq!(terms("東京都", Grams::Longest), ["東京", "京都"]);
        assert_eq!(terms("東", Grams::Longest), ["東"]);
        assert_eq!(terms("서울에서 왔다", Grams::Longest), ["서울", "울에", "에서", "왔다"]);
    }

    #[test]
    fn a_run_ends_where_the_writing_changes() {
        assert_eq!(terms("Rust言語v2、入門", Grams::Longest), ["rust", "言語", "v2", "入門"]);
        assert_eq!(terms("アa・イ", Grams::All), ["ア", "a", "イ"]);
    }

    #[test]
    fn a_mark_stays_with_its_character() {
        let text = "か\u{3099}き葛\u{E0100}";
        assert_eq!(
            terms(text, Grams::All),
            ["か\u{3099}", "か\u{3099}き", "き", "き葛\u{E0100}", "葛\u{E0100}"]
        );
        // After other writing it is that writing's.
        assert_eq!(terms("a\u{FE0F}東", Grams::All), ["a\u{FE0F}", "東"]);
    }

    #[test]
    fn a_long_word_is_cut_and_keeps_its_offsets() {
        let text = format!("x {}É{}", "a".repeat(MAX_TERM_BYTES - 1), "b".repeat(1_000));
        let spans = spans(&text, Grams::All);
        assert_eq!(spans, [0..1, 2..text.len()]);
        let cut = term(&text[2..]);
        assert_eq!(cut, "a".repeat(MAX_TERM_BYTES - 1));
        assert_eq!(cut, term(&text[2..].to_uppercase()));
    }

    #[test]
    fn lines_cut_one_by_one_are_the_whole_text() {
        let text = "one two\r\nζ three\n\nfour\u{2028}five\r六 \u{300}\nseven";
        let whole: Vec<_> =
            text.unicode_word_indices().map(|(at, word)| at..at + word.len()).collect();
        assert_eq!(spans(text, Grams::All), whole);
    }

    #[test]
    fn ten_megabytes_of_one_character_are_one_term() {
        let text = "a".repeat(10 << 20);
        let spans = spans(&text, Grams::All);
        assert_eq!(spans, vec![0..text.len()]);
        assert_eq!(term(&text).capacity(), MAX_TERM_BYTES);
    }
}
