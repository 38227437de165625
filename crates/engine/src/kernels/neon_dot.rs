//! NEON with dot products of bytes (`udot`), for codes of eight bits.
//!
//! An instruction does 16 multiply-accumulates: four inputs of four panel rows. The panel's bits become
//! bytes just before use, all ones or all zeros; that each 1 counts 255 times is mended at the end, since
//! 255 has an inverse modulo `2^32`. Rust's intrinsic is not stable yet, hence the assembly.

#![allow(unsafe_code)]

use core::arch::{aarch64::*, asm};

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PanelBits, RowBits, Sums, detect::has, neon,
    neon_table, popcount::flat, rows::rows, tables,
};

/// Rows of a tile.
const ROWS: usize = 4;
/// Registers of a tile's row, four columns each.
const REGISTERS: usize = 4;
/// `255 * INVERSE = 1`, modulo `2^32`.
const INVERSE: u32 = 0xfefe_feff;

/// Proof that the processor has NEON and its dot products.
#[derive(Debug, Clone, Copy)]
pub(super) struct NeonDot(());

impl NeonDot {
    pub(super) fn get() -> Option<&'static Self> {
        has!("neon", "dotprod").then_some(&Self(()))
    }
}

rows!(NeonDot, ["neon"], neon);

impl Kernel for NeonDot {
    fn name(&self) -> KernelName {
        KernelName::NeonDot
    }

    fn planes(&self) -> usize {
        8
    }

    fn arrange(&self, chunk: &mut Chunk) {
        tables::arrange(chunk);
    }

    /// A byte an input.
    fn left_chunks(&self, size: LeftSize) -> usize {
        (size.rows * size.words).div_ceil(8)
    }

    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        for row in 0..rows.rows {
            for word in 0..rows.words {
                let at = row * rows.words + word;
                let out = &mut out[at / 8].0[8 * (at % 8)..][..8];
                for (quarter, out) in out.as_chunks_mut::<2>().0.iter_mut().enumerate() {
                    // SAFETY: a value of this type exists only where there is NEON; `out` are 16 bytes.
                    unsafe {
                        let codes = neon_table::codes(&rows, row, word, quarter);
                        vst1q_u8(out.as_mut_ptr().cast(), codes);
                    }
                }
            }
        }
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, mut out: Sums<'_>) {
        let LeftSize { rows, words, .. } = left.size;
        assert_eq!(words, panel.chunks.len(), "inputs of a product");
        // Eight words a row and word of the operand.
        let lines = |r: usize| &flat(left.data)[8 * r.min(rows - 1) * words..][..8 * words];
        for first in (0..rows).step_by(ROWS) {
            let lines = core::array::from_fn(|r| lines(first + r));
            for column in (0..panel.rows).step_by(4 * REGISTERS) {
                // SAFETY: a value of this type exists only where there are NEON and its dot products.
                unsafe {
                    let sums = tile(lines, panel.chunks, column);
                    for (r, sums) in sums.into_iter().enumerate().take(rows - first) {
                        neon::put(&mut out, first + r, column, sums, shift);
                    }
                }
            }
        }
    }
}

/// Sums of the rows with the columns of a panel from `column` on.
#[target_feature(enable = "neon,dotprod")]
fn tile(lines: [&[u64]; ROWS], chunks: &[Chunk], column: usize) -> [[uint32x4_t; REGISTERS]; ROWS] {
    let mut sums = [[vdupq_n_u32(0); REGISTERS]; ROWS];
    for (w, chunk) in chunks.iter().enumerate() {
        let lines = lines.map(|line| line[8 * w..].first_chunk::<8>().expect("words of a row"));
        for quarter in 0..4 {
            let codes = lines.map(|line| load(&line[2 * quarter..]));
            // Bytes `64 b + r` of a chunk are inputs `8 b ..` of row `r`.
            let panel = |b: usize| load(&chunk.0[8 * (2 * quarter + b) + column / 8..]);
            step::<0, 1>(panel(0), codes, &mut sums);
            step::<2, 3>(panel(1), codes, &mut sums);
        }
    }
    sums.map(|row| row.map(|sum| vmulq_u32(sum, vdupq_n_u32(INVERSE))))
}

/// Adds the products of eight inputs, which are fours `LOW` and `HIGH` of the codes, with a byte of
/// bits of each of 16 columns.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn step<const LOW: i32, const HIGH: i32>(
    panel: uint8x16_t,
    codes: [uint8x16_t; ROWS],
    sums: &mut [[uint32x4_t; REGISTERS]; ROWS],
) {
    let fours = vreinterpretq_u8_u32(vcombine_u32(
        vcreate_u32(0x0101_0101_0000_0000),
        vcreate_u32(0x0303_0303_0202_0202),
    ));
    let low = vreinterpretq_u8_u32(vdupq_n_u32(0x0804_0201));
    let high = vreinterpretq_u8_u32(vdupq_n_u32(0x8040_2010));
    for n in 0..REGISTERS {
        let spread = vqtbl1q_u8(panel, vaddq_u8(fours, vdupq_n_u8(4 * n as u8)));
        let (low, high) = (vtstq_u8(spread, low), vtstq_u8(spread, high));
        for (sums, codes) in sums.iter_mut().zip(codes) {
            sums[n] = dot::<HIGH>(dot::<LOW>(sums[n], low, codes), high, codes);
        }
    }
}

/// Adds to each number the dot product of its four bytes with four `FOUR` of the codes.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn dot<const FOUR: i32>(mut sum: uint32x4_t, bytes: uint8x16_t, codes: uint8x16_t) -> uint32x4_t {
    // SAFETY: the instruction works on registers alone, and the caller has it.
    unsafe {
        asm!(
            "udot {sum:v}.4s, {bytes:v}.16b, {codes:v}.4b[{four}]",
            sum = inout(vreg) sum,
            bytes = in(vreg) bytes,
            codes = in(vreg) codes,
            four = const FOUR,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}

/// The first 16 bytes.
#[inline]
#[target_feature(enable = "neon")]
fn load(words: &[u64]) -> uint8x16_t {
    let two = words[..2].as_ptr().cast();
    // SAFETY: `two` points to 16 bytes.
    unsafe { vld1q_u8(two) }
}
