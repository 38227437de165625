//! AVX2: products of two operands of eight planes each, as numbers and no longer as bits.
//!
//! Tables take 16 passes for these: two for the four planes each of the left operand, eight for the
//! right one's planes. Here the planes of both become numbers when they are packed; one `vpmaddwd`
//! multiplies and adds up 16 pairs of them, widened to 16 bits, so that nothing saturates.
//!
//! Limit: two `vpmaddwd` a cycle, 64 operations.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PANEL, PanelBits, RowBits, Sums,
    avx2_pack::codes, detect::has, rows::rows,
};

/// Planes of either operand.
const PLANES: usize = 8;
/// Left rows of a tile.
const ROWS: usize = 4;
/// Columns of a tile.
const COLUMNS: usize = 16;
/// Pairs of inputs in a word.
const PAIRS: usize = 32;
/// Left rows of one word in a chunk, numbers of 16 bits.
const WORDS: usize = size_of::<Chunk>() / (2 * 64);

/// Proof that the processor has AVX2 and POPCNT.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2Numbers(());

impl Avx2Numbers {
    pub(super) fn get() -> Option<&'static Self> {
        has!("avx2", "popcnt").then_some(&Self(()))
    }
}

rows!(Avx2Numbers, ["avx2,popcnt"], avx2_rows);

impl Kernel for Avx2Numbers {
    fn name(&self) -> KernelName {
        KernelName::Avx2
    }

    fn planes(&self) -> usize {
        PLANES
    }

    fn right_planes(&self) -> usize {
        PLANES
    }

    fn arrange_planes(&self, chunks: &mut [Chunk]) {
        let chunks = chunks.try_into().expect("chunks of eight planes");
        // SAFETY: a value of this type exists only where AVX2 was detected.
        unsafe { arrange(chunks) }
    }

    fn left_chunks(&self, size: LeftSize) -> usize {
        (size.rows * size.words).div_ceil(WORDS)
    }

    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        // SAFETY: a value of this type exists only where AVX2 was detected.
        unsafe { pack(rows, out) }
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, out: Sums<'_>) {
        let LeftSize { rows, words, .. } = left.size;
        assert_eq!(PLANES * words, panel.chunks.len(), "inputs of a product");
        assert!(self.left_chunks(left.size) <= left.data.len(), "numbers of a product");
        assert!(rows > 0 && (rows - 1) * out.stride + PANEL <= out.data.len(), "room for sums");
        // SAFETY: a value of this type exists only where AVX2 was detected.
        unsafe { product(left, panel, shift, out) }
    }
}

/// `[pair of inputs][column][2]`, a byte each, from eight planes whose words are columns.
#[target_feature(enable = "avx2")]
fn arrange(chunks: &mut [Chunk; PLANES]) {
    let mut bytes = [[0; 2 * PANEL]; PAIRS];
    for column in 0..PANEL {
        for (half, pairs) in bytes.chunks_exact_mut(PAIRS / 2).enumerate() {
            let mut planes = [0; PLANES];
            for (plane, chunk) in planes.iter_mut().zip(chunks.iter()) {
                *plane = (chunk.0[column] >> (32 * half)) as u32;
            }
            if planes == [0; PLANES] {
                continue;
            }
            let numbers = stored(codes(planes));
            for (pair, two) in pairs.iter_mut().zip(numbers.as_chunks::<2>().0) {
                pair[2 * column..][..2].copy_from_slice(two);
            }
        }
    }
    let words = chunks.iter_mut().flat_map(|chunk| &mut chunk.0);
    for (word, eight) in words.zip(bytes.as_flattened().as_chunks().0) {
        *word = u64::from_le_bytes(*eight);
    }
}

/// `[row][word][64]`, 16 bits each.
#[target_feature(enable = "avx2")]
fn pack(rows: RowBits<'_>, out: &mut [Chunk]) {
    let mut out = out.iter_mut().flat_map(|chunk| chunk.0.as_chunks_mut::<8>().0);
    for row in 0..rows.rows {
        for word in 0..rows.words {
            for half in 0..2 {
                let mut planes = [0; PLANES];
                for (p, plane) in planes.iter_mut().enumerate().take(rows.planes) {
                    *plane = (rows.word(row, p, word) >> (32 * half)) as u32;
                }
                let Some(out) = out.next() else { return };
                put_wide(codes(planes), out);
            }
        }
    }
}

