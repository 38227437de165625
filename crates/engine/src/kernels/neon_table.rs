//! NEON: partial sums looked up by `tbl`.
//!
//! The bits of 16 rows of a panel for a group of four inputs, a nibble each, look their sums up in a
//! table ([`super::tables`]) with one `tbl`; one `add` adds them up: two instructions for 64
//! multiply-accumulates, whatever the codes have, one bit or four. Sums stay in bytes as long as
//! they fit, then widen to 16 bits.

#![allow(unsafe_code)]

use core::arch::aarch64::*;

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PANEL, PanelBits, RowBits, Sums,
    neon::{self, Neon},
    rows::rows,
    tables::{self, GROUPS, QUAD, SELECT, TABLES},
};

/// Words of a panel that stay in the nearest cache while the rows pass; sums of as many fit 16 bits.
const DEPTH: usize = 24;
/// Rows of a tile: with more, compilers run out of registers.
const ROWS: usize = 2;
/// Registers of a group of a panel.
const REGISTERS: usize = PANEL / 16;

/// Proof that the processor has NEON.
#[derive(Debug, Clone, Copy)]
pub(super) struct NeonTable(());

impl NeonTable {
    pub(super) fn get() -> Option<&'static Self> {
        Neon::get().map(|_| &Self(()))
    }
}

rows!(NeonTable, ["neon"], neon);

impl Kernel for NeonTable {
    fn name(&self) -> KernelName {
        KernelName::NeonTable
    }

    fn planes(&self) -> usize {
        4
    }

    fn arrange(&self, chunk: &mut Chunk) {
        tables::arrange(chunk);
    }

    fn left_chunks(&self, size: LeftSize) -> usize {
        tables::left_chunks(size)
    }

    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        let (words, _) = out.as_chunks_mut::<TABLES>();
        for row in 0..rows.rows {
            let words = &mut words[row / QUAD * rows.words..][..rows.words];
            for (word, out) in words.iter_mut().enumerate() {
                // SAFETY: a value of this type exists only where there is NEON.
                unsafe { put_tables(&rows, row, word, out) };
            }
        }
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, mut out: Sums<'_>) {
        let LeftSize { rows, words, planes } = left.size;
        assert_eq!(words, panel.chunks.len(), "inputs of a product");
        for first in (0..words).step_by(DEPTH) {
            let chunks = &panel.chunks[first..words.min(first + DEPTH)];
            for row in (0..rows).step_by(ROWS) {
                let at = (row / QUAD * words + first) * TABLES;
                let tables = &left.data[at..][..chunks.len() * TABLES];
                let operands = Operands { tables, row: row % QUAD, chunks, planes };
                // SAFETY: a value of this type exists only where there is NEON.
                unsafe {
                    if rows - row < ROWS {
                        tile::<1>(operands, &mut out, row, shift);
                    } else {
                        tile::<ROWS>(operands, &mut out, row, shift);
                    }
                }
            }
            out.add = true;
        }
    }
}

/// The tables of the 16 groups of a word of a row.
#[target_feature(enable = "neon")]
fn put_tables(rows: &RowBits<'_>, row: usize, word: usize, out: &mut [Chunk; TABLES]) {
    for quarter in 0..4 {
        let codes = codes(rows, row, word, quarter);
        for (group, select) in SELECT.iter().enumerate() {
            let picked = select.each_ref().map(|select| vqtbl1q_u8(codes, load(select)));
            let [a, b, c, d] = picked;
            let table = vaddq_u8(vaddq_u8(a, b), vaddq_u8(c, d));
            let at = (4 * quarter + group) * QUAD + row % QUAD;
            let out = out[at / 32].0[2 * (at % 32)..][..2].as_mut_ptr().cast();
            // SAFETY: `out` has room for 16 bytes.
            unsafe { vst1q_u8(out, table) };
        }
    }
}

/// Inputs `16 quarter ..` of a word, a byte each.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn codes(rows: &RowBits<'_>, row: usize, word: usize, quarter: usize) -> uint8x16_t {
    let places = vreinterpretq_u8_u64(vdupq_n_u64(0x8040_2010_0804_0201));
    (0..rows.planes).fold(vdupq_n_u8(0), |codes, plane| {
        let [low, high, ..] = (rows.word(row, plane, word) >> (16 * quarter)).to_le_bytes();
        let spread = vcombine_u8(vdup_n_u8(low), vdup_n_u8(high));
        let set = vtstq_u8(spread, places);
        vorrq_u8(codes, vandq_u8(set, vdupq_n_u8(1 << plane)))
    })
}

