//! Left operands of kernels that count bits: one plane, row after row.

use super::{Chunk, LeftBits, LeftSize, PANEL, RowBits};

pub(super) fn left_chunks(size: LeftSize) -> usize {
    (size.rows * size.words).div_ceil(PANEL)
}

pub(super) fn pack(rows: RowBits<'_>, out: &mut [Chunk]) {
    assert!(rows.planes == 1 && left_chunks(rows.size()) <= out.len(), "room for a left operand");
    let flat = out.iter_mut().flat_map(|chunk| &mut chunk.0);
    let words = (0..rows.rows).flat_map(|row| rows.row(row));
    flat.zip(words).for_each(|(out, word)| *out = *word);
}

/// The words of chunks, one after the other.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[allow(unsafe_code)]
pub(super) fn flat(chunks: &[Chunk]) -> &[u64] {
    // SAFETY: a chunk is 64 words, and nothing else.
    unsafe { core::slice::from_raw_parts(chunks.as_ptr().cast(), PANEL * chunks.len()) }
}

/// Row `row` of a packed operand, word by word.
#[inline]
pub(super) fn word(left: LeftBits<'_>, row: usize, word: usize) -> u64 {
    let at = row * left.size.words + word;
    left.data[at / PANEL].0[at % PANEL]
}
