//! Asking the plugins: within the limits they name, and nothing of their answers taken on trust.

use std::collections::{BTreeSet, HashMap};

use wirt_contract::{
    Answer, Failure,
    embedder::{self, Embedder, MAX_DIMENSION},
    tokenizer::{self, Token, Tokenizer},
};

use crate::{
    error::PluginError,
    index::{PluginId, Terms, term_key, unit},
};

/// Most text in one call, in bytes, where there is more than one text: what a plugin holds at once
/// beside its own tables.
const MAX_CALL_BYTES: usize = 4 << 20;

const TOKENIZER: &str = "tokenizer";
const EMBEDDER: &str = "embedder";

/// The two plugins an index stands on, and which they are. An index built with plugins of other
/// digests, names or dimension is rebuilt by the next sync and refused by everything else.
pub struct Plugins<'a> {
    /// Cuts text into terms.
    pub tokenizer: &'a mut dyn Tokenizer,
    /// Digest of its component.
    pub tokenizer_digest: &'a str,
    /// Turns text into vectors.
    pub embedder: &'a mut dyn Embedder,
    /// Digest of its component.
    pub embedder_digest: &'a str,
}

/// What the plugins are asked about.
pub(crate) struct Text {
    pub(crate) words: String,
    /// Whether it has a vector; terms it has in any case.
    pub(crate) is_embedded: bool,
}

/// What texts are to the index.
pub(crate) struct Analysed {
    /// For each text, in order: its terms, and its vector where it has one.
    pub(crate) texts: Vec<(Terms, Option<Vec<f32>>)>,
    /// How many were longer than a plugin takes, and were cut.
    pub(crate) cut: u64,
}

/// A term, by key, and where it stands in a text, in bytes.
pub(crate) type Occurrence = (String, std::ops::Range<usize>);

/// The plugins with what they say of themselves.
pub(crate) struct Analyst<'p, 'a> {
    plugins: &'p mut Plugins<'a>,
    tokenizer: tokenizer::Description,
    embedder: embedder::Description,
}

impl<'p, 'a> Analyst<'p, 'a> {
    pub(crate) fn new(plugins: &'p mut Plugins<'a>) -> Result<Self, PluginError> {
        let tokenizer = answer(TOKENIZER, plugins.tokenizer.describe())?;
        let embedder = answer(EMBEDDER, plugins.embedder.describe())?;
        check_limits(TOKENIZER, tokenizer.max_batch, tokenizer.max_text_bytes)?;
        check_limits(EMBEDDER, embedder.max_batch, embedder.max_text_bytes)?;
        if !(1..=MAX_DIMENSION).contains(&embedder.dimension) {
            let found = format!("dimension {}", embedder.dimension);
            return Err(against(EMBEDDER, found, format!("1 to {MAX_DIMENSION}")));
        }
        Ok(Self { plugins, tokenizer, embedder })
    }

    pub(crate) fn tokenizer_id(&self) -> PluginId {
        let digest = self.plugins.tokenizer_digest.to_owned();
        PluginId { name: self.tokenizer.id.clone(), digest }
    }

    pub(crate) fn embedder_id(&self) -> PluginId {
        let digest = self.plugins.embedder_digest.to_owned();
        PluginId { name: self.embedder.model.clone(), digest }
    }

    pub(crate) const fn dimension(&self) -> u32 {
        self.embedder.dimension
    }

    /// Terms and unit vectors of documents.
    pub(crate) fn documents(&mut self, asked: Vec<Text>) -> Result<Analysed, PluginError> {
        let (mut texts, is_embedded): (Vec<String>, Vec<bool>) =
            asked.into_iter().map(|text| (text.words, text.is_embedded)).unzip();
        let max = self.tokenizer.max_text_bytes;
        let mut is_cut: Vec<bool> = texts.iter_mut().map(|text| shorten(text, max)).collect();
        let mut terms = Vec::with_capacity(texts.len());
        for call in calls(&texts, self.tokenizer.max_batch) {
            let tokens = self.tokens(call)?;
            for tokens in tokens {
                terms.push(counted(tokens)?);
            }
        }
        let mut embedded = Vec::with_capacity(texts.len());
        for ((mut text, is_embedded), is_cut) in
            texts.into_iter().zip(&is_embedded).zip(&mut is_cut)
        {
            if *is_embedded {
                *is_cut |= shorten(&mut text, self.embedder.max_text_bytes);
                embedded.push(text);
            }
        }
        let mut vectors = Vec::with_capacity(embedded.len());
        for call in calls(&embedded, self.embedder.max_batch) {
            let found = answer(EMBEDDER, self.plugins.embedder.documents(call))?;
            check_count(EMBEDDER, found.len(), call.len())?;
            for vector in found {
                self.check_vector(&vector)?;
                vectors.push(unit(&vector));
            }
        }
        let mut vectors = vectors.into_iter();
        let vectors = is_embedded.iter().map(|is| if *is { vectors.next() } else { None });
        let texts = terms.into_iter().zip(vectors).collect();
        Ok(Analysed { texts, cut: is_cut.iter().map(|is_cut| u64::from(*is_cut)).sum() })
    }

    /// Tokens of documents, one list a text; the texts are within the tokenizer's limits.
    fn tokens(&mut self, texts: &[String]) -> Result<Vec<Vec<Token>>, PluginError> {
        let found = answer(TOKENIZER, self.plugins.tokenizer.documents(texts))?;
        check_count(TOKENIZER, found.len(), texts.len())?;
        Ok(found)
    }

