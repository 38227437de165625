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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn the_first_tokens_have_logits() {
        let (weights, bias) = (vec![1, -2, 0, 127], vec![10, -1]);
        let mut made = Head { tokens: HeadTokens::Pooled, weights, bias, scale: (1, 0) };
        let x = [3, 4, 5, 6, 7, 8];
        assert_eq!(head(&made, &x, 2), [5, 507]);
        made.tokens = HeadTokens::PerToken(2);
        assert_eq!(head(&made, &x, 2), [5, 507, 3, 761]);
        made.tokens = HeadTokens::PerToken(9);
        assert_eq!(head(&made, &x, 2).len(), 6);
    }
}
