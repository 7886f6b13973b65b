//! Codes: each vector in one byte a number, for a scan that reads a quarter.
//!
//! A code is a scale (f32, little-endian) and then for each number of the vector an i8: the number
//! is the i8 times the scale. A code tells which vectors may be near; how near they are, the
//! vectors themselves say.

use super::slots::Shape;

const SCALE_BYTES: usize = 4;
const MAX_CODE: f32 = 127.0;

/// The blocks of codes of vectors of so many numbers.
pub(super) fn shape(dimension: u32) -> Shape {
    Shape::of(usize::try_from(dimension).unwrap_or(usize::MAX).saturating_add(SCALE_BYTES))
}

/// The code of a vector of finite numbers; of a zero vector all zero.
pub(super) fn encode(vector: &[f32]) -> Vec<u8> {
    let largest = largest(vector);
    let scale = largest / MAX_CODE;
    let mut code = Vec::with_capacity(SCALE_BYTES + vector.len());
    code.extend_from_slice(&scale.to_le_bytes());
    code.extend(vector.iter().map(|number| {
        let number = i8::try_from(parts(*number, largest, MAX_CODE)).unwrap_or(i8::MAX);
        number.cast_unsigned()
    }));
    code
}

fn largest(vector: &[f32]) -> f32 {
    vector.iter().fold(0_f32, |largest, number| largest.max(number.abs()))
}

/// The number, of which none is above `largest`, as a share of `steps`.
#[expect(clippy::cast_possible_truncation, reason = "a rounded number between -steps and steps")]
fn parts(number: f32, largest: f32, steps: f32) -> i16 {
    if largest > 0.0 { (number / largest * steps).round() as i16 } else { 0 }
}

/// A vector to compare codes with.
pub(crate) struct Probe(Vec<i16>);

impl Probe {
    /// Finer than codes, as far as no sum can leave an i32.
    pub(crate) fn new(vector: &[f32]) -> Self {
        let room = u32::try_from(vector.len()).unwrap_or(u32::MAX).max(1).saturating_mul(127);
        let steps = (i32::MAX.cast_unsigned() / room).min(i16::MAX.cast_unsigned().into());
        let steps = f32::from(u16::try_from(steps).unwrap_or(u16::MAX));
        let largest = largest(vector);
        Self(vector.iter().map(|number| parts(*number, largest, steps)).collect())
    }

    /// In the order of the cosines, nearly; comparable for one probe.
    pub(crate) fn score(&self, code: &[u8]) -> f64 {
        let Some((scale, code)) = code.split_first_chunk::<SCALE_BYTES>() else { return 0.0 };
        f64::from(f32::from_le_bytes(*scale)) * f64::from(dot(&self.0, code))
    }
}

/// The scalar product. Written so that the compiler takes eight products at a time also where
/// loops are not unrolled: numbers are widened a chunk at a time, and sums wrap, as checks would
/// keep them one by one.
fn dot(probe: &[i16], code: &[u8]) -> i32 {
    const CHUNK: usize = 64;
    let (probe, probe_rest) = probe.as_chunks::<CHUNK>();
    let (code, code_rest) = code.as_chunks::<CHUNK>();
    let product = |sum: i32, (left, right): (&i16, i16)| {
        sum.wrapping_add(i32::from(*left).wrapping_mul(i32::from(right)))
    };
    let sum = probe.iter().zip(code).fold(0_i32, |sum, (probe, code)| {
        let code = code.map(|number| i16::from(number.cast_signed()));
        sum.wrapping_add(probe.iter().zip(code).fold(0, product))
    });
    let rest = code_rest.iter().map(|number| i16::from(number.cast_signed()));
    sum.wrapping_add(probe_rest.iter().zip(rest).fold(0, product))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_counts_once() {
        for dimension in [1_i16, 7, 63, 64, 65, 128, 130] {
            let probe: Vec<i16> = (0..dimension).map(|number| number * 200 - 9_000).collect();
            let code: Vec<i8> =
                (0..dimension).map(|number| i8::try_from(number % 255 - 127).unwrap()).collect();
            let expected: i32 =
                probe.iter().zip(&code).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
            let code: Vec<u8> = code.iter().map(|number| number.cast_unsigned()).collect();
            assert_eq!(dot(&probe, &code), expected, "{dimension}");
        }
    }

    #[test]
    fn scores_follow_cosines_and_zero_is_zero() {
        let probe = Probe::new(&[0.6, -0.8]);
        let score = |vector: &[f32]| probe.score(&encode(vector));
        assert!(score(&[0.6, -0.8]) > score(&[0.8, -0.6]));
        assert!(score(&[0.8, -0.6]) > score(&[1.0, 0.0]));
        assert!(score(&[-0.6, 0.8]) < 0.0);
        assert_eq!(score(&[0.0, 0.0]), 0.0);
        assert_eq!(Probe::new(&[0.0, 0.0]).score(&encode(&[1.0, 0.0])), 0.0);
    }

    #[test]
    fn the_widest_vectors_do_not_overflow() {
        for dimension in [1, 2, 384, 4_096] {
            let vector = vec![1.0; dimension];
            let score = Probe::new(&vector).score(&encode(&vector));
            assert!(score > 0.0, "{dimension}: {score}");
        }
    }
}
