//! 1.4 `attend`.

use alloc::{vec, vec::Vec};

use super::linear::dot;
use crate::{
    bits::BitMatrix,
    parts::{Attention, AttentionForm},
};

/// Scores `[H, t, t]` of queries and keys `[t, H d]`, those not allowed too.
pub(crate) fn scores(query: &[i32], key: &[i32], heads: usize, tokens: usize) -> Vec<i32> {
    let width = query.len() / tokens;
    let d = width / heads;
    let mut scores = Vec::with_capacity(heads * tokens * tokens);
    for h in 0..heads {
        for q in query.chunks(width) {
            let channels = h * d..(h + 1) * d;
            scores
                .extend(key.chunks(width).map(|k| dot(&q[channels.clone()], &k[channels.clone()])));
        }
    }
    scores
}

/// Attention codes `[H, t, t]` of scores; `masks` are the program's.
pub(crate) fn codes(
    attention: &Attention,
    masks: &[BitMatrix],
    scores: &[i32],
    tokens: usize,
) -> Vec<i32> {
    let mut codes = vec![0; scores.len()];
    for (n, (codes, s)) in codes.chunks_mut(tokens).zip(scores.chunks(tokens)).enumerate() {
        let (h, i) = (n / tokens, n % tokens);
        let mask = attention.masks[h].map(|m| &masks[usize::from(m)]);
        let allowed =
            |j: &usize| (!attention.causal || *j <= i) && mask.is_none_or(|mask| mask.get(i, *j));
        let allowed: Vec<usize> = (0..tokens).filter(allowed).collect();
        match &attention.form {
            AttentionForm::Softmax { .. } => softmax(&attention.form, s, &allowed, codes),
            AttentionForm::Sps { thresholds } => sps(thresholds[h], s, &allowed, codes),
        }
    }
    codes
}

fn softmax(form: &AttentionForm, s: &[i32], allowed: &[usize], codes: &mut [i32]) {
    let AttentionForm::Softmax { bits, table, shift, tau_mul, tau_shift } = form else { return };
    let Some(m) = allowed.iter().map(|&j| s[j]).max() else { return };
    let e = |j: usize| table[((m - s[j]) as usize >> shift).min(table.len() - 1)];
    let sum: u64 = allowed.iter().map(|&j| u64::from(e(j))).sum();
    for &j in allowed {
        let reached = |n: &i32| {
            u64::from(e(j)) << tau_shift >= (2 * *n as u64 - 1) * u64::from(*tau_mul) * sum
        };
        codes[j] = (1..1 << bits).filter(reached).count() as i32;
    }
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
    let mut context = vec![0; value.len()];
    for (n, context) in context.iter_mut().enumerate() {
        let (i, c) = (n / width, n % width);
        let row = &codes[(c / d * tokens + i) * tokens..][..tokens];
        *context = row.iter().enumerate().map(|(j, a)| a * value[j * width + c]).sum();
    }
    context
}
