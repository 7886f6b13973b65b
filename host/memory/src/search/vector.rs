//! Cosine over the vectors: candidates by their codes or by the base segment, then the scores of
//! the vectors themselves, so that a score does not depend on how a candidate was found.

use roaring::RoaringBitmap;

use super::{Scored, top::Best};
use crate::{
    error::IndexError,
    index::{Meta, Probe, Reader},
};

/// Candidates for each entry asked for, and at least so many: measured on 20,000 sentences, codes
/// put every one of the nearest ten into the first forty.
const CANDIDATES_PER_HIT: usize = 2;
const MIN_CANDIDATES: usize = 40;

/// The `k` entries with the nearest vectors and all that equal the last of them, with the cosine of
/// their vector and this unit vector, in no order. Entries without a vector are not among them.
pub(super) fn best(
    reader: &Reader,
    meta: &Meta,
    wanted: &[f32],
    only: Option<&RoaringBitmap>,
    k: usize,
) -> Result<Vec<Scored>, IndexError> {
    let count = (k * CANDIDATES_PER_HIT).max(MIN_CANDIDATES);
    let mut best = Best::new(k);
    let candidates = match only {
        // Codes could leave nothing out.
        Some(only) if usize::try_from(only.len()).is_ok_and(|found| found <= count) => {
            only.iter().collect()
        }
        _ => candidates(reader, meta, wanted, only, count)?,
    };
    for (doc, cosine) in cosines(reader, meta, wanted, candidates)? {
        best.push(doc, cosine);
    }
    Ok(best.finish())
}

/// The cosine of each of these entries that has a vector.
pub(super) fn cosines(
    reader: &Reader,
    meta: &Meta,
    wanted: &[f32],
    docs: impl IntoIterator<Item = u32>,
) -> Result<Vec<Scored>, IndexError> {
    let mut found = Vec::new();
    for doc in docs {
        if let Some(vector) = reader.vector(meta.dimension, doc)? {
            found.push((doc, f64::from(dot(wanted, vector))));
        }
    }
    Ok(found)
}

/// At least `count` entries, if there are so many, the nearest among them.
fn candidates(
    reader: &Reader,
    meta: &Meta,
    wanted: &[f32],
    only: Option<&RoaringBitmap>,
    count: usize,
) -> Result<Vec<u32>, IndexError> {
    let probe = Probe::new(wanted);
    let scan = |only: Option<&RoaringBitmap>| {
        let mut best = Best::new(count);
        reader.codes(meta.dimension, only, |doc, code| best.push(doc, probe.score(code)))?;
        Ok::<_, IndexError>(best.finish().into_iter().map(|(doc, _)| doc))
    };
    if let Some(base) = reader.base(meta)?
        && let Some(mut found) = base.nearest(wanted, only, count)
    {
        let beside = match only {
            Some(only) => base.beside() & only,
            None => base.beside().clone(),
        };
        found.extend(scan(Some(&beside))?);
        return Ok(found);
    }
    Ok(scan(only)?.collect())
}

/// The scalar product of a vector and one in little-endian bytes, of the same dimension. In lanes,
/// as one running sum would wait for each addition before the next.
fn dot(wanted: &[f32], bytes: &[u8]) -> f32 {
    const LANES: usize = 8;
    let (numbers, _) = bytes.as_chunks::<4>();
    let (wanted, wanted_rest) = wanted.as_chunks::<LANES>();
    let (stored, stored_rest) = numbers.as_chunks::<LANES>();
    let mut sums = [0_f32; LANES];
    for ([w0, w1, w2, w3, w4, w5, w6, w7], [s0, s1, s2, s3, s4, s5, s6, s7]) in
        wanted.iter().zip(stored)
    {
        let [l0, l1, l2, l3, l4, l5, l6, l7] = &mut sums;
        *l0 += w0 * f32::from_le_bytes(*s0);
        *l1 += w1 * f32::from_le_bytes(*s1);
        *l2 += w2 * f32::from_le_bytes(*s2);
        *l3 += w3 * f32::from_le_bytes(*s3);
        *l4 += w4 * f32::from_le_bytes(*s4);
        *l5 += w5 * f32::from_le_bytes(*s5);
        *l6 += w6 * f32::from_le_bytes(*s6);
        *l7 += w7 * f32::from_le_bytes(*s7);
    }
    let rest = wanted_rest.iter().zip(stored_rest);
    let rest: f32 = rest.map(|(wanted, stored)| wanted * f32::from_le_bytes(*stored)).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_counts_once() {
        for dimension in [1_u8, 7, 8, 9, 16, 19] {
            let wanted: Vec<f32> = (1..=dimension).map(f32::from).collect();
            let bytes: Vec<u8> = wanted.iter().flat_map(|number| number.to_le_bytes()).collect();
            let expected: f32 = wanted.iter().map(|number| number * number).sum();
            assert_eq!(dot(&wanted, &bytes), expected, "{dimension}");
        }
    }
}
