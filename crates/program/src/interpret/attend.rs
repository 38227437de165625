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
