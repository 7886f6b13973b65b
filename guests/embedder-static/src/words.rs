//! Words as the table's vocabulary was made for: lower case, accents taken off, cut at white space
//! and around every punctuation mark and every Han character.
//!
//! Not here: pieces of words, which [`crate::table`] knows.

use unicode_normalization::char::decompose_canonical;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Longest word in characters. A longer one is encoded data, has no meaning to the model and is
/// left out, so a word takes bounded memory whatever the text.
pub const MAX_WORD_CHARS: usize = 100;

/// Calls `each` with the words of a text, in order. None of them is empty.
pub fn each_word(text: &str, each: impl FnMut(&str)) {
    let mut word = Word { letters: String::new(), chars: 0, each };
    for character in text.chars() {
        if character.is_ascii() {
            word.ascii(character);
        } else {
            for small in character.to_lowercase() {
                decompose_canonical(small, |part| word.take(part));
            }
        }
    }
    word.end();
}

/// What a character does to the word it stands in.
enum Part {
    Letter,
    /// Ends the word.
    Space,
    /// Ends the word and is one.
    Mark,
    /// Shows nothing and parts nothing.
    Nothing,
}

struct Word<F> {
    letters: String,
    chars: usize,
    each: F,
}

impl<F: FnMut(&str)> Word<F> {
    fn ascii(&mut self, character: char) {
        match character {
            'a'..='z' | '0'..='9' => self.letter(character),
            'A'..='Z' => self.letter(character.to_ascii_lowercase()),
            ' ' | '\t' | '\n' | '\r' => self.end(),
            _ if character.is_ascii_control() => {}
            _ => self.mark(character),
        }
    }

    fn take(&mut self, character: char) {
        if character.is_ascii() {
            return self.ascii(character);
        }
        match part(character) {
            Part::Letter => self.letter(character),
            Part::Space => self.end(),
            Part::Mark => self.mark(character),
            Part::Nothing => {}
        }
    }

    fn letter(&mut self, character: char) {
        self.chars = self.chars.saturating_add(1);
        if self.chars <= MAX_WORD_CHARS {
            self.letters.push(character);
        }
    }

    fn mark(&mut self, character: char) {
        self.end();
        self.letter(character);
        self.end();
    }

    fn end(&mut self) {
        if (1..=MAX_WORD_CHARS).contains(&self.chars) {
            (self.each)(&self.letters);
        }
        self.letters.clear();
        self.chars = 0;
    }
}

fn part(character: char) -> Part {
    use GeneralCategory::{NonspacingMark, SpaceSeparator};
    if is_han(character) {
        return Part::Mark;
    }
    match (character.general_category(), character.general_category_group()) {
        _ if character == char::REPLACEMENT_CHARACTER => Part::Nothing,
        (NonspacingMark, _) => Part::Nothing,
        (SpaceSeparator, _) => Part::Space,
        (_, GeneralCategoryGroup::Punctuation) => Part::Mark,
        (_, GeneralCategoryGroup::Other) => Part::Nothing,
        _ => Part::Letter,
    }
}

/// The blocks of Han that the model's own word cutter takes apart.
fn is_han(character: char) -> bool {
    matches!(character,
        '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2CEAF}' | '\u{2F800}'..='\u{2FA1F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(text, |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn words_are_folded_and_stand_apart_from_what_punctuates() {
        assert_eq!(words("Don't PANIC: 3.14"), ["don", "'", "t", "panic", ":", "3", ".", "14"]);
        assert_eq!(words("naïve_Ångström—ẞ"), ["naive", "_", "angstrom", "—", "ß"]);
        assert_eq!(words("a\u{a0}b\u{3000}c\td\r\ne"), ["a", "b", "c", "d", "e"]);
        assert_eq!(words("$5+3<9"), ["$", "5", "+", "3", "<", "9"]);
    }

    #[test]
    fn accents_fall_whether_joined_or_apart() {
        assert_eq!(words("e\u{301}te\u{301} été İ"), ["ete", "ete", "i"]);
        assert_eq!(words("\u{301}"), [""; 0]);
    }

    #[test]
    fn han_characters_stand_alone_and_kana_and_hangul_stay_together() {
        assert_eq!(words("東京タワーv2"), ["東", "京", "タワーv2"]);
        // A syllable of Hangul comes apart into its letters, as the vocabulary has it.
        assert_eq!(words("한"), ["\u{1112}\u{1161}\u{11ab}"]);
    }

    #[test]
    fn what_shows_nothing_parts_nothing() {
        assert_eq!(words("ze\u{200b}ro\u{0}wi\u{feff}dth\u{fffd}"), ["zerowidth"]);
        assert_eq!(words("\u{0}\u{7f}\u{200d}\u{e000}\u{10ffff}"), [""; 0]);
    }

    #[test]
    fn a_word_too_long_is_left_out() {
        let longest = "x".repeat(MAX_WORD_CHARS);
        assert_eq!(words(&format!("a {longest} b")), ["a", &longest, "b"]);
        assert_eq!(words(&format!("a {longest}x b")), ["a", "b"]);
        assert_eq!(words(&"é".repeat(1 << 20)), [""; 0]);
    }
}
