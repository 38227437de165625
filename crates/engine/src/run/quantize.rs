//! `quantize` (1.2) and `rescale` (1.1) of `docs/program-format.md`.

use noctule_program::parts::{Quantizer, Rescale, Rule};

use super::rows::RowsMut;
use crate::kernels::{Bound, Kernel};

/// Writes the codes of one row of values, one a channel.
pub(crate) fn quantize(
    kernel: &dyn Kernel,
    quantizer: &Quantizer,
    values: &[i32],
    into: &mut RowsMut<'_>,
    row: usize,
) {
    match &quantizer.rule {
        Rule::Threshold(thresholds) => {
            let length = into.layout().length;
            into.fill_bits(row, |segment, words| {
                let channels = segment * length..(segment + 1) * length;
                let bound = Bound::Each(&thresholds[channels.clone()]);
                kernel.threshold(&values[channels], bound, words);
            });
        }
        Rule::Rescale(rescale) => {
            let codes = quantizer.codes;
            let (least, largest) = (i64::from(codes.least()), i64::from(codes.largest()));
            let rescaler = Rescaler::new(rescale);
            into.fill(row, |c| rescaler.apply(c, values[c]).clamp(least, largest) as u32);
        }
    }
}

/// `round_shift(v, s)`, its half found once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoundShift {
    half: i64,
    shift: u8,
}

impl RoundShift {
    pub(crate) fn new(shift: u8) -> Self {
        Self { half: if shift == 0 { 0 } else { 1 << (shift - 1) }, shift }
    }

    #[inline]
    pub(crate) fn apply(self, v: i64) -> i64 {
        (v + self.half) >> self.shift
    }
}

/// `round_shift(a * mul[c] + add[c], shift)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rescaler<'a> {
    mul: &'a [u16],
    add: &'a [i64],
    round: RoundShift,
}

impl<'a> Rescaler<'a> {
    pub(crate) fn new(rescale: &'a Rescale) -> Self {
        let round = RoundShift::new(rescale.shift);
        Self { mul: &rescale.mul, add: &rescale.add, round }
    }

    #[inline]
    pub(crate) fn apply(&self, c: usize, a: i32) -> i64 {
        self.round.apply(i64::from(a) * i64::from(self.mul[c]) + self.add[c])
    }
}
