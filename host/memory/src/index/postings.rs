//! Postings: for each term, which entries it stands in, how often, and how long those are.
//!
//! A term's postings lie in blocks of [`DOCS_PER_BLOCK`] document numbers, one LMDB value each:
//! three columns, each by document ascending: the document within the block (u16), the count of
//! the term (u8), the length of the entry (u16), little-endian. Columns of fixed width are walked
//! several at a time; packed numbers, a third smaller, took most of a query. A block's place
//! follows from the document number, so an upsert touches one block a term, and a bulk write
//! touches each once.

use crate::error::IndexError;

/// A dense block is 5 KB. Smaller ones make frequent terms many values to walk in a query; larger
/// ones make an upsert rewrite more for each frequent term.
pub(crate) const DOCS_PER_BLOCK: u16 = 1_024;

/// One term in one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Posting {
    /// The document within its block.
    pub(crate) slot: u16,
    /// How often the term stands there; 255 is that or more, which BM25 hardly tells apart.
    pub(crate) count: u8,
    /// How many terms the entry has; 65,535 is that or more.
    pub(crate) len: u16,
}

/// One block as it is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PostingBlock<'a>(pub(crate) &'a [u8]);

const POSTING_BYTES: usize = 5;
const DAMAGED: IndexError = IndexError::Damaged { what: "a block of postings" };

impl PostingBlock<'_> {
    /// Its number of postings.
    pub(crate) fn count(self) -> u32 {
        u32::try_from(self.0.len() / POSTING_BYTES).unwrap_or(u32::MAX)
    }

    /// Hands each posting on, by slot ascending; every slot is below [`DOCS_PER_BLOCK`].
    #[inline]
    pub(crate) fn each(self, mut take: impl FnMut(Posting)) -> Result<(), IndexError> {
        let count = self.0.len() / POSTING_BYTES;
        let (slots, rest) = self.0.split_at_checked(count * 2).ok_or(DAMAGED)?;
        let (counts, lens) = rest.split_at_checked(count).ok_or(DAMAGED)?;
        let ((slots, _), (lens, over)) = (slots.as_chunks::<2>(), lens.as_chunks::<2>());
        if lens.len() != count || !over.is_empty() {
            return Err(DAMAGED);
        }
        for ((slot, count), len) in slots.iter().zip(counts).zip(lens) {
            let slot = u16::from_le_bytes(*slot);
            if slot >= DOCS_PER_BLOCK {
                return Err(DAMAGED);
            }
            take(Posting { slot, count: *count, len: u16::from_le_bytes(*len) });
        }
        Ok(())
    }
}

/// The block and slot of a document.
pub(crate) fn place(doc: u32) -> (u32, u16) {
    let per_block = u32::from(DOCS_PER_BLOCK);
    (doc / per_block, u16::try_from(doc % per_block).unwrap_or(u16::MAX))
}

/// One slot's new posting, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotChange {
    pub(crate) slot: u16,
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
    let mut block = Columns::default();
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
struct Columns {
    slots: Vec<u8>,
    counts: Vec<u8>,
    lens: Vec<u8>,
}

impl Columns {
    fn push(&mut self, posting: Posting) {
        self.slots.extend_from_slice(&posting.slot.to_le_bytes());
        self.counts.push(posting.count);
        self.lens.extend_from_slice(&posting.len.to_le_bytes());
    }

    fn finish(mut self) -> Option<Vec<u8>> {
        self.slots.append(&mut self.counts);
        self.slots.append(&mut self.lens);
        (!self.slots.is_empty()).then_some(self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(slot: u16, count: u8) -> SlotChange {
        let posting = (count > 0).then_some(Posting { slot, count, len: u16::from(count) * 200 });
        SlotChange { slot, posting }
    }

    fn slots(block: &[u8]) -> Vec<(u16, u8, u16)> {
        let mut found = Vec::new();
        PostingBlock(block)
            .each(|posting| found.push((posting.slot, posting.count, posting.len)))
            .unwrap();
        assert_eq!(found.len(), PostingBlock(block).count() as usize);
        found
    }

    #[test]
    fn blocks_take_changes_in_any_place() {
        let first = merge(None, &[change(5, 1), change(200, 255), change(1_023, 2)]).unwrap();
        let first = first.unwrap();
        assert_eq!(slots(&first), [(5, 1, 200), (200, 255, 51_000), (1_023, 2, 400)]);
        let changes = [change(0, 7), change(5, 0), change(5, 9), change(200, 0), change(300, 0)];
        let second = merge(Some(&first), &changes).unwrap().unwrap();
        assert_eq!(slots(&second), [(0, 7, 1_400), (5, 9, 1_800), (1_023, 2, 400)]);
        let none = merge(Some(&second), &[change(0, 0), change(5, 0), change(1_023, 0)]).unwrap();
        assert_eq!(none, None);
        assert_eq!(merge(None, &[change(3, 0)]).unwrap(), None);
    }

    #[test]
    fn a_damaged_block_is_an_error() {
        let block = merge(None, &[change(5, 1)]).unwrap().unwrap();
        for bad in [&block[..3], &[0xff, 0xff, 1, 1, 0], &[0; 6]] {
            assert!(PostingBlock(bad).each(|_| ()).is_err(), "{bad:?}");
        }
    }
}
