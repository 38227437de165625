//! 1.2 `quantize`.

use alloc::vec::Vec;

use crate::parts::{Quantizer, Rule};

/// Codes of `values`, row-major `[rows, channels]`.
pub(crate) fn quantize(values: &[i32], channels: usize, quantizer: &Quantizer) -> Vec<i32> {
    values.iter().enumerate().map(|(n, &a)| code(quantizer, n % channels, a)).collect()
}

fn code(Quantizer { codes, rule }: &Quantizer, c: usize, a: i32) -> i32 {
    match rule {
        Rule::Threshold(threshold) if a >= threshold[c] => codes.largest(),
        Rule::Threshold(_) => codes.least(),
        Rule::Rescale(rescale) => codes.clamp(rescale.apply(c, a)),
    }
}
