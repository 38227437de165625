//! AVX2: partial sums looked up by byte shuffles.
//!
//! For each token and each group of four inputs there is a table of 16 bytes: the sums of the
//! group's codes over all subsets. The bits of 32 rows of a panel for this group, a nibble each, look
//! their sums up with one `vpshufb`; one `vpaddb` adds them up: two instructions for 128
//! multiply-accumulates, whatever the codes have, one bit or four. Limit: two shuffles a cycle, 512
//! operations (a multiply-accumulate counts as two).
//!
//! Sums stay in bytes as long as they fit, then widen to 16 bits: even bytes by taking the odd ones
//! off, odd bytes by a shift.

#![allow(unsafe_code)]

use core::{arch::x86_64::*, mem::MaybeUninit};

use super::{
    Chunk, Kernel, LeftBits, LeftSize, PANEL, PanelBits, RowBits, Sums, TileRow, rows::rows,
};

/// Rows of the left operand whose tables lie side by side.
const QUAD: usize = 4;
/// Groups of four inputs in a word.
const GROUPS: usize = 16;
/// Words whose nibbles and tables fit the nearest cache together.
const DEPTH: usize = 12;
/// Chunks of the tables of a quad and a word.
const TABLES: usize = QUAD * GROUPS * 16 / size_of::<Chunk>();

/// Proof that the processor has AVX2.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn get() -> Option<&'static Self> {
        is_x86_feature_detected!("avx2").then_some(&Self(()))
    }
}

rows!(Avx2, ["avx2"], { threshold: threshold, split: split });

impl Kernel for Avx2 {
    fn planes(&self) -> usize {
        4
    }

    /// Byte `64 b + r` is byte `b` of row `r`.
    fn arrange(&self, chunk: &mut Chunk) {
        let bytes = chunk.0.map(u64::to_le_bytes);
        let (words, _) = chunk.0.as_chunks_mut::<8>();
        for (b, words) in words.iter_mut().enumerate() {
            for (n, word) in words.iter_mut().enumerate() {
                *word = u64::from_le_bytes(core::array::from_fn(|r| bytes[8 * n + r][b]));
            }
        }
    }

    fn left_chunks(&self, size: LeftSize) -> usize {
        size.rows.div_ceil(QUAD) * size.words * TABLES
    }

    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        assert!(rows.planes <= 4, "planes of a left operand");
        let words = rows.words;
        for (quad, out) in out.chunks_mut(words * TABLES).enumerate() {
            for (word, out) in out.chunks_exact_mut(TABLES).enumerate() {
                for r in 0..QUAD.min(rows.rows.saturating_sub(QUAD * quad)) {
                    let planes = core::array::from_fn(|p| {
                        if p < rows.planes { rows.word(QUAD * quad + r, p, word) } else { 0 }
                    });
                    put_tables(planes, rows.planes, r, out);
                }
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
                product::<2>(left, panel.chunks, shift, out);
            } else {
                product::<1>(left, panel.chunks, shift, out);
            }
        }
    }
}

/// `[p][bits][subset]`: how many of a group's bits are in a subset, times `2^p`.
static SUBSETS: [[[u8; 16]; 16]; 4] = subsets();

const fn subsets() -> [[[u8; 16]; 16]; 4] {
    let mut tables = [[[0; 16]; 16]; 4];
    let mut at = 0;
    while at < 4 * 256 {
        let (p, bits, subset) = (at / 256, at / 16 % 16, at % 16);
        tables[p][bits][subset] = ((bits & subset).count_ones() as u8) << p;
        at += 1;
    }
    tables
}

/// The tables of the 16 groups of one word of row `r` of a quad.
fn put_tables(planes: [u64; 4], count: usize, r: usize, out: &mut [Chunk]) {
    for group in 0..GROUPS {
        let subset =
            |p: usize| u128::from_ne_bytes(SUBSETS[p][(planes[p] >> (4 * group) & 15) as usize]);
        // Bytes never carry: four planes sum up to 60.
        let table = (1..count).fold(subset(0), |sum, p| sum + subset(p));
        let at = 2 * (QUAD * group + r);
        let words = &mut out[at / PANEL].0[at % PANEL..][..2];
        words[0] = table as u64;
        words[1] = (table >> 64) as u64;
    }
}

/// Nibbles of up to `DEPTH` chunks, a byte each: `[group][half][32 rows]`.
type Nibbles = [MaybeUninit<__m256i>; DEPTH * GROUPS * 2];

/// All rows with `H` halves of a panel.
#[target_feature(enable = "avx2")]
fn product<const H: usize>(left: LeftBits<'_>, chunks: &[Chunk], shift: u32, out: Sums<'_>) {
    let LeftSize { rows, words, planes } = left.size;
    let mut room: Nibbles = [const { MaybeUninit::uninit() }; _];
    let mut add = out.add;
    for first in (0..words).step_by(DEPTH) {
        let depth = DEPTH.min(words - first);
        unpack::<H>(&chunks[first..first + depth], &mut room);
        for row in (0..rows).step_by(QUAD) {
            let at = (row / QUAD * words + first) * TABLES;
            let tables = &left.data[at..at + depth * TABLES];
            let operands = Operands { tables, nibbles: &room, words: depth, planes };
            let target =
                Target { out: &mut out.data[row * out.stride..], stride: out.stride, shift, add };
            match rows - row {
                1 => tile::<1, H>(operands, target),
                2 => tile::<2, H>(operands, target),
                3 => tile::<3, H>(operands, target),
                _ => tile::<4, H>(operands, target),
            }
        }
        add = true;
    }
}

