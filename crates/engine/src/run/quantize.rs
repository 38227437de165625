//! `quantize` (1.2) and `rescale` (1.1) of `docs/program-format.md`.

use noctule_program::{
    numbers::round_shift,
    parts::{Quantizer, Rescale, Rule},
};

use super::rows::RowsMut;

/// Writes the codes of one row: `value(c)` for each channel, segment after segment.
pub(crate) fn quantize(
    quantizer: &Quantizer,
    value: impl Fn(usize) -> i32,
    into: &mut RowsMut<'_>,
    row: usize,
) {
    match &quantizer.rule {
        Rule::Threshold(threshold) => into.fill(row, |c| u32::from(value(c) >= threshold[c])),
        Rule::Rescale(rescale) => {
            let codes = quantizer.codes;
            let (least, largest) = (i64::from(codes.least()), i64::from(codes.largest()));
            into.fill(row, |c| apply(rescale, c, value(c)).clamp(least, largest) as u32);
        }
    }
}

/// `round_shift(a * mul[c] + add[c], shift)`.
#[inline]
pub(crate) fn apply(rescale: &Rescale, c: usize, a: i32) -> i64 {
    round_shift(i64::from(a) * i64::from(rescale.mul[c]) + rescale.add[c], rescale.shift)
}
