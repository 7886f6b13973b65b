//! Blocks of equally wide slots, one a document: how vectors and their codes are stored.
//!
//! A block begins with a bitmap of the slots that are taken (u64, little-endian); a slot that is
//! not is zero. A block's place follows from the document number, so an upsert rewrites one.

use crate::error::IndexError;

const HEAD: usize = 8;
/// Longest block of more than one slot: six pages of 4 KiB less LMDB's own 16 bytes, as a value
/// this long has its pages to itself. An upsert rewrites that much; at 384 numbers 6 % of the pages
/// of vectors are slack, and less than 1 % of those of codes.
const BLOCK_BYTES: usize = 6 * 4_096 - 16;
/// One bit each in the bitmap.
const MAX_SLOTS: u32 = 64;
const DAMAGED: IndexError = IndexError::Damaged { what: "a block of vectors" };

/// How wide slots are, and how many make a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    width: usize,
    slots: u32,
}

/// One slot's new content, or none.
pub(super) struct SlotChange<'a> {
    pub(super) slot: u32,
    pub(super) bytes: Option<&'a [u8]>,
}

impl Shape {
    /// Slots of so many bytes, at least one.
    pub(super) fn of(width: usize) -> Self {
        let width = width.max(1);
        let fits = u32::try_from((BLOCK_BYTES - HEAD) / width).unwrap_or(MAX_SLOTS);
        Self { width, slots: fits.clamp(1, MAX_SLOTS) }
    }

    /// The block and slot of a document.
    pub(super) const fn place(self, doc: u32) -> (u32, u32) {
        (doc / self.slots, doc % self.slots)
    }

    /// The document in a block's first slot.
    pub(super) const fn first(self, block: u32) -> u32 {
        block.saturating_mul(self.slots)
    }

    fn size(self) -> usize {
        HEAD + usize::try_from(self.slots).unwrap_or(usize::MAX) * self.width
    }

    /// The block after the changes; `None` where nothing is left of it.
    pub(super) fn merge(
        self,
        old: Option<&[u8]>,
        changes: &[SlotChange<'_>],
    ) -> Result<Option<Vec<u8>>, IndexError> {
        let mut block = old.map_or_else(|| vec![0; self.size()], <[u8]>::to_vec);
        if block.len() != self.size() {
            return Err(DAMAGED);
        }
        let (head, body) = block.split_first_chunk_mut::<HEAD>().ok_or(DAMAGED)?;
        let mut taken = u64::from_le_bytes(*head);
        for change in changes {
            let index = usize::try_from(change.slot).map_err(|_| DAMAGED)?;
            let slot = body.chunks_exact_mut(self.width).nth(index).ok_or(DAMAGED)?;
            match change.bytes {
                Some(bytes) if bytes.len() == slot.len() => {
                    taken |= 1 << change.slot;
                    slot.copy_from_slice(bytes);
                }
                Some(_) => return Err(DAMAGED),
                None => {
                    taken &= !(1 << change.slot);
                    slot.fill(0);
                }
            }
        }
        *head = taken.to_le_bytes();
        Ok((taken != 0).then_some(block))
    }

    /// A stored block.
    pub(super) fn read(self, bytes: &[u8]) -> Result<Block<'_>, IndexError> {
        if bytes.len() != self.size() {
            return Err(DAMAGED);
        }
        let (head, body) = bytes.split_first_chunk::<HEAD>().ok_or(DAMAGED)?;
        Ok(Block { taken: u64::from_le_bytes(*head), body, width: self.width })
    }
}

/// A block that was read.
pub(super) struct Block<'a> {
    taken: u64,
    body: &'a [u8],
    width: usize,
}

impl<'a> Block<'a> {
    /// What stands in a slot.
    pub(super) fn get(&self, slot: u32) -> Option<&'a [u8]> {
        let index = usize::try_from(slot).ok()?;
        if self.taken.checked_shr(slot)? & 1 == 0 {
            return None;
        }
        self.body.chunks_exact(self.width).nth(index)
    }

    /// Hands on the taken ones of the wanted slots, ascending; each slot is a bit of `wanted`.
    pub(super) fn each(&self, wanted: u64, mut take: impl FnMut(u32, &'a [u8])) {
        let wanted = self.taken & wanted;
        for (slot, bytes) in (0..MAX_SLOTS).zip(self.body.chunks_exact(self.width)) {
            if wanted & (1 << slot) != 0 {
                take(slot, bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_keep_what_is_not_changed() {
        let shape = Shape::of(2);
        let put = |slot, bytes| SlotChange { slot, bytes };
        let first = shape.merge(None, &[put(0, Some(&[1, 2])), put(63, Some(&[3, 4]))]);
        let first = first.unwrap().unwrap();
        let second = shape.merge(Some(&first), &[put(0, None), put(7, Some(&[5, 6]))]);
        let second = second.unwrap().unwrap();
        let block = shape.read(&second).unwrap();
        let mut found = Vec::new();
        block.each(u64::MAX, |slot, bytes| found.push((slot, bytes.to_vec())));
        assert_eq!(found, [(7, vec![5, 6]), (63, vec![3, 4])]);
        found.clear();
        block.each(1 << 63, |slot, bytes| found.push((slot, bytes.to_vec())));
        assert_eq!(found, [(63, vec![3, 4])]);
        assert_eq!((block.get(0), block.get(7), block.get(64)), (None, Some(&[5, 6][..]), None));
        assert_eq!(shape.merge(Some(&second), &[put(7, None), put(63, None)]).unwrap(), None);
        assert!(Shape::of(3).read(&second).is_err());
    }

    #[test]
    fn every_document_has_a_place_of_its_own() {
        for width in [1, 23, 388, 1_536, 4_100, 16_384, 100_000] {
            let shape = Shape::of(width);
            assert!(shape.slots == 1 || shape.size() <= BLOCK_BYTES, "{width}");
            for doc in [0, 1, 62, 63, 64, 65, 1_000_000, u32::MAX] {
                let (block, slot) = shape.place(doc);
                assert_eq!(shape.first(block) + slot, doc, "{width}");
            }
        }
    }
}
