//! Plain 64-bit words: any processor, and the form the others are read against.

use super::{
    Bound, Kernel, PanelBits, RowBits, Sums,
    drive::{At, Tile, drive},
    threshold::{cover, plain},
};

/// One word at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scalar;

impl Tile for Scalar {
    const ROWS: usize = 4;
    const LANES: usize = 1;

    fn tile<const M: usize, const P: usize>(&self, at: At<'_>, coef: i32) {
        at.check(M, P, Self::LANES);
        for m in 0..M {
            let row = &at.rows[m * at.stride..][..at.words];
            for (p, panel) in at.panels.chunks_exact(at.words).enumerate() {
                let out = &mut at.out[m * at.out_stride + p];
                *out = out.wrapping_add(coef.wrapping_mul(count(row, panel)));
            }
        }
    }
}

fn count(a: &[u64], b: &[u64]) -> i32 {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones().cast_signed()).sum()
}

impl Kernel for Scalar {
    fn lanes(&self) -> usize {
        Self::LANES
    }

    fn add_counts(&self, rows: RowBits<'_>, panels: PanelBits<'_>, coef: i32, out: Sums<'_>) {
        drive(self, rows, panels, coef, out);
    }

    fn threshold(&self, values: &[i32], bound: Bound<'_>, out: &mut [u64]) {
        cover(values, bound, out, |values, bound| plain(values, bound));
    }
}