/// Splits the bytes of the first `H` halves of a panel in nibbles.
#[target_feature(enable = "avx2")]
fn unpack<const H: usize>(chunks: &[Chunk], nibbles: &mut Nibbles) {
    let low = _mm256_set1_epi8(15);
    let bytes = chunks.iter().flat_map(|chunk| chunk.0.as_chunks::<8>().0);
    for (bytes, nibbles) in bytes.zip(nibbles.as_chunks_mut::<4>().0) {
        for half in 0..H {
            let from = bytes[4 * half..][..4].as_ptr().cast();
            // SAFETY: `from` points to 32 bytes.
            let both = unsafe { _mm256_loadu_si256(from) };
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(both), low);
            nibbles[half].write(_mm256_and_si256(both, low));
            nibbles[2 + half].write(high);
        }
    }
}

/// What one tile reads.
#[derive(Clone, Copy)]
struct Operands<'a> {
    /// `[words][16 groups][QUAD rows][16]`.
    tables: &'a [Chunk],
    nibbles: &'a Nibbles,
    /// Words of the panel that are unpacked.
    words: usize,
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
type Wide<const R: usize, const H: usize> = [[[__m256i; 2]; H]; R];

#[target_feature(enable = "avx2")]
fn tile<const R: usize, const H: usize>(operands: Operands<'_>, to: Target<'_>) {
    let wide = match operands.planes {
        1 => sums::<R, H, 48>(operands),
        2 => sums::<R, H, 16>(operands),
        _ => sums::<R, H, 4>(operands),
    };
    let shift = _mm_cvtsi32_si128(to.shift.cast_signed());
    for (r, wide) in wide.iter().enumerate() {
        for (h, &[all, odd]) in wide.iter().enumerate() {
            let even = _mm256_sub_epi16(all, _mm256_slli_epi16::<8>(odd));
            let out = &mut to.out[r * to.stride + 32 * h..][..32];
            put([even, odd], shift, out, to.add);
        }
    }
}

/// `STEP` groups at a time sum up to a byte: 48 of 4, 16 of 12 or 4 of 60 at most.
#[inline]
#[target_feature(enable = "avx2")]
fn sums<const R: usize, const H: usize, const STEP: usize>(operands: Operands<'_>) -> Wide<R, H> {
    let mut wide = [[[_mm256_setzero_si256(); 2]; H]; R];
    let groups = GROUPS * operands.words;
    assert!(
        groups * 2 <= operands.nibbles.len() && operands.words * TABLES <= operands.tables.len()
    );
    for first in (0..groups).step_by(STEP) {
        // SAFETY: the groups lie in the nibbles that were unpacked and in the tables.
        let bytes = unsafe { step::<R, H>(operands, first, groups.min(first + STEP)) };
        for r in 0..R {
            for h in 0..H {
                let odd = _mm256_srli_epi16::<8>(bytes[r][h]);
                wide[r][h][0] = _mm256_add_epi16(wide[r][h][0], bytes[r][h]);
                wide[r][h][1] = _mm256_add_epi16(wide[r][h][1], odd);
            }
        }
    }
    wide
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

#[inline]
#[target_feature(enable = "avx2")]
fn threshold(tile: TileRow<'_>, bounds: &[i32; PANEL]) -> u64 {
    let row = _mm256_set1_epi32(tile.row);
    let mut bits = 0;
    for n in 0..PANEL / 8 {
        let columns = _mm256_add_epi32(load(tile.columns, n), row);
        let sums = _mm256_add_epi32(load(tile.values, n), columns);
        let below = _mm256_castsi256_ps(_mm256_cmpgt_epi32(load(bounds, n), sums));
        let reached = !_mm256_movemask_ps(below) & 255;
        bits |= u64::from(reached.cast_unsigned()) << (8 * n);
    }
    bits
}

/// Numbers `8 n ..`.
#[inline]
#[target_feature(enable = "avx2")]
fn load(values: &[i32; PANEL], n: usize) -> __m256i {
    let eight = values[8 * n..][..8].as_ptr().cast();
    // SAFETY: `eight` points to eight numbers.
    unsafe { _mm256_loadu_si256(eight) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn split(codes: &[u8; PANEL], out: &mut [u64]) {
    let half = |n: usize| {
        let half = codes[32 * n..][..32].as_ptr().cast();
        // SAFETY: `half` points to 32 bytes.
        unsafe { _mm256_loadu_si256(half) }
    };
    let halves = [half(0), half(1)];
    for (p, out) in out.iter_mut().enumerate() {
        // The bit to the top of its byte; what comes from a neighbour lies below.
        let count = _mm_cvtsi32_si128(7 - p as i32);
        let [low, high] = halves.map(|codes| {
            u64::from(_mm256_movemask_epi8(_mm256_sll_epi16(codes, count)).cast_unsigned())
        });
        *out = low | high << 32;
    }
}
