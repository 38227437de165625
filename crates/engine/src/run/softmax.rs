//! From scores to attention codes, row by row (1.4 of `docs/program-format.md`).

use noctule_program::parts::AttentionForm;

use super::rows::RowsMut;

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

    fn keys(&self) -> impl Iterator<Item = usize> {
        (0..self.end).filter(|&j| self.has(j))
    }
}

/// Writes row `row` of attention codes of head `head`; `exponents` is room for one a token.
pub(crate) fn codes(
    form: &AttentionForm,
    head: usize,
    scores: &[i32],
    allowed: Allowed<'_>,
    exponents: &mut [u16],
    into: (&mut RowsMut<'_>, usize),
) {
    let (rows, row) = into;
    match form {
        AttentionForm::Sps { thresholds } => {
            let threshold = thresholds[head];
            rows.fill(row, |j| u32::from(scores[j] >= threshold && allowed.has(j)));
        }
        AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } => {
            let sum = fill_exponents(table, *shift, scores, allowed, exponents);
            let unit = u64::from(*tau_mul) * sum;
            let code = |j| quotient(u64::from(exponents[j]) << tau_shift, unit, *bits);
            rows.fill(row, |j| if allowed.has(j) { code(j) } else { 0 });
        }
    }
}

/// Each allowed key's exponent; returns their sum.
fn fill_exponents(
    table: &[u16],
    shift: u8,
    scores: &[i32],
    allowed: Allowed<'_>,
    exponents: &mut [u16],
) -> u64 {
    let Some(largest) = allowed.keys().map(|j| scores[j]).max() else { return 0 };
    let last = table.len() - 1;
    let mut sum = 0;
    for j in allowed.keys() {
        let exponent = table[(((largest - scores[j]) >> shift) as usize).min(last)];
        exponents[j] = exponent;
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
}
