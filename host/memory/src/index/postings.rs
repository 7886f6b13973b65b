//! Postings: for each term, which entries it stands in, how often, and how long those are.
//!
//! A term's postings lie in blocks of [`DOCS_PER_BLOCK`] document numbers, one LMDB value each:
//! the number of postings (u16, little-endian), then for each, by document ascending, three
//! LEB128 numbers: distance from the document before (from the block's first for the first one),
//! count of the term, length of the entry. A block's place follows from the document number, so an
//! upsert touches one block a term, and a bulk write touches each once.

use crate::error::IndexError;

/// A dense block is about 5 KB. Smaller ones make frequent terms many values to walk in a query;
/// larger ones make an upsert rewrite more for each frequent term.
pub(crate) const DOCS_PER_BLOCK: u32 = 1_024;

/// One term in one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Posting {
    /// The document within its block.
    pub(crate) slot: u32,
    /// How often the term stands there.
    pub(crate) count: u32,
    /// How many terms the entry has.
    pub(crate) len: u32,
}

/// One block as it is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PostingBlock<'a>(pub(crate) &'a [u8]);

const DAMAGED: IndexError = IndexError::Damaged { what: "a block of postings" };

impl PostingBlock<'_> {
    /// Its number of postings.
    pub(crate) fn count(self) -> u32 {
        self.0.first_chunk::<2>().map_or(0, |count| u32::from(u16::from_le_bytes(*count)))
    }

    /// Hands each posting on, by slot ascending; every slot is below [`DOCS_PER_BLOCK`].
    pub(crate) fn each(self, mut take: impl FnMut(Posting)) -> Result<(), IndexError> {
        let mut rest = self.0.get(2..).ok_or(DAMAGED)?;
        let mut slot = 0_u32;
        for _ in 0..self.count() {
            slot = slot.saturating_add(number(&mut rest)?);
            if slot >= DOCS_PER_BLOCK {
                return Err(DAMAGED);
            }
            take(Posting { slot, count: number(&mut rest)?, len: number(&mut rest)? });
        }
        if rest.is_empty() { Ok(()) } else { Err(DAMAGED) }
    }
}

/// The block and slot of a document.
pub(crate) const fn place(doc: u32) -> (u32, u32) {
    (doc / DOCS_PER_BLOCK, doc % DOCS_PER_BLOCK)
}

/// One slot's new posting, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotChange {
    pub(crate) slot: u32,
    pub(crate) posting: Option<Posting>,
}

/// The block after the changes, which are by slot ascending, the last one of a slot counting;
/// `None` where nothing is left of it.
pub(crate) fn merge(
    old: Option<&[u8]>,
    changes: &[SlotChange],
) -> Result<Option<Vec<u8>>, IndexError> {
    let mut kept = Vec::new();
    if let Some(old) = old {
        PostingBlock(old).each(|posting| kept.push(posting))?;
    }
    let mut old = kept.into_iter().peekable();
    let mut changes = changes.iter().peekable();
    let mut block = Encoder::default();
    while let Some(change) = changes.next() {
        if changes.peek().is_some_and(|next| next.slot == change.slot) {
            continue;
        }
        while let Some(posting) = old.next_if(|posting| posting.slot < change.slot) {
            block.push(posting);
        }
        old.next_if(|posting| posting.slot == change.slot);
        if let Some(posting) = change.posting {
            block.push(posting);
        }
    }
    old.for_each(|posting| block.push(posting));
    Ok(block.finish())
}

#[derive(Default)]
struct Encoder {
    bytes: Vec<u8>,
    count: u16,
    last: u32,
}

impl Encoder {
    fn push(&mut self, posting: Posting) {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(&[0, 0]);
        }
        for mut number in [posting.slot - self.last, posting.count, posting.len] {
            loop {
                let [low, ..] = number.to_le_bytes();
                number >>= 7;
                if number == 0 {
                    self.bytes.push(low & 0x7f);
                    break;
                }
                self.bytes.push(low | 0x80);
            }
        }
        self.last = posting.slot;
        // At most DOCS_PER_BLOCK.
        self.count += 1;
    }

    fn finish(mut self) -> Option<Vec<u8>> {
        *self.bytes.first_chunk_mut::<2>()? = self.count.to_le_bytes();
        Some(self.bytes)
    }
}

/// Takes one LEB128 number off the front.
#[inline]
fn number(rest: &mut &[u8]) -> Result<u32, IndexError> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, after) = rest.split_first().ok_or(DAMAGED)?;
        *rest = after;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(DAMAGED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(slot: u32, count: u32) -> SlotChange {
        let posting = (count > 0).then_some(Posting { slot, count, len: count * 1_000 });
        SlotChange { slot, posting }
    }

    fn slots(block: &[u8]) -> Vec<(u32, u32, u32)> {
        let mut found = Vec::new();
        PostingBlock(block)
            .each(|posting| found.push((posting.slot, posting.count, posting.len)))
            .unwrap();
        assert_eq!(found.len(), PostingBlock(block).count() as usize);
        found
    }

    #[test]
    fn blocks_take_changes_in_any_place() {
        let first = merge(None, &[change(5, 1), change(200, 300), change(1_023, 2)]).unwrap();
        let first = first.unwrap();
        assert_eq!(slots(&first), [(5, 1, 1_000), (200, 300, 300_000), (1_023, 2, 2_000)]);
        let changes = [change(0, 7), change(5, 0), change(5, 9), change(200, 0), change(300, 0)];
        let second = merge(Some(&first), &changes).unwrap().unwrap();
        assert_eq!(slots(&second), [(0, 7, 7_000), (5, 9, 9_000), (1_023, 2, 2_000)]);
        let none = merge(Some(&second), &[change(0, 0), change(5, 0), change(1_023, 0)]).unwrap();
        assert_eq!(none, None);
        assert_eq!(merge(None, &[change(3, 0)]).unwrap(), None);
    }

    #[test]
    fn a_damaged_block_is_an_error() {
        let block = merge(None, &[change(5, 1)]).unwrap().unwrap();
        for bad in [&block[..3], &[1, 0, 0xff, 0xff, 0xff, 0xff, 0xff], &[]] {
            assert!(PostingBlock(bad).each(|_| ()).is_err(), "{bad:?}");
        }
    }
}
