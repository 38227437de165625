//! Codes and weights as sums of bits.

use noctule_program::parts::{Codes, LowPlane};

/// How the bits of a value make the value: `sum of bit[p] << shift(p), plus offset`.
///
/// | value | shifts | offset |
/// |---|---|---|
/// | 1-bit signed code | 1 | -1 |
/// | b-bit signed code, stored as `code + 2^(b-1)` | 0, 1, .., b-1 | -2^(b-1) |
/// | b-bit unsigned code | 0, 1, .., b-1 | 0 |
/// | weight of one plane | 1 | -1 |
/// | weight of two planes, the high one first | ratio + 1, 1 | -2^ratio - 1 |
///
/// The product of two such values is a sum of products of unsigned numbers with bits, shifted, and
/// of terms of one operand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digits {
    shifts: [u32; 8],
    planes: usize,
    offset: i32,
}

impl Digits {
    pub(crate) fn of_codes(codes: Codes) -> Self {
        let planes = usize::from(codes.bits);
        match (codes.signed, planes) {
            (true, 1) => Self { shifts: [1; 8], planes, offset: -1 },
            (signed, _) => {
                let offset = if signed { -(1 << (planes - 1)) } else { 0 };
                Self { shifts: [0, 1, 2, 3, 4, 5, 6, 7], planes, offset }
            }
        }
    }

    pub(crate) fn of_weights(low: Option<&LowPlane>) -> Self {
        let Some(low) = low else { return Self { shifts: [1; 8], planes: 1, offset: -1 } };
        let mut shifts = [1; 8];
        shifts[0] = u32::from(low.ratio) + 1;
        Self { shifts, planes: 2, offset: -(1 << low.ratio) - 1 }
    }

    /// Bits of a value.
    pub(crate) fn planes(&self) -> usize {
        self.planes
    }

    /// Shift of each plane.
    pub(crate) fn shifts(&self) -> &[u32] {
        &self.shifts[..self.planes]
    }

    /// The largest magnitude of a sum of products of two such values.
    pub(crate) fn largest_sum(inputs: usize, left: Self, right: Self) -> i64 {
        inputs as i64 * left.largest() * right.largest()
    }

    /// The largest magnitude.
    fn largest(&self) -> i64 {
        let all: i64 = self.shifts().iter().map(|shift| 1_i64 << shift).sum();
        let offset = i64::from(self.offset);
        (all + offset).max(-offset)
    }

    /// What a value without bits counts.
    pub(crate) fn offset(&self) -> i32 {
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use noctule_program::bits::BitMatrix;

    use super::*;

    fn value(digits: &Digits, bits: u32) -> i32 {
        let planes = digits.shifts().iter().enumerate();
        planes.map(|(p, shift)| ((bits >> p & 1) << shift).cast_signed()).sum::<i32>()
            + digits.offset()
    }

    #[test]
    fn codes_are_counted_from_the_least() {
        for bits in [2, 4, 8] {
            for (signed, least) in [(true, -(1 << (bits - 1))), (false, 0)] {
                let digits = Digits::of_codes(Codes { bits, signed });
                assert!(
                    (0..1 << bits).all(|n: i32| value(&digits, n.cast_unsigned()) == least + n)
                );
            }
        }
        let one = |signed| Digits::of_codes(Codes { bits: 1, signed });
        assert_eq!([0, 1].map(|bit| value(&one(true), bit)), [-1, 1]);
        assert_eq!([0, 1].map(|bit| value(&one(false), bit)), [0, 1]);
    }

    #[test]
    fn two_planes_weigh_differently() {
        for ratio in 0..8 {
            let low = LowPlane { bits: BitMatrix::zeros(1, 1), ratio };
            let digits = Digits::of_weights(Some(&low));
            let high = 1 << ratio;
            let want = [-high - 1, high - 1, -high + 1, high + 1];
            assert_eq!([0, 1, 2, 3].map(|bits| value(&digits, bits)), want);
            assert_eq!(digits.largest(), i64::from(high + 1));
        }
        assert_eq!([0, 1].map(|bit| value(&Digits::of_weights(None), bit)), [-1, 1]);
    }
}
