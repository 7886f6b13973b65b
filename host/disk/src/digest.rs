//! Tells contents apart by 128 bits.
//!
//! Nobody makes contents on purpose that would meet, and there are millions of them, so this is
//! quick before it is strong. It is the same in every run and on every machine.

/// Equal contents have equal digests.
pub(crate) type Digest = u128;

/// Two independent lanes; each takes in every word.
#[derive(Debug, Clone, Copy)]
struct Lanes(u64, u64);

const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0xd1b5_4a32_d192_ed03;
const THIRD: u64 = 0x8cb9_2ba7_2f3d_8dd7;
const FOURTH: u64 = 0xff51_afd7_ed55_8ccd;

/// Both halves of a product, on top of each other: a bit that goes in comes out all over.
fn folded(a: u64, b: u64) -> u64 {
    let (low, high) = a.carrying_mul(b, 0);
    low ^ high
}

impl Lanes {
    fn new() -> Self {
        Self(FIRST, SECOND)
    }

    fn take(self, a: u64, b: u64) -> Self {
        // What a word does to its lane depends on all that came before, and a product of zero in
        // one lane is none in the other.
        let first = folded(self.0 ^ a ^ THIRD, self.0.rotate_left(29) ^ b ^ FOURTH);
        let second = folded(self.1 ^ b ^ FIRST, self.1.rotate_left(37) ^ a ^ SECOND);
        Self(first.wrapping_add(FIRST), second.wrapping_add(SECOND))
    }

    fn digest(self) -> Digest {
        let Self(a, b) = self.take(FOURTH, THIRD);
        (u128::from(a) << 64) | u128::from(b)
    }
}

/// A run of bytes.
pub(crate) fn bytes(bytes: &[u8]) -> Digest {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let (pairs, rest) = bytes.as_chunks::<16>();
    let taken = pairs.iter().fold(Lanes::new().take(length, 0), |lanes, pair| {
        let (a, b) = halves(u128::from_le_bytes(*pair));
        lanes.take(a, b)
    });
    let mut last = [0; 16];
    for (place, byte) in last.iter_mut().zip(rest) {
        *place = *byte;
    }
    let (a, b) = halves(u128::from_le_bytes(last));
    taken.take(a, b).digest()
}

/// Two things in this order.
pub(crate) fn pair(first: Digest, second: Digest) -> Digest {
    let ((a, b), (c, d)) = (halves(first), halves(second));
    Lanes::new().take(a, b).take(c, d).digest()
}

/// The lower half and the upper one.
fn halves(value: u128) -> (u64, u64) {
    let low = value & u128::from(u64::MAX);
    (u64::try_from(low).unwrap_or(u64::MAX), u64::try_from(value >> 64).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Words of a sum and product that only wrap would meet where two top bits change at once.
    #[test]
    fn every_pair_of_bits_of_a_block_changes_the_digest() {
        let mut seen = BTreeSet::from([bytes(&[7; 64])]);
        for first in 0..512 {
            for second in 0..first {
                let mut block = [7_u8; 64];
                block[first / 8] ^= 1 << (first % 8);
                block[second / 8] ^= 1 << (second % 8);
                assert!(seen.insert(bytes(&block)), "bits {first} and {second}");
            }
        }
    }

    #[test]
    fn length_and_order_count() {
        let digests = [b"".as_slice(), b"\0", b"\0\0", &[0; 16], &[0; 17], b"ab", b"ba"].map(bytes);
        assert_eq!(BTreeSet::from(digests).len(), digests.len());
        assert_ne!(pair(1, 2), pair(2, 1));
        assert_ne!(pair(0, 0), 0);
    }
}
