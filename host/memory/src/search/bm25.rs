//! BM25 over the postings: an entry counts if it has any of the terms.

use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::{Scored, top::Best};
use crate::{
    error::IndexError,
    index::{DOCS_PER_BLOCK, Meta, PostingBlock, Reader},
};

/// How soon more of the same word stops counting; the usual value.
const K1: f64 = 1.2;
/// How much long entries are marked down; the usual value.
const B: f64 = 0.75;

const SLOTS: usize = DOCS_PER_BLOCK as usize;

/// The score of every entry with one of the terms; 0 of the others.
pub(super) struct WordScores {
    /// By number of the block, ascending.
    blocks: Vec<(u32, Box<[f64; SLOTS]>)>,
}

impl WordScores {
    /// Scores all entries with one of the terms. How rare a term is counts over the whole index,
    /// also where only some entries are asked for.
    pub(super) fn new(
        reader: &Reader,
        meta: &Meta,
        terms: &BTreeSet<String>,
    ) -> Result<Self, IndexError> {
        let mut parts: Vec<(u32, f64, PostingBlock<'_>)> = Vec::new();
        for term in terms {
            let found = reader.postings(term)?;
            let entries: u32 = found.iter().map(|(_, block)| block.count()).sum();
            let weight = rarity(meta.docs, entries);
            parts.extend(found.into_iter().map(|(number, block)| (number, weight, block)));
        }
        // Stable: within a block the terms stay in order, so equal entries get equal sums.
        parts.sort_by_key(|(number, ..)| *number);
        // Not 0 where there is any posting.
        let average = meta.total_len as f64 / meta.docs.max(1) as f64;
        let (flat, by_len) = (K1 * (1.0 - B), K1 * B / average);
        let mut blocks = Vec::new();
        for of_block in parts.chunk_by(|left, right| left.0 == right.0) {
            let mut sums = Box::new([0.0; SLOTS]);
            for (_, weight, block) in of_block {
                let weight = weight * (K1 + 1.0);
                block.each(|posting| {
                    let count = f64::from(posting.count);
                    if let Some(sum) = sums.get_mut(usize::from(posting.slot)) {
                        let len = f64::from(posting.len);
                        *sum += weight * count / (count + flat + by_len * len);
                    }
                })?;
            }
            blocks.extend(of_block.first().map(|(number, ..)| (*number, sums)));
        }
        Ok(Self { blocks })
    }

    /// One entry's score.
    pub(super) fn of(&self, doc: u32) -> f64 {
        let per_block = u32::from(DOCS_PER_BLOCK);
        let found = self.blocks.binary_search_by_key(&(doc / per_block), |(number, _)| *number);
        let sums = found.ok().and_then(|at| self.blocks.get(at));
        let slot = usize::try_from(doc % per_block).unwrap_or(usize::MAX);
        sums.and_then(|(_, sums)| sums.get(slot)).copied().unwrap_or(0.0)
    }

    /// The `k` best of these entries and all that equal the last of them, in no order; none
    /// without a term.
    pub(super) fn best(&self, only: Option<&RoaringBitmap>, k: usize) -> Vec<Scored> {
        let mut best = Best::new(k);
        for (number, sums) in &self.blocks {
            let first = number.saturating_mul(DOCS_PER_BLOCK.into());
            for (doc, sum) in (first..).zip(sums.iter()) {
                if *sum > 0.0 && only.is_none_or(|only| only.contains(doc)) {
                    best.push(doc, *sum);
                }
            }
        }
        best.finish()
    }
}

/// What a term that `entries` of `docs` have is worth; always above 0.
fn rarity(docs: u64, entries: u32) -> f64 {
    let (docs, entries) = (docs as f64, f64::from(entries));
    ((docs - entries + 0.5) / (entries + 0.5)).ln_1p()
}
