//! Plain 64-bit words: any processor, and the form the others are read against.

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PanelBits, RowBits, Sums, popcount, rows::rows,
};

/// One word at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scalar;

impl Kernel for Scalar {
    fn name(&self) -> KernelName {
        KernelName::Scalar
    }

    fn planes(&self) -> usize {
        1
    }

    fn arrange(&self, _: &mut Chunk) {}

    fn left_chunks(&self, size: LeftSize) -> usize {
        popcount::left_chunks(size)
    }

    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        popcount::pack(rows, out);
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, mut out: Sums<'_>) {
        assert_eq!(left.size.words, panel.chunks.len(), "inputs of a product");
        for row in 0..left.size.rows {
            for column in 0..panel.rows {
                let words = panel.chunks.iter().enumerate();
                let both = |(w, chunk): (usize, &Chunk)| {
                    (popcount::word(left, row, w) & chunk.0[column]).count_ones().cast_signed()
                };
                out.put(row, column, words.map(both).sum(), shift);
            }
        }
    }
}

rows!(Scalar, [], {
    threshold: plain::threshold, split: plain::split, exponent_sum: plain::exponent_sum
});
