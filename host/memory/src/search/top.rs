//! The best of many scores.

use super::Scored;
use crate::{error::IndexError, index::Reader};

/// The `k` best by score descending; equal scores by path, then line, so that the order does not
/// depend on how the index came about.
pub(super) fn top(
    reader: &Reader,
    mut scores: Vec<Scored>,
    k: usize,
) -> Result<Vec<Scored>, IndexError> {
    if scores.len() > k && k > 0 {
        let (_, last, _) = scores.select_nth_unstable_by(k - 1, |a, b| b.1.total_cmp(&a.1));
        let last = last.1;
        // All that are equal to the last one stay until the order by place is known.
        scores.retain(|(_, score)| *score >= last);
    }
    let mut placed = Vec::with_capacity(scores.len());
    for (doc, score) in scores {
        placed.push((score, reader.place(doc)?, doc));
    }
    placed.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    placed.truncate(k);
    Ok(placed.into_iter().map(|(score, _, doc)| (doc, score)).collect())
}
