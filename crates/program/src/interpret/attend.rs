//! 1.4 `attend`.

use alloc::{vec, vec::Vec};

use super::linear::dot;
use crate::{bits::BitMatrix, parts::AttentionForm};

/// Scores `[H, t, t]` of queries and keys `[t, H d]`, those not allowed too.
pub(crate) fn scores(query: &[i32], key: &[i32], heads: usize, tokens: usize) -> Vec<i32> {
    let width = query.len() / tokens;
    let d = width / heads;
    let mut scores = Vec::with_capacity(heads * tokens * tokens);
    for h in 0..heads {
        for q in query.chunks(width) {
            let q = &q[h * d..][..d];
            scores.extend(key.chunks(width).map(|k| dot(q, &k[h * d..][..d])));
        }
    }
    scores
}

/// Which tokens each token of each head may attend to.
pub(crate) struct Reach<'a> {
    pub(crate) causal: bool,
    pub(crate) of_head: &'a [Option<u16>],
    pub(crate) masks: &'a [BitMatrix],
}

impl Reach<'_> {
    /// The tokens allowed to token `i` of `tokens` in head `h`, in order.
    pub(crate) fn allowed(&self, h: usize, i: usize, tokens: usize) -> Vec<usize> {
        let mask = self.of_head[h].map(|m| &self.masks[usize::from(m)]);
        let reaches = |j: &usize| (!self.causal || *j <= i) && mask.is_none_or(|m| m.get(i, *j));
        (0..tokens).filter(reaches).collect()
    }
}

/// Attention codes `[H, t, t]` of scores.
pub(crate) fn codes(
    form: &AttentionForm,
    reach: &Reach<'_>,
    scores: &[i32],
    tokens: usize,
) -> Vec<i32> {
    let mut codes = vec![0; scores.len()];
    for (n, (codes, s)) in codes.chunks_mut(tokens).zip(scores.chunks(tokens)).enumerate() {
        let (h, i) = (n / tokens, n % tokens);
        let allowed = reach.allowed(h, i, tokens);
        match form {
            AttentionForm::Softmax { .. } => softmax(form, s, &allowed, codes),
            AttentionForm::Sps { thresholds } => sps(thresholds[h], s, &allowed, codes),
        }
    }
    codes
}

fn softmax(form: &AttentionForm, s: &[i32], allowed: &[usize], codes: &mut [i32]) {
    let AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } = form else { return };
    let (e, sum) = exponents(table, *shift, s, allowed);
    for (&j, e) in allowed.iter().zip(e) {
        let reached = |n: &u64| e << tau_shift >= (2 * n - 1) * u64::from(*tau_mul) * sum;
        codes[j] = (1..1 << bits).filter(reached).count() as i32;
    }
}

/// The exponent of each allowed score, and their sum.
pub(crate) fn exponents(table: &[u16], shift: u8, s: &[i32], allowed: &[usize]) -> (Vec<u64>, u64) {
    let m = allowed.iter().map(|&j| s[j]).max().unwrap_or(0);
    let step = |j: usize| ((m - s[j]) >> shift) as usize;
    let exponent = |&j: &usize| u64::from(table[step(j).min(table.len() - 1)]);
    let e: Vec<u64> = allowed.iter().map(exponent).collect();
    let sum = e.iter().sum();
    (e, sum)
}

fn sps(threshold: i32, s: &[i32], allowed: &[usize], codes: &mut [i32]) {
    for &j in allowed {
        codes[j] = i32::from(s[j] >= threshold);
    }
}

