//! Both rankings as one: the weighted sum of their scores, each stretched to 0..1.
//!
//! Not reciprocal ranks: measured on conversations, those are worse than BM25 alone, and the
//! weighted sum is better than either ranking.

use std::collections::{BTreeSet, HashMap};

use roaring::RoaringBitmap;

use super::{Scored, bm25::WordScores, top::top, vector};
use crate::{
    error::IndexError,
    index::{Meta, Reader},
};

/// What the cosine counts; BM25 counts the rest. Equal parts measured best on conversations, and
/// held on those not used for choosing.
const VECTOR_WEIGHT: f64 = 0.5;
/// How many of each ranking's best are candidates, for each hit asked for: a good second in both
/// may beat the first in one.
const CANDIDATES_PER_HIT: usize = 4;
/// Candidates of each ranking at least, so that the scale does not hang on a handful.
const MIN_CANDIDATES: usize = 100;
/// Cosines below are mostly chance: the nearest of many entries has one of 0.2 to 0.3 for words
/// that stand in none. Where nothing comes nearer than that, the scale ends here, so that the
/// best of the noise does not count as much as a real likeness.
const NOISE_COSINE: f64 = 0.3;

/// The fused score of the best of both rankings. A candidate's scores count in full, whichever
/// ranking it came from; without any of the words its BM25 score is 0, without a vector its cosine
/// is. What has none of the words and a cosine of 0 or less is not found.
pub(super) fn scores(
    reader: &Reader,
    meta: &Meta,
    words: &WordScores,
    wanted: &[f32],
    only: Option<&RoaringBitmap>,
    k: usize,
) -> Result<Vec<Scored>, IndexError> {
    let pool = (k * CANDIDATES_PER_HIT).max(MIN_CANDIDATES);
    let near = top(reader, vector::best(reader, meta, wanted, only, pool)?, pool)?;
    let by_words = top(reader, words.best(only, pool), pool)?;
    let mut meaning: HashMap<u32, f64> = near.into_iter().collect();
    let rest = by_words.iter().map(|(doc, _)| *doc).filter(|doc| !meaning.contains_key(doc));
    let rest: Vec<u32> = rest.collect();
    meaning.extend(vector::cosines(reader, meta, wanted, rest)?);
    let candidates: BTreeSet<u32> =
        by_words.iter().map(|(doc, _)| *doc).chain(meaning.keys().copied()).collect();
    let cosine = |doc: &u32| meaning.get(doc).map_or(0.0, |cosine| cosine.max(0.0));
    let word_scale = Scale::over(candidates.iter().map(|doc| words.of(*doc)));
    let meaning_scale = Scale::over(candidates.iter().map(cosine)).reaching(NOISE_COSINE);
    Ok(candidates
        .iter()
        .map(|doc| (doc, words.of(*doc), cosine(doc)))
        .filter(|(_, words, cosine)| *words > 0.0 || *cosine > 0.0)
        .map(|(doc, words, cosine)| {
            let (words, cosine) = (word_scale.stretched(words), meaning_scale.stretched(cosine));
            (*doc, VECTOR_WEIGHT * cosine + (1.0 - VECTOR_WEIGHT) * words)
        })
        .collect())
}

/// The range of a ranking's scores.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn over(scores: impl Iterator<Item = f64>) -> Self {
        let start = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };
        scores.fold(start, |scale, score| Self {
            low: scale.low.min(score),
            high: scale.high.max(score),
        })
    }

    /// The same, but up to here at least.
    fn reaching(self, high: f64) -> Self {
        Self { high: self.high.max(high), ..self }
    }

    /// 0 for the lowest, 1 for the highest. Where all are equal they tell nothing apart: 1 then, as
    /// for any highest, unless there is nothing in it.
    fn stretched(&self, score: f64) -> f64 {
        let range = self.high - self.low;
        if range > 0.0 { (score - self.low) / range } else { f64::from(u8::from(score > 0.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_stretched_to_one() {
        let scale = Scale::over([-1.0, 3.0, 1.0].into_iter());
        assert_eq!([-1.0, 1.0, 3.0].map(|score| scale.stretched(score)), [0.0, 0.5, 1.0]);
        assert_eq!(Scale::over([2.0, 2.0].into_iter()).stretched(2.0), 1.0);
        assert_eq!(Scale::over([0.0, 0.0].into_iter()).stretched(0.0), 0.0);
    }

    #[test]
    fn the_best_of_the_noise_is_no_full_score() {
        let noise = Scale::over([0.0, 0.15].into_iter()).reaching(NOISE_COSINE);
        assert_eq!(noise.stretched(0.15), 0.5);
        let real = Scale::over([0.0, 0.6].into_iter()).reaching(NOISE_COSINE);
        assert_eq!(real.stretched(0.6), 1.0);
    }
}
