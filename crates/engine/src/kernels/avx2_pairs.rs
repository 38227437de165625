//! AVX2, codes of one bit: two tokens share a byte of a table.
//!
//! Of one bit a group of four inputs sums up to 4 at most, so that the sums of two tokens fit the two
//! halves of a byte, and those of three groups as well. One `vpshufb` thus does 256
//! multiply-accumulates; after three the halves are taken apart: the first token's by a mask, the
//! second's by a shift of 16-bit lanes, which brings the odd byte's first half into the even byte.
//! That is known, and taken off at the end. Nine instructions for 768 multiply-accumulates, where the
//! tables of one token ([`super::avx2`]) take twelve.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{
    Chunk, LeftSize, RowBits,
    avx2::{Operands, Wide, widen},
    tables::{GROUPS, QUAD},
};

/// Chunks of the tables of a quad of rows and a word: `[16 groups][2 pairs][16]`.
pub(super) const TABLES: usize = PAIRS * GROUPS * 16 / size_of::<Chunk>();
/// Pairs of rows in a quad.
const PAIRS: usize = QUAD / 2;
/// Groups whose sums fit half a byte.
const TRIPLE: usize = 3;
/// Groups whose sums fit a byte.
const STEP: usize = 16 * TRIPLE;

pub(super) fn left_chunks(size: LeftSize) -> usize {
    size.rows.div_ceil(QUAD) * size.words * TABLES
}

#[target_feature(enable = "avx2")]
pub(super) fn pack(rows: RowBits<'_>, out: &mut [Chunk]) {
    let (words, _) = out.as_chunks_mut::<TABLES>();
    for first in (0..rows.rows).step_by(QUAD) {
        let words = &mut words[first / QUAD * rows.words..][..rows.words];
        for (word, [out]) in words.iter_mut().enumerate() {
            for pair in 0..PAIRS {
                let row = first + 2 * pair;
                put_counts([bits(&rows, row, word), bits(&rows, row + 1, word)], pair, out);
            }
        }
    }
}

/// None behind the last row.
fn bits(rows: &RowBits<'_>, row: usize, word: usize) -> u64 {
    if row < rows.rows { rows.word(row, 0, word) } else { 0 }
}

/// The tables of the 16 groups of a word of two rows: how many bits of a group are in each subset.
#[inline]
#[target_feature(enable = "avx2")]
fn put_counts(rows: [u64; 2], pair: usize, out: &mut Chunk) {
    let subsets = twice(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    let ones = twice(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    let ones = [ones, _mm256_slli_epi16::<4>(ones)];
    let groups = [nibbles(rows[0]), nibbles(rows[1])];
    for byte in 0..8 {
        let select = _mm256_set1_epi8(byte as i8);
        let mut tables = _mm256_setzero_si256();
        for (ones, groups) in ones.into_iter().zip(groups) {
            let group = _mm256_and_si256(_mm256_shuffle_epi8(groups, select), subsets);
            tables = _mm256_or_si256(tables, _mm256_shuffle_epi8(ones, group));
        }
        let lanes = [_mm256_castsi256_si128(tables), _mm256_extracti128_si256::<1>(tables)];
        for (n, table) in lanes.into_iter().enumerate() {
            let out = out.0[2 * (PAIRS * (2 * byte + n) + pair)..][..2].as_mut_ptr().cast();
            // SAFETY: `out` has room for 16 bytes.
            unsafe { _mm_storeu_si128(out, table) };
        }
    }
}

/// The even groups of a word, a byte each, then the odd ones.
#[inline]
#[target_feature(enable = "avx2")]
fn nibbles(word: u64) -> __m256i {
    let low = 0x0f0f_0f0f_0f0f_0f0f;
    _mm256_setr_epi64x((word & low).cast_signed(), 0, (word >> 4 & low).cast_signed(), 0)
}

#[inline]
#[target_feature(enable = "avx2")]
fn twice(table: __m128i) -> __m256i {
    _mm256_broadcastsi128_si256(table)
}

/// Sums of `P` pairs of rows with `H` halves of a panel.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn sums<const P: usize, const H: usize>(operands: Operands<'_>) -> [Wide<2, H>; P] {
    let mut wide = [[[[_mm256_setzero_si256(); 2]; H]; 2]; P];
    let groups = operands.groups;
    assert!(
        groups <= GROUPS * operands.words
            && groups * 2 <= operands.nibbles.len()
            && operands.words * TABLES <= operands.tables.len()
    );
    for first in (0..groups).step_by(STEP) {
        // SAFETY: the groups lie in the nibbles that were unpacked and in the tables.
        let bytes = unsafe { step::<P, H>(operands, first, groups.min(first + STEP)) };
        for (wide, bytes) in wide.iter_mut().zip(bytes) {
            for (h, bytes) in bytes.into_iter().enumerate() {
                let [first, second] = apart(bytes);
                widen(&mut wide[0][h], first);
                widen(&mut wide[1][h], second);
            }
        }
    }
    wide
}

/// Takes off what odd bytes have brought into even ones: 16 times their first token's sums.
#[inline]
#[target_feature(enable = "avx2")]
fn apart([first, shifted]: [__m256i; 2]) -> [__m256i; 2] {
    let odd = _mm256_slli_epi16::<4>(_mm256_srli_epi16::<8>(first));
    let odd = _mm256_and_si256(odd, _mm256_set1_epi16(0xff));
    [first, _mm256_sub_epi8(shifted, odd)]
}

/// Of groups `first .. end` in bytes: the first tokens' sums, and what the shift leaves.
///
/// # Safety
/// Nibbles and tables have these groups, and the nibbles of `H` halves are unpacked.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn step<const P: usize, const H: usize>(
    operands: Operands<'_>,
    first: usize,
    end: usize,
) -> [[[__m256i; 2]; H]; P] {
    let mut bytes = [[[_mm256_setzero_si256(); 2]; H]; P];
    let mut group = first;
    // SAFETY: the caller's promise.
    unsafe {
        while group + TRIPLE <= end {
            add::<P, H, TRIPLE>(operands, group, &mut bytes);
            group += TRIPLE;
        }
        match end - group {
            0 => {}
            1 => add::<P, H, 1>(operands, group, &mut bytes),
            _ => add::<P, H, 2>(operands, group, &mut bytes),
        }
    }
    bytes
}

/// Adds up to three groups.
///
/// # Safety
/// As for [`step`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn add<const P: usize, const H: usize, const N: usize>(
    operands: Operands<'_>,
    group: usize,
    bytes: &mut [[[__m256i; 2]; H]; P],
) {
    let tables = operands.tables.as_ptr().cast::<__m128i>();
    let low = _mm256_set1_epi8(15);
    for (p, bytes) in bytes.iter_mut().enumerate() {
        for (h, [first, shifted]) in bytes.iter_mut().enumerate() {
            let mut both = _mm256_setzero_si256();
            for group in group..group + N {
                // SAFETY: the caller's promise; `p < PAIRS`.
                let (table, nibbles) = unsafe {
                    let nibbles = operands.nibbles.get_unchecked(2 * group + h);
                    (_mm_load_si128(tables.add(PAIRS * group + p)), nibbles.assume_init())
                };
                both = _mm256_add_epi8(both, _mm256_shuffle_epi8(twice(table), nibbles));
            }
            *first = _mm256_add_epi8(*first, _mm256_and_si256(both, low));
            *shifted = _mm256_add_epi8(*shifted, _mm256_srli_epi16::<4>(both));
        }
    }
}
