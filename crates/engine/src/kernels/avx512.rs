//! AVX-512 with VPOPCNTDQ: eight panel rows in the 64-bit lanes of a register.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PANEL, PanelBits, RowBits, Sums, TileRow,
    detect::has, popcount, rows::rows,
};

/// Rows and registers of a tile.
const ROWS: usize = 4;
const LANES: usize = 8;

/// Proof that the processor has AVX-512 F and VPOPCNTDQ.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn get() -> Option<&'static Self> {
        has!("avx512f", "avx512vpopcntdq").then_some(&Self(()))
    }
}

rows!(Avx512, ["avx512f,popcnt"], {
    threshold: threshold, split: plain::split, exponent_sum: plain::exponent_sum
});

impl Kernel for Avx512 {
    fn name(&self) -> KernelName {
        KernelName::Avx512
    }

    fn planes(&self) -> usize {
        1
    }

    fn arrange(&self, _: &mut Chunk) {}

    fn left_chunks(&self, size: LeftSize) -> usize {
        popcount::left_chunks(size)
    }

    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        popcount::pack(rows, out);
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, mut out: Sums<'_>) {
        let LeftSize { rows, words, .. } = left.size;
        assert_eq!(words, panel.chunks.len(), "inputs of a product");
        assert!(rows > 0 && (rows - 1) * out.stride + PANEL <= out.data.len(), "room for sums");
        for first in (0..rows).step_by(ROWS) {
            for lane in (0..panel.rows).step_by(4 * LANES) {
                // SAFETY: a value of this type exists only where both features were detected.
                let sums = unsafe { tile(left, first, panel.chunks, lane / LANES) };
                for (r, sums) in sums.iter().enumerate().take(rows - first) {
                    for (n, &sum) in sums.as_flattened().iter().enumerate() {
                        out.put(first + r, lane + n, sum, shift);
                    }
                }
            }
        }
    }
}

/// Sums of rows `first ..` with registers `register ..` of a panel.
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn tile(
    left: LeftBits<'_>,
    first: usize,
    chunks: &[Chunk],
    register: usize,
) -> [[[i32; LANES]; 4]; ROWS] {
    let mut totals = [[_mm512_setzero_si512(); 4]; ROWS];
    for (w, chunk) in chunks.iter().enumerate() {
        let registers: &[[u64; LANES]] = chunk.0.as_chunks().0;
        for (r, totals) in totals.iter_mut().enumerate() {
            let row = (first + r).min(left.size.rows - 1);
            let word = _mm512_set1_epi64(popcount::word(left, row, w).cast_signed());
            for (n, total) in totals.iter_mut().enumerate() {
                let lanes = registers[register + n].as_ptr().cast();
                // SAFETY: `lanes` points to eight words.
                let panel = unsafe { _mm512_loadu_si512(lanes) };
                let ones = _mm512_popcnt_epi64(_mm512_and_si512(word, panel));
                *total = _mm512_add_epi64(*total, ones);
            }
        }
    }
    totals.map(|row| row.map(|total| narrow(total)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn narrow(total: __m512i) -> [i32; LANES] {
    let mut out = [0; LANES];
    // SAFETY: `out` has room for eight numbers.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), _mm512_cvtepi64_epi32(total)) };
    out
}

#[inline]
#[target_feature(enable = "avx512f")]
fn threshold(tile: TileRow<'_>, bounds: &[i32; PANEL]) -> u64 {
    let row = _mm512_set1_epi32(tile.row);
    let mut bits = 0;
    for n in 0..PANEL / 16 {
        let columns = _mm512_add_epi32(load(tile.columns, n), row);
        let sums = _mm512_add_epi32(load(tile.values, n), columns);
        bits |= u64::from(_mm512_cmpge_epi32_mask(sums, load(bounds, n))) << (16 * n);
    }
    bits
}

/// Numbers `16 n ..`.
#[inline]
#[target_feature(enable = "avx512f")]
fn load(values: &[i32; PANEL], n: usize) -> __m512i {
    let sixteen = values[16 * n..][..16].as_ptr().cast();
    // SAFETY: `sixteen` points to sixteen numbers.
    unsafe { _mm512_loadu_si512(sixteen) }
}
