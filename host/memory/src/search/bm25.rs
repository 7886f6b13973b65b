//! BM25 over the postings: an entry counts if it has any of the terms.

use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::Scored;
use crate::{
    error::IndexError,
    index::{DOCS_PER_BLOCK, Meta, PostingBlock, Reader},
};

/// How soon more of the same word stops counting; the usual value.
pub(super) const K1: f64 = 1.2;
/// How much long entries are marked down; the usual value.
pub(super) const B: f64 = 0.75;

/// The score of every entry with one of the terms, by document ascending. How rare a term is
/// counts over the whole index, also where only some entries are asked for.
pub(super) fn scores(
    reader: &Reader,
    meta: &Meta,
    terms: &BTreeSet<String>,
    only: Option<&RoaringBitmap>,
) -> Result<Vec<Scored>, IndexError> {
    let mut blocks: Vec<(u32, f64, PostingBlock<'_>)> = Vec::new();
    for term in terms {
        let found = reader.postings(term)?;
        let entries: u32 = found.iter().map(|(_, block)| block.count()).sum();
        let weight = rarity(meta.docs, entries);
        blocks.extend(found.into_iter().map(|(number, block)| (number, weight, block)));
    }
    // Stable: within a block the terms stay in order, so equal entries get equal sums.
    blocks.sort_by_key(|(number, ..)| *number);
    let average = meta.total_len as f64 / meta.docs.max(1) as f64;
    let mut found = Vec::new();
    let mut sums = vec![0_f64; usize::try_from(DOCS_PER_BLOCK).unwrap_or(0)];
    for of_block in blocks.chunk_by(|left, right| left.0 == right.0) {
        sums.fill(0.0);
        for (_, weight, block) in of_block {
            block.each(|posting| {
                let slot = usize::try_from(posting.slot).unwrap_or(usize::MAX);
                if let Some(sum) = sums.get_mut(slot) {
                    *sum += weight * share(posting.count, posting.len, average);
                }
            })?;
        }
        let first = of_block.first().map_or(0, |(number, ..)| number * DOCS_PER_BLOCK);
        found.extend(
            (first..)
                .zip(&sums)
                .map(|(doc, sum)| (doc, *sum))
                .filter(|(doc, sum)| *sum > 0.0 && only.is_none_or(|only| only.contains(*doc))),
        );
    }
    Ok(found)
}

/// What a term that `entries` of `docs` have is worth; always above 0.
pub(super) fn rarity(docs: u64, entries: u32) -> f64 {
    let (docs, entries) = (docs as f64, f64::from(entries));
    ((docs - entries + 0.5) / (entries + 0.5)).ln_1p()
}

/// How much of that worth an entry of `len` terms gets for having the term `count` times.
pub(super) fn share(count: u32, len: u32, average: f64) -> f64 {
    let (count, len) = (f64::from(count), f64::from(len));
    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * len / average))
}
