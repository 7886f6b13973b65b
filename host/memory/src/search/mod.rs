//! Search: by keyword, by vector, or both.

mod bm25;
mod filter;
mod fusion;
mod snippet;
mod top;
mod vector;

use serde::{Deserialize, Serialize};

pub use filter::{Filter, Is, MAX_FILTER_DEPTH, MAX_FILTER_SIZE, When};
pub use snippet::Snippet;

use bm25::WordScores;

use crate::{
    entry::{Entry, Kind},
    error::SearchError,
    index::Reader,
    memory::Memory,
    plugins::{Analyst, Plugins},
};

/// Most hits of one search. Nobody reads more; each costs its entry and a snippet.
pub const MAX_HITS: usize = 1_000;
/// Longest query in bytes: what every embedder takes.
const MAX_QUERY_BYTES: usize = 65_536;
/// Most distinct terms of a query; each costs the walk of its postings.
const MAX_QUERY_TERMS: usize = 1_024;

/// How entries are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By the words they share with the query (BM25).
    Keyword,
    /// By the cosine of their vector and the query's.
    Vector,
    /// By both.
    #[default]
    Hybrid,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// In words.
    pub text: &'a str,
    /// Most hits, 1 to [`MAX_HITS`].
    pub k: usize,
    /// How entries are ranked.
    pub mode: Mode,
    /// Only entries this lets through.
    pub filter: Option<&'a Filter>,
}

/// An entry that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// From the root.
    pub path: String,
    /// The line the entry starts on, from 1.
    pub line: u32,
    /// Unique within the file.
    pub entry_id: String,
    /// What kind of file it stands in.
    pub kind: Kind,
    /// Whose it is; `None` for notes.
    pub owner_id: Option<String>,
    /// Higher is better; comparable within one search only.
    pub score: f64,
    /// The note's title; empty for facts.
    pub title: String,
    /// From the outermost heading to the section's own; empty for facts.
    pub headings: Vec<String>,
    /// A piece of its text.
    pub snippet: Snippet,
}

/// A document and its score.
type Scored = (u32, f64);

impl Memory {
    /// The best entries by score descending; equal scores by path, then line. Reads the index as it
    /// is at one moment, beside whoever writes.
    ///
    /// # Errors
    /// Where the query has no words, a bound is broken, a plugin fails, or
    /// the index is missing or was built with other plugins.
    pub fn search(
        &self,
        plugins: &mut Plugins<'_>,
        query: &Query<'_>,
    ) -> Result<Vec<Hit>, SearchError> {
        if !(1..=MAX_HITS).contains(&query.k) {
            return Err(SearchError::Limit { found: query.k, max: MAX_HITS });
        }
        check_length(query.text.len(), MAX_QUERY_BYTES, "bytes")?;
        query.filter.map_or(Ok(()), Filter::check)?;
        let mut analyst = Analyst::new(plugins)?;
        let reader = self.index.read()?;
        let meta = reader.meta_of(&self.root)?;
        meta.check_plugins(&analyst.tokenizer_id(), &analyst.embedder_id())?;
        let terms = analyst.query_terms(query.text)?;
        check_length(terms.len(), MAX_QUERY_TERMS, "distinct words")?;
        if terms.is_empty() {
            return Err(SearchError::NoWords { query: query.text.trim().to_owned() });
        }
        let only = query.filter.map(|filter| filter.docs(&reader)).transpose()?;
        let only = only.as_ref();
        let by_words = || WordScores::new(&reader, &meta, &terms);
        let scores = match query.mode {
            Mode::Keyword => by_words()?.best(only, query.k),
            Mode::Vector => {
                let wanted = analyst.query_vector(query.text)?;
                vector::best(&reader, &meta, &wanted, only, query.k)?
            }
            Mode::Hybrid => {
                let wanted = analyst.query_vector(query.text)?;
                fusion::scores(&reader, &meta, &by_words()?, &wanted, only, query.k)?
            }
        };
        let best = top::top(&reader, scores, query.k)?;
        hits(&reader, &mut analyst, &best, &terms)
    }
}

fn check_length(found: usize, max: usize, unit: &'static str) -> Result<(), SearchError> {
    if found <= max { Ok(()) } else { Err(SearchError::QueryTooLong { found, max, unit }) }
}

fn hits(
    reader: &Reader,
    analyst: &mut Analyst<'_, '_>,
    best: &[Scored],
    terms: &std::collections::BTreeSet<String>,
) -> Result<Vec<Hit>, SearchError> {
    let mut entries = Vec::with_capacity(best.len());
    for (doc, _) in best {
        entries.push(reader.entry(*doc)?);
    }
    let snippets = snippet::snippets(analyst, &entries, terms)?;
    let hits = entries.into_iter().zip(best).zip(snippets);
    Ok(hits.map(|((entry, (_, score)), snippet)| hit(entry, *score, snippet)).collect())
}

fn hit(entry: Entry, score: f64, snippet: Snippet) -> Hit {
    let Entry { path, line, entry_id, kind, owner_id, title, headings, .. } = entry;
    Hit { path, line, entry_id, kind, owner_id, score, title, headings, snippet }
}
