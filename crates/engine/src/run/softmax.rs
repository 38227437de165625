//! From scores to attention codes, row by row (1.4 of `docs/program-format.md`).

use noctule_program::parts::AttentionForm;

use super::rows::RowsMut;
use crate::kernels::{Bound, Kernel};

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

    /// Clears the bits of the other keys.
    fn keep(&self, words: &mut [u64]) {
        for (n, word) in words.iter_mut().enumerate() {
            let bits = self.end.saturating_sub(64 * n).min(64) as u32;
            let before = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
            *word &= before & self.mask.map_or(u64::MAX, |mask| mask[n]);
        }
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
    /// Writes the codes of one row of scores; `exponents` is room for one a score.
    pub(crate) fn row(
        &self,
        scores: &[i32],
        allowed: Allowed<'_>,
        exponents: &mut [i32],
        into: (&mut RowsMut<'_>, usize),
    ) {
        let (rows, row) = into;
        match self.form {
            AttentionForm::Sps { thresholds } => {
                self.reached(scores, thresholds[self.head], allowed, rows, row);
            }
            AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } => {
                let exponents = &mut exponents[..scores.len()];
                let sum = fill_exponents(table, *shift, scores, allowed, exponents);
                let unit = u64::from(*tau_mul) * sum;
                if *bits == 1 {
                    let bound = unit.div_ceil(1 << tau_shift).min(1 << 16) as i32;
                    return self.reached(exponents, bound, allowed, rows, row);
                }
                let code = |j: usize| {
                    quotient(u64::from(exponents[j].cast_unsigned()) << tau_shift, unit, *bits)
                };
                rows.fill(row, |j| if allowed.has(j) { code(j) } else { 0 });
            }
        }
    }

    /// One bit: is the value of an allowed key at least `bound`?
    fn reached(
        &self,
        values: &[i32],
        bound: i32,
        allowed: Allowed<'_>,
        rows: &mut RowsMut<'_>,
        row: usize,
    ) {
        rows.fill_bits(row, |_, words| {
            self.kernel.threshold(values, Bound::All(bound), words);
            allowed.keep(words);
        });
    }
}

/// Each allowed key's exponent; returns their sum.
fn fill_exponents(
    table: &[u16],
    shift: u8,
    scores: &[i32],
    allowed: Allowed<'_>,
    exponents: &mut [i32],
) -> u64 {
    let Allowed { end, mask } = allowed;
    let scores = &scores[..end];
    if mask.is_none() {
        return fill_where(table, shift, scores, exponents, |_| true);
    }
    fill_where(table, shift, scores, exponents, |j| allowed.has(j))
}

#[inline(always)]
fn fill_where(
    table: &[u16],
    shift: u8,
    scores: &[i32],
    exponents: &mut [i32],
    allowed: impl Fn(usize) -> bool,
) -> u64 {
    let keys = || scores.iter().enumerate().filter(|(j, _)| allowed(*j));
    let Some(largest) = keys().map(|(_, score)| *score).max() else { return 0 };
    let last = table.len() - 1;
    let mut sum = 0;
    for (j, score) in keys() {
        let exponent = table[(((largest - score) >> shift) as usize).min(last)];
        exponents[j] = i32::from(exponent);
        sum += u64::from(exponent);
    }
    sum
}

/// The number of `n` in `1 .. 2^bits` with `e >= (2n - 1) * unit`, bit by bit.
#[inline]
fn quotient(e: u64, unit: u64, bits: u8) -> u32 {
    (0..bits).rev().fold(0, |code, bit| {
        let more = code | 1 << bit;
        if e >= (2 * u64::from(more) - 1) * unit { more } else { code }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quotient_is_the_count() {
        for bits in [1, 2, 4, 8] {
            for unit in [0, 1, 2, 7, 100] {
                for e in (0..600).chain([51099, 51100, 51101]) {
                    let count = (1..1_u64 << bits).filter(|n| e >= (2 * n - 1) * unit).count();
                    assert_eq!(quotient(e, unit, bits) as usize, count, "{e} {unit} {bits}");
                }
            }
        }
    }

    #[test]
    fn only_allowed_keys_are_kept() {
        for end in [0, 1, 63, 64, 65, 127, 128] {
            for mask in [None, Some(&[0x5555_5555_5555_5555, u64::MAX << 60][..])] {
                let allowed = Allowed { end, mask };
                let mut words = [u64::MAX; 2];
                allowed.keep(&mut words);
                let kept = |j: usize| words[j / 64] >> (j % 64) & 1 == 1;
                assert!((0..128).all(|j| kept(j) == allowed.has(j)), "{end} {mask:?}");
            }
        }
    }
}
