//! `linear` (1.3 of `docs/program-format.md`): product, then codes or a sum into the stream, tile by
//! tile: no matrix of sums is ever there.

use super::{
    left::Left,
    product::{Tile, product},
    quantize::Codes,
    rows::RowsMut,
};
use crate::{
    kernels::{Kernel, PANEL, Rescale, TileRow},
    prepare::{Linear, Projection},
};

/// Output codes of a block of rows.
pub(crate) fn linear(
    kernel: &dyn Kernel,
    linear: &Linear,
    left: Left<'_>,
    tile: &mut Tile,
    out: &mut RowsMut<'_>,
) {
    let codes = Codes { kernel, quantizer: &linear.output };
    let outputs = linear.weights.rows();
    product(left, &linear.weights, tile, |row, channel, tile| {
        codes.put(tile, channel, PANEL.min(outputs - channel), out, row, channel);
    });
}

/// Adds the rescaled product of a block of rows into their residual stream `[rows, D]`.
pub(crate) fn project(
    kernel: &dyn Kernel,
    projection: &Projection,
    left: Left<'_>,
    tile: &mut Tile,
    x: &mut [i16],
) {
    let width = projection.weights.rows();
    product(left, &projection.weights, tile, |row, channel, tile| {
        let x = &mut x[row * width..][..width][channel..];
        add(kernel, tile, projection.rescale.at(channel), x);
    });
}

/// Into up to 64 channels.
#[inline]
fn add(kernel: &dyn Kernel, tile: TileRow<'_>, rescale: Rescale<'_>, x: &mut [i16]) {
    match x.first_chunk_mut() {
        Some(x) => kernel.add_rescaled(tile, rescale, x),
        None => {
            let mut padded = [0; PANEL];
            padded[..x.len()].copy_from_slice(x);
            kernel.add_rescaled(tile, rescale, &mut padded);
            x.copy_from_slice(&padded[..x.len()]);
        }
    }
}
