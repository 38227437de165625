//! What depends on the kind of processor.
//!
//! **Products.** Codes and weights are split in bit planes ([`crate::prepare::Digits`]). A product
//! has a left operand, rows of unsigned numbers of a few bits, and a right one, *panels* of 64 rows
//! of bits; its result is a tile of 64 columns, one word of output bits. A panel is kept in
//! [`Chunk`]s of 64 rows by 64 inputs, whose bits each kernel arranges as it likes, and the left
//! operand is packed anew for each block of tokens in a form of the kernel's own.
//!
//! **Rows.** What follows a product (thresholds, multiply-shift, norm, exponents) is plain Rust over
//! rows of 64 ([`plain`]), compiled once for each instruction set, or the instruction set's own.
//!
//! All `unsafe` of the engine but that of the mapping of files is in this folder. A kernel's value
//! exists only where the processor has what it needs: its `get` is the proof.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_numbers;
#[cfg(target_arch = "x86_64")]
mod avx2_pack;
#[cfg(target_arch = "x86_64")]
mod avx2_pairs;
#[cfg(target_arch = "x86_64")]
mod avx2_rescale;
#[cfg(target_arch = "x86_64")]
mod avx2_rows;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_bytes;
#[cfg(target_arch = "x86_64")]
mod avx512_rows;
mod choose;
mod crossovers;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod detect;
mod embedding;
#[cfg(feature = "std")]
pub(crate) mod limits;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "aarch64")]
mod neon_dot;
#[cfg(target_arch = "aarch64")]
mod neon_table;
mod plain;
mod popcount;
mod reciprocal;
mod rows;
mod scalar;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod tables;
mod transpose;
#[cfg(target_arch = "x86_64")]
mod vnni;

pub(crate) use choose::Kernels;
pub use choose::{KernelName, UnknownKernel};
pub(crate) use plain::{Rescale, saturate};
pub(crate) use reciprocal::{Reciprocal, Unit};

use core::fmt::Debug;

use noctule_program::parts::Norm;

/// Rows of a panel, columns of a tile.
pub(crate) const PANEL: usize = 64;

/// 64 rows of 64 bits: word `r` is row `r` until a kernel arranges them.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Chunk(pub(crate) [u64; PANEL]);

impl Chunk {
    pub(crate) const ZERO: Self = Self([0; PANEL]);
}

/// Rows of bit planes to be packed: number `i` of a row is `sum over p of bit[p][i] << p`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowBits<'a> {
    /// Starts at the first plane of the first row.
    pub(crate) data: &'a [u64],
    pub(crate) rows: usize,
    /// Numbers of a row in use; behind them there are no bits.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "only AVX2 looks"))]
    pub(crate) inputs: usize,
    /// Words of a plane.
    pub(crate) words: usize,
    /// From a row to the next.
    pub(crate) stride: usize,
    pub(crate) planes: usize,
    /// From a plane to the next.
    pub(crate) plane_stride: usize,
}

impl<'a> RowBits<'a> {
    #[inline]
    #[cfg_attr(
        not(any(target_arch = "x86_64", target_arch = "aarch64")),
        allow(dead_code, reason = "only vector kernels look")
    )]
    pub(crate) fn word(&self, row: usize, plane: usize, word: usize) -> u64 {
        self.data[row * self.stride + plane * self.plane_stride + word]
    }

    /// Words of one row of the first plane.
    #[inline]
    pub(crate) fn row(&self, row: usize) -> &'a [u64] {
        &self.data[row * self.stride..][..self.words]
    }

    pub(crate) fn size(&self) -> LeftSize {
        LeftSize { rows: self.rows, words: self.words, planes: self.planes }
    }
}

/// Size of a left operand: `rows` rows of `64 * words` numbers of `planes` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftSize {
    pub(crate) rows: usize,
    pub(crate) words: usize,
    pub(crate) planes: usize,
}

/// A left operand as its kernel packed it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeftBits<'a> {
    pub(crate) data: &'a [Chunk],
    pub(crate) size: LeftSize,
}

/// One panel of the planes that the kernel takes at a time, its chunks arranged by the kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PanelBits<'a> {
    /// One for each 64 inputs and each plane of those that the kernel takes at a time.
    pub(crate) chunks: &'a [Chunk],
    /// Rows in use, 1 to 64.
    pub(crate) rows: usize,
    /// Inputs in use; behind them there are no bits.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "only AVX2 looks"))]
    pub(crate) inputs: usize,
}

/// Where sums go: a tile of 64 columns whose rows are `stride` apart.
#[derive(Debug)]
pub(crate) struct Sums<'a> {
    pub(crate) data: &'a mut [i32],
    pub(crate) stride: usize,
    /// Added to what is there, or put in its place.
    pub(crate) add: bool,
}

impl Sums<'_> {
    /// Adds or puts `value << shift` at a row and column.
    #[inline]
    fn put(&mut self, row: usize, column: usize, value: i32, shift: u32) {
        let out = &mut self.data[row * self.stride + column];
        let before = if self.add { *out } else { 0 };
        *out = before.wrapping_add(value.wrapping_shl(shift));
    }
}

/// A row of a tile: the accumulator of column `c` is `values[c] + row + columns[c]`, wrapping.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TileRow<'a> {
    pub(crate) values: &'a [i32; PANEL],
    pub(crate) row: i32,
    pub(crate) columns: &'a [i32; PANEL],
}

