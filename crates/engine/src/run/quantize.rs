//! `quantize` (1.2 of `docs/program-format.md`).

use super::rows::RowsMut;
use crate::{
    kernels::{Kernel, PANEL, TileRow},
    prepare::{Quantizer, Rule, window},
};

static NOTHING: [i32; PANEL] = [0; PANEL];

/// Codes of a quantizer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Codes<'a> {
    pub(crate) kernel: &'a dyn Kernel,
    pub(crate) quantizer: &'a Quantizer,
}

impl Codes<'_> {
    /// Puts the codes of the first `count` values of a tile's row, which are the quantizer's
    /// channels from `channel` on, as codes `at ..` of a row of `out`.
    #[inline]
    pub(crate) fn put(
        &self,
        tile: TileRow<'_>,
        channel: usize,
        count: usize,
        out: &mut RowsMut<'_>,
        row: usize,
        at: usize,
    ) {
        match &self.quantizer.rule {
            Rule::Threshold(bounds) => {
                let bits = self.kernel.threshold(tile, window(bounds, channel));
                out.put(row, at, count, &[bits]);
            }
            Rule::Rescale(multiplier, span) => {
                let mut codes = [0; PANEL];
                self.kernel.codes(tile, multiplier.at(channel), *span, &mut codes);
                out.put_codes(self.kernel, row, at, count, (&codes, u64::MAX));
            }
        }
    }

    /// Codes of rows of the residual stream.
    pub(crate) fn put_stream(&self, x: &[i16], out: &mut RowsMut<'_>) {
        let width = out.layout().length;
        for (row, x) in x.chunks_exact(width).enumerate() {
            for (n, x) in x.chunks(PANEL).enumerate() {
                let mut values = [0; PANEL];
                values.iter_mut().zip(x).for_each(|(value, x)| *value = i32::from(*x));
                let tile = TileRow { values: &values, row: 0, columns: &NOTHING };
                self.put(tile, PANEL * n, x.len(), out, row, PANEL * n);
            }
        }
    }
}
