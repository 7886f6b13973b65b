//! Both rankings as one: the weighted sum of their scores, each stretched to 0..1.
//!
//! Not reciprocal ranks: measured on conversations, those are worse than BM25 alone, and the
//! weighted sum is better than either ranking.

use std::collections::{BTreeSet, HashMap};

use super::{Scored, top::top};
use crate::{error::IndexError, index::Reader};

/// What the cosine counts; BM25 counts the rest. Equal parts measured best on conversations, and
/// held on those not used for choosing.
const VECTOR_WEIGHT: f64 = 0.5;
/// How many of each ranking's best are candidates, for each hit asked for: a good second in both
/// may beat the first in one.
const CANDIDATES_PER_HIT: usize = 4;
/// Candidates of each ranking at least, so that the scale does not hang on a handful.
const MIN_CANDIDATES: usize = 100;

/// The fused score of the best of both rankings. A candidate's scores count in full, whichever
/// ranking it came from; without any of the words its BM25 score is 0.
pub(super) fn scores(
    reader: &Reader,
    by_words: Vec<Scored>,
    by_meaning: Vec<Scored>,
    k: usize,
) -> Result<Vec<Scored>, IndexError> {
    let pool = (k * CANDIDATES_PER_HIT).max(MIN_CANDIDATES);
    let words: HashMap<u32, f64> = by_words.iter().copied().collect();
    let mut candidates: BTreeSet<u32> =
        top(reader, by_words, pool)?.into_iter().map(|(doc, _)| doc).collect();
    let best = top(reader, by_meaning.clone(), pool)?;
    candidates.extend(best.into_iter().map(|(doc, _)| doc));
    let meaning: HashMap<u32, f64> =
        by_meaning.into_iter().filter(|(doc, _)| candidates.contains(doc)).collect();
    let of = |scores: &HashMap<u32, f64>, doc| scores.get(doc).copied().unwrap_or(0.0);
    let word_scale = Scale::over(candidates.iter().map(|doc| of(&words, doc)));
    let meaning_scale = Scale::over(candidates.iter().map(|doc| of(&meaning, doc)));
    Ok(candidates
        .iter()
        .map(|doc| {
            let words = word_scale.stretched(of(&words, doc));
            let meaning = meaning_scale.stretched(of(&meaning, doc));
            (*doc, VECTOR_WEIGHT * meaning + (1.0 - VECTOR_WEIGHT) * words)
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

    /// 0 for the lowest, 1 for the highest; 0 where all are equal, as they then tell nothing apart.
    fn stretched(&self, score: f64) -> f64 {
        let range = self.high - self.low;
        if range > 0.0 { (score - self.low) / range } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_stretched_to_one() {
        let scale = Scale::over([-1.0, 3.0, 1.0].into_iter());
        assert_eq!([-1.0, 1.0, 3.0].map(|score| scale.stretched(score)), [0.0, 0.5, 1.0]);
        assert_eq!(Scale::over([2.0, 2.0].into_iter()).stretched(2.0), 0.0);
    }
}
