//! A tokenizer for Chinese: words by jieba's dictionary. Whatever is not Chinese is cut as
//! `tokenizer-unicode` cuts it. Here is the contract; [`chinese`] says which terms a run has,
//! [`dictionary`] which words.

pub mod chinese;
// One way of cutting all other writing, in two plugins. They cannot depend on each other: a
// component holds one set of exports, and each brings its own.
#[path = "../../tokenizer-unicode/src/cut.rs"]
pub mod cut;
pub mod dictionary;

use wirt_contract::tokenizer::{Description, Token, Tokenizer};
use wirt_contract::{Answer, Error};

use crate::cut::Grams;
use crate::dictionary::Dictionary;

/// Longest text in bytes: the contract's floor. All Chinese it makes some six million tokens, for
/// which a host has to grant more than its usual 512 MiB.
pub const MAX_TEXT_BYTES: usize = 10 << 20;

/// Most texts in a call. Enough to make a call's own cost vanish.
pub const MAX_BATCH: usize = 1_024;

/// Names the way of cutting and the dictionary; the number goes up with every change of either.
const METHOD: &str = "jieba-search+unicode-words/1";

/// Implements `wirt:text/tokenizer`. It has no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct JiebaTokenizer;

impl Tokenizer for JiebaTokenizer {
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
        let dictionary = dictionary()?;
        texts.iter().map(|text| tokens(&dictionary, text, Grams::All)).collect()
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        tokens(&dictionary()?, text, Grams::Longest)
    }
}

fn dictionary() -> Answer<Dictionary<'static>> {
    Dictionary::bundled().ok_or_else(|| {
        let message = "the dictionary built into this plugin is none; build the plugin again";
        Error::Backend { message: message.to_owned(), retryable: false }.into()
    })
}

fn tokens(dictionary: &Dictionary<'_>, text: &str, grams: Grams) -> Answer<Vec<Token>> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(Error::Invalid(format!(
            "a text has at most {MAX_TEXT_BYTES} bytes, this one {}; cut it",
            text.len()
        ))
        .into());
    }
    let spans = cut::spans_by(text, |run, start, spans| {
        if chinese::is_chinese(run) {
            chinese::terms(dictionary, run, start, grams, spans);
        } else {
            cut::characters(run, start, grams, spans);
        }
    });
    spans
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
wirt_sdk::export_tokenizer!(|| JiebaTokenizer);

#[cfg(test)]
mod tests;
