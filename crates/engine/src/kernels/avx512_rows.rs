//! Rows of 64 numbers in AVX-512, for all kernels that have it.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{PANEL, TileRow, detect::has, plain};
pub(super) use super::{
    embedding::{add_rows, dot, dot_bytes, put_row},
    plain::{add_rescaled, codes, exponents, look_up, norm, quotients, settle, totals, transpose},
};

/// Has the processor what rows are compiled for: AVX-512 F, BW, DQ and VL?
pub(super) fn detected() -> bool {
    has!("avx512f", "avx512bw", "avx512dq", "avx512vl", "popcnt")
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn threshold(tile: TileRow<'_>, bounds: &[i32; PANEL]) -> u64 {
    let row = _mm512_set1_epi32(tile.row);
    let mut bits = 0;
    for n in 0..PANEL / 16 {
        let columns = _mm512_add_epi32(load(tile.columns, n), row);
        let sums = _mm512_add_epi32(load(tile.values, n), columns);
        bits |= u64::from(_mm512_cmpge_epi32_mask(sums, load(bounds, n))) << (16 * n);
    }
    bits
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn split(codes: &[u8; PANEL], out: &mut [u64]) {
    // SAFETY: `codes` are 64 bytes.
    let codes = unsafe { _mm512_loadu_si512(codes.as_ptr().cast()) };
    for (p, out) in out.iter_mut().enumerate() {
        *out = _mm512_test_epi8_mask(codes, _mm512_set1_epi8(1 << p));
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn hide(keep: u64, scores: &mut [i32; PANEL]) {
    let least = _mm512_set1_epi32(i32::MIN);
    for (n, scores) in scores.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let hidden = !(keep >> (16 * n)) as __mmask16;
        // SAFETY: sixteen scores are 512 bits.
        unsafe { _mm512_mask_storeu_epi32(scores.as_mut_ptr(), hidden, least) };
    }
}

/// Numbers `16 n ..`.
#[inline]
#[target_feature(enable = "avx512f")]
fn load(values: &[i32; PANEL], n: usize) -> __m512i {
    let sixteen = values[16 * n..][..16].as_ptr().cast();
    // SAFETY: `sixteen` points to sixteen numbers.
    unsafe { _mm512_loadu_si512(sixteen) }
}

/// Tables of up to 128 exponents are looked up in registers, 32 scores at a time.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn exponent_sum(scores: &[i32], table: &[u16], shift: u8) -> (i32, u64) {
    let largest = plain::largest(scores);
    if table.len() > 128 {
        return (largest, plain::exponents_below(largest, scores, table, shift));
    }
    let (scores, rest) = scores.as_chunks::<32>();
    let registers = registers(table);
    let mut sum = plain::exponents_below(largest, rest, table, shift);
    // A lane sums two exponents of 32 scores: no more than 2^32 in so many steps.
    for scores in scores.chunks(1 << 15) {
        let mut lanes = _mm512_setzero_si512();
        for scores in scores {
            let exponents = entries(&registers, steps(scores, largest, shift, table.len() - 1));
            let even = _mm512_and_si512(exponents, _mm512_set1_epi32(0xFFFF));
            let odd = _mm512_srli_epi32::<16>(exponents);
            lanes = _mm512_add_epi32(lanes, _mm512_add_epi32(even, odd));
        }
        sum += total(lanes);
    }
    (largest, sum)
}

/// 128 exponents.
#[inline]
#[target_feature(enable = "avx512f")]
fn registers(table: &[u16]) -> [__m512i; 4] {
    let mut padded = [[0_u16; 32]; 4];
    padded.as_flattened_mut()[..table.len()].copy_from_slice(table);
    // SAFETY: 32 exponents are 512 bits.
    padded.map(|exponents| unsafe { _mm512_loadu_si512(exponents.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn entries(registers: &[__m512i; 4], steps: __m512i) -> __m512i {
    let [a, b, c, d] = *registers;
    let low = _mm512_permutex2var_epi16(a, steps, b);
    let high = _mm512_permutex2var_epi16(c, steps, d);
    let far = _mm512_test_epi16_mask(steps, _mm512_set1_epi16(64));
    _mm512_mask_blend_epi16(far, low, high)
}

/// `min((largest - score) >> shift, last)` of 32 scores.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn steps(scores: &[i32; 32], largest: i32, shift: u8, last: usize) -> __m512i {
    let (largest, last) = (_mm512_set1_epi32(largest), _mm512_set1_epi32(last as i32));
    let shift = _mm_cvtsi32_si128(i32::from(shift));
    let half = |scores: &[i32]| {
        // SAFETY: half of the scores are 16.
        let scores = unsafe { _mm512_loadu_si512(scores[..16].as_ptr().cast()) };
        let below = _mm512_srl_epi32(_mm512_sub_epi32(largest, scores), shift);
        _mm512_cvtepi32_epi16(_mm512_min_epu32(below, last))
    };
    let low = _mm512_castsi256_si512(half(&scores[..16]));
    _mm512_inserti64x4::<1>(low, half(&scores[16..]))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn total(lanes: __m512i) -> u64 {
    let mut out = [0_u32; 16];
    // SAFETY: `out` has room for 16 numbers.
    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), lanes) };
    out.iter().map(|&lane| u64::from(lane)).sum()
}
