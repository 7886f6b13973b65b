//! A file's bytes in blocks.

use std::sync::{Arc, OnceLock};

use crate::digest::{self, Digest};

/// Bytes of a block: what a disk writes whole, as far as a crash is concerned.
pub const BLOCK_BYTES: usize = 4_096;

static ZEROS: [u8; BLOCK_BYTES] = [0; BLOCK_BYTES];

/// A block's bytes, shared by all that hold them. A block of nothing but zeros is a hole, so that
/// one content has one form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Block(Option<Arc<Bytes>>);

#[derive(Debug)]
struct Bytes {
    bytes: [u8; BLOCK_BYTES],
    /// Made when it is first asked for: most blocks are written over before.
    digest: OnceLock<Digest>,
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.bytes == other.bytes
    }
}

impl Eq for Bytes {}

/// The block whose number is given first, and where in it a byte of a file is.
pub(crate) fn split(offset: u64) -> (u64, usize) {
    let block = u64::try_from(BLOCK_BYTES).unwrap_or(u64::MAX);
    (offset / block, usize::try_from(offset % block).unwrap_or(0))
}

/// Number of blocks that hold this many bytes.
pub(crate) fn blocks_of(size: u64) -> u64 {
    size.div_ceil(u64::try_from(BLOCK_BYTES).unwrap_or(u64::MAX))
}

impl Block {
    pub(crate) const HOLE: Self = Self(None);

    pub(crate) fn new(bytes: &[u8; BLOCK_BYTES]) -> Self {
        if *bytes == ZEROS {
            return Self(None);
        }
        Self(Some(Arc::new(Bytes { bytes: *bytes, digest: OnceLock::new() })))
    }

    pub(crate) fn bytes(&self) -> &[u8; BLOCK_BYTES] {
        self.0.as_ref().map_or(&ZEROS, |block| &block.bytes)
    }

    pub(crate) fn is_hole(&self) -> bool {
        self.0.is_none()
    }

    /// Equal blocks have equal digests; a hole's is 0.
    pub(crate) fn digest(&self) -> Digest {
        let of = |block: &Arc<Bytes>| *block.digest.get_or_init(|| digest::bytes(&block.bytes));
        self.0.as_ref().map_or(0, of)
    }

    /// The same with these bytes in place of those from `at` on. Where they are a whole block, the
    /// old ones are not looked at.
    pub(crate) fn with(&self, at: usize, bytes: &[u8]) -> Self {
        if at == 0
            && let Ok(whole) = bytes.try_into()
        {
            return Self::new(whole);
        }
        let mut block = *self.bytes();
        for (place, byte) in block.iter_mut().skip(at).zip(bytes) {
            *place = *byte;
        }
        Self::new(&block)
    }

    /// The same with nothing from `len` on.
    pub(crate) fn cut(&self, len: usize) -> Self {
        if self.bytes().get(len..) == ZEROS.get(len..) {
            return self.clone();
        }
        let mut block = *self.bytes();
        for byte in block.iter_mut().skip(len) {
            *byte = 0;
        }
        Self::new(&block)
    }

    /// The first `len` bytes of this one, and the rest of `other`.
    pub(crate) fn torn(&self, other: &Self, len: usize) -> Self {
        let mut block = *other.bytes();
        for (place, byte) in block.iter_mut().zip(self.bytes()).take(len) {
            *place = *byte;
        }
        Self::new(&block)
    }
}
