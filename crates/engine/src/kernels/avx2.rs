//! AVX2: partial sums looked up by byte shuffles.
//!
//! The bits of 32 rows of a panel for a group of four inputs, a nibble each, look their sums up in a
//! table ([`super::tables`]) with one `vpshufb`; one `vpaddb` adds them up: two instructions for 128
//! multiply-accumulates, whatever the codes have, two bits or four. Limit: two shuffles a cycle, 512
//! operations (a multiply-accumulate counts as two). Codes of one bit share tables two by two
//! ([`super::avx2_pairs`]).
//!
//! Sums stay in bytes as long as they fit, then widen to 16 bits: even bytes by taking the odd ones
//! off, odd bytes by a shift.

#![allow(unsafe_code)]

use core::{arch::x86_64::*, mem::MaybeUninit};

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PANEL, PanelBits, RowBits, Sums,
    avx2_numbers::Avx2Numbers,
    avx2_pack::{arrange, pack},
    avx2_pairs,
    detect::has,
    rows::rows,
    tables::{self, GROUPS, QUAD, TABLES},
};

/// Chunks of the tables of a quad of rows and a word.
fn tables(planes: usize) -> usize {
    if planes == 1 { avx2_pairs::TABLES } else { TABLES }
}

/// Words whose nibbles and tables fit the nearest cache together.
const DEPTH: usize = 12;

/// Proof that the processor has AVX2 and POPCNT.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn get() -> Option<&'static Self> {
        has!("avx2", "popcnt").then_some(&Self(()))
    }
}

rows!(Avx2, ["avx2,popcnt"], avx2_rows);

impl Kernel for Avx2 {
    fn name(&self) -> KernelName {
        KernelName::Avx2
    }

    fn planes(&self) -> usize {
        4
    }

    fn of_numbers(&self) -> Option<&'static dyn Kernel> {
        Avx2Numbers::get().map(|kernel| kernel as _)
    }

    fn arrange(&self, chunk: &mut Chunk) {
        // SAFETY: a value of this type exists only where AVX2 was detected.
        unsafe { arrange(chunk) }
    }

    fn left_chunks(&self, size: LeftSize) -> usize {
        match size.planes {
            1 => avx2_pairs::left_chunks(size),
            _ => tables::left_chunks(size),
        }
    }

    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        // SAFETY: a value of this type exists only where AVX2 was detected.
        unsafe {
            match rows.planes {
                1 => avx2_pairs::pack(rows, out),
                2 => pack::<2>(rows, out),
                4 => pack::<4>(rows, out),
                planes => panic!("a left operand of {planes} planes"),
            }
        }
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, out: Sums<'_>) {
        let LeftSize { rows, words, .. } = left.size;
        assert_eq!(words, panel.chunks.len(), "inputs of a product");
        assert!(self.left_chunks(left.size) <= left.data.len(), "tables of a product");
        assert!(rows > 0 && (rows - 1) * out.stride + PANEL <= out.data.len(), "room for sums");
        // SAFETY: a value of this type exists only where AVX2 was detected.
        unsafe {
            if panel.rows > PANEL / 2 {
                product::<2>(left, panel, shift, out);
            } else {
                product::<1>(left, panel, shift, out);
            }
        }
    }
}

/// Nibbles of up to `DEPTH` chunks, a byte each: `[group][half][32 rows]`.
pub(super) type Nibbles = [MaybeUninit<__m256i>; DEPTH * GROUPS * 2];

/// All rows with `H` halves of a panel.
#[target_feature(enable = "avx2")]
fn product<const H: usize>(
    left: LeftBits<'_>,
    panel: PanelBits<'_>,
    shift: u32,
    mut out: Sums<'_>,
) {
    let (LeftSize { words, planes, .. }, PanelBits { chunks, inputs, .. }) = (left.size, panel);
    let mut room: Nibbles = [const { MaybeUninit::uninit() }; _];
    let mut add = out.add;
    for first in (0..words).step_by(DEPTH) {
        let depth = DEPTH.min(words - first);
        unpack::<H>(&chunks[first..first + depth], &mut room);
        let chunks = tables(planes);
        let groups = (inputs - 64 * first).min(64 * depth).div_ceil(4);
        let block = Block { nibbles: &room, first, depth, groups, chunks, shift, add };
        if planes == 1 {
            rows_of_pairs::<H>(left, block, &mut out);
        } else {
            rows_of_tables::<H>(left, block, &mut out);
        }
        add = true;
    }
}

