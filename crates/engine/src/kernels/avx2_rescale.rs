//! Multiply-shift of 64 accumulators in AVX2, to codes or into the residual stream, without a way through
//! memory.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{
    PANEL, Rescale, Span, TileRow,
    avx2_rows::{load, unpacked},
    plain::{FAR, RoundShift},
};

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn codes(tile: TileRow<'_>, rescale: Rescale<'_>, span: Span, codes: &mut [u8; PANEL]) {
    let eights = Eights::new(tile, rescale);
    match rescale.small {
        Some(add) => put_codes(|n| eights.small(n, add), span, codes),
        None => put_codes(|n| eights.wide(n), span, codes),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn add_rescaled(tile: TileRow<'_>, rescale: Rescale<'_>, x: &mut [i16; PANEL]) {
    let eights = Eights::new(tile, rescale);
    match rescale.small {
        Some(add) => add_eights(|n| eights.small(n, add), x),
        None => add_eights(|n| eights.wide(n), x),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn put_codes(eight: impl Fn(usize) -> __m256i, span: Span, codes: &mut [u8; PANEL]) {
    let (least, largest) = (_mm256_set1_epi32(span.least), _mm256_set1_epi32(span.largest));
    for (half, codes) in codes.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let mut values = [_mm256_setzero_si256(); 4];
        for (n, values) in values.iter_mut().enumerate() {
            let limited = _mm256_max_epi32(eight(4 * half + n), least);
            *values = _mm256_sub_epi32(_mm256_min_epi32(limited, largest), least);
        }
        let [a, b, c, d] = values;
        let bytes = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
        let bytes = _mm256_permutevar8x32_epi32(bytes, unpacked());
        // SAFETY: there is room for 32 codes.
        unsafe { _mm256_storeu_si256(codes.as_mut_ptr().cast(), bytes) };
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn add_eights(eight: impl Fn(usize) -> __m256i, x: &mut [i16; PANEL]) {
    for (n, x) in x.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let mut sums = [_mm256_setzero_si256(); 2];
        for (half, (sums, x)) in sums.iter_mut().zip(x.as_chunks::<8>().0).enumerate() {
            // SAFETY: eight numbers are 16 bytes.
            let x = unsafe { _mm_loadu_si128(x.as_ptr().cast()) };
            *sums = _mm256_add_epi32(eight(2 * n + half), _mm256_cvtepi16_epi32(x));
        }
        let sums = _mm256_packs_epi32(sums[0], sums[1]);
        let sums = _mm256_permute4x64_epi64::<0b11_01_10_00>(sums);
        // SAFETY: there is room for 16 numbers.
        unsafe { _mm256_storeu_si256(x.as_mut_ptr().cast(), sums) };
    }
}

/// Rescaled accumulators, eight at a time, limited as [`super::plain`] does.
struct Eights<'a> {
    tile: TileRow<'a>,
    rescale: Rescale<'a>,
    round: RoundShift,
    shift: __m128i,
}

impl<'a> Eights<'a> {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(tile: TileRow<'a>, rescale: Rescale<'a>) -> Self {
        let shift = _mm_cvtsi32_si128(i32::from(rescale.shift));
        Self { tile, rescale, round: RoundShift::new(rescale.shift), shift }
    }

    /// Accumulators `8 n ..` and their factors.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn operands(&self, n: usize) -> [__m256i; 2] {
        let row = _mm256_set1_epi32(self.tile.row);
        let sums = _mm256_add_epi32(load(self.tile.values, n), load(self.tile.columns, n));
        // SAFETY: eight factors are 16 bytes.
        let mul = unsafe { _mm_loadu_si128(self.rescale.mul[8 * n..][..8].as_ptr().cast()) };
        [_mm256_add_epi32(sums, row), _mm256_cvtepu16_epi32(mul)]
    }

    /// Where all sums fit 32 bits.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn small(&self, n: usize, add: &[i32; PANEL]) -> __m256i {
        let [sums, mul] = self.operands(n);
        let sums = _mm256_add_epi32(_mm256_mullo_epi32(sums, mul), load(add, n));
        let sums = _mm256_max_epi32(_mm256_sra_epi32(sums, self.shift), _mm256_set1_epi32(-FAR));
        _mm256_min_epi32(sums, _mm256_set1_epi32(FAR))
    }

    /// By products of 64 bits.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn wide(&self, n: usize) -> __m256i {
        let [sums, mul] = self.operands(n);
        let operands = [
            [_mm256_castsi256_si128(sums), _mm256_castsi256_si128(mul)],
            [_mm256_extracti128_si256::<1>(sums), _mm256_extracti128_si256::<1>(mul)],
        ];
        let mut fours = [_mm256_setzero_si256(); 2];
        let add = self.rescale.add[8 * n..][..8].as_chunks::<4>().0;
        for ((four, [sums, mul]), add) in fours.iter_mut().zip(operands).zip(add) {
            // SAFETY: four addends are 32 bytes.
            let add = unsafe { _mm256_loadu_si256(add.as_ptr().cast()) };
            let [sums, mul] = [_mm256_cvtepi32_epi64(sums), _mm256_cvtepi32_epi64(mul)];
            *four = self.shifted(_mm256_add_epi64(_mm256_mul_epi32(sums, mul), add));
        }
        let [low, high] = fours.map(|four| _mm256_castsi256_ps(four));
        // The low halves, which are the numbers.
        let both = _mm256_shuffle_ps::<0b10_00_10_00>(low, high);
        _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_castps_si256(both))
    }

    /// Four numbers shifted; those of shifts below 20 may need a limit.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn shifted(&self, four: __m256i) -> __m256i {
        let RoundShift { add, take, .. } = self.round;
        let four = _mm256_srl_epi64(_mm256_add_epi64(four, _mm256_set1_epi64x(add)), self.shift);
        let four = _mm256_sub_epi64(four, _mm256_set1_epi64x(take));
        if self.rescale.shift >= 20 {
            return four;
        }
        let (least, most) = (_mm256_set1_epi64x(-i64::from(FAR)), _mm256_set1_epi64x(FAR.into()));
        let four = _mm256_blendv_epi8(four, least, _mm256_cmpgt_epi64(least, four));
        _mm256_blendv_epi8(four, most, _mm256_cmpgt_epi64(four, most))
    }
}
