//! The only rounding, saturation and clamp of a program (1.1 of `docs/program-format.md`).

use crate::parts::{Codes, Rescale};

/// `floor((v + h) / 2^s)` with `h = 2^(s-1)`, or 0 for `s = 0`: rounds half up.
///
/// `s` is at most 62 and `v + h` must fit 64 bits, as every value of a checked program does.
#[inline]
#[must_use]
pub fn round_shift(v: i64, s: u8) -> i64 {
    if s == 0 { v } else { (v + (1 << (s - 1))) >> s }
}

/// The nearest value of the residual stream, 16 bits signed.
#[inline]
#[must_use]
pub fn sat16(v: i64) -> i32 {
    v.clamp(-32768, 32767) as i32
}

impl Rescale {
    /// `round_shift(a * mul[c] + add[c], shift)` for channel `c`. Panics if there is no such channel.
    #[inline]
    #[must_use]
    pub fn apply(&self, c: usize, a: i32) -> i64 {
        round_shift(i64::from(a) * i64::from(self.mul[c]) + self.add[c], self.shift)
    }
}

impl Codes {
    /// The smallest code.
    #[inline]
    #[must_use]
    pub fn least(self) -> i32 {
        match self {
            Codes { signed: false, .. } => 0,
            Codes { bits: 1, .. } => -1,
            Codes { bits, .. } => -(1 << (bits - 1)),
        }
    }

    /// The largest code.
    #[inline]
    #[must_use]
    pub fn largest(self) -> i32 {
        match self {
            Codes { bits: 1, .. } => 1,
            Codes { bits, signed: true } => (1 << (bits - 1)) - 1,
            Codes { bits, signed: false } => (1 << bits) - 1,
        }
    }

    /// The code nearest to `v`. One-bit codes are made by a threshold instead.
    #[inline]
    #[must_use]
    pub fn clamp(self, v: i64) -> i32 {
        v.clamp(i64::from(self.least()), i64::from(self.largest())) as i32
    }

    /// Is `code` one of these codes?
    #[inline]
    #[must_use]
    pub fn contains(self, code: i32) -> bool {
        let zero = code == 0 && self.bits == 1 && self.signed;
        (self.least()..=self.largest()).contains(&code) && !zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    #[test]
    fn half_rounds_up() {
        let shifted: Vec<i64> = (-6..7).map(|v| round_shift(v, 2)).collect();
        assert_eq!(shifted, [-1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2]);
        assert_eq!((round_shift(-7, 0), round_shift(-1, 1), round_shift(1, 1)), (-7, 0, 1));
    }

    #[test]
    fn residuals_saturate() {
        assert_eq!([-40000, -32769, 5, 32768].map(sat16), [-32768, -32768, 5, 32767]);
    }

    #[test]
    fn codes_have_their_ranges() {
        let range = |bits, signed| {
            let codes = Codes { bits, signed };
            (codes.least(), codes.largest())
        };
        assert_eq!([1, 2, 4, 8].map(|b| range(b, true)), [(-1, 1), (-2, 1), (-8, 7), (-128, 127)]);
        assert_eq!([1, 2, 4, 8].map(|b| range(b, false)), [(0, 1), (0, 3), (0, 15), (0, 255)]);
        assert!(!Codes { bits: 1, signed: true }.contains(0));
        assert!(Codes { bits: 1, signed: false }.contains(0));
        assert_eq!(Codes { bits: 4, signed: false }.clamp(-3), 0);
    }

    #[test]
    fn the_widest_rescale_fits() {
        let add = vec![(1 << 47) - 1];
        let rescale = Rescale { mul: vec![u16::MAX], add, shift: 47 };
        assert_eq!((rescale.apply(0, i32::MAX), rescale.apply(0, i32::MIN)), (2, 0));
    }
}
