//! 1.8 `head`.

use alloc::vec::Vec;

use crate::parts::{Head, HeadTokens};

/// Logits `[tokens of the head, outputs]` of the residual stream `[t, D]`.
pub(crate) fn head(head: &Head, x: &[i32], width: usize) -> Vec<i32> {
    let count = match head.tokens {
        HeadTokens::Pooled => 1,
        HeadTokens::PerToken(count) => count,
    };
    let mut logits = Vec::new();
    for x in x.chunks(width).take(count) {
        for (w, bias) in head.weights.chunks(width).zip(&head.bias) {
            logits.push(bias + w.iter().zip(x).map(|(&w, x)| i32::from(w) * x).sum::<i32>());
        }
    }
    logits
}
