//! AVX2: four panel rows in the 64-bit lanes of a register, bits counted by byte shuffles.
//!
//! A weight register is split once into its low and high nibbles; `popcount` of a nibble is one
//! table look-up (`vpshufb`; Mula, Kurz, Lemire 2016), and since the `and` with a masked nibble
//! needs no further mask, a row costs six instructions for each 256 bits. Counts stay in bytes for
//! up to 31 words (`31 * 8 < 256`), then `vpsadbw` adds them up within each lane.

#![allow(unsafe_code)]

use std::arch::x86_64::*;

use super::{
    Bound, Kernel, PanelBits, RowBits, Sums,
    drive::{At, Tile, drive},
    threshold::cover,
};

/// Words whose byte counts, at most 8 each, fit a byte.
const CHUNK: usize = 31;
const LANES: usize = 4;

/// Proof that the processor has AVX2.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn new() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl Kernel for Avx2 {
    fn lanes(&self) -> usize {
        LANES
    }

    fn add_counts(&self, rows: RowBits<'_>, panels: PanelBits<'_>, coef: i32, out: Sums<'_>) {
        drive(self, rows, panels, coef, out);
    }

    fn threshold(&self, values: &[i32], bound: Bound<'_>, out: &mut [u64]) {
        // SAFETY: a value of this type exists only where AVX2 was detected.
        cover(values, bound, out, |values, bound| unsafe { threshold(values, bound) });
    }
}

impl Tile for Avx2 {
    const ROWS: usize = 4;
    const LANES: usize = LANES;

    #[inline]
    fn tile<const M: usize, const P: usize>(&self, at: At<'_>, coef: i32) {
        // SAFETY: a value of this type exists only where AVX2 was detected.
        unsafe { tile::<M, P>(at, coef) }
    }
}

#[target_feature(enable = "avx2")]
fn tile<const M: usize, const P: usize>(at: At<'_>, coef: i32) {
    at.check(M, P, LANES);
    let mut totals = [[_mm256_setzero_si256(); P]; M];
    let mut first = 0;
    while first < at.words {
        let end = at.words.min(first + CHUNK);
        // SAFETY: `check` has shown M rows of `words` words and P panels of `words * LANES`;
        // `first..end` lies in `0..words` and is at most CHUNK long.
        let bytes = unsafe { count_bytes::<M, P>(&at, first, end) };
        for m in 0..M {
            for p in 0..P {
                let sums = _mm256_sad_epu8(bytes[m][p], _mm256_setzero_si256());
                totals[m][p] = _mm256_add_epi64(totals[m][p], sums);
            }
        }
        first = end;
    }
    add_scaled::<M, P>(at, coef, &totals);
}

/// Byte-wise counts of the words `first..end`.
///
/// # Safety
/// `at.check(M, P, LANES)` has passed, `first <= end <= at.words`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn count_bytes<const M: usize, const P: usize>(
    at: &At<'_>,
    first: usize,
    end: usize,
) -> [[__m256i; P]; M] {
    let nibble = _mm256_set1_epi8(15);
    #[rustfmt::skip]
    let ones = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
    );
    let mut bytes = [[_mm256_setzero_si256(); P]; M];
    for k in first..end {
        let mut low = [nibble; P];
        let mut high = [nibble; P];
        for p in 0..P {
            let word = (p * at.words + k) * LANES;
            // SAFETY: k < words, so the four words at `word` lie in the P panels.
            let panel = unsafe { _mm256_loadu_si256(at.panels.as_ptr().add(word).cast()) };
            low[p] = _mm256_and_si256(panel, nibble);
            high[p] = _mm256_and_si256(_mm256_srli_epi16::<4>(panel), nibble);
        }
        for (m, bytes) in bytes.iter_mut().enumerate() {
            // SAFETY: k < words, so word k of row m < M lies in the rows.
            let word = unsafe { *at.rows.get_unchecked(m * at.stride + k) };
            let row = _mm256_set1_epi64x(word.cast_signed());
            let shifted = _mm256_srli_epi16::<4>(row);
            for p in 0..P {
                let a = _mm256_shuffle_epi8(ones, _mm256_and_si256(row, low[p]));
                let b = _mm256_shuffle_epi8(ones, _mm256_and_si256(shifted, high[p]));
                bytes[p] = _mm256_add_epi8(bytes[p], _mm256_add_epi8(a, b));
            }
        }
    }
    bytes
}

#[inline]
#[target_feature(enable = "avx2")]
fn add_scaled<const M: usize, const P: usize>(at: At<'_>, coef: i32, totals: &[[__m256i; P]; M]) {
    let even = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    let coef = _mm_set1_epi32(coef);
    for (m, totals) in totals.iter().enumerate() {
        for (p, &total) in totals.iter().enumerate() {
            let counts = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(total, even));
            let out = at.out[m * at.out_stride + p * LANES..][..LANES].as_mut_ptr().cast();
            // SAFETY: `out` points to LANES sums, which are 128 bits.
            unsafe {
                let sum = _mm_add_epi32(_mm_loadu_si128(out), _mm_mullo_epi32(counts, coef));
                _mm_storeu_si128(out, sum);
            }
        }
    }
}

#[target_feature(enable = "avx2")]
fn threshold(values: &[i32; 64], bound: Bound<'_>) -> u64 {
    let mut bits = 0;
    for (n, values) in values.as_chunks::<8>().0.iter().enumerate() {
        let bound = match bound {
            Bound::Each(bounds) => load(&bounds[8 * n..]),
            Bound::All(bound) => _mm256_set1_epi32(bound),
        };
        let below = _mm256_castsi256_ps(_mm256_cmpgt_epi32(bound, load(values)));
        let reached = !_mm256_movemask_ps(below) & 255;
        bits |= u64::from(reached.cast_unsigned()) << (8 * n);
    }
    bits
}

/// The first eight values. Panics where there are fewer.
#[inline]
#[target_feature(enable = "avx2")]
fn load(values: &[i32]) -> __m256i {
    let values = values[..8].as_ptr().cast();
    // SAFETY: `values` points to eight values, which are 256 bits.
    unsafe { _mm256_loadu_si256(values) }
}