/// Sums `[t, H d]` of values `[t, H d]` weighed by attention codes `[H, t, t]`.
pub(crate) fn context(codes: &[i32], value: &[i32], heads: usize, tokens: usize) -> Vec<i32> {
    let width = value.len() / tokens;
    let d = width / heads;
    let sum = |n: usize| {
        let (i, c) = (n / width, n % width);
        let row = &codes[(c / d * tokens + i) * tokens..][..tokens];
        row.iter().enumerate().map(|(j, a)| a * value[j * width + c]).sum()
    };
    (0..value.len()).map(sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Random;

    fn softmax_codes(form: &AttentionForm, s: &[i32], allowed: &[usize]) -> Vec<i32> {
        let mut codes = vec![0; s.len()];
        softmax(form, s, allowed, &mut codes);
        codes
    }

    #[test]
    fn heads_have_their_own_channels() {
        // Two tokens, two heads of width 2.
        let (q, k) = ([1, 2, 3, 4, 5, 6, 7, 8], [1, -1, 1, 1, 0, 1, -1, 2]);
        assert_eq!(scores(&q, &k, 2, 2), [-1, 2, -1, 6, 7, 5, 15, 9]);
        let a = [1, 0, 2, 1, 0, 3, 1, 1];
        assert_eq!(context(&a, &k, 2, 2), [1, -1, -3, 6, 2, -1, 0, 3]);
    }

    #[test]
    fn masks_and_order_say_what_is_allowed() {
        let masks = [BitMatrix::from_fn(3, 3, |i, j| i != 1 && j != 0)];
        let reach = |causal| Reach { causal, of_head: &[None, Some(0)], masks: &masks };
        assert_eq!(reach(false).allowed(0, 1, 2), [0, 1]);
        assert_eq!(reach(true).allowed(0, 1, 3), [0, 1]);
        assert_eq!(reach(false).allowed(1, 0, 3), [1, 2]);
        assert_eq!(reach(true).allowed(1, 2, 3), [1, 2]);
        assert_eq!(reach(true).allowed(1, 0, 3), []);
        assert_eq!(reach(false).allowed(1, 1, 3), []);
    }

    #[test]
    fn exponents_are_looked_up_below_the_largest_allowed_score() {
        let table = vec![8, 4, 2, 1];
        let form = AttentionForm::Softmax { bits: 2, table, shift: 1, tau_mul: 1, tau_shift: 3 };
        // Exponents 8, 4, 8 and 1, their sum 21; the score 90 is not allowed.
        let s = [5, 3, 4, -9, 90];
        // 64, 32, 64 and 8 against 21, 63 and 105.
        assert_eq!(softmax_codes(&form, &s, &[0, 1, 2, 3]), [2, 1, 2, 0, 0]);
        assert_eq!(softmax_codes(&form, &s, &[]), [0; 5]);
    }

    #[test]
    fn a_share_just_at_the_threshold_reaches_it() {
        let form = |tau_mul| AttentionForm::Softmax {
            bits: 1,
            table: vec![100],
            shift: 0,
            tau_mul,
            tau_shift: 4,
        };
        assert_eq!(softmax_codes(&form(4), &[3; 4], &[0, 1, 2, 3]), [1; 4]);
        assert_eq!(softmax_codes(&form(5), &[3; 4], &[0, 1, 2, 3]), [0; 4]);
    }

    /// The document's second definition: `round(e / (S * 2 tau))`, half up, at most the largest.
    #[test]
    fn the_count_is_the_rounded_quotient() {
        let mut random = Random::new(3);
        for _ in 0..2000 {
            let bits = random.pick(&[1, 2, 4, 8]);
            let (tau_mul, tau_shift) = (random.within(1..=255), random.within(0..=12));
            let table = vec![random.within(1..=99) as u16, random.within(0..=1) as u16];
            let s = random.list(6, |r| r.within(0..=1) as i32);
            let (e, sum) = exponents(&table, 0, &s, &[0, 1, 2, 3, 4, 5]);
            let (mul, most) = (tau_mul as u64 * sum, (1 << bits) - 1);
            let quotient = |e: &u64| ((e << tau_shift) + mul) / (2 * mul);
            let wanted: Vec<i32> = e.iter().map(|e| quotient(e).min(most) as i32).collect();
            let (tau_mul, tau_shift) = (tau_mul as u8, tau_shift as u8);
            let form = AttentionForm::Softmax { bits, table, shift: 0, tau_mul, tau_shift };
            assert_eq!(softmax_codes(&form, &s, &[0, 1, 2, 3, 4, 5]), wanted);
        }
    }

    #[test]
    fn sps_has_a_threshold_for_each_head() {
        let form = AttentionForm::Sps { thresholds: vec![2, -1] };
        let reach = Reach { causal: true, of_head: &[None, None], masks: &[] };
        let scores = [2, 9, 1, 2, -2, 0, -1, 0];
        assert_eq!(codes(&form, &reach, &scores, 2), [1, 0, 0, 1, 0, 0, 1, 1]);
    }
}