/// Words of a panel that are unpacked, for all rows.
#[derive(Clone, Copy)]
struct Block<'a> {
    nibbles: &'a Nibbles,
    /// The first of the words, and how many.
    first: usize,
    depth: usize,
    /// Groups of inputs in use.
    groups: usize,
    /// Chunks of the tables of a quad and a word.
    chunks: usize,
    shift: u32,
    add: bool,
}

impl<'a> Block<'a> {
    /// What the tile from row `row` on reads and where its sums go.
    #[inline]
    fn tile<'b>(
        &self,
        left: LeftBits<'a>,
        row: usize,
        out: &'b mut Sums<'_>,
    ) -> (Operands<'a>, Target<'b>) {
        let Self { nibbles, first, depth, groups, chunks, shift, add } = *self;
        let at = (row / QUAD * left.size.words + first) * chunks;
        let tables = &left.data[at..at + depth * chunks];
        let (stride, planes) = (out.stride, left.size.planes);
        let target = Target { out: &mut out.data[row * stride..], stride, shift, add };
        (Operands { tables, nibbles, words: depth, groups, planes }, target)
    }
}

#[inline(never)]
#[target_feature(enable = "avx2")]
fn rows_of_pairs<const H: usize>(left: LeftBits<'_>, block: Block<'_>, out: &mut Sums<'_>) {
    let rows = left.size.rows;
    for row in (0..rows).step_by(QUAD) {
        let (operands, target) = block.tile(left, row, out);
        match rows - row {
            left @ 1..=2 => pairs::<1, H>(operands, left, target),
            left => pairs::<2, H>(operands, left, target),
        }
    }
}

#[inline(never)]
#[target_feature(enable = "avx2")]
fn rows_of_tables<const H: usize>(left: LeftBits<'_>, block: Block<'_>, out: &mut Sums<'_>) {
    let rows = left.size.rows;
    for row in (0..rows).step_by(QUAD) {
        let (operands, target) = block.tile(left, row, out);
        match rows - row {
            1 => tile::<1, H>(operands, target),
            2 => tile::<2, H>(operands, target),
            3 => tile::<3, H>(operands, target),
            _ => tile::<QUAD, H>(operands, target),
        }
    }
}

/// Splits the bytes of the first `H` halves of a panel in nibbles.
#[target_feature(enable = "avx2")]
fn unpack<const H: usize>(chunks: &[Chunk], nibbles: &mut Nibbles) {
    let low = _mm256_set1_epi8(15);
    for (chunk, nibbles) in chunks.iter().zip(nibbles.as_chunks_mut::<{ 2 * GROUPS }>().0) {
        for byte in 0..8 {
            for half in 0..H {
                let from = chunk.0[8 * byte + 4 * half..][..4].as_ptr().cast();
                // SAFETY: `from` points to 32 bytes.
                let both = unsafe { _mm256_loadu_si256(from) };
                let high = _mm256_and_si256(_mm256_srli_epi16::<4>(both), low);
                nibbles[4 * byte + half].write(_mm256_and_si256(both, low));
                nibbles[4 * byte + 2 + half].write(high);
            }
        }
    }
}

/// What one tile reads.
#[derive(Clone, Copy)]
pub(super) struct Operands<'a> {
    /// `[words][16 groups][QUAD rows][16]`; one plane: `[words][16 groups][2 pairs][16]`.
    pub(super) tables: &'a [Chunk],
    pub(super) nibbles: &'a Nibbles,
    /// Words of the panel that are unpacked.
    pub(super) words: usize,
    /// Groups of them in use, up to the last of the last word.
    pub(super) groups: usize,
    planes: usize,
}

/// Where its sums go.
struct Target<'a> {
    out: &'a mut [i32],
    stride: usize,
    shift: u32,
    add: bool,
}

/// Sums of 16 bits of `R` rows with `H` halves of a panel: `[all + 256 odd, odd]` of the bytes.
pub(super) type Wide<const R: usize, const H: usize> = [[[__m256i; 2]; H]; R];

/// One plane: up to `rows` rows of `P` pairs.
#[inline(never)]
#[target_feature(enable = "avx2")]
fn pairs<const P: usize, const H: usize>(operands: Operands<'_>, rows: usize, to: Target<'_>) {
    let wide = avx2_pairs::sums::<P, H>(operands);
    let wide = wide.as_flattened();
    put_all(&wide[..rows.min(wide.len())], to);
}

