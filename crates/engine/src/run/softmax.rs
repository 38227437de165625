//! From scores to attention codes, row by row (1.4 of `docs/program-format.md`).

use noctule_program::parts::AttentionForm;

use super::rows::RowsMut;
use crate::kernels::{Kernel, PANEL, TileRow};

/// Which keys a query may attend to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed<'a> {
    /// Keys before this one only.
    pub(crate) end: usize,
    /// Of these, the ones whose bit is set.
    pub(crate) mask: Option<&'a [u64]>,
}

impl Allowed<'_> {
    #[inline]
    fn has(&self, j: usize) -> bool {
        j < self.end && self.mask.is_none_or(|mask| mask[j / 64] >> (j % 64) & 1 == 1)
    }

    /// A bit for each of 64 keys.
    fn word(&self, n: usize) -> u64 {
        let bits = self.end.saturating_sub(64 * n).min(64) as u32;
        let before = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
        before & self.mask.map_or(u64::MAX, |mask| mask[n])
    }
}

/// Attention codes of one head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weigher<'a> {
    pub(crate) kernel: &'a dyn Kernel,
    pub(crate) form: &'a AttentionForm,
    pub(crate) head: usize,
}

impl Weigher<'_> {
    /// Writes the codes of one row of scores; `exponents` is room for one a score, in whole panels.
    pub(crate) fn row(
        &self,
        scores: &[i32],
        allowed: Allowed<'_>,
        exponents: &mut [u16],
        into: (&mut RowsMut<'_>, usize),
    ) {
        match self.form {
            AttentionForm::Sps { thresholds } => {
                self.reached(scores, thresholds[self.head], allowed, into);
            }
            AttentionForm::Softmax { bits: 1, table, shift, tau_mul, tau_shift } => {
                let Some((largest, sum)) = self.sum(table, *shift, scores, allowed) else { return };
                let unit = Unit { unit: u64::from(*tau_mul) * sum, shift: *tau_shift };
                let reached = table.partition_point(|&e| u64::from(e) >= unit.bound(1));
                if let Some(bound) = score_bound(largest, *shift, reached, table.len()) {
                    self.reached(scores, bound, allowed, into);
                }
            }
            AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } => {
                let exponents = &mut exponents[..scores.len().next_multiple_of(PANEL)];
                exponents.fill(0);
                let sum = self.exponents(table, *shift, scores, allowed, exponents);
                let unit = Unit { unit: u64::from(*tau_mul) * sum, shift: *tau_shift };
                self.quotients(exponents, unit, *bits, scores.len(), into);
            }
        }
    }

    /// One bit: is the score of an allowed key at least `bound`?
    fn reached(
        &self,
        scores: &[i32],
        bound: i32,
        allowed: Allowed<'_>,
        (rows, row): (&mut RowsMut<'_>, usize),
    ) {
        let bounds = [bound; PANEL];
        for (n, scores) in scores.chunks(PANEL).enumerate() {
            let mut values = [0; PANEL];
            values[..scores.len()].copy_from_slice(scores);
            let tile = TileRow { values: &values, row: 0, columns: &[0; PANEL] };
            let bits = self.kernel.threshold(tile, &bounds) & allowed.word(n);
            rows.put(row, PANEL * n, scores.len(), &[bits]);
        }
    }

    /// The largest allowed score and the sum of the allowed keys' exponents, if there is a key.
    fn sum(
        &self,
        table: &[u16],
        shift: u8,
        scores: &[i32],
        allowed: Allowed<'_>,
    ) -> Option<(i32, u64)> {
        let scores = &scores[..allowed.end];
        if allowed.mask.is_none() {
            return Some(self.kernel.exponent_sum(scores, table, shift));
        }
        let keys = || scores.iter().enumerate().filter(|(j, _)| allowed.has(*j));
        let largest = keys().map(|(_, score)| *score).max()?;
        let exponent = |score| u64::from(table[step(largest, score, shift, table)]);
        Some((largest, keys().map(|(_, &score)| exponent(score)).sum()))
    }

    /// Each allowed key's exponent; the others' stay 0. Returns the sum.
    fn exponents(
        &self,
        table: &[u16],
        shift: u8,
        scores: &[i32],
        allowed: Allowed<'_>,
        exponents: &mut [u16],
    ) -> u64 {
        let scores = &scores[..allowed.end];
        match allowed.mask {
            None => self.kernel.exponents(scores, table, shift, exponents),
            Some(_) => masked_exponents(table, shift, scores, allowed, exponents),
        }
    }

    /// The codes of exponents; that of the exponent 0 is 0.
    fn quotients(
        &self,
        exponents: &[u16],
        unit: Unit,
        bits: u8,
        count: usize,
        (rows, row): (&mut RowsMut<'_>, usize),
    ) {
        let mut bounds = [0; 15];
        let bounds = unit.bounds(bits, &mut bounds);
        let divider = Divider::new(unit, bits);
        for (n, exponents) in exponents.as_chunks::<PANEL>().0.iter().enumerate() {
            let mut codes = [0; PANEL];
            let count = PANEL.min(count - PANEL * n);
            let each = codes.iter_mut().zip(exponents).take(count);
            match (bounds, divider) {
                (Some(bounds), _) => self.kernel.levels(exponents, bounds, &mut codes),
                (None, Some(divider)) => each.for_each(|(code, &e)| *code = divider.quotient(e)),
                (None, None) => each.for_each(|(code, &e)| *code = unit.quotient(e, bits)),
            }
            rows.put_codes(self.kernel, row, PANEL * n, count, &codes);
        }
    }
}

fn masked_exponents(
    table: &[u16],
    shift: u8,
    scores: &[i32],
    allowed: Allowed<'_>,
    exponents: &mut [u16],
) -> u64 {
    let keys = || scores.iter().enumerate().filter(|(j, _)| allowed.has(*j));
    let Some(largest) = keys().map(|(_, score)| *score).max() else { return 0 };
    let mut sum = 0;
    for (j, &score) in keys() {
        exponents[j] = table[step(largest, score, shift, table)];
        sum += u64::from(exponents[j]);
    }
    sum
}

/// Which entry of the table a score has.
fn step(largest: i32, score: i32, shift: u8, table: &[u16]) -> usize {
    (((largest - score) >> shift) as usize).min(table.len() - 1)
}

/// The least score whose entry is one of the first `entries` of `all`, if any has such an entry.
fn score_bound(largest: i32, shift: u8, entries: usize, all: usize) -> Option<i32> {
    if entries == 0 || entries == all {
        return (entries > 0).then_some(i32::MIN);
    }
    let bound = i64::from(largest) - ((entries as i64) << shift) + 1;
    Some(bound.max(i64::from(i32::MIN)) as i32)
}

/// What an exponent is compared with: code `n` needs `e * 2^shift >= (2n - 1) * unit`.
#[derive(Debug, Clone, Copy)]
struct Unit {
    unit: u64,
    shift: u8,
}

impl Unit {
    /// The least exponent of each code from 1 on that a 16-bit exponent can reach, if these are few.
    fn bounds(self, bits: u8, room: &mut [u16; 15]) -> Option<&[u16]> {
        let codes = (1_u64 << bits) - 1;
        if codes > room.len() as u64 {
            return None;
        }
        let mut reached = 0;
        for (room, bound) in room.iter_mut().zip((1..=codes).map(|n| self.bound(n))) {
            let Ok(bound) = u16::try_from(bound) else { break };
            *room = bound;
            reached += 1;
        }
        Some(&room[..reached])
    }

    /// The least exponent of code `n`.
    fn bound(self, n: u64) -> u64 {
        ((2 * n - 1) * self.unit).div_ceil(1 << self.shift).max(1)
    }

    /// The number of `n` in `1 .. 2^bits` whose bound an exponent reaches.
    fn quotient(self, e: u16, bits: u8) -> u8 {
        if e == 0 {
            return 0;
        }
        let reached = ((u64::from(e) << self.shift) + self.unit) / (2 * self.unit);
        reached.min((1 << bits) - 1) as u8
    }
}

/// Quotients of a unit without a division each: `floor(x / d)` is the high half of `x * m`, with
/// `m = floor((2^64 - 1) / d) + 1`, as long as `x * d` fits 64 bits (Granlund and Montgomery, 1994).
#[derive(Debug, Clone, Copy)]
struct Divider {
    unit: Unit,
    m: u64,
    /// The largest `x` of the largest code.
    most: u64,
}

impl Divider {
    /// For codes of so many bits. None where some exponent's quotient would not be exact.
    fn new(unit: Unit, bits: u8) -> Option<Self> {
        let (largest, d) = ((u64::from(u16::MAX) << unit.shift) + unit.unit, 2 * unit.unit);
        let exact = d > 0 && largest.checked_mul(d).is_some();
        exact.then(|| Self { unit, m: u64::MAX / d + 1, most: (d << bits) - 1 })
    }

    /// As [`Unit::quotient`].
    #[inline]
    fn quotient(self, e: u16) -> u8 {
        let x = (u64::from(e) << self.unit.shift) + self.unit.unit;
        let x = x.min(self.most);
        ((u128::from(x) * u128::from(self.m)) >> 64) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quotient_is_the_count() {
        for bits in [1, 2, 4, 8] {
            for (unit, shift) in
                [(1, 0), (2, 0), (7, 0), (100, 0), (100, 2), (99, 5), (1, 9), (1 << 30, 14)]
            {
                let unit = Unit { unit, shift };
                for e in (0..600).chain([51099, 51100, 51101, 65535]) {
                    let reached = |n: &u64| u64::from(e) << shift >= (2 * n - 1) * unit.unit;
                    let count = (1..1_u64 << bits).filter(reached).count();
                    assert_eq!(usize::from(unit.quotient(e, bits)), count, "{e} {unit:?} {bits}");
                    if let Some(divider) = Divider::new(unit, bits) {
                        assert_eq!(usize::from(divider.quotient(e)), count, "{e} {unit:?}");
                    }
                    if let Some(bounds) = unit.bounds(bits, &mut [0; 15]) {
                        let levels = bounds.iter().filter(|bound| e >= **bound).count();
                        assert_eq!(levels, count, "{e} {unit:?} {bits}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_bound_of_scores_is_one_of_exponents() {
        for (shift, all) in [(0, 1), (0, 5), (3, 5), (31, 3)] {
            for entries in 0..=all {
                let bound = score_bound(7, shift, entries, all);
                for score in [i32::MIN / 2, -40, -33, -32, -25, -24, 3, 2, 4, 5, 6, 7] {
                    let entry = (((7 - score) >> shift) as usize).min(all - 1);
                    assert_eq!(bound.is_some_and(|b| score >= b), entry < entries, "{score}");
                }
            }
        }
    }

    #[test]
    fn only_allowed_keys_are_kept() {
        for end in [0, 1, 63, 64, 65, 127, 128] {
            for mask in [None, Some(&[0x5555_5555_5555_5555, u64::MAX << 60][..])] {
                let allowed = Allowed { end, mask };
                let kept = |j: usize| allowed.word(j / 64) >> (j % 64) & 1 == 1;
                assert!((0..128).all(|j| kept(j) == allowed.has(j)), "{end} {mask:?}");
            }
        }
    }
}