    /// Where in each text one of the terms stands, in byte offsets, in order.
    pub(crate) fn occurrences(
        &mut self,
        mut texts: Vec<String>,
        terms: &BTreeSet<String>,
    ) -> Result<Vec<Vec<Occurrence>>, PluginError> {
        for text in &mut texts {
            shorten(text, self.tokenizer.max_text_bytes);
        }
        let mut found = Vec::with_capacity(texts.len());
        for call in calls(&texts, self.tokenizer.max_batch) {
            for tokens in self.tokens(call)? {
                found.push(
                    tokens
                        .into_iter()
                        .filter_map(|token| {
                            let start = usize::try_from(token.start).ok()?;
                            let end = usize::try_from(token.end).ok()?;
                            let term = term_key(&token.term);
                            terms.contains(&term).then_some((term, start..end))
                        })
                        .collect(),
                );
            }
        }
        Ok(found)
    }

    /// The distinct terms a query looks for, by key.
    pub(crate) fn query_terms(&mut self, text: &str) -> Result<BTreeSet<String>, PluginError> {
        let tokens = answer(TOKENIZER, self.plugins.tokenizer.query(text))?;
        tokens.iter().map(|token| Ok(term_key(checked_term(&token.term)?))).collect()
    }

    /// The unit vector of a query.
    pub(crate) fn query_vector(&mut self, text: &str) -> Result<Vec<f32>, PluginError> {
        let vector = answer(EMBEDDER, self.plugins.embedder.query(text))?;
        self.check_vector(&vector)?;
        Ok(unit(&vector))
    }

    fn check_vector(&self, vector: &[f32]) -> Result<(), PluginError> {
        let expected = self.embedder.dimension;
        if u32::try_from(vector.len()) != Ok(expected) {
            let found = format!("a vector of {} numbers", vector.len());
            return Err(against(EMBEDDER, found, expected.to_string()));
        }
        match vector.iter().find(|number| !number.is_finite()) {
            None => Ok(()),
            Some(number) => {
                Err(against(EMBEDDER, format!("{number}"), "finite numbers".to_owned()))
            }
        }
    }
}

fn answer<T>(role: &'static str, answer: Answer<T>) -> Result<T, PluginError> {
    answer.map_err(|failure: Failure| PluginError::Failed { role, failure })
}

fn against(role: &'static str, found: String, expected: String) -> PluginError {
    PluginError::Answered { role, found, expected }
}

fn check_limits(role: &'static str, batch: u32, bytes: u32) -> Result<(), PluginError> {
    // Four bytes hold any one character, so that cutting a text always leaves some of it.
    if batch >= 1 && bytes >= 4 {
        return Ok(());
    }
    let found = format!("limits of {batch} texts and {bytes} bytes");
    Err(against(role, found, "at least 1 text and 4 bytes".to_owned()))
}

fn check_count(role: &'static str, found: usize, expected: usize) -> Result<(), PluginError> {
    if found == expected {
        return Ok(());
    }
    Err(against(role, format!("for {found} texts"), expected.to_string()))
}

fn checked_term(term: &str) -> Result<&str, PluginError> {
    if term.is_empty() {
        return Err(against(TOKENIZER, "an empty term".to_owned(), "none".to_owned()));
    }
    Ok(term)
}

fn counted(tokens: Vec<Token>) -> Result<Terms, PluginError> {
    let mut counts: HashMap<String, u32> = HashMap::with_capacity(tokens.len());
    let len = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
    for token in tokens {
        checked_term(&token.term)?;
        *counts.entry(term_key(&token.term)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    Ok(Terms { len, counts })
}

/// Cuts a text that is longer than `max` bytes at the edge of a character; whether it was.
fn shorten(text: &mut String, max: u32) -> bool {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let is_long = text.len() > max;
    if is_long {
        text.truncate(text.floor_char_boundary(max));
    }
    is_long
}

/// Stretches of texts that fit one call each.
fn calls(texts: &[String], max_batch: u32) -> Vec<&[String]> {
    let max_batch = usize::try_from(max_batch).unwrap_or(usize::MAX);
    let (mut calls, mut start, mut bytes) = (Vec::new(), 0, 0_usize);
    for (at, text) in texts.iter().enumerate() {
        if at > start && (at - start >= max_batch || bytes + text.len() > MAX_CALL_BYTES) {
            calls.extend(texts.get(start..at));
            (start, bytes) = (at, 0);
        }
        bytes += text.len();
    }
    calls.extend(texts.get(start..).filter(|rest| !rest.is_empty()));
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_keep_to_both_limits() {
        let texts = vec!["x".repeat(MAX_CALL_BYTES / 2); 7];
        let sizes = |batch| calls(&texts, batch).iter().map(|call| call.len()).collect::<Vec<_>>();
        assert_eq!(sizes(100), [2, 2, 2, 1]);
        assert_eq!(sizes(1), [1; 7]);
        let small = vec![String::new(); 7];
        let sizes: Vec<_> = calls(&small, 3).iter().map(|call| call.len()).collect();
        assert_eq!(sizes, [3, 3, 1]);
        assert!(calls(&[], 3).is_empty());
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let (mut long, mut fits) = ("aé".to_owned(), "ab".to_owned());
        assert!(shorten(&mut long, 2) && !shorten(&mut fits, 2));
        assert_eq!((long.as_str(), fits.as_str()), ("a", "ab"));
    }
}
