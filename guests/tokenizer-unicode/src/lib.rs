//! The tokenizer Wirt comes with: words for writing with spaces, characters and their pairs for
//! writing without. What a word is stands in [`cut`]; here is the contract around it.

pub mod cut;

use wirt_contract::tokenizer::{Description, Token, Tokenizer};
use wirt_contract::{Answer, Error};

use crate::cut::Grams;

/// Longest text in bytes: the contract's floor. All Chinese it makes seven million tokens, for
/// which a host has to grant more than its usual 512 MiB.
pub const MAX_TEXT_BYTES: usize = 10 << 20;

/// Most texts in a call. Enough to make a call's own cost vanish.
pub const MAX_BATCH: usize = 1_024;

/// Names the way of cutting in [`cut`]; the number goes up with every change there.
const METHOD: &str = "unicode-words+cjk-bigrams/1";

/// Implements `wirt:text/tokenizer`. It has no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnicodeTokenizer;

impl Tokenizer for UnicodeTokenizer {
    fn describe(&mut self) -> Answer<Description> {
        // Tables of a newer Unicode cut some texts otherwise, so their versions are named too.
        let (major, minor, patch) = unicode_segmentation::UNICODE_VERSION;
        let (case_major, case_minor, case_patch) = char::UNICODE_VERSION;
        Ok(Description {
            id: format!(
                "{METHOD} segmentation-{major}.{minor}.{patch} \
                 case-{case_major}.{case_minor}.{case_patch}"
            ),
            max_text_bytes: offset(MAX_TEXT_BYTES)?,
            max_batch: offset(MAX_BATCH)?,
        })
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        if texts.len() > MAX_BATCH {
            return Err(Error::Invalid(format!(
                "a batch holds at most {MAX_BATCH} texts, this one {}; split it",
                texts.len()
            ))
            .into());
        }
        texts.iter().map(|text| tokens(text, Grams::All)).collect()
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        tokens(text, Grams::Longest)
    }
}

fn tokens(text: &str, grams: Grams) -> Answer<Vec<Token>> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(Error::Invalid(format!(
            "a text has at most {MAX_TEXT_BYTES} bytes, this one {}; cut it",
            text.len()
        ))
        .into());
    }
    // Spans first: they are small, and then the tokens' memory is asked for once and exactly.
    cut::spans(text, grams)
        .into_iter()
        .map(|span| {
            let term = cut::term(text.get(span.clone()).unwrap_or_default());
            Ok(Token { term, start: offset(span.start)?, end: offset(span.end)? })
        })
        .collect()
}

fn offset(at: usize) -> Answer<u32> {
    u32::try_from(at)
        .map_err(|_| Error::Invalid(format!("offset {at} is beyond 4 GiB; cut the text")).into())
}

#[cfg(target_arch = "wasm32")]
wirt_sdk::export_tokenizer!(|| UnicodeTokenizer);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use wirt_contract::Failure;
    use wirt_contract::tokenizer::{MIN_MAX_BATCH, MIN_MAX_TEXT_BYTES};

    use super::*;

    const TEXTS: [&str; 6] = [
        "",
        "The RFC says: don't.",
        "東京タワー and ｶﾀｶﾅ, 3.14 km",
        "서울에서 Ünder\r\nか\u{3099}き葛\u{E0100} naïve",
        "สวัสดี ça va? \u{345}x",
        "𠮷野家で🦀 İstanbul ẞ",
    ];

    #[test]
    fn offsets_are_in_order_and_on_the_edges_of_characters() {
        for text in TEXTS {
            let tokens = tokens(text, Grams::All).unwrap();
            assert!(tokens.is_sorted_by_key(|token| (token.start, token.end)), "{text:?}");
            for Token { term, start, end } in tokens {
                let slice = text.get(start as usize..end as usize);
                assert!(slice.is_some_and(|slice| !slice.is_empty()), "{text:?} {start}..{end}");
                assert!(!term.is_empty());
                assert_eq!(term, term.to_lowercase());
            }
        }
    }

    #[test]
    fn every_term_of_a_query_is_among_those_of_the_document() {
        for text in TEXTS.map(str::to_owned).into_iter().chain(["W".repeat(1 << 20)]) {
            let document = UnicodeTokenizer.documents(std::slice::from_ref(&text)).unwrap();
            let terms: HashSet<&str> =
                document[0].iter().map(|token| token.term.as_str()).collect();
            for token in UnicodeTokenizer.query(&text).unwrap() {
                assert!(terms.contains(token.term.as_str()), "{token:?}");
            }
        }
    }

    #[test]
    fn bounds_hold_the_contracts_floor_and_are_kept() {
        let description = UnicodeTokenizer.describe().unwrap();
        assert!(description.max_text_bytes >= MIN_MAX_TEXT_BYTES);
        assert!(description.max_batch >= MIN_MAX_BATCH);

        let invalid = |answer: Failure| matches!(answer, Failure::Error(Error::Invalid(_)));
        let long = " ".repeat(MAX_TEXT_BYTES);
        assert_eq!(UnicodeTokenizer.query(&long).unwrap(), []);
        assert!(invalid(UnicodeTokenizer.query(&(long + " ")).unwrap_err()));
        let many = vec![String::new(); MAX_BATCH];
        assert_eq!(UnicodeTokenizer.documents(&many).unwrap().len(), MAX_BATCH);
        let too_many = vec![String::new(); MAX_BATCH + 1];
        assert!(invalid(UnicodeTokenizer.documents(&too_many).unwrap_err()));
    }
}