/// Of two planes 16 groups of 12 at most sum up to a byte, of more 4 of 60.
#[target_feature(enable = "avx2")]
fn tile<const R: usize, const H: usize>(operands: Operands<'_>, to: Target<'_>) {
    let wide: Wide<R, H> = match operands.planes {
        2 if operands.groups.is_multiple_of(16) => steps::<R, H, 16>(operands),
        // Tables are there for whole halves of words only.
        2 => steps::<R, H, 8>(operands),
        _ => steps::<R, H, 4>(operands),
    };
    put_all(&wide, to);
}

#[inline]
#[target_feature(enable = "avx2")]
fn put_all<const H: usize>(wide: &[[[__m256i; 2]; H]], to: Target<'_>) {
    let shift = _mm_cvtsi32_si128(to.shift.cast_signed());
    for (r, wide) in wide.iter().enumerate() {
        for (h, &[all, odd]) in wide.iter().enumerate() {
            let even = _mm256_sub_epi16(all, _mm256_slli_epi16::<8>(odd));
            let out = &mut to.out[r * to.stride + 32 * h..][..32];
            put([even, odd], shift, out, to.add);
        }
    }
}

/// `STEP` groups at a time.
#[inline]
#[target_feature(enable = "avx2")]
fn steps<const R: usize, const H: usize, const STEP: usize>(operands: Operands<'_>) -> Wide<R, H> {
    let mut wide = [[[_mm256_setzero_si256(); 2]; H]; R];
    let groups = operands.groups.next_multiple_of(STEP);
    assert!(
        groups <= GROUPS * operands.words
            && groups * 2 <= operands.nibbles.len()
            && operands.words * TABLES <= operands.tables.len()
    );
    for first in (0..groups).step_by(STEP) {
        // A word's groups are whole steps: the loop has a known length.
        // SAFETY: the groups lie in the nibbles that were unpacked and in the tables.
        let bytes = unsafe { step::<R, H>(operands, first, first + STEP) };
        for r in 0..R {
            for h in 0..H {
                widen(&mut wide[r][h], bytes[r][h]);
            }
        }
    }
    wide
}

/// Adds bytes to sums of 16 bits.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn widen(wide: &mut [__m256i; 2], bytes: __m256i) {
    wide[0] = _mm256_add_epi16(wide[0], bytes);
    wide[1] = _mm256_add_epi16(wide[1], _mm256_srli_epi16::<8>(bytes));
}

/// Sums of groups `first .. end` in bytes.
///
/// # Safety
/// Nibbles and tables have these groups, and the nibbles of `H` halves are unpacked.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn step<const R: usize, const H: usize>(
    operands: Operands<'_>,
    first: usize,
    end: usize,
) -> [[__m256i; H]; R] {
    let tables = operands.tables.as_ptr().cast::<__m128i>();
    let mut bytes = [[_mm256_setzero_si256(); H]; R];
    for group in first..end {
        let mut nibbles = [_mm256_setzero_si256(); H];
        for (h, nibbles) in nibbles.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *nibbles = unsafe { operands.nibbles.get_unchecked(2 * group + h).assume_init() };
        }
        for (r, bytes) in bytes.iter_mut().enumerate() {
            // SAFETY: the caller's promise; `r < QUAD`.
            let table = unsafe { _mm_load_si128(tables.add(QUAD * group + r)) };
            let table = _mm256_broadcastsi128_si256(table);
            for h in 0..H {
                bytes[h] = _mm256_add_epi8(bytes[h], _mm256_shuffle_epi8(table, nibbles[h]));
            }
        }
    }
    bytes
}

/// Adds or puts 32 sums, even and odd ones apart.
#[inline]
#[target_feature(enable = "avx2")]
fn put([even, odd]: [__m256i; 2], shift: __m128i, out: &mut [i32], add: bool) {
    let (low, high) = (_mm256_unpacklo_epi16(even, odd), _mm256_unpackhi_epi16(even, odd));
    let eights = [
        _mm256_castsi256_si128(low),
        _mm256_castsi256_si128(high),
        _mm256_extracti128_si256::<1>(low),
        _mm256_extracti128_si256::<1>(high),
    ];
    for (n, eight) in eights.into_iter().enumerate() {
        let out = out[8 * n..][..8].as_mut_ptr().cast();
        let sums = _mm256_sll_epi32(_mm256_cvtepu16_epi32(eight), shift);
        // SAFETY: `out` points to eight numbers.
        unsafe {
            let before = if add { _mm256_loadu_si256(out) } else { _mm256_setzero_si256() };
            _mm256_storeu_si256(out, _mm256_add_epi32(before, sums));
        }
    }
}
