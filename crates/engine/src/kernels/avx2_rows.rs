//! Rows of 64 numbers in AVX2, where compilers find no vector instructions.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{FEW, PANEL, StepCodes, TileRow, avx2_pack::load_twice, plain};
pub(super) use super::{
    avx2_rescale::{add_rescaled, codes},
    embedding::{add_rows, dot, dot_bytes, put_row},
    plain::{exponents, norm, quotients, settle, totals, transpose},
};

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn threshold(tile: TileRow<'_>, bounds: &[i32; PANEL]) -> u64 {
    u64::from(!below(tile, bounds, 0)) | u64::from(!below(tile, bounds, 4)) << 32
}

/// Which of 32 accumulators, from number `8 first` on, are less than their bounds.
#[inline]
#[target_feature(enable = "avx2")]
fn below(tile: TileRow<'_>, bounds: &[i32; PANEL], first: usize) -> u32 {
    let row = _mm256_set1_epi32(tile.row);
    let mut below = [_mm256_setzero_si256(); 4];
    for (n, below) in below.iter_mut().enumerate() {
        let columns = _mm256_add_epi32(load(tile.columns, first + n), row);
        let sums = _mm256_add_epi32(load(tile.values, first + n), columns);
        *below = _mm256_cmpgt_epi32(load(bounds, first + n), sums);
    }
    let [a, b, c, d] = below;
    let bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    _mm256_movemask_epi8(_mm256_permutevar8x32_epi32(bytes, unpacked())).cast_unsigned()
}

/// The order of fours in which four registers of eight numbers are packed to bytes: packing works within
/// halves of a register, so that they come out as 0 2 4 6 1 3 5 7.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn unpacked() -> __m256i {
    _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)
}