/// 32 bytes as numbers of 16 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn put_wide(numbers: __m256i, out: &mut [u64; 8]) {
    let halves = [_mm256_castsi256_si128(numbers), _mm256_extracti128_si256::<1>(numbers)];
    for (half, out) in halves.into_iter().zip(out.as_chunks_mut::<4>().0) {
        // SAFETY: `out` has room for 32 bytes.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), _mm256_cvtepu8_epi16(half)) };
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn stored(bytes: __m256i) -> [u8; 32] {
    let mut out = [0; 32];
    // SAFETY: `out` has room for 32 bytes.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), bytes) };
    out
}

/// All rows with the columns in use.
///
/// # Safety
/// The operands fit one another and the left one is packed: `multiply` has looked.
#[target_feature(enable = "avx2")]
unsafe fn product(left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, out: Sums<'_>) {
    let LeftSize { rows, words, .. } = left.size;
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    let (stride, pairs) = (PAIRS * words, panel.inputs.div_ceil(2).min(PAIRS * words));
    for column in (0..panel.rows).step_by(COLUMNS) {
        for first in (0..rows).step_by(ROWS) {
            // SAFETY: the caller's promise; the last rows' own tiles have only these rows.
            unsafe {
                let row = left.data.as_ptr().cast::<i32>().add(first * stride);
                let right = panel.chunks.as_ptr().cast::<u8>().add(2 * column);
                let out = Sums { data: &mut out.data[first * out.stride + column..], ..out };
                match rows - first {
                    1 => put(tile::<1>(row, stride, right, pairs), shift, out),
                    2 => put(tile::<2>(row, stride, right, pairs), shift, out),
                    3 => put(tile::<3>(row, stride, right, pairs), shift, out),
                    _ => put(tile::<ROWS>(row, stride, right, pairs), shift, out),
                }
            }
        }
    }
}

/// Sums of `R` rows with 16 columns, eight a register.
///
/// # Safety
/// There are `R` rows of so many pairs, `stride` apart, and the columns of as many.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn tile<const R: usize>(
    rows: *const i32,
    stride: usize,
    columns: *const u8,
    pairs: usize,
) -> [[__m256i; 2]; R] {
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for pair in 0..pairs {
        // SAFETY: the caller's promise.
        let [low, high] = unsafe {
            let bytes = columns.add(2 * PANEL * pair);
            [wide(bytes), wide(bytes.add(16))]
        };
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            let inputs = _mm256_set1_epi32(unsafe { rows.add(r * stride + pair).read() });
            sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(inputs, low));
            sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(inputs, high));
        }
    }
    sums
}

/// 16 bytes as numbers of 16 bits.
///
/// # Safety
/// There are 16.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn wide(bytes: *const u8) -> __m256i {
    // SAFETY: the caller's promise.
    _mm256_cvtepu8_epi16(unsafe { _mm_loadu_si128(bytes.cast()) })
}

/// Adds or puts the sums of 16 columns.
#[inline]
#[target_feature(enable = "avx2")]
fn put<const R: usize>(sums: [[__m256i; 2]; R], shift: __m128i, to: Sums<'_>) {
    for (r, sums) in sums.into_iter().enumerate() {
        let row = to.data[r * to.stride..].first_chunk_mut::<COLUMNS>();
        let Some(row) = row else { return };
        for (sums, out) in sums.into_iter().zip(row.as_chunks_mut::<8>().0) {
            let (out, sums) = (out.as_mut_ptr().cast(), _mm256_sll_epi32(sums, shift));
            // SAFETY: `out` points to eight numbers.
            unsafe {
                let before = if to.add { _mm256_loadu_si256(out) } else { _mm256_setzero_si256() };
                _mm256_storeu_si256(out, _mm256_add_epi32(before, sums));
            }
        }
    }
}