/// What every kernel does. Unless it says otherwise its left operands have one plane and both operands
/// stay words.
pub(crate) trait Kernel: Rows + Debug + Send + Sync {
    fn name(&self) -> KernelName;

    /// Most planes of a left operand.
    fn planes(&self) -> usize {
        1
    }

    /// Planes of a right operand that it takes at a time, whose shifts rise one by one.
    fn right_planes(&self) -> usize {
        1
    }

    /// The kernel that does better where both operands have eight planes, if any.
    fn of_numbers(&self) -> Option<&'static dyn Kernel> {
        None
    }

    /// Arranges the bits of a chunk, whose word `r` is 64 inputs of row `r`.
    fn arrange(&self, _chunk: &mut Chunk) {}

    /// Arranges the chunks of the planes that it takes at a time.
    fn arrange_planes(&self, chunks: &mut [Chunk]) {
        chunks.iter_mut().for_each(|chunk| self.arrange(chunk));
    }

    /// Chunks that a packed left operand takes.
    fn left_chunks(&self, size: LeftSize) -> usize {
        popcount::left_chunks(size)
    }

    /// Packs a left operand. Panics where `out` is too short.
    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        popcount::pack(rows, out);
    }

    /// `out[r][n] (+)= (sum over i of left[r][i] * panel[n][i]) << shift`, wrapping. The columns
    /// behind the panel's rows may get any value. Panics where the operands do not fit one another.
    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, out: Sums<'_>);
}

/// What is done with rows of 64 numbers.
pub(crate) trait Rows {
    /// Bit `c`: is accumulator `c` at least `bounds[c]`?
    fn threshold(&self, tile: TileRow<'_>, bounds: &[i32; PANEL]) -> u64;

    /// `codes[c] = clamp(rescale(accumulator c)) - least`.
    fn codes(&self, tile: TileRow<'_>, rescale: Rescale<'_>, span: Span, codes: &mut [u8; PANEL]);

    /// `x[c] = sat16(x[c] + rescale(accumulator c))`.
    fn add_rescaled(&self, tile: TileRow<'_>, rescale: Rescale<'_>, x: &mut [i16; PANEL]);

    /// The accumulators themselves.
    fn settle(&self, tile: TileRow<'_>, out: &mut [i32; PANEL]);

    /// Normalises a row of the residual stream (1.5 of `docs/program-format.md`).
    fn norm(&self, norm: &Norm, row: &mut [i16]);

    /// `out[j] = table[min((m - scores[j]) >> shift, last)]`, `m` the largest score; returns the sum.
    fn exponents(&self, scores: &[i32], table: &[u16], shift: u8, out: &mut [u16]) -> u64;

    /// The largest score `m`, and the sum of the exponents above; for one score or more.
    fn exponent_sum(&self, scores: &[i32], table: &[u16], shift: u8) -> (i32, u64);

    /// Hides the scores whose bit is not set behind the least number.
    fn hide(&self, keep: u64, scores: &mut [i32; PANEL]);

    /// The codes of exponents.
    fn quotients(&self, values: &[u16; PANEL], by: Reciprocal, codes: &mut [u8; PANEL]);

    /// The codes of scores; of those larger than [`StepCodes::first`] any.
    fn look_up(&self, scores: &[i32; PANEL], by: StepCodes<'_>, codes: &mut [u8; PANEL]);

    /// `sums[r] = sum over p of (bits set in plane p of row r) << shifts[p]`, wrapping.
    fn totals(&self, rows: RowBits<'_>, shifts: &[u32], sums: &mut [i32]);

    /// Bit `j` of word `i` and bit `i` of word `j` change places.
    fn transpose(&self, block: &mut [u64; PANEL]);

    /// Bit `c` of `out[p]` is bit `p` of `codes[c]`.
    fn split(&self, codes: &[u8; PANEL], out: &mut [u64]);

    /// Two rows of tables added up, and a third if there is one, as `sat16`. Each has `x.len()` codes.
    fn add_rows(&self, rows: [TableRow<'_>; 2], third: Option<TableRow<'_>>, x: &mut [i16]);

    /// The row of a table whose multiplier has been multiplied, as `sat16`. It has `x.len()` codes.
    fn put_row(&self, row: TableRow<'_>, x: &mut [i16]);

    /// A sum of products; what one has more than the other does not count.
    fn dot(&self, weights: &[i8], x: &[i16]) -> i32;

    /// The same of unsigned bytes.
    fn dot_bytes(&self, weights: &[i8], bytes: &[u8]) -> i32;
}

/// A row of a table of the embedding: value `c` is `round_shift(codes[c] * mul, shift)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableRow<'a> {
    pub(crate) codes: &'a [i8],
    /// Up to 24 bits and a sign: 65535 times 255.
    pub(crate) mul: i32,
    pub(crate) shift: u8,
}

/// Entries of a table that are few.
pub(crate) const FEW: usize = 2 * PANEL;

/// Codes of scores: a step of `2^shift` below the row's largest score each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepCodes<'a> {
    pub(crate) codes: &'a [u8; FEW],
    /// The last of the codes, which all lower scores have.
    pub(crate) last: usize,
    /// The largest score.
    pub(crate) first: i32,
    pub(crate) shift: u8,
}

/// Least and largest code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) least: i32,
    pub(crate) largest: i32,
}

#[cfg(test)]
mod tests;