/// Numbers `8 n ..`.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load(values: &[i32; PANEL], n: usize) -> __m256i {
    let eight = values[8 * n..][..8].as_ptr().cast();
    // SAFETY: `eight` points to eight numbers.
    unsafe { _mm256_loadu_si256(eight) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn split(codes: &[u8; PANEL], out: &mut [u64]) {
    let half = |n: usize| {
        let half = codes[32 * n..][..32].as_ptr().cast();
        // SAFETY: `half` points to 32 bytes.
        unsafe { _mm256_loadu_si256(half) }
    };
    let halves = [half(0), half(1)];
    for (p, out) in out.iter_mut().enumerate() {
        // The bit to the top of its byte; what comes from a neighbour lies below.
        let count = _mm_cvtsi32_si128(7 - p as i32);
        let [low, high] = halves.map(|codes| {
            u64::from(_mm256_movemask_epi8(_mm256_sll_epi16(codes, count)).cast_unsigned())
        });
        *out = low | high << 32;
    }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn hide(keep: u64, scores: &mut [i32; PANEL]) {
    let places = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    let least = _mm256_set1_epi32(i32::MIN);
    for (scores, keep) in scores.as_chunks_mut::<8>().0.iter_mut().zip(keep.to_le_bytes()) {
        let bits = _mm256_and_si256(_mm256_set1_epi32(keep.into()), places);
        let kept = _mm256_cmpeq_epi32(bits, places);
        let scores = scores.as_mut_ptr().cast();
        // SAFETY: `scores` points to eight scores.
        unsafe {
            let all = _mm256_loadu_si256(scores);
            _mm256_storeu_si256(scores, _mm256_blendv_epi8(least, all, kept));
        }
    }
}

/// Tables of up to 128 exponents, in sixteens, are looked up by byte shuffles, 16 entries and one byte of
/// each at a time.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn exponent_sum(scores: &[i32], table: &[u16], shift: u8) -> (i32, u64) {
    let (entries, []) = table.as_chunks::<16>() else {
        return plain::exponent_sum(scores, table, shift);
    };
    if table.len() > FEW {
        return plain::exponent_sum(scores, table, shift);
    }
    let largest = plain::largest(scores);
    let (scores, rest) = scores.as_chunks::<32>();
    let mut tables = [[_mm256_setzero_si256(); 2]; FEW / 16];
    let tables = &mut tables[..entries.len()];
    for (tables, entries) in tables.iter_mut().zip(entries) {
        *tables = byte_tables(entries);
    }
    let mut sums = [_mm256_setzero_si256(); 2];
    for scores in scores {
        let steps = steps(scores, largest, shift, table.len() - 1);
        let mut bytes = [_mm256_setzero_si256(); 2];
        for (block, tables) in tables.iter().enumerate() {
            let inside = inside(steps, block);
            for (bytes, table) in bytes.iter_mut().zip(tables) {
                *bytes = _mm256_or_si256(*bytes, _mm256_shuffle_epi8(*table, inside));
            }
        }
        for (sum, bytes) in sums.iter_mut().zip(bytes) {
            *sum = _mm256_add_epi64(*sum, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
        }
    }
    let [low, high] = sums.map(|sum| total(sum));
    (largest, low + (high << 8) + plain::exponents_below(largest, rest, table, shift))
}

/// Looks up as above, in tables of one byte.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn look_up(scores: &[i32; PANEL], by: StepCodes<'_>, codes: &mut [u8; PANEL]) {
    let StepCodes { first, shift, last, .. } = by;
    let tables = &by.codes.as_chunks().0[..=last / 16];
    for (scores, codes) in scores.as_chunks().0.iter().zip(codes.as_chunks_mut::<32>().0) {
        let steps = steps(scores, first, shift, last);
        let mut found = _mm256_setzero_si256();
        for (block, table) in tables.iter().enumerate() {
            let bytes = _mm256_shuffle_epi8(load_twice(table), inside(steps, block));
            found = _mm256_or_si256(found, bytes);
        }
        let found = _mm256_permutevar8x32_epi32(found, unpacked());
        // SAFETY: there is room for 32 codes.
        unsafe { _mm256_storeu_si256(codes.as_mut_ptr().cast(), found) };
    }
}

/// Steps of this block of 16 get 112 to 127, all others a byte that looks nothing up.
#[inline]
#[target_feature(enable = "avx2")]
fn inside(steps: __m256i, block: usize) -> __m256i {
    let inside = _mm256_sub_epi8(steps, _mm256_set1_epi8(16 * block as i8));
    _mm256_adds_epu8(inside, _mm256_set1_epi8(112))
}

/// The low and the high bytes of 16 exponents.
#[inline]
#[target_feature(enable = "avx2")]
fn byte_tables(entries: &[u16; 16]) -> [__m256i; 2] {
    // SAFETY: 16 exponents are 32 bytes.
    let all = unsafe { _mm256_loadu_si256(entries.as_ptr().cast()) };
    let low = _mm256_and_si256(all, _mm256_set1_epi16(0xff));
    [low, _mm256_srli_epi16::<8>(all)].map(|bytes| {
        let halves = _mm256_packus_epi16(bytes, bytes);
        _mm256_permute4x64_epi64::<0b10_00_10_00>(halves)
    })
}

/// `min((largest - score) >> shift, last)` of 32 scores, in bytes, in the order that [`unpacked`] undoes.
#[inline]
#[target_feature(enable = "avx2")]
fn steps(scores: &[i32; 32], largest: i32, shift: u8, last: usize) -> __m256i {
    let (largest, last) = (_mm256_set1_epi32(largest), _mm256_set1_epi32(last as i32));
    let shift = _mm_cvtsi32_si128(i32::from(shift));
    let mut steps = [_mm256_setzero_si256(); 4];
    for (steps, scores) in steps.iter_mut().zip(scores.as_chunks::<8>().0) {
        // SAFETY: there are eight scores.
        let scores = unsafe { _mm256_loadu_si256(scores.as_ptr().cast()) };
        let below = _mm256_srl_epi32(_mm256_sub_epi32(largest, scores), shift);
        *steps = _mm256_min_epu32(below, last);
    }
    let [a, b, c, d] = steps;
    _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d))
}

#[inline]
#[target_feature(enable = "avx2")]
fn total(sum: __m256i) -> u64 {
    let sum = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
    let sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
    _mm_cvtsi128_si64(sum).cast_unsigned()
}
