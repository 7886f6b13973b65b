//! Text to measure on, the same in every run: words of two to four syllables, some of them far
//! more frequent than others, as in writing.

/// How many different words there are.
const VOCABULARY: u64 = 20_000;
const WORDS_A_LINE: usize = 12;
const CONSONANTS: [char; 16] =
    ['b', 'd', 'f', 'g', 'h', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'w', 'z'];
const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];

/// Draws words (SplitMix64, Steele et al. 2014).
pub(crate) struct Words(u64);

impl Words {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }

    /// A word; the smaller its number, the more frequent.
    pub(crate) fn word(&mut self) -> String {
        // The product of two evenly drawn parts falls off about as a logarithm.
        let mut left = self.below(VOCABULARY) * self.below(VOCABULARY) / VOCABULARY;
        let mut word = String::new();
        for syllable in 0..4 {
            word.push(CONSONANTS[(left % 16) as usize]);
            word.push(VOWELS[(left / 16 % 5) as usize]);
            left /= 80;
            if left == 0 && syllable > 0 {
                break;
            }
        }
        word
    }

    /// Lines of words, at least this many bytes.
    pub(crate) fn text(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 64);
        while text.len() < bytes {
            for _ in 0..WORDS_A_LINE {
                text.push_str(&self.word());
                text.push(' ');
            }
            text.pop();
            text.push_str(".\n");
        }
        text
    }
}
