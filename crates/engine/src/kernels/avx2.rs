//! AVX2: partial sums looked up by byte shuffles.
//!
//! The bits of 32 rows of a panel for a group of four inputs, a nibble each, look their sums up in a
//! table ([`super::tables`]) with one `vpshufb`; one `vpaddb` adds them up: two instructions for 128
//! multiply-accumulates, whatever the codes have, one bit or four. Limit: two shuffles a cycle, 512
//! operations (a multiply-accumulate counts as two).
//!
//! Sums stay in bytes as long as they fit, then widen to 16 bits: even bytes by taking the odd ones
//! off, odd bytes by a shift.

#![allow(unsafe_code)]

use core::{arch::x86_64::*, mem::MaybeUninit};

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PANEL, PanelBits, RowBits, Sums, TileRow,
    detect::has,
    plain,
    rows::rows,
    tables::{self, GROUPS, QUAD, SELECT, TABLES},
};

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

rows!(Avx2, ["avx2,popcnt"], {
    threshold: threshold, split: split, exponent_sum: exponent_sum
});

impl Kernel for Avx2 {
    fn name(&self) -> KernelName {
        KernelName::Avx2
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
        // SAFETY: a value of this type exists only where AVX2 was detected.
        unsafe {
            match rows.planes {
                1 => pack::<1>(rows, out),
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
                product::<2>(left, panel.chunks, shift, out);
            } else {
                product::<1>(left, panel.chunks, shift, out);
            }
        }
    }
}

#[target_feature(enable = "avx2")]
fn pack<const P: usize>(rows: RowBits<'_>, out: &mut [Chunk]) {
    let (words, _) = out.as_chunks_mut::<TABLES>();
    for first in (0..rows.rows).step_by(QUAD) {
        let words = &mut words[first / QUAD * rows.words..][..rows.words];
        for (word, out) in words.iter_mut().enumerate() {
            for r in 0..QUAD.min(rows.rows - first) {
                let planes = core::array::from_fn(|p| rows.word(first + r, p, word));
                put_tables::<P>(planes, r, out);
            }
        }
    }
}

