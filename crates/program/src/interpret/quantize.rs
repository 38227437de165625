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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::{Codes, Rescale};
    use alloc::vec;

    #[test]
    fn a_threshold_is_reached_by_itself() {
        let mut quantizer = Quantizer {
            codes: Codes { bits: 1, signed: true },
            rule: Rule::Threshold(vec![5, i32::MIN, i32::MAX]),
        };
        assert_eq!(
            quantize(&[4, -9, 9, 5, i32::MIN, i32::MAX], 3, &quantizer),
            [-1, 1, -1, 1, 1, 1]
        );
        quantizer.codes.signed = false;
        assert_eq!(quantize(&[4, -9, 9], 3, &quantizer), [0, 1, 0]);
    }

    #[test]
    fn wide_codes_are_rescaled_and_clamped() {
        let rule = Rule::Rescale(Rescale { mul: vec![3, 1], add: vec![0, -2], shift: 2 });
        let mut quantizer = Quantizer { codes: Codes { bits: 4, signed: true }, rule };
        let values = [2, 0, -2, 8, 100, -100];
        assert_eq!(quantize(&values, 2, &quantizer), [2, 0, -1, 2, 7, -8]);
        quantizer.codes.signed = false;
        assert_eq!(quantize(&values, 2, &quantizer), [2, 0, 0, 2, 15, 0]);
    }
}
