//! Products of codes with codes or weights.

use super::left::Left;
use crate::{
    kernels::{PANEL, Sums, TileRow},
    prepare::{BLOCK, Panels},
};

/// Room for one tile: a block of rows by a panel.
pub(crate) type Tile = [i32; BLOCK * PANEL];

/// Shows each row of `left x right`, panel by panel: `each(row, first column, values)`.
///
/// With `left = L + a` and `right = R + b`, the offsets of [`crate::prepare::Digits`] apart, and `K`
/// inputs, a sum of products is
///
/// `sum L R + (b sum L + a b K) + a sum R`
///
/// whose second term belongs to a row and whose third belongs to a column. Partial sums may wrap;
/// the whole fits 32 bits, as the validator has shown.
#[inline]
pub(crate) fn product(
    left: Left<'_>,
    right: &Panels,
    tile: &mut Tile,
    mut each: impl FnMut(usize, usize, TileRow<'_>),
) {
    let (a, b) = (left.digits().offset(), right.digits().offset());
    let constant = a.wrapping_mul(b).wrapping_mul(right.cols() as i32);
    for panel in 0..right.panels() {
        multiply(left, right, panel, tile);
        let columns = right.columns(panel);
        for (r, values) in tile.as_chunks().0.iter().take(left.rows()).enumerate() {
            let row = constant.wrapping_add(b.wrapping_mul(left.sum(r)));
            each(r, PANEL * panel, TileRow { values, row, columns });
        }
    }
}

/// `sum L R` of one panel.
fn multiply(left: Left<'_>, right: &Panels, panel: usize, tile: &mut Tile) {
    let mut add = false;
    for (part, by) in left.parts(right.kernel()) {
        for (bits, shift) in right.bits(panel) {
            let out = Sums { data: tile, stride: PANEL, add };
            right.kernel().multiply(part, bits, by + shift, out);
            add = true;
        }
    }
}
