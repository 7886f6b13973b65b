//! Vectors: unit vectors in blocks, for a scan that reads little else.
//!
//! A block holds [`DOCS_PER_BLOCK`] documents: a bitmap of those that are there (u16,
//! little-endian), two bytes unused, then a slot of `dimension` little-endian f32 for each.

use crate::error::IndexError;

/// A block is 24 KB at 384 numbers: an upsert rewrites one, and less than one part in a hundred
/// of a scanned page is slack. One bit each in the bitmap.
pub(super) const DOCS_PER_BLOCK: u32 = 16;
const HEAD: usize = 4;
const DAMAGED: IndexError = IndexError::Damaged { what: "a block of vectors" };

/// The vector at length 1; a zero vector stays zero, so its cosine is 0 with everything.
pub(crate) fn unit(vector: &[f32]) -> Vec<f32> {
    // Scaled first: squares of large numbers would be infinite.
    let largest = vector.iter().fold(0_f32, |largest, number| largest.max(number.abs()));
    if largest == 0.0 {
        return vec![0.0; vector.len()];
    }
    let scaled: Vec<f32> = vector.iter().map(|number| number / largest).collect();
    let length = scaled.iter().map(|number| number * number).sum::<f32>().sqrt();
    scaled.iter().map(|number| number / length).collect()
}

/// The block and slot of a document.
pub(super) const fn place(doc: u32) -> (u32, u32) {
    (doc / DOCS_PER_BLOCK, doc % DOCS_PER_BLOCK)
}

/// One slot's new vector, or none.
pub(super) struct SlotChange<'a> {
    pub(super) slot: u32,
    pub(super) vector: Option<&'a [f32]>,
}

/// The block after the changes; `None` where nothing is left of it.
pub(super) fn merge(
    old: Option<&[u8]>,
    dimension: usize,
    changes: &[SlotChange<'_>],
) -> Result<Option<Vec<u8>>, IndexError> {
    let size = HEAD + slots() * dimension * 4;
    let mut block = old.map_or_else(|| vec![0; size], <[u8]>::to_vec);
    if block.len() != size {
        return Err(DAMAGED);
    }
    let (head, body) = block.split_first_chunk_mut::<2>().ok_or(DAMAGED)?;
    let mut present = u16::from_le_bytes(*head);
    let body = body.get_mut(HEAD - 2..).ok_or(DAMAGED)?;
    for change in changes {
        let index = usize::try_from(change.slot).map_err(|_| DAMAGED)?;
        let slot = body.chunks_exact_mut(dimension * 4).nth(index).ok_or(DAMAGED)?;
        let bit = 1_u16 << change.slot;
        match change.vector {
            Some(vector) => {
                present |= bit;
                for (bytes, number) in slot.chunks_exact_mut(4).zip(vector) {
                    bytes.copy_from_slice(&number.to_le_bytes());
                }
            }
            None => {
                present &= !bit;
                slot.fill(0);
            }
        }
    }
    *head = present.to_le_bytes();
    Ok((present != 0).then_some(block))
}

/// Hands on the documents of a block with their vectors' bytes.
pub(super) fn each<'a>(
    block: u32,
    bytes: &'a [u8],
    dimension: usize,
    mut take: impl FnMut(u32, &'a [u8]),
) -> Result<(), IndexError> {
    let (head, body) = bytes.split_first_chunk::<HEAD>().ok_or(DAMAGED)?;
    if body.len() != slots() * dimension * 4 {
        return Err(DAMAGED);
    }
    let [low, high, ..] = *head;
    let present = u16::from_le_bytes([low, high]);
    let first = block * DOCS_PER_BLOCK;
    for (slot, vector) in (0..DOCS_PER_BLOCK).zip(body.chunks_exact(dimension * 4)) {
        if present & (1 << slot) != 0 {
            take(first + slot, vector);
        }
    }
    Ok(())
}

fn slots() -> usize {
    usize::try_from(DOCS_PER_BLOCK).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_length_one_and_zero_stays_zero() {
        assert_eq!(unit(&[3.0, 4.0]), [0.6, 0.8]);
        assert_eq!(unit(&[0.0, 0.0]), [0.0, 0.0]);
        for vector in [[f32::MAX, f32::MAX], [f32::MIN_POSITIVE, f32::MIN_POSITIVE]] {
            let found = unit(&vector);
            assert!(found.iter().all(|number| (number - 0.5_f32.sqrt()).abs() < 1e-6), "{found:?}");
        }
    }

    #[test]
    fn blocks_keep_what_is_not_changed() {
        let put = |slot, vector| SlotChange { slot, vector };
        let first = merge(None, 2, &[put(0, Some(&[1.0, 2.0])), put(15, Some(&[3.0, 4.0]))]);
        let first = first.unwrap().unwrap();
        let second = merge(Some(&first), 2, &[put(0, None), put(7, Some(&[5.0, 6.0]))]);
        let second = second.unwrap().unwrap();
        let mut found = Vec::new();
        each(2, &second, 2, |doc, bytes| {
            found.push((doc, f32::from_le_bytes(bytes[..4].try_into().unwrap())));
        })
        .unwrap();
        assert_eq!(found, [(39, 5.0), (47, 3.0)]);
        assert_eq!(merge(Some(&second), 2, &[put(7, None), put(15, None)]).unwrap(), None);
        assert!(each(0, &second, 3, |_, _| ()).is_err());
    }
}
