//! A file's bytes in blocks.

use std::sync::{Arc, OnceLock};

/// Bytes of a block: what a disk writes whole, as far as a crash is concerned.
pub const BLOCK_BYTES: usize = 4_096;

/// A block's bytes. A block of nothing but zeros is a hole, so that one content has one form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Block(Option<Arc<Bytes>>);

#[derive(Debug)]
struct Bytes {
    bytes: [u8; BLOCK_BYTES],
    /// Made when it is first asked for: most blocks are written over before.
    digest: OnceLock<u64>,
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Bytes {}

impl Block {
    pub(crate) fn new(bytes: [u8; BLOCK_BYTES]) -> Self {
        if bytes.iter().all(|byte| *byte == 0) {
            return Self(None);
        }
        Self(Some(Arc::new(Bytes { bytes, digest: OnceLock::new() })))
    }

    pub(crate) fn bytes(&self) -> [u8; BLOCK_BYTES] {
        self.0.as_ref().map_or([0; BLOCK_BYTES], |block| block.bytes)
    }

    pub(crate) fn is_hole(&self) -> bool {
        self.0.is_none()
    }

    /// Equal blocks have equal digests.
    pub(crate) fn digest(&self) -> u64 {
        let of = |block: &Arc<Bytes>| *block.digest.get_or_init(|| digest(&block.bytes));
        self.0.as_ref().map_or(0, of)
    }

    /// The same with these bytes in place of those from `at` on.
    pub(crate) fn with(&self, at: usize, bytes: &[u8]) -> Self {
        let mut block = self.bytes();
        for (place, byte) in block.iter_mut().skip(at).zip(bytes) {
            *place = *byte;
        }
        Self::new(block)
    }

    /// The same with nothing from `len` on.
    pub(crate) fn cut(&self, len: usize) -> Self {
        let mut block = self.bytes();
        if block.iter().skip(len).all(|byte| *byte == 0) {
            return self.clone();
        }
        for byte in block.iter_mut().skip(len) {
            *byte = 0;
        }
        Self::new(block)
    }

    /// The first `len` bytes of this one, and the rest of `other`.
    pub(crate) fn torn(&self, other: &Self, len: usize) -> Self {
        let (new, mut block) = (self.bytes(), other.bytes());
        for (place, byte) in block.iter_mut().zip(new).take(len) {
            *place = byte;
        }
        Self::new(block)
    }
}

/// Tells blocks apart by eight bytes at a time. Nobody makes blocks on purpose that would meet, and
/// there are millions of them, so it is quick before it is strong.
fn digest(bytes: &[u8; BLOCK_BYTES]) -> u64 {
    let (words, _) = bytes.as_chunks();
    words.iter().fold(0x9e37_79b9_7f4a_7c15, |mix: u64, word| {
        (mix ^ u64::from_le_bytes(*word)).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(31)
    })
}
