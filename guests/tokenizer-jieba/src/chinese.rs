//! The terms of Chinese.
//!
//! A document is found by its words, by the shorter words within them (jieba's search mode: 清华大学
//! also by 清华 and 大学), and by every single character, because 茶 has to find 绿茶. Characters that
//! make no word with their neighbours, as those of names, are also paired. A query looks for the
//! words and the words within, and for the pairs.

use std::ops::Range;

use crate::cut::{Grams, characters};
use crate::dictionary::Dictionary;

/// Characters that are cut at a time. No sentence is as long; a longer run is data, and is cut as if
/// it ended here, so that the work for it is bounded.
pub const MAX_RUN_CHARS: usize = 4_096;

/// Characters of the shorter words that are looked for in a word.
const WITHIN: [usize; 2] = [2, 3];

/// Whether a run of unspaced writing is Chinese: Han and nothing else. With kana it is Japanese, with
/// Hangul Korean, and their words are not in the dictionary.
pub fn is_chinese(run: &str) -> bool {
    run.chars().all(|character| {
        matches!(character,
            '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2FA1F}' | '\u{30000}'..='\u{3347F}')
    })
}

/// Adds the spans of a run's terms, by start, then by end; the run starts at byte `start`.
pub fn terms(
    dictionary: &Dictionary<'_>,
    run: &str,
    start: usize,
    grams: Grams,
    spans: &mut Vec<Range<usize>>,
) {
    let mut rest = run;
    let mut start = start;
    while !rest.is_empty() {
        let end = rest.char_indices().nth(MAX_RUN_CHARS).map_or(rest.len(), |(at, _)| at);
        let (block, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        terms_of_block(dictionary, block, start, grams, spans);
        start += block.len();
        rest = after;
    }
}

fn terms_of_block(
    dictionary: &Dictionary<'_>,
    block: &str,
    start: usize,
    grams: Grams,
    spans: &mut Vec<Range<usize>>,
) {
    let edges: Vec<usize> = block.char_indices().map(|(at, _)| at).chain([block.len()]).collect();
    // The bytes of a range of characters.
    let bytes = |word: Range<usize>| Some(*edges.get(word.start)?..*edges.get(word.end)?);
    let text = |bytes: Range<usize>| block.get(bytes).unwrap_or_default();
    let first = spans.len();
    let mut single = 0..0;
    let words = dictionary.words(block, &edges);
    for (at, word) in words.iter().enumerate() {
        if word.len() == 1 {
            // A stretch of single characters grows as long as it lasts.
            single = if single.is_empty() { word.clone() } else { single.start..word.end };
            if words.get(at + 1).is_some_and(|next| next.len() == 1) {
                continue;
            }
            if let Some(bytes) = bytes(std::mem::take(&mut single)) {
                characters(text(bytes.clone()), start + bytes.start, grams, spans);
            }
            continue;
        }
        let alone = word.clone().filter(|_| grams == Grams::All).map(|at| at..at + 1);
        let within = WITHIN
            .into_iter()
            .filter(|length| *length < word.len())
            .flat_map(|length| (word.start..=word.end - length).map(move |at| at..at + length));
        let known = |range: &Range<usize>| dictionary.has(text(range.clone()));
        spans.extend(
            alone
                .filter_map(bytes)
                .chain(within.filter_map(bytes).filter(known))
                .chain(bytes(word.clone()))
                .map(|bytes| start + bytes.start..start + bytes.end),
        );
    }
    if let Some(added) = spans.get_mut(first..) {
        added.sort_unstable_by_key(|span| (span.start, span.end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(run: &str, grams: Grams) -> Vec<&str> {
        let mut spans = Vec::new();
        let before = 7;
        terms(&Dictionary::bundled().unwrap(), run, before, grams, &mut spans);
        spans.into_iter().map(|span| &run[span.start - before..span.end - before]).collect()
    }

    #[test]
    fn a_document_is_found_by_words_words_within_and_characters() {
        assert_eq!(
            cut("清华大学", Grams::All),
            ["清", "清华", "清华大学", "华", "华大", "大", "大学", "学"]
        );
        assert_eq!(cut("清华大学", Grams::Longest), ["清华", "清华大学", "华大", "大学"]);
    }

    #[test]
    fn what_is_between_words_is_no_term() {
        // 市长 and 春药 stand in the text and are not meant.
        let terms = cut("长春市长春药店", Grams::All);
        for word in ["长春", "长春市", "药店"] {
            assert!(terms.contains(&word), "{word}");
        }
        for word in ["市长", "春药"] {
            assert!(!terms.contains(&word), "{word}");
        }
    }

    #[test]
    fn characters_of_no_word_are_paired() {
        assert_eq!(cut("㐂㐁㐀", Grams::Longest), ["㐂㐁", "㐁㐀"]);
        assert_eq!(cut("㐂北京", Grams::Longest), ["㐂", "北京"]);
        assert_eq!(cut("㐂北京", Grams::All), ["㐂", "北", "北京", "京"]);
    }

    #[test]
    fn a_run_longer_than_any_sentence_is_cut_in_blocks() {
        let run = "北京".repeat(MAX_RUN_CHARS);
        assert_eq!(cut(&run, Grams::Longest), vec!["北京"; MAX_RUN_CHARS]);
        // The block's end parts a word that lies across it.
        let shifted = format!("㐂{}", "北京".repeat(MAX_RUN_CHARS / 2));
        let terms = cut(&shifted, Grams::Longest);
        assert_eq!(terms[terms.len() - 2..], ["北", "京"]);
    }

    #[test]
    fn only_han_alone_is_chinese() {
        assert!(is_chinese("漢字〇𠮷"));
        for run in ["食べ", "東京タワー", "서울", "北京서울", "葛\u{E0100}"] {
            assert!(!is_chinese(run), "{run}");
        }
    }
}
