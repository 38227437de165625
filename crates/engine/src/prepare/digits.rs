//! Codes and weights as sums of bits.

use noctule_program::parts::{Codes, LowPlane};

/// How the bits of a value make the value: `sum of weight(p) * bit[p] + offset`.
///
/// | value | weights | offset |
/// |---|---|---|
/// | 1-bit signed code | 2 | -1 |
/// | b-bit signed code | 1, 2, .., -2^(b-1) | 0 |
/// | b-bit unsigned code | 1, 2, .., 2^(b-1) | 0 |
/// | weight of one plane | 2 | -1 |
/// | weight of two planes | 2 * 2^ratio, 2 | -2^ratio - 1 |
///
/// The product of two such values is a sum of `popcount`s and of terms of one operand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digits {
    weights: [i32; 8],
    planes: usize,
    offset: i32,
}

impl Digits {
    pub(crate) fn of_codes(codes: Codes) -> Self {
        let planes = usize::from(codes.bits);
        let mut weights = [1, 2, 4, 8, 16, 32, 64, 128];
        match (codes.signed, planes) {
            (true, 1) => Self { weights: [2; 8], planes, offset: -1 },
            (signed, _) => {
                if signed {
                    weights[planes - 1] *= -1;
                }
                Self { weights, planes, offset: 0 }
            }
        }
    }

    pub(crate) fn of_weights(low: Option<&LowPlane>) -> Self {
        match low {
            None => Self { weights: [2; 8], planes: 1, offset: -1 },
            Some(low) => {
                let high = 1 << low.ratio;
                let mut weights = [2; 8];
                weights[0] = 2 * high;
                Self { weights, planes: 2, offset: -high - 1 }
            }
        }
    }

    /// Bits of a value.
    pub(crate) fn planes(&self) -> usize {
        self.planes
    }

    /// Weight of each plane.
    pub(crate) fn weights(&self) -> &[i32] {
        &self.weights[..self.planes]
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
        let set = digits.weights().iter().enumerate().filter(|&(p, _)| bits >> p & 1 == 1);
        set.map(|(_, w)| w).sum::<i32>() + digits.offset()
    }

    #[test]
    fn codes_are_their_low_bits() {
        for bits in [2, 4, 8] {
            for (signed, lo, hi) in
                [(true, -(1 << (bits - 1)), (1 << (bits - 1)) - 1), (false, 0, (1 << bits) - 1)]
            {
                let digits = Digits::of_codes(Codes { bits, signed });
                assert!((lo..=hi).all(|code: i32| value(&digits, code.cast_unsigned()) == code));
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
        }
        assert_eq!([0, 1].map(|bit| value(&Digits::of_weights(None), bit)), [-1, 1]);
    }
}