/// The tables of the 16 groups of a word of row `r` of a quad.
#[inline]
#[target_feature(enable = "avx2")]
fn put_tables<const P: usize>(planes: [u64; P], r: usize, out: &mut [Chunk; TABLES]) {
    if P == 1 {
        return put_counts(planes[0], r, out);
    }
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

/// The same for one plane: a table is how many bits of its group are in each subset.
#[inline]
#[target_feature(enable = "avx2")]
fn put_counts(plane: u64, r: usize, out: &mut [Chunk; TABLES]) {
    let subsets = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let ones = _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    let [subsets, ones] = [subsets, ones].map(|table| _mm256_broadcastsi128_si256(table));
    let low = 0x0f0f_0f0f_0f0f_0f0f;
    let halves = [plane & low, plane >> 4 & low].map(u64::cast_signed);
    let groups = _mm256_setr_epi64x(halves[0], 0, halves[1], 0);
    for (n, chunk) in out.iter_mut().enumerate() {
        for byte in 0..4 {
            let pair = _mm256_shuffle_epi8(groups, _mm256_set1_epi8(4 * n as i8 + byte as i8));
            let tables = _mm256_shuffle_epi8(ones, _mm256_and_si256(pair, subsets));
            put_two(tables, [2 * byte, 2 * byte + 1], r, &mut chunk.0);
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

/// 32 codes, a byte each.
#[inline]
#[target_feature(enable = "avx2")]
fn codes<const P: usize>(planes: [u32; P]) -> __m256i {
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
fn load_twice(bytes: &[u8; 16]) -> __m256i {
    // SAFETY: `bytes` are 16.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

/// Nibbles of up to `DEPTH` chunks, a byte each: `[group][half][32 rows]`.
type Nibbles = [MaybeUninit<__m256i>; DEPTH * GROUPS * 2];

/// All rows with `H` halves of a panel.
#[target_feature(enable = "avx2")]
fn product<const H: usize>(left: LeftBits<'_>, chunks: &[Chunk], shift: u32, out: Sums<'_>) {
    let LeftSize { rows, words, planes } = left.size;
    let mut room: Nibbles = [const { MaybeUninit::uninit() }; _];
    let (mut add, out_stride) = (out.add, out.stride);
    // Sums that must often be widened want the registers of two rows.
    let step = if planes > 2 { QUAD / 2 } else { QUAD };
    for first in (0..words).step_by(DEPTH) {
        let depth = DEPTH.min(words - first);
        unpack::<H>(&chunks[first..first + depth], &mut room);
        for row in (0..rows).step_by(step) {
            let at = (row / QUAD * words + first) * TABLES;
            let tables = &left.data[at..at + depth * TABLES];
            let operands =
                Operands { tables, row: row % QUAD, nibbles: &room, words: depth, planes };
            let out = &mut out.data[row * out.stride..];
            let target = Target { out, stride: out_stride, shift, add };
            match step.min(rows - row) {
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
struct Operands<'a> {
    /// `[words][16 groups][QUAD rows][16]`.
    tables: &'a [Chunk],
    /// The first row of the quad.
    row: usize,
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
        // A word's groups are whole steps, if those are short: then the loop has a known length.
        let last = first + STEP;
        let last = if STEP <= GROUPS { last } else { last.min(groups) };
        // SAFETY: the groups lie in the nibbles that were unpacked and in the tables.
        let bytes = unsafe { step::<R, H>(operands, first, last) };
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
            // SAFETY: the caller's promise; `row + r < QUAD`.
            let table = unsafe { _mm_load_si128(tables.add(QUAD * group + operands.row + r)) };
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
    u64::from(!below(tile, bounds, 0)) | u64::from(!below(tile, bounds, 4)) << 32
}

/// Which of 32 accumulators, from number `8 first` on, are less than their bounds.
#[inline]
#[target_feature(enable = "avx2")]
fn below(tile: TileRow<'_>, bounds: &[i32; PANEL], first: usize) -> u32 {
    let row = _mm256_set1_epi32(tile.row);
    let mut below = [_mm256_setzero_si256(); 4];
    for (n, below) in below.iter_mut().enumerate() {
        let columns = _mm256_add_epi32(load(tile.columns, first + n), row);
        let sums = _mm256_add_epi32(load(tile.values, first + n), columns);
        *below = _mm256_cmpgt_epi32(load(bounds, first + n), sums);
    }
    let [a, b, c, d] = below;
    let bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    // Packing works within halves of a register: fours come out as 0 2 4 6 1 3 5 7.
    let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    _mm256_movemask_epi8(_mm256_permutevar8x32_epi32(bytes, order)).cast_unsigned()
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

/// Tables of up to 128 exponents are looked up by byte shuffles, 16 entries and one byte of each at
/// a time.
#[inline]
#[target_feature(enable = "avx2")]
fn exponent_sum(scores: &[i32], table: &[u16], shift: u8) -> (i32, u64) {
    if table.len() > 128 {
        return plain::exponent_sum(scores, table, shift);
    }
    let largest = plain::largest(scores);
    let (scores, rest) = scores.as_chunks::<32>();
    let mut sums = [_mm256_setzero_si256(); 2];
    for scores in scores {
        let steps = steps(scores, largest, shift, table.len() - 1);
        let mut bytes = [_mm256_setzero_si256(); 2];
        for (block, entries) in table.chunks(16).enumerate() {
            // Steps of this block get 112 to 127, all others a byte that looks nothing up.
            let inside = _mm256_sub_epi8(steps, _mm256_set1_epi8(16 * block as i8));
            let inside = _mm256_adds_epu8(inside, _mm256_set1_epi8(112));
            for (bytes, table) in bytes.iter_mut().zip(byte_tables(entries)) {
                *bytes = _mm256_or_si256(*bytes, _mm256_shuffle_epi8(table, inside));
            }
        }
        for (sum, bytes) in sums.iter_mut().zip(bytes) {
            *sum = _mm256_add_epi64(*sum, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
        }
    }
    let [low, high] = sums.map(|sum| total(sum));
    (largest, low + (high << 8) + plain::exponents_below(largest, rest, table, shift))
}

/// The low and the high bytes of up to 16 exponents.
#[inline]
#[target_feature(enable = "avx2")]
fn byte_tables(entries: &[u16]) -> [__m256i; 2] {
    let mut bytes = [[0; 16]; 2];
    for (n, entry) in entries.iter().enumerate() {
        [bytes[0][n], bytes[1][n]] = entry.to_le_bytes();
    }
    bytes.map(|bytes| load_twice(&bytes))
}

/// `min((largest - score) >> shift, last)` of 32 scores, in bytes, in some order.
#[inline]
#[target_feature(enable = "avx2")]
fn steps(scores: &[i32; 32], largest: i32, shift: u8, last: usize) -> __m256i {
    let (largest, last) = (_mm256_set1_epi32(largest), _mm256_set1_epi32(last as i32));
    let shift = _mm_cvtsi32_si128(i32::from(shift));
    let mut steps = [_mm256_setzero_si256(); 4];
    for (steps, scores) in steps.iter_mut().zip(scores.as_chunks::<8>().0) {
        // SAFETY: there are eight scores.
        let scores = unsafe { _mm256_loadu_si256(scores.as_ptr().cast()) };
        let below = _mm256_srl_epi32(_mm256_sub_epi32(largest, scores), shift);
        *steps = _mm256_min_epu32(below, last);
    }
    let [a, b, c, d] = steps;
    _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d))
}

#[inline]
#[target_feature(enable = "avx2")]
fn total(sum: __m256i) -> u64 {
    let sum = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
    let sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
    _mm_cvtsi128_si64(sum).cast_unsigned()
}
