//! What a disk may do one way or another and be right.

use serde::{Deserialize, Serialize};

use crate::disk::Entry;
use crate::tree::Ino;

/// Of this many reads and writes about one is short.
const SHORT_ONE_IN: u64 = 8;

/// What no program may count on, drawn from a seed: files' numbers; the order of a folder's
/// entries, anew at each listing; and which reads and writes do less than they were asked for.
/// The same seed and the same calls give the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quirks {
    /// Decides all of it.
    pub seed: u64,
}

impl Quirks {
    /// A file's or folder's number: its own and the same for as long as the disk lives.
    pub(crate) fn number(self, ino: Ino) -> u64 {
        mixed(self.seed, ino)
    }

    /// How many of `len` bytes the call of this number does: at least one, if any is asked for.
    pub(crate) fn part(self, call: u64, len: usize) -> usize {
        let drawn = mixed(self.seed, call);
        if len <= 1 || !drawn.is_multiple_of(SHORT_ONE_IN) {
            return len;
        }
        let part = mixed(drawn, 1) % u64::try_from(len).unwrap_or(u64::MAX);
        usize::try_from(part).unwrap_or(len).max(1)
    }

    /// The order of a folder's entries as the listing of this number gives them.
    pub(crate) fn order(self, listing: u64, entries: &mut [Entry]) {
        let seed = mixed(self.seed, listing);
        entries.sort_by_cached_key(|entry| {
            entry.name.bytes().fold(seed, |mix, byte| mixed(mix, u64::from(byte)))
        });
    }
}

/// Mixes two numbers into one that looks like chance (splitmix64). For one seed, different numbers
/// give different ones.
pub(crate) fn mixed(seed: u64, number: u64) -> u64 {
    let mut mix = seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mix = (mix ^ (mix >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mix = (mix ^ (mix >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mix ^ (mix >> 31)
}
