//! Tables of partial sums ([`super::tables`]) and panels for them made with AVX2.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{
    Chunk, PANEL, RowBits,
    tables::{QUAD, SELECT, TABLES},
};

#[target_feature(enable = "avx2")]
pub(super) fn pack<const P: usize>(rows: RowBits<'_>, out: &mut [Chunk]) {
    let (words, _) = out.as_chunks_mut::<TABLES>();
    for first in (0..rows.rows).step_by(QUAD) {
        let words = &mut words[first / QUAD * rows.words..][..rows.words];
        for (word, out) in words.iter_mut().enumerate() {
            for r in 0..QUAD.min(rows.rows - first) {
                let planes = core::array::from_fn(|p| rows.word(first + r, p, word));
                // A chunk of tables for 32 inputs, which no product reads where none is in use.
                let chunks = (rows.inputs - 64 * word).div_ceil(32).min(TABLES);
                put_tables::<P>(planes, r, &mut out[..chunks]);
            }
        }
    }
}

/// The tables of the 16 groups of a word of row `r` of a quad.
#[inline]
#[target_feature(enable = "avx2")]
fn put_tables<const P: usize>(planes: [u64; P], r: usize, out: &mut [Chunk]) {
    for (half, chunk) in out.iter_mut().enumerate() {
        let codes = codes(planes.map(|plane| (plane >> (32 * half)) as u32));
        for (group, select) in SELECT.iter().enumerate() {
            let mut tables = _mm256_shuffle_epi8(codes, load_twice(&select[0]));
            for select in &select[1..] {
                let more = _mm256_shuffle_epi8(codes, load_twice(select));
                tables = _mm256_add_epi8(tables, more);
            }
            put_two(tables, [group, group + 4], r, &mut chunk.0);
        }
    }
}

/// Two tables of row `r` to their groups in a chunk.
#[inline]
#[target_feature(enable = "avx2")]
fn put_two(tables: __m256i, groups: [usize; 2], r: usize, chunk: &mut [u64; PANEL]) {
    let lanes = [_mm256_castsi256_si128(tables), _mm256_extracti128_si256::<1>(tables)];
    for (group, table) in groups.into_iter().zip(lanes) {
        let out = chunk[2 * (QUAD * group + r)..][..2].as_mut_ptr().cast();
        // SAFETY: `out` has room for 16 bytes.
        unsafe { _mm_storeu_si128(out, table) };
    }
}

/// Makes byte `64 b + r` of a chunk byte `b` of row `r`, of 16 rows at a time. The place of a byte among them has seven bits, four of its
/// row and three of its own; interleaving the first four registers with the last four rotates them by one.
#[target_feature(enable = "avx2")]
pub(super) fn arrange(chunk: &mut Chunk) {
    let rows = chunk.0;
    for (n, rows) in rows.as_chunks::<16>().0.iter().enumerate() {
        let mut bytes = [_mm_setzero_si128(); 8];
        for (bytes, two) in bytes.iter_mut().zip(rows.as_chunks::<2>().0) {
            // SAFETY: two words are 16 bytes.
            *bytes = unsafe { _mm_loadu_si128(two.as_ptr().cast()) };
        }
        for _ in 0..4 {
            let [a, b, c, d, e, f, g, h] = bytes;
            for (n, [one, other]) in [[a, e], [b, f], [c, g], [d, h]].into_iter().enumerate() {
                bytes[2 * n] = _mm_unpacklo_epi8(one, other);
                bytes[2 * n + 1] = _mm_unpackhi_epi8(one, other);
            }
        }
        for (out, bytes) in chunk.0.as_chunks_mut::<8>().0.iter_mut().zip(bytes) {
            // SAFETY: there is room for 16 bytes.
            unsafe { _mm_storeu_si128(out[2 * n..][..2].as_mut_ptr().cast(), bytes) };
        }
    }
}

/// 32 codes, a byte each.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn codes<const P: usize>(planes: [u32; P]) -> __m256i {
    let bytes =
        _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
    let bits = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64.cast_signed());
    let mut codes = _mm256_setzero_si256();
    for (p, plane) in planes.into_iter().enumerate() {
        let spread = _mm256_shuffle_epi8(_mm256_set1_epi32(plane.cast_signed()), bytes);
        let set = _mm256_cmpeq_epi8(_mm256_and_si256(spread, bits), bits);
        codes = _mm256_or_si256(codes, _mm256_and_si256(set, _mm256_set1_epi8(1 << p)));
    }
    codes
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_twice(bytes: &[u8; 16]) -> __m256i {
    // SAFETY: `bytes` are 16.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}
