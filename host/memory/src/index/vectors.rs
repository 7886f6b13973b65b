//! Vectors as they are: unit vectors of little-endian f32, read one by one to score candidates.

use super::slots::Shape;

/// The blocks of vectors of so many numbers.
pub(super) fn shape(dimension: u32) -> Shape {
    Shape::of(usize::try_from(dimension).unwrap_or(usize::MAX).saturating_mul(4))
}

/// A vector as it is stored.
pub(super) fn bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The vector that is stored so.
pub(super) fn numbers(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers.iter().map(|number| f32::from_le_bytes(*number)).collect()
}

/// The vector at length 1; a zero vector stays zero, so its cosine is 0 with everything.
pub(crate) fn unit(vector: &[f32]) -> Vec<f32> {
    // Scaled first: squares of large numbers would be infinite.
    let largest = vector.iter().fold(0_f32, |largest, number| largest.max(number.abs()));
    if largest == 0.0 {
        return vec![0.0; vector.len()];
    }
    let scaled: Vec<f32> = vector.iter().map(|number| number / largest).collect();
    let length = scaled.iter().map(|number| number * number).sum::<f32>().sqrt();
    scaled.iter().map(|number| number / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_length_one_and_zero_stays_zero() {
        assert_eq!(unit(&[3.0, 4.0]), [0.6, 0.8]);
        assert_eq!(unit(&[0.0, 0.0]), [0.0, 0.0]);
        for vector in [[f32::MAX, f32::MAX], [f32::MIN_POSITIVE, f32::MIN_POSITIVE]] {
            let found = unit(&vector);
            assert!(found.iter().all(|number| (number - 0.5_f32.sqrt()).abs() < 1e-6), "{found:?}");
        }
    }

    #[test]
    fn vectors_read_back() {
        let vector = [0.25, -1.5, f32::MIN_POSITIVE];
        assert_eq!(numbers(&bytes(&vector)), vector);
    }
}
