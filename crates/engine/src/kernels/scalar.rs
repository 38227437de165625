//! Plain 64-bit words: any processor, and the form the others are read against.

use super::{Kernel, KernelName, LeftBits, PANEL, PanelBits, Sums, popcount, rows::rows};

/// One word at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scalar;

impl Kernel for Scalar {
    fn name(&self) -> KernelName {
        KernelName::Scalar
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, mut out: Sums<'_>) {
        assert_eq!(left.size.words, panel.chunks.len(), "inputs of a product");
        for row in 0..left.size.rows {
            let mut sums = [0; PANEL];
            for (w, chunk) in panel.chunks.iter().enumerate() {
                let word = popcount::word(left, row, w);
                for (sum, bits) in sums.iter_mut().zip(&chunk.0) {
                    *sum += (word & bits).count_ones();
                }
            }
            for (column, sum) in sums.into_iter().enumerate().take(panel.rows) {
                out.put(row, column, sum.cast_signed(), shift);
            }
        }
    }
}

rows!(Scalar, [], plain);
