//! The walk over rows and panels that all kernels share.

/// Left operand: `count` rows of `words` words, `stride` words apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowBits<'a> {
    pub(crate) data: &'a [u64],
    pub(crate) count: usize,
    pub(crate) words: usize,
    pub(crate) stride: usize,
}

/// Right operand: panels one after the other, each `[words][lanes]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PanelBits<'a> {
    pub(crate) data: &'a [u64],
}

/// Where sums go: rows `stride` apart.
#[derive(Debug)]
pub(crate) struct Sums<'a> {
    pub(crate) data: &'a mut [i32],
    pub(crate) stride: usize,
}

/// `M` rows times `P` panels: what fits the registers of a processor.
pub(super) trait Tile {
    /// Most rows of a tile: 1, 2, 4 or 8.
    const ROWS: usize;
    /// Rows of a panel.
    const LANES: usize;

    /// Adds `coef` times the counts of `M` rows and `P` panels into `out`'s upper left corner.
    fn tile<const M: usize, const P: usize>(&self, at: At<'_>, coef: i32);
}

/// The operands of one tile, each starting at the tile's first element.
#[derive(Debug)]
pub(super) struct At<'a> {
    pub(super) rows: &'a [u64],
    pub(super) stride: usize,
    pub(super) words: usize,
    pub(super) panels: &'a [u64],
    pub(super) out: &'a mut [i32],
    pub(super) out_stride: usize,
}

impl At<'_> {
    /// Panics unless `m` rows and `p` panels of `lanes` lanes lie inside the slices. Kernels read
    /// and write unchecked after this.
    #[inline]
    pub(super) fn check(&self, m: usize, p: usize, lanes: usize) {
        assert!((m - 1) * self.stride + self.words <= self.rows.len(), "rows of a tile");
        assert_eq!(p * self.words * lanes, self.panels.len(), "panels of a tile");
        assert!((m - 1) * self.out_stride + p * lanes <= self.out.len(), "sums of a tile");
    }
}

/// Covers `rows x panels` with tiles, panels in the outer loop: a pair of panels stays in the
/// nearest cache while all rows pass.
pub(super) fn drive<T: Tile>(
    tile: &T,
    rows: RowBits<'_>,
    panels: PanelBits<'_>,
    coef: i32,
    out: Sums<'_>,
) {
    let step = rows.words * T::LANES;
    assert!(step > 0 && panels.data.len().is_multiple_of(step), "whole panels");
    for (pair, panels) in panels.data.chunks(2 * step).enumerate() {
        let out = Sums { data: &mut out.data[pair * 2 * T::LANES..], stride: out.stride };
        if panels.len() == 2 * step {
            sweep::<T, 2>(tile, rows, panels, coef, out);
        } else {
            sweep::<T, 1>(tile, rows, panels, coef, out);
        }
    }
}

fn sweep<T: Tile, const P: usize>(
    tile: &T,
    rows: RowBits<'_>,
    panels: &[u64],
    coef: i32,
    out: Sums<'_>,
) {
    let mut row = 0;
    while row < rows.count {
        let at = At {
            rows: &rows.data[row * rows.stride..],
            stride: rows.stride,
            words: rows.words,
            panels,
            out: &mut out.data[row * out.stride..],
            out_stride: out.stride,
        };
        row += widest::<T, P>(tile, at, rows.count - row, coef);
    }
}

/// The tallest tile that fits `left` rows; returns its height.
#[inline]
fn widest<T: Tile, const P: usize>(tile: &T, at: At<'_>, left: usize, coef: i32) -> usize {
    match left.min(T::ROWS) {
        8.. => {
            tile.tile::<8, P>(at, coef);
            8
        }
        4.. => {
            tile.tile::<4, P>(at, coef);
            4
        }
        2.. => {
            tile.tile::<2, P>(at, coef);
            2
        }
        _ => {
            tile.tile::<1, P>(at, coef);
            1
        }
    }
}
