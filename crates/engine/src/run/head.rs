//! `head` (1.8 of `docs/program-format.md`).

use alloc::vec::Vec;

use noctule_program::parts::{Head, HeadTokens};

use crate::kernels::Kernel;

/// Replaces `logits` by those of the residual stream `[t, D]`.
pub(crate) fn head(
    kernel: &dyn Kernel,
    head: &Head,
    x: &[i16],
    width: usize,
    logits: &mut Vec<i32>,
) {
    let count = match head.tokens {
        HeadTokens::Pooled => 1,
        HeadTokens::PerToken(count) => count,
    };
    logits.clear();
    for x in x.chunks_exact(width).take(count) {
        let outputs = head.weights.chunks_exact(width).zip(&head.bias);
        logits.extend(outputs.map(|(w, bias)| bias + kernel.dot(w, x)));
    }
}
