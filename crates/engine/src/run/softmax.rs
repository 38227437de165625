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
    /// Panels with allowed keys at least.
    scores: &'a [[i32; PANEL]],
    count: usize,
    allowed: Allowed<'a>,
}

impl Row<'_> {
    /// Scores in panel `n`.
    fn in_panel(&self, n: usize) -> usize {
        PANEL.min(self.count - PANEL * n)
    }

    /// The scores that kernels look at: all that can be allowed, in halves of panels.
    fn looked_at(&self) -> &[i32] {
        &self.scores.as_flattened()[..self.allowed.end.next_multiple_of(PANEL / 2)]
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
    /// Writes the codes of a row of `count` scores, padded to whole panels, and may spoil those of keys
    /// that are not allowed; `exponents` is room for one a score.
    #[inline]
    pub(crate) fn row(
        &self,
        (scores, count): (&mut [i32], usize),
        allowed: Allowed<'_>,
        exponents: &mut [u16],
        into: (&mut RowsMut<'_>, usize),
    ) {
        let scores = &mut scores.as_chunks_mut().0[..allowed.end.div_ceil(PANEL)];
        match self.form {
            AttentionForm::Sps { thresholds } => {
                let row = Row { scores, count, allowed };
                self.reached(row, thresholds[self.head], into);
            }
            AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } => {
                let tau = (*tau_mul, *tau_shift);
                let mut softmax = Softmax { bits: *bits, table, shift: *shift, tau, hidden: 0 };
                let kept = self.hide(scores, allowed);
                let row = Row { scores, count, allowed };
                softmax.hidden = row.looked_at().len() - kept;
                if kept > 0 {
                    self.weigh(row, softmax, exponents, into);
                }
            }
        }
    }

    /// Keys that are not allowed get the least score: it is never the largest where there is another,
    /// and lies farther below it than any table reaches. Returns how many are allowed.
    fn hide(&self, scores: &mut [[i32; PANEL]], allowed: Allowed<'_>) -> usize {
        let hide = |(n, scores)| {
            let keep = allowed.word(n);
            if keep != u64::MAX {
                self.kernel.hide(keep, scores);
            }
            keep.count_ones() as usize
        };
        scores.iter_mut().enumerate().map(hide).sum()
    }

    /// The codes of a row with an allowed key, the others hidden.
    #[inline]
    fn weigh(
        &self,
        row: Row<'_>,
        softmax: Softmax<'_>,
        exponents: &mut [u16],
        into: (&mut RowsMut<'_>, usize),
    ) {
        let Softmax { bits, table, shift, .. } = softmax;
        if bits > 1 && table.len() > FEW {
            return self.one_by_one(row, softmax, exponents, into);
        }
        let (largest, sum) = self.kernel.exponent_sum(row.looked_at(), table, shift);
        let sum = sum - softmax.of_hidden();
        if bits > 1 {
            self.look_up(row, softmax, (largest, sum), into);
        } else if let Some(bound) = softmax.score_bound(largest, sum) {
            self.reached(row, bound, into);
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
        row: Row<'_>,
        softmax: Softmax<'_>,
        exponents: &mut [u16],
        (rows, r): (&mut RowsMut<'_>, usize),
    ) {
        let Softmax { table, shift, .. } = softmax;
        let sum = self.kernel.exponents(row.looked_at(), table, shift, exponents);
        let by = softmax.reciprocal(sum - softmax.of_hidden());
        for (n, exponents) in exponents.as_chunks().0[..row.scores.len()].iter().enumerate() {
            let mut codes = [0; PANEL];
            self.kernel.quotients(exponents, by, &mut codes);
            let allowed = row.allowed.word(n);
            rows.put_codes(self.kernel, r, PANEL * n, row.in_panel(n), (&codes, allowed));
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
    /// Scores of a row that kernels look at though their keys are not allowed.
    hidden: usize,
}

impl Softmax<'_> {
    /// What hidden scores have in the sum of exponents.
    fn of_hidden(self) -> u64 {
        self.hidden as u64 * u64::from(self.table[self.table.len() - 1])
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
    use noctule_program::parts::Codes;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{
        kernels::KernelName,
        prepare::Digits,
        room::Room,
        run::rows::{CodeBuffer, Layout},
    };

    /// As `attend` has it in `docs/program-format.md`.
    fn defined(form: &AttentionForm, scores: &[i32], allowed: &[bool]) -> Vec<i32> {
        let keys = || (0..scores.len()).filter(|j| allowed[*j]);
        let mut codes = vec![0; scores.len()];
        match form {
            AttentionForm::Sps { thresholds } => {
                keys().for_each(|j| codes[j] = i32::from(scores[j] >= thresholds[0]));
            }
            AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } => {
                let largest = keys().map(|j| scores[j]).max().unwrap_or(0);
                let step = |j: usize| ((largest - scores[j]) >> shift) as usize;
                let exponent = |j: usize| u64::from(table[step(j).min(table.len() - 1)]);
                let unit = u64::from(*tau_mul) * keys().map(exponent).sum::<u64>();
                for j in keys() {
                    let reached = |n: &u64| exponent(j) << tau_shift >= (2 * n - 1) * unit;
                    codes[j] = (1..1 << bits).filter(reached).count() as i32;
                }
            }
        }
        codes
    }

    fn form(rng: &mut ChaCha8Rng) -> AttentionForm {
        if rng.random_bool(0.2) {
            return AttentionForm::Sps { thresholds: vec![rng.random_range(-300..300)] };
        }
        let entries = [16, 48, 128, 144, 301][rng.random_range(0..5)];
        let mut table: Vec<u16> = (0..entries).map(|_| rng.random_range(0..900)).collect();
        table[0] = 1000;
        table.sort_unstable_by(|a, b| b.cmp(a));
        AttentionForm::Softmax {
            bits: 1 << rng.random_range(0..4),
            table,
            shift: rng.random_range(0..4),
            tau_mul: rng.random_range(1..=255),
            tau_shift: rng.random_range(0..=20),
        }
    }

    /// Codes by a kernel, which finds anything behind the last score.
    fn given(
        kernel: KernelName,
        form: &AttentionForm,
        scores: &[i32],
        allowed: Allowed<'_>,
        rng: &mut ChaCha8Rng,
    ) -> Vec<i32> {
        let bits = if let AttentionForm::Softmax { bits, .. } = form { *bits } else { 1 };
        let layout = Layout::flat(Digits::of_codes(Codes { bits, signed: false }), scores.len());
        let mut buffer = CodeBuffer::new(&mut Room::wet(), 2 * layout.stride());
        let mut rows = buffer.clear(layout, 2);
        let padded = scores.len().next_multiple_of(PANEL);
        let mut exponents: Vec<u16> = (0..padded).map(|_| rng.random()).collect();
        let mut all = scores.to_vec();
        all.resize_with(padded, || rng.random());
        let kernel = kernel.kernel().expect("an available kernel");
        let weigher = Weigher { kernel, form, head: 0 };
        weigher.row((&mut all, scores.len()), allowed, &mut exponents, (&mut rows, 1));
        assert!(rows.as_rows().codes(0).all(|code| code == 0));
        rows.as_rows().codes(1).collect()
    }

    #[test]
    fn every_kernels_codes_are_the_definitions() {
        let mut rng = ChaCha8Rng::seed_from_u64(12);
        for round in 0..if cfg!(miri) { 3 } else { 600 } {
            let (form, count) = (form(&mut rng), rng.random_range(1..200));
            let wide = 1 << rng.random_range(0..24);
            let scores: Vec<i32> = (0..count).map(|_| rng.random_range(-wide..=wide)).collect();
            let words: Vec<u64> = match round % 4 {
                0 => vec![0; 4],
                1 => (0..4).map(|n| u64::from(n == 1) << rng.random_range(0..64)).collect(),
                _ => (0..4).map(|_| rng.random()).collect(),
            };
            let end = if rng.random() { count } else { rng.random_range(1..=count) };
            let mask = rng.random_bool(0.7).then_some(&words[..]);
            let allowed = Allowed { end, mask };
            let set = |j: usize| mask.is_none_or(|m| m[j / 64] >> (j % 64) & 1 == 1);
            let keys: Vec<bool> = (0..count).map(|j| j < end && set(j)).collect();
            let wanted = defined(&form, &scores, &keys);
            for name in KernelName::available() {
                let given = given(name, &form, &scores, allowed, &mut rng);
                assert_eq!(given, wanted, "{name} {form:?} {scores:?} {allowed:?}");
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
                let set = |j: usize| mask.is_none_or(|m| m[j / 64] >> (j % 64) & 1 == 1);
                assert!((0..128).all(|j| kept(j) == (j < end && set(j))), "{end} {mask:?}");
            }
        }
    }
}
