//! Attention codes of exponents without a division each.

/// Bits behind the point of a [`Reciprocal`]: beside them a code of eight bits has room in 64.
pub(super) const FRACTION: u32 = 56;
pub(super) const HALF: u64 = 1 << (FRACTION - 1);
/// Bits by which a rest, which is less than a unit, can be shifted.
const PIECE: u8 = 28;

/// What exponents are compared with: code `n` needs `e * 2^shift >= (2n - 1) * unit`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit {
    pub(crate) unit: u64,
    pub(crate) shift: u8,
}

impl Unit {
    /// The least exponent of code `n`.
    pub(crate) fn bound(self, n: u64) -> u64 {
        let least = (2 * n - 1) * self.unit + ((1 << self.shift) - 1);
        (least >> self.shift).max(1)
    }

    /// `2^56 * 2^shift / (2 unit)` rounded up, or the greatest number. In pieces whose rests, of less than `2^36`,
    /// stay within 64 bits: a division of 128 bits is a call into a library that boards do not have.
    fn quotient(self) -> u64 {
        let (mut quotient, mut rest, mut shift) = (HALF / self.unit, HALF % self.unit, self.shift);
        while shift > 0 {
            let piece = shift.min(PIECE);
            rest <<= piece;
            quotient = quotient.saturating_mul(1 << piece).saturating_add(rest / self.unit);
            rest %= self.unit;
            shift -= piece;
        }
        quotient.saturating_add(u64::from(rest > 0))
    }
}

/// The code of an exponent `e` is `round(e * 2^shift / (2 unit))`, halves up, at most the largest.
///
/// The factor is `2^56 * 2^shift / (2 unit)`, rounded up, so a product with it is too large by less than
/// `e`: less than `2^16`. The exact quotient lies on an integer or `1 / (2 unit)` below the next one at
/// least, and that is more than `2^(16 - 56)`, since programs have units of less than `2^36` (4,096
/// exponents of 16 bits, times one of 8): the product rounds as the quotient does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reciprocal {
    pub(super) factor: u64,
    /// The largest exponent below those of the largest code; up to it no product leaves 64 bits.
    pub(super) last: u16,
    pub(super) largest: u8,
}

impl Reciprocal {
    /// For codes of so many bits, and an exponent of at least 1 in the sum that makes the unit.
    pub(crate) fn new(unit: Unit, bits: u8) -> Self {
        let largest = (1_u64 << bits) - 1;
        // Where it is more than that, exponents from 1 on have the largest code.
        let factor = unit.quotient().min(largest << FRACTION);
        let last = (unit.bound(largest) - 1).min(u64::from(u16::MAX)) as u16;
        Self { factor, last, largest: largest as u8 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PANEL, plain};
    use super::*;

    /// The code is the number of `n` whose bound an exponent reaches.
    fn check(unit: Unit, bits: u8, exponents: impl Iterator<Item = u16>) {
        let by = Reciprocal::new(unit, bits);
        for e in exponents {
            let reached = |n: &u64| u64::from(e) << unit.shift >= (2 * n - 1) * unit.unit;
            let wanted = (1..1_u64 << bits).filter(reached).count();
            let mut codes = [0; PANEL];
            plain::quotients(&[e; PANEL], by, &mut codes);
            assert_eq!(codes, [wanted as u8; PANEL], "{e} {unit:?} {bits}");
        }
    }

    #[test]
    fn the_quotient_is_the_count() {
        let most = 255 * 4096 * 65535;
        for bits in [2, 4, 8] {
            for unit in [1, 2, 7, 99, 100, 65535, 1 << 30, most - 1, most] {
                for shift in [0, 2, 5, 9, 14, 20, 29, 30, 31] {
                    let some = (0..40).chain([599, 51099, 51100, 51101, 65534, 65535]);
                    check(Unit { unit, shift }, bits, some);
                }
            }
        }
    }

    #[test]
    fn the_quotient_changes_at_each_bound() {
        for (unit, shift) in [(3_000_000_019, 16), (51_234_567, 20), (977, 0), (65_535, 8)] {
            let unit = Unit { unit, shift };
            let bounds = (1..256).filter_map(|n| u16::try_from(unit.bound(n)).ok());
            check(unit, 8, bounds.flat_map(|bound| [bound - 1, bound, bound.saturating_add(1)]));
        }
    }
}
