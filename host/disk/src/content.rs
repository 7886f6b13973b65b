//! The blocks of a file that has no history: what is durable, or what an image shows.

use std::sync::OnceLock;

use crate::block::Block;
use crate::digest::{self, Digest};

/// Blocks by their numbers. Shared between disks and images, and copied when one of them changes
/// it: a copy is one allocation and a pointer for each block.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    /// In the order of their numbers; none is a hole.
    blocks: Vec<(u64, Block)>,
    /// Made when it is first asked for.
    digest: OnceLock<Digest>,
}

/// What a block adds to its file's digest. A sum does not ask for an order, so that one block more
/// or less is one addition; a hole adds nothing, so that it is as if it were not there.
pub(crate) fn term(index: u64, block: &Block) -> Digest {
    if block.is_hole() { 0 } else { digest::pair(index.into(), block.digest()) }
}

impl Content {
    /// A hole where there is nothing.
    pub(crate) fn block(&self, index: u64) -> &Block {
        static HOLE: Block = Block::HOLE;
        let found = self.blocks.binary_search_by_key(&index, |(index, _)| *index);
        found.ok().and_then(|at| self.blocks.get(at)).map_or(&HOLE, |(_, block)| block)
    }

    /// Blocks that are no holes, from one on.
    pub(crate) fn from(&self, index: u64) -> impl Iterator<Item = (u64, &Block)> {
        let at = self.blocks.partition_point(|(number, _)| *number < index);
        self.blocks.iter().skip(at).map(|(index, block)| (*index, block))
    }

    pub(crate) fn set(&mut self, index: u64, block: Block) {
        self.digest = OnceLock::new();
        match self.blocks.binary_search_by_key(&index, |(index, _)| *index) {
            Ok(at) if block.is_hole() => {
                self.blocks.remove(at);
            }
            Ok(at) => {
                if let Some((_, place)) = self.blocks.get_mut(at) {
                    *place = block;
                }
            }
            Err(_) if block.is_hole() => {}
            Err(at) => self.blocks.insert(at, (index, block)),
        }
    }

    /// Equal contents have equal digests, however they came to be.
    pub(crate) fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| {
            let terms = self.blocks.iter().map(|(index, block)| term(*index, block));
            terms.fold(0, Digest::wrapping_add)
        })
    }
}
