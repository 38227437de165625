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
    let (least, largest) = (_mm256_set1_epi32(span.least), _mm256_set1_epi32(span.largest));
    let eights = Eights::new(tile, rescale);
    for (half, codes) in codes.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let [a, b, c, d] = [0, 1, 2, 3].map(|n| {
            let values = _mm256_max_epi32(eights.get(4 * half + n), least);
            _mm256_sub_epi32(_mm256_min_epi32(values, largest), least)
        });
        let bytes = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
        let bytes = _mm256_permutevar8x32_epi32(bytes, unpacked());
        // SAFETY: there is room for 32 codes.
        unsafe { _mm256_storeu_si256(codes.as_mut_ptr().cast(), bytes) };
    }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn add_rescaled(tile: TileRow<'_>, rescale: Rescale<'_>, x: &mut [i16; PANEL]) {
    let eights = Eights::new(tile, rescale);
    for (n, x) in x.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let [low, high] = [0, 1].map(|half| {
            // SAFETY: eight of the numbers are 16 bytes.
            let eight = unsafe { _mm_loadu_si128(x[8 * half..][..8].as_ptr().cast()) };
            _mm256_add_epi32(eights.get(2 * n + half), _mm256_cvtepi16_epi32(eight))
        });
        let sums = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(low, high));
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

    /// Numbers `8 n ..`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn get(&self, n: usize) -> __m256i {
        let columns =
            _mm256_add_epi32(load(self.tile.columns, n), _mm256_set1_epi32(self.tile.row));
        let sums = _mm256_add_epi32(load(self.tile.values, n), columns);
        // SAFETY: eight factors are 16 bytes.
        let mul = unsafe { _mm_loadu_si128(self.rescale.mul[8 * n..][..8].as_ptr().cast()) };
        let mul = _mm256_cvtepu16_epi32(mul);
        let Some(add) = self.rescale.small else { return self.wide(n, sums, mul) };
        let sums = _mm256_add_epi32(_mm256_mullo_epi32(sums, mul), load(add, n));
        limited(_mm256_sra_epi32(sums, self.shift))
    }

    /// By products of 64 bits.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn wide(&self, n: usize, sums: __m256i, mul: __m256i) -> __m256i {
        let low = [sums, mul].map(|eight| _mm256_castsi256_si128(eight));
        let high = [sums, mul].map(|eight| _mm256_extracti128_si256::<1>(eight));
        let [low, high] = [(0, low), (1, high)].map(|(half, [sums, mul])| {
            // SAFETY: four addends are 32 bytes.
            let add = unsafe {
                let four = self.rescale.add[8 * n + 4 * half..][..4].as_ptr();
                _mm256_loadu_si256(four.cast())
            };
            let products =
                _mm256_mul_epi32(_mm256_cvtepi32_epi64(sums), _mm256_cvtepi32_epi64(mul));
            self.shifted(_mm256_add_epi64(products, add))
        });
        // The low halves, which are the numbers.
        let both =
            _mm256_shuffle_ps::<0b10_00_10_00>(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high));
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

#[inline]
#[target_feature(enable = "avx2")]
fn limited(eight: __m256i) -> __m256i {
    let eight = _mm256_max_epi32(eight, _mm256_set1_epi32(-FAR));
    _mm256_min_epi32(eight, _mm256_set1_epi32(FAR))
}