#[inline]
#[target_feature(enable = "neon")]
fn load(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: `bytes` are 16.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

/// What one tile reads.
#[derive(Clone, Copy)]
struct Operands<'a> {
    /// `[words][16 groups][QUAD rows][16]`.
    tables: &'a [Chunk],
    /// The first row of the quad.
    row: usize,
    /// One a word.
    chunks: &'a [Chunk],
    planes: usize,
}

/// Sums of 16 bits of `R` rows.
type Wide<const R: usize> = [[uint16x8_t; 2 * REGISTERS]; R];

#[target_feature(enable = "neon")]
fn tile<const R: usize>(operands: Operands<'_>, out: &mut Sums<'_>, row: usize, shift: u32) {
    let wide = match operands.planes {
        1 => sums::<R, 24>(operands),
        2 => sums::<R, 8>(operands),
        _ => sums::<R, 2>(operands),
    };
    for (r, wide) in wide.into_iter().enumerate() {
        for (n, eight) in wide.into_iter().enumerate() {
            let fours = [vmovl_u16(vget_low_u16(eight)), vmovl_high_u16(eight)];
            neon::put(out, row + r, 8 * n, fours, shift);
        }
    }
}

/// `STEP` pairs of groups at a time sum up to a byte: 24 of 8, 8 of 24 or 2 of 120 at most.
#[inline]
#[target_feature(enable = "neon")]
fn sums<const R: usize, const STEP: usize>(operands: Operands<'_>) -> Wide<R> {
    let mut wide = [[vdupq_n_u16(0); 2 * REGISTERS]; R];
    let pairs = operands.chunks.len() * GROUPS / 2;
    assert!(
        operands.chunks.len() * TABLES <= operands.tables.len() && operands.row + R <= QUAD,
        "tables of a product"
    );
    for first in (0..pairs).step_by(STEP) {
        let mut bytes = [[vdupq_n_u8(0); REGISTERS]; R];
        for pair in first..pairs.min(first + STEP) {
            // SAFETY: there are so many pairs, and the tables of `R` rows from the first.
            unsafe { step::<R>(operands, pair, &mut bytes) };
        }
        for (wide, bytes) in wide.iter_mut().zip(&bytes) {
            for (wide, bytes) in wide.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
                wide[0] = vaddw_u8(wide[0], vget_low_u8(*bytes));
                wide[1] = vaddw_high_u8(wide[1], *bytes);
            }
        }
    }
    wide
}

/// Adds the sums of two groups, whose nibbles share a byte.
///
/// # Safety
/// There are chunks and tables of this pair of groups, and `R` rows from the first of the operands.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn step<const R: usize>(
    operands: Operands<'_>,
    pair: usize,
    bytes: &mut [[uint8x16_t; REGISTERS]; R],
) {
    let (tables, chunks) = (operands.tables.as_ptr(), operands.chunks.as_ptr());
    // SAFETY: the caller's promise; a pair has `PANEL` bytes and `2 * QUAD` tables.
    let (tables, panel) = unsafe {
        let tables = tables.cast::<u8>().add(16 * (2 * QUAD * pair + operands.row));
        (tables, chunks.cast::<u8>().add(PANEL * pair))
    };
    let both: [uint8x16_t; REGISTERS] = core::array::from_fn(|n| {
        // SAFETY: as above.
        unsafe { vld1q_u8(panel.add(16 * n)) }
    });
    let low = both.map(|both| vandq_u8(both, vdupq_n_u8(15)));
    let high = both.map(|both| vshrq_n_u8::<4>(both));
    for (group, nibbles) in [low, high].iter().enumerate() {
        for (r, bytes) in bytes.iter_mut().enumerate() {
            // SAFETY: as above.
            let table = unsafe { vld1q_u8(tables.add(16 * (QUAD * group + r))) };
            for (bytes, nibbles) in bytes.iter_mut().zip(nibbles) {
                *bytes = vaddq_u8(*bytes, vqtbl1q_u8(table, *nibbles));
            }
        }
    }
}
