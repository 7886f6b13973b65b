//! A file: its size and its blocks, each with the values a crash may leave.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::block::{BLOCK_BYTES, Block, split};
use crate::content::Content;
use crate::track::Track;

#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) size: Track<u64>,
    durable: Arc<Content>,
    /// Blocks that have values after the durable one, which each holds too.
    open: BTreeMap<u64, Track<Block>>,
}

impl File {
    pub(crate) fn empty() -> Self {
        Self::durable(0, Arc::default())
    }

    /// A file of which everything is durable.
    pub(crate) fn durable(size: u64, durable: Arc<Content>) -> Self {
        Self { size: Track::durable(size), durable, open: BTreeMap::new() }
    }

    /// Its durable blocks.
    pub(crate) fn kept(&self) -> &Arc<Content> {
        &self.durable
    }

    /// Blocks that have values after the durable one, in the order of their numbers.
    pub(crate) fn open(&self) -> impl Iterator<Item = (u64, &Track<Block>)> {
        self.open.iter().map(|(index, track)| (*index, track))
    }

    pub(crate) fn open_block(&self, index: u64) -> Option<&Track<Block>> {
        self.open.get(&index)
    }

    /// What the running system reads.
    pub(crate) fn block(&self, index: u64) -> &Block {
        self.open.get(&index).map_or_else(|| self.durable.block(index), Track::latest)
    }

    /// Exactly so many bytes; zeros where there are none.
    pub(crate) fn read(&self, offset: u64, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len);
        let (mut index, mut skip) = split(offset);
        while bytes.len() < len {
            let end = BLOCK_BYTES.min(skip + (len - bytes.len()));
            bytes.extend_from_slice(self.block(index).bytes().get(skip..end).unwrap_or_default());
            (index, skip) = (index + 1, 0);
        }
        bytes
    }

    /// Writes bytes; a write past the end changes the size too, which is an object of its own.
    pub(crate) fn write(&mut self, change: u64, offset: u64, mut bytes: &[u8], end: u64) {
        let (mut index, mut at) = split(offset);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK_BYTES - at));
            let block = self.block(index).with(at, now);
            self.set_block(change, index, block);
            (bytes, index, at) = (later, index + 1, 0);
        }
        if end > *self.size.latest() {
            self.size.set(change, end);
        }
    }

    /// What is cut does not come back when the file grows again: each block cut is written anew.
    pub(crate) fn resize(&mut self, change: u64, size: u64) {
        let (index, keep) = split(size);
        let open = self.open.range(index..).map(|(index, _)| *index);
        let mut cut: Vec<u64> = self.durable.from(index).map(|(index, _)| index).collect();
        cut.extend(open);
        cut.sort_unstable();
        cut.dedup();
        for each in cut {
            let block = self.block(each);
            let rest = block.cut(if each == index { keep } else { 0 });
            if rest != *block {
                self.set_block(change, each, rest);
            }
        }
        self.size.set(change, size);
    }

    fn set_block(&mut self, change: u64, index: u64, block: Block) {
        let durable = &self.durable;
        self.open
            .entry(index)
            .or_insert_with(|| Track::durable(durable.block(index).clone()))
            .set(change, block);
    }

    /// Makes size and blocks durable.
    pub(crate) fn sync(&mut self) {
        self.size.sync();
        if self.open.is_empty() {
            return;
        }
        let durable = Arc::make_mut(&mut self.durable);
        self.open.retain(|index, track| {
            track.sync();
            let done = track.open() == 0;
            if done {
                durable.set(*index, track.latest().clone());
            }
            !done
        });
    }

    /// A sync failed on the way. Real systems take the blocks for clean then; sizes are in a log,
    /// and the next sync writes them.
    pub(crate) fn fail_sync(&mut self) {
        self.open.values_mut().for_each(Track::fail_sync);
    }
}
