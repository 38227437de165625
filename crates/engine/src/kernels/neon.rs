//! NEON: bits counted byte by byte (`cnt`), and the operations on rows that all kernels of this
//! instruction set share.
//!
//! A register holds 64 inputs of two panel rows. Three instructions (`and`, `cnt`, `add`) do its 128
//! multiply-accumulates; counts stay in bytes for up to 31 words (`31 * 8 < 256`).

#![allow(unsafe_code)]

use core::arch::aarch64::*;

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PANEL, PanelBits, Sums, TileRow, popcount::flat,
    rows::rows,
};
pub(super) use super::{
    embedding::{add_rows, dot, dot_bytes, put_row},
    plain::{
        add_rescaled, codes, exponent_sum, exponents, hide, look_up, norm, quotients, settle,
        totals, transpose,
    },
};

/// Rows of a tile.
const ROWS: usize = 4;
/// Registers of a tile, two columns each.
const REGISTERS: usize = 4;
/// Words whose byte counts, at most 8 each, fit a byte.
const DEPTH: usize = 31;

/// Proof that the processor has NEON, as every one of this kind has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neon(());

impl Neon {
    pub(super) fn get() -> Option<&'static Self> {
        cfg!(target_feature = "neon").then_some(&Self(()))
    }
}

rows!(Neon, ["neon"], neon);

impl Kernel for Neon {
    fn name(&self) -> KernelName {
        KernelName::Neon
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, mut out: Sums<'_>) {
        let LeftSize { rows, words, .. } = left.size;
        assert_eq!(words, panel.chunks.len(), "inputs of a product");
        let flat = flat(left.data);
        for first in (0..rows).step_by(ROWS) {
            let row = |r: usize| &flat[(first + r).min(rows - 1) * words..][..words];
            let lines = core::array::from_fn(row);
            for column in (0..panel.rows).step_by(2 * REGISTERS) {
                // SAFETY: a value of this type exists only where there is NEON.
                let sums = unsafe { tile(lines, panel.chunks, column) };
                for (r, sums) in sums.into_iter().enumerate().take(rows - first) {
                    // SAFETY: as above.
                    unsafe { put(&mut out, first + r, column, sums, shift) };
                }
            }
        }
    }
}

/// Counts of the rows with the columns of a panel from `column` on, four to a register.
#[target_feature(enable = "neon")]
fn tile(
    lines: [&[u64]; ROWS],
    chunks: &[Chunk],
    column: usize,
) -> [[uint32x4_t; REGISTERS / 2]; ROWS] {
    let mut totals = [[vdupq_n_u32(0); REGISTERS]; ROWS];
    for (n, chunks) in chunks.chunks(DEPTH).enumerate() {
        let lines = lines.map(|line| &line[DEPTH * n..][..chunks.len()]);
        let counts = count(lines, chunks, column);
        for (totals, counts) in totals.as_flattened_mut().iter_mut().zip(counts.as_flattened()) {
            *totals = vpadalq_u16(*totals, vpaddlq_u8(*counts));
        }
    }
    totals.map(|[a, b, c, d]| [vpaddq_u32(a, b), vpaddq_u32(c, d)])
}

/// The same of up to `DEPTH` words, in bytes.
#[inline]
#[target_feature(enable = "neon")]
fn count(
    lines: [&[u64]; ROWS],
    chunks: &[Chunk],
    column: usize,
) -> [[uint8x16_t; REGISTERS]; ROWS] {
    let mut counts = [[vdupq_n_u8(0); REGISTERS]; ROWS];
    for (w, chunk) in chunks.iter().enumerate() {
        let panel = chunk.0[column..][..2 * REGISTERS].as_chunks::<2>().0;
        for (line, counts) in lines.iter().zip(&mut counts) {
            let word = vreinterpretq_u8_u64(vdupq_n_u64(line[w]));
            for (two, count) in panel.iter().zip(counts) {
                // SAFETY: `two` are 16 bytes.
                let two = unsafe { vld1q_u8(two.as_ptr().cast()) };
                *count = vaddq_u8(*count, vcntq_u8(vandq_u8(word, two)));
            }
        }
    }
    counts
}

/// Adds or puts neighbouring sums, shifted.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn put<const N: usize>(
    out: &mut Sums<'_>,
    row: usize,
    column: usize,
    sums: [uint32x4_t; N],
    shift: u32,
) {
    let shift = vdupq_n_s32(shift.cast_signed());
    let line = &mut out.data[row * out.stride + column..][..4 * N];
    for (four, sums) in line.as_chunks_mut::<4>().0.iter_mut().zip(sums) {
        let to = four.as_mut_ptr().cast();
        let sums = vshlq_u32(sums, shift);
        // SAFETY: `to` points to four numbers.
        unsafe {
            vst1q_u32(to, if out.add { vaddq_u32(vld1q_u32(to), sums) } else { sums });
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn threshold(tile: TileRow<'_>, bounds: &[i32; PANEL]) -> u64 {
    let row = vdupq_n_s32(tile.row);
    let mut bytes = [vdupq_n_u8(0); 4];
    for (n, bytes) in bytes.iter_mut().enumerate() {
        let four = |m: usize| {
            let sums = vaddq_s32(
                vaddq_s32(load(tile.values, 4 * n + m), row),
                load(tile.columns, 4 * n + m),
            );
            vcgeq_s32(sums, load(bounds, 4 * n + m))
        };
        let eight = |m: usize| vmovn_high_u32(vmovn_u32(four(m)), four(m + 1));
        *bytes = vmovn_high_u16(vmovn_u16(eight(0)), eight(2));
    }
    gather(bytes)
}

/// Numbers `4 n ..`.
#[inline]
#[target_feature(enable = "neon")]
fn load(values: &[i32; PANEL], n: usize) -> int32x4_t {
    let four = values[4 * n..][..4].as_ptr();
    // SAFETY: `four` points to four numbers.
    unsafe { vld1q_s32(four) }
}

/// A bit for each of 64 bytes that are all ones or all zeros.
#[inline]
#[target_feature(enable = "neon")]
fn gather(bytes: [uint8x16_t; 4]) -> u64 {
    let places = vreinterpretq_u8_u64(vdupq_n_u64(0x8040_2010_0804_0201));
    let [a, b, c, d] = bytes.map(|bytes| vandq_u8(bytes, places));
    let sums = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)))
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn split(codes: &[u8; PANEL], out: &mut [u64]) {
    let codes: [uint8x16_t; 4] = core::array::from_fn(|n| {
        let sixteen = codes[16 * n..][..16].as_ptr();
        // SAFETY: `sixteen` points to 16 bytes.
        unsafe { vld1q_u8(sixteen) }
    });
    for (p, out) in out.iter_mut().enumerate() {
        let bit = vdupq_n_u8(1 << p);
        *out = gather(codes.map(|codes| vtstq_u8(codes, bit)));
    }
}
