//! Exact cosine over all vectors.

use roaring::RoaringBitmap;

use super::Scored;
use crate::{
    error::IndexError,
    index::{Meta, Reader},
};

/// The cosine of every entry's vector and this unit vector, by document ascending.
pub(super) fn scores(
    reader: &Reader,
    meta: &Meta,
    wanted: &[f32],
    only: Option<&RoaringBitmap>,
) -> Result<Vec<Scored>, IndexError> {
    let mut found = Vec::new();
    reader.vectors(meta.dimension, |doc, bytes| {
        if only.is_none_or(|only| only.contains(doc)) {
            found.push((doc, f64::from(dot(wanted, bytes))));
        }
    })?;
    Ok(found)
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
