//! Jieba's dictionary, and the words of a run of Chinese by it.
//!
//! The dictionary is a finite-state transducer from words to costs, read where it lies in the
//! component: a fresh instance builds nothing. A word's cost is minus the logarithm of how often it
//! stands in running text; a run is cut so that its words cost least together, which is how jieba
//! cuts it.
//!
//! Not here: jieba's hidden Markov model for words that are in no dictionary. It guesses them from
//! the characters around, so it would cut a name in a query otherwise than in a document. Such
//! characters are left single, and [`crate::chinese`] makes pairs of them.

use std::ops::Range;

use fst::raw::{Fst, Output};

/// The dictionary as `examples/compile-dictionary.rs` writes it.
const WORDS: &[u8] = include_bytes!("../dictionary/words.fst");

/// What a character that begins no word costs, in the dictionary's unit of 1/1,024: as much as a
/// word that was seen once, of 60,101,964.
const UNKNOWN: u64 = 18_341;

/// Words of Chinese and what they cost.
pub struct Dictionary<'d> {
    words: Fst<&'d [u8]>,
}

/// What is left of a run from some character on: its cost, and the character the first word ends
/// before.
#[derive(Clone, Copy, Default)]
struct Route {
    cost: u64,
    end: usize,
}

impl Dictionary<'static> {
    /// The dictionary built into this plugin; none where its bytes are no dictionary.
    pub fn bundled() -> Option<Self> {
        Dictionary::read(WORDS)
    }
}

impl<'d> Dictionary<'d> {
    fn read(bytes: &'d [u8]) -> Option<Self> {
        Some(Self { words: Fst::new(bytes).ok()? })
    }

    /// Whether this is a word.
    pub fn has(&self, word: &str) -> bool {
        self.words.contains_key(word)
    }

    /// Cuts a run into words: ranges of characters, in order and without a gap. `edges` are the
    /// byte offsets of the run's characters and of its end.
    pub fn words(&self, run: &str, edges: &[usize]) -> Vec<Range<usize>> {
        let characters = edges.len().saturating_sub(1);
        // From the end backwards, so that each step finds the cheapest way on from where a word ends.
        let mut routes = vec![Route::default(); characters + 1];
        for start in (0..characters).rev() {
            let best = self.best(run, edges, start, &routes);
            if let Some(route) = routes.get_mut(start) {
                *route = best;
            }
        }
        let mut words = Vec::new();
        let mut start = 0;
        while let Some(route) = routes.get(start).filter(|_| start < characters) {
            words.push(start..route.end);
            start = route.end;
        }
        words
    }

    /// The cheapest way on from a character, given those from every later one. Of two that cost the
    /// same it is the one with the longer word.
    fn best(&self, run: &str, edges: &[usize], start: usize, routes: &[Route]) -> Route {
        let on_from = |end: usize| routes.get(end).map_or(0, |route| route.cost);
        let mut best: Option<Route> = None;
        let mut node = self.words.root();
        let mut output = Output::zero();
        for (end, edge) in edges.iter().enumerate().skip(start + 1) {
            let from = edges.get(end - 1).copied().unwrap_or_default();
            for byte in run.as_bytes().get(from..*edge).unwrap_or_default() {
                let Some(transition) = node.find_input(*byte) else {
                    return best.unwrap_or_else(|| unknown(start, on_from(start + 1)));
                };
                let transition = node.transition(transition);
                output = output.cat(transition.out);
                node = self.words.node(transition.addr);
            }
            if node.is_final() {
                let cost = output.cat(node.final_output()).value() + on_from(end);
                if best.is_none_or(|best| cost <= best.cost) {
                    best = Some(Route { cost, end });
                }
            }
        }
        best.unwrap_or_else(|| unknown(start, on_from(start + 1)))
    }
}

fn unknown(start: usize, rest: u64) -> Route {
    Route { cost: UNKNOWN + rest, end: start + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(run: &str) -> Vec<&str> {
        let edges: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
        let words = Dictionary::bundled().unwrap().words(run, &edges);
        words.into_iter().map(|word| &run[edges[word.start]..edges[word.end]]).collect()
    }

    /// As jieba-rs 0.11.0 cuts them with the whole dictionary and without its Markov model.
    const CUTS: [(&str, &[&str]); 9] = [
        ("长春市长春药店", &["长春市", "长春", "药店"]),
        ("我来到北京清华大学", &["我", "来到", "北京", "清华大学"]),
        ("他来到了网易杭研大厦", &["他", "来到", "了", "网易", "杭", "研", "大厦"]),
        (
            "小明硕士毕业于中国科学院计算所",
            &["小", "明", "硕士", "毕业", "于", "中国科学院", "计算所"],
        ),
        ("永和服装饰品有限公司", &["永和", "服装", "饰品", "有限公司"]),
        ("南京市长江大桥", &["南京市", "长江大桥"]),
        ("研究生命的起源", &["研究", "生命", "的", "起源"]),
        ("结婚的和尚未结婚的", &["结婚", "的", "和", "尚未", "结婚", "的"]),
        ("乒乓球拍卖完了", &["乒乓球", "拍卖", "完", "了"]),
    ];

    #[test]
    fn runs_are_cut_as_jieba_cuts_them() {
        for (run, words) in CUTS {
            assert_eq!(cut(run), words, "{run}");
        }
    }

    #[test]
    fn characters_of_no_word_stand_alone() {
        assert_eq!(cut("㐂㐂北京㐂"), ["㐂", "㐂", "北京", "㐂"]);
        assert_eq!(cut(""), [""; 0]);
    }

    #[test]
    fn the_dictionary_is_whole_and_other_bytes_are_none() {
        let dictionary = Dictionary::bundled().unwrap();
        dictionary.words.verify().unwrap();
        assert_eq!(dictionary.words.len(), 348_974);
        assert!(Dictionary::read(b"no dictionary").is_none());
    }
}
