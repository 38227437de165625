//! AVX-512 with VPOPCNTDQ: eight panel rows in the 64-bit lanes of a register.

#![allow(unsafe_code)]

use std::arch::x86_64::*;

use super::{
    Bound, Kernel, PanelBits, RowBits, Sums,
    drive::{At, Tile, drive},
    threshold::cover,
};

const LANES: usize = 8;

/// Proof that the processor has AVX-512 F and VPOPCNTDQ.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn new() -> Option<Self> {
        let has =
            is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vpopcntdq");
        has.then_some(Self(()))
    }
}

impl Kernel for Avx512 {
    fn lanes(&self) -> usize {
        LANES
    }

    fn add_counts(&self, rows: RowBits<'_>, panels: PanelBits<'_>, coef: i32, out: Sums<'_>) {
        drive(self, rows, panels, coef, out);
    }

    fn threshold(&self, values: &[i32], bound: Bound<'_>, out: &mut [u64]) {
        // SAFETY: a value of this type exists only where AVX-512 F was detected.
        cover(values, bound, out, |values, bound| unsafe { threshold(values, bound) });
    }
}

impl Tile for Avx512 {
    const ROWS: usize = 8;
    const LANES: usize = LANES;

    #[inline]
    fn tile<const M: usize, const P: usize>(&self, at: At<'_>, coef: i32) {
        // SAFETY: a value of this type exists only where both features were detected.
        unsafe { tile::<M, P>(at, coef) }
    }
}

#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn tile<const M: usize, const P: usize>(at: At<'_>, coef: i32) {
    at.check(M, P, LANES);
    let mut totals = [[_mm512_setzero_si512(); P]; M];
    for k in 0..at.words {
        let mut panels = [_mm512_setzero_si512(); P];
        for (p, panel) in panels.iter_mut().enumerate() {
            let word = (p * at.words + k) * LANES;
            // SAFETY: k < words, so by `check` the eight words at `word` lie in the P panels.
            *panel = unsafe { _mm512_loadu_si512(at.panels.as_ptr().add(word).cast()) };
        }
        for (m, totals) in totals.iter_mut().enumerate() {
            // SAFETY: k < words, so by `check` word k of row m < M lies in the rows.
            let word = unsafe { *at.rows.get_unchecked(m * at.stride + k) };
            let row = _mm512_set1_epi64(word.cast_signed());
            for p in 0..P {
                let ones = _mm512_popcnt_epi64(_mm512_and_si512(row, panels[p]));
                totals[p] = _mm512_add_epi64(totals[p], ones);
            }
        }
    }
    add_scaled::<M, P>(at, coef, &totals);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add_scaled<const M: usize, const P: usize>(at: At<'_>, coef: i32, totals: &[[__m512i; P]; M]) {
    let coef = _mm256_set1_epi32(coef);
    for (m, totals) in totals.iter().enumerate() {
        for (p, &total) in totals.iter().enumerate() {
            let scaled = _mm256_mullo_epi32(_mm512_cvtepi64_epi32(total), coef);
            let out = at.out[m * at.out_stride + p * LANES..][..LANES].as_mut_ptr().cast();
            // SAFETY: `out` points to LANES sums, which are 256 bits.
            unsafe {
                _mm256_storeu_si256(out, _mm256_add_epi32(_mm256_loadu_si256(out), scaled));
            }
        }
    }
}

#[target_feature(enable = "avx512f")]
fn threshold(values: &[i32; 64], bound: Bound<'_>) -> u64 {
    let mut bits = 0;
    for (n, values) in values.as_chunks::<16>().0.iter().enumerate() {
        let bound = match bound {
            Bound::Each(bounds) => load(&bounds[16 * n..]),
            Bound::All(bound) => _mm512_set1_epi32(bound),
        };
        bits |= u64::from(_mm512_cmpge_epi32_mask(load(values), bound)) << (16 * n);
    }
    bits
}

/// The first sixteen values. Panics where there are fewer.
#[inline]
#[target_feature(enable = "avx512f")]
fn load(values: &[i32]) -> __m512i {
    let values = values[..16].as_ptr().cast();
    // SAFETY: `values` points to sixteen values, which are 512 bits.
    unsafe { _mm512_loadu_si512(values) }
}
