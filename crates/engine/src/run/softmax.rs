//! From scores to attention codes, row by row (1.4 of `docs/program-format.md`).

use noctule_program::parts::AttentionForm;

use super::rows::RowsMut;
use crate::kernels::{FEW, Kernel, PANEL, Reciprocal, StepCodes, TileRow, Unit};

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

/// A row of scores, and how many they are.
#[derive(Debug, Clone, Copy)]
struct Row<'a> {
    scores: &'a [[i32; PANEL]],
    count: usize,
    allowed: Allowed<'a>,
}

impl Row<'_> {
    /// Scores in panel `n`.
    fn in_panel(&self, n: usize) -> usize {
        PANEL.min(self.count - PANEL * n)
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
    /// Writes the codes of a row of `count` scores, padded to whole panels; `exponents` is room for one a score.
    #[inline]
    pub(crate) fn row(
        &self,
        (scores, count): (&[i32], usize),
        allowed: Allowed<'_>,
        exponents: &mut [u16],
        into: (&mut RowsMut<'_>, usize),
    ) {
        let row = Row { scores: scores.as_chunks().0, count, allowed };
        match self.form {
            AttentionForm::Sps { thresholds } => self.reached(row, thresholds[self.head], into),
            AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } => {
                let scores = &scores[..count];
                let softmax =
                    Softmax { bits: *bits, table, shift: *shift, tau: (*tau_mul, *tau_shift) };
                if *bits > 1 && table.len() > FEW {
                    return self.one_by_one(softmax, (row, scores), exponents, into);
                }
                let Some((largest, sum)) = self.sum(softmax, scores, allowed) else { return };
                match bits {
                    1 => {
                        if let Some(bound) = softmax.score_bound(largest, sum) {
                            self.reached(row, bound, into);
                        }
                    }
                    _ => self.look_up(row, softmax, (largest, sum), into),
                }
            }
        }
    }

    /// One bit: is the score of an allowed key at least `bound`?
    #[inline]
    fn reached(&self, row: Row<'_>, bound: i32, (rows, r): (&mut RowsMut<'_>, usize)) {
        let bounds = [bound; PANEL];
        for (n, values) in row.scores.iter().enumerate() {
            let tile = TileRow { values, row: 0, columns: &[0; PANEL] };
            let bits = self.kernel.threshold(tile, &bounds) & row.allowed.word(n);
            rows.put(r, PANEL * n, row.in_panel(n), &[bits]);
        }
    }

    /// Several bits: each entry of a table of few has its code, which is looked up for each score.
    #[inline(never)]
    fn look_up(
        &self,
        row: Row<'_>,
        softmax: Softmax<'_>,
        (first, sum): (i32, u64),
        (rows, r): (&mut RowsMut<'_>, usize),
    ) {
        let (table, by) = (softmax.table, softmax.reciprocal(sum));
        let (mut exponents, mut codes) = ([0; FEW], [0; FEW]);
        exponents[..table.len()].copy_from_slice(table);
        let panels = codes.as_chunks_mut().0.iter_mut().zip(exponents.as_chunks().0);
        for (codes, exponents) in panels.take(table.len().div_ceil(PANEL)) {
            self.kernel.quotients(exponents, by, codes);
        }
        let by = StepCodes { codes: &codes, last: table.len() - 1, first, shift: softmax.shift };
        for (n, scores) in row.scores.iter().enumerate() {
            let mut codes = [0; PANEL];
            self.kernel.look_up(scores, by, &mut codes);
            let allowed = row.allowed.word(n);
            rows.put_codes(self.kernel, r, PANEL * n, row.in_panel(n), (&codes, allowed));
        }
    }

    /// Several bits: a code is made of each score's exponent.
    #[inline(never)]
    fn one_by_one(
        &self,
        softmax: Softmax<'_>,
        (row, scores): (Row<'_>, &[i32]),
        exponents: &mut [u16],
        (rows, r): (&mut RowsMut<'_>, usize),
    ) {
        let exponents = &mut exponents[..PANEL * row.scores.len()];
        exponents.fill(0);
        let sum = self.exponents(softmax, scores, row.allowed, exponents);
        if sum == 0 {
            return;
        }
        let by = softmax.reciprocal(sum);
        for (n, exponents) in exponents.as_chunks().0.iter().enumerate() {
            let mut codes = [0; PANEL];
            self.kernel.quotients(exponents, by, &mut codes);
            rows.put_codes(self.kernel, r, PANEL * n, row.in_panel(n), (&codes, u64::MAX));
        }
    }

    /// The largest allowed score and the sum of the allowed keys' exponents, if there is a key.
    fn sum(
        &self,
        softmax: Softmax<'_>,
        scores: &[i32],
        allowed: Allowed<'_>,
    ) -> Option<(i32, u64)> {
        let Softmax { table, shift, .. } = softmax;
        let scores = &scores[..allowed.end];
        if allowed.mask.is_none() {
            return Some(self.kernel.exponent_sum(scores, table, shift));
        }
        let keys = || scores.iter().enumerate().filter(|(j, _)| allowed.has(*j));
        let largest = keys().map(|(_, score)| *score).max()?;
        let exponent = |score| u64::from(softmax.exponent(largest, score));
        Some((largest, keys().map(|(_, &score)| exponent(score)).sum()))
    }

    /// Each allowed key's exponent; the others' stay 0. Returns the sum.
    fn exponents(
        &self,
        softmax: Softmax<'_>,
        scores: &[i32],
        allowed: Allowed<'_>,
        exponents: &mut [u16],
    ) -> u64 {
        let scores = &scores[..allowed.end];
        match allowed.mask {
            None => self.kernel.exponents(scores, softmax.table, softmax.shift, exponents),
            Some(_) => softmax.masked_exponents(scores, allowed, exponents),
        }
    }
}

/// From scores to exponents to codes.
#[derive(Debug, Clone, Copy)]
struct Softmax<'a> {
    bits: u8,
    table: &'a [u16],
    shift: u8,
    /// `tau_mul`, `tau_shift`.
    tau: (u8, u8),
}

impl Softmax<'_> {
    fn masked_exponents(self, scores: &[i32], allowed: Allowed<'_>, exponents: &mut [u16]) -> u64 {
        let keys = || scores.iter().enumerate().filter(|(j, _)| allowed.has(*j));
        let Some(largest) = keys().map(|(_, score)| *score).max() else { return 0 };
        let mut sum = 0;
        for (j, &score) in keys() {
            exponents[j] = self.exponent(largest, score);
            sum += u64::from(exponents[j]);
        }
        sum
    }

    fn exponent(self, largest: i32, score: i32) -> u16 {
        self.table[(((largest - score) >> self.shift) as usize).min(self.table.len() - 1)]
    }

    /// Of a row whose exponents have this sum.
    fn unit(self, sum: u64) -> Unit {
        Unit { unit: u64::from(self.tau.0) * sum, shift: self.tau.1 }
    }

    fn reciprocal(self, sum: u64) -> Reciprocal {
        Reciprocal::new(self.unit(sum), self.bits)
    }

    /// The least score of code 1, if any has it.
    fn score_bound(self, largest: i32, sum: u64) -> Option<i32> {
        // Tables fall and are short: counting takes fewer steps than a search.
        let bound = u16::try_from(self.unit(sum).bound(1)).ok()?;
        let reached: u16 = self.table.iter().map(|&e| u16::from(e >= bound)).sum();
        let reached = usize::from(reached);
        score_bound(largest, self.shift, reached, self.table.len())
    }
}

/// The least score whose entry is one of the first `entries` of `all`, if any has such an entry.
fn score_bound(largest: i32, shift: u8, entries: usize, all: usize) -> Option<i32> {
    if entries == 0 || entries == all {
        return (entries > 0).then_some(i32::MIN);
    }
    let bound = i64::from(largest) - ((entries as i64) << shift) + 1;
    Some(bound.max(i64::from(i32::MIN)) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

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
