//! What the kernels that multiply bytes share: left operands of bytes, panels of masks.
//!
//! A panel stays bits in memory: 64 bits are 16 rows by 4 inputs and select bytes of a register, in
//! the order in which `vpdpbusd` and `tdpbusd` want them.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{Chunk, PANEL, PanelBits, RowBits, Sums};

/// Rows of a panel in a register of 32-bit sums.
pub(super) const LANES: usize = 16;
/// Masks of a group of four inputs.
pub(super) const MASKS: usize = PANEL / LANES;
/// Groups of four inputs in a word.
pub(super) const GROUPS: usize = 16;
/// Left rows of one word in a chunk.
pub(super) const BYTES: usize = size_of::<Chunk>() / 64;

/// Word `MASKS g + m`: bit `4 c + i` is input `4 g + i` of row `16 m + c`.
pub(super) fn arrange(chunk: &mut Chunk) {
    let rows = chunk.0;
    for (n, word) in chunk.0.iter_mut().enumerate() {
        let (group, mask) = (n / MASKS, n % MASKS);
        let nibble = |c: usize| rows[LANES * mask + c] >> (4 * group) & 15;
        *word = (0..LANES).fold(0, |word, c| word | nibble(c) << (4 * c));
    }
}

/// The 64 numbers of a word of a row, or none behind the last row.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn numbers(rows: &RowBits<'_>, row: usize, word: usize) -> __m512i {
    let mut numbers = _mm512_setzero_si512();
    if row < rows.rows {
        for plane in 0..rows.planes {
            let bit = _mm512_set1_epi8(1 << plane);
            let mask = rows.word(row, plane, word);
            numbers = _mm512_mask_add_epi8(numbers, mask, numbers, bit);
        }
    }
    numbers
}

/// Puts 64 bytes at place `n` of chunks. Panics where there is none.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn put_bytes(chunks: &mut [Chunk], n: usize, bytes: __m512i) {
    let words = &mut chunks[n / BYTES].0[n % BYTES * 8..][..8];
    // SAFETY: eight words are 64 bytes.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), bytes) }
}

/// Adds or puts 16 sums. Panics where there is no room.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn put_sums(sums: __m512i, shift: __m128i, out: &mut [i32], add: bool) {
    let sums = _mm512_sll_epi32(sums, shift);
    let out = out[..LANES].as_mut_ptr().cast();
    // SAFETY: `out` points to 16 sums.
    unsafe {
        let before = if add { _mm512_loadu_si512(out) } else { _mm512_setzero_si512() };
        _mm512_storeu_si512(out, _mm512_add_epi32(before, sums));
    }
}

/// Panics unless `chunks` of a left operand of so many words and rows fit a panel and a result.
pub(super) fn check(
    chunks: usize,
    left: &super::LeftBits<'_>,
    panel: &PanelBits<'_>,
    out: &Sums<'_>,
) {
    let super::LeftSize { rows, words, .. } = left.size;
    assert!(words > 0 && words == panel.chunks.len(), "inputs of a product");
    assert!(chunks <= left.data.len(), "a left operand");
    assert!(rows > 0 && (rows - 1) * out.stride + PANEL <= out.data.len(), "room for sums");
}
