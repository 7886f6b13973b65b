//! The best of many scores.

use super::Scored;
use crate::{error::IndexError, index::Reader};

/// Scores that are held beyond the best, so that they are sorted out many at a time.
const SLACK: usize = 1_024;

/// Holds on to the best `k` of the scores it is given, and to all that equal the last of them: which
/// of equals come first is decided by where they stand, not by how the index came about.
pub(super) struct Best {
    k: usize,
    /// Lower ones are not among the best.
    floor: f64,
    held: Vec<Scored>,
    room: usize,
}

impl Best {
    /// Of the best `k`, at least 1.
    pub(super) const fn new(k: usize) -> Self {
        Self { k, floor: f64::NEG_INFINITY, held: Vec::new(), room: k.saturating_add(SLACK) }
    }

    /// Takes a score.
    #[inline]
    pub(super) fn push(&mut self, doc: u32, score: f64) {
        if score >= self.floor {
            self.held.push((doc, score));
            if self.held.len() >= self.room {
                self.sort_out();
                // Where many are equal they are all held.
                self.room = self.held.len().saturating_mul(2).max(self.k.saturating_add(SLACK));
            }
        }
    }

    fn sort_out(&mut self) {
        if self.held.len() > self.k && self.k > 0 {
            let (_, last, _) =
                self.held.select_nth_unstable_by(self.k - 1, |a, b| b.1.total_cmp(&a.1));
            let floor = last.1;
            self.floor = floor;
            self.held.retain(|(_, score)| *score >= floor);
        }
    }

    /// The best and their equals, in no order.
    pub(super) fn finish(mut self) -> Vec<Scored> {
        self.sort_out();
        self.held
    }
}

/// The `k` best by score descending; equal scores by path, then line.
pub(super) fn top(
    reader: &Reader,
    scores: impl IntoIterator<Item = Scored>,
    k: usize,
) -> Result<Vec<Scored>, IndexError> {
    let mut best = Best::new(k);
    scores.into_iter().for_each(|(doc, score)| best.push(doc, score));
    let mut placed = Vec::new();
    for (doc, score) in best.finish() {
        placed.push((score, reader.place(doc)?, doc));
    }
    placed.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    placed.truncate(k);
    Ok(placed.into_iter().map(|(score, _, doc)| (doc, score)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_and_all_their_equals_are_held() {
        let scores: Vec<f64> = (0..10_000_u32).map(|doc| f64::from(doc * 7_919 % 100)).collect();
        for k in [1, 99, 100, 101, 5_000, 20_000] {
            let mut best = Best::new(k);
            (0..).zip(&scores).for_each(|(doc, score)| best.push(doc, *score));
            let mut found: Vec<u32> = best.finish().into_iter().map(|(doc, _)| doc).collect();
            found.sort_unstable();
            let mut sorted = scores.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let floor = sorted[k.min(sorted.len()) - 1];
            let expected: Vec<u32> =
                (0..).zip(&scores).filter(|(_, s)| **s >= floor).map(|(doc, _)| doc).collect();
            assert_eq!(found, expected, "{k}");
        }
    }
}
