//! AVX-512 with VPOPCNTDQ: rows of a panel in 64-bit lanes, a word of a token to all of them.
//!
//! Two words make one count. With `p = a & b` for each of them, the sum bit of a full adder is
//! `o ^ p1 ^ p2` and `vpternlog` takes an `and` into its stride: `t = o ^ (a1 & b1)`,
//! `s = t ^ (a2 & b2)`. The carry is the majority of `o`, `p1` and `p2`, which `o`, `t` and `s` tell:
//! `(o & !t) | (t & !s)`. Three instructions, one count and one addition for two words: five,
//! where six are needed without the adder. Further levels (Harley and Seal; Mula, Kurz and Lemire,
//! arXiv 1611.07612) save a count and an addition for two instructions each, so nothing.
//!
//! Limit: two ports for 512-bit instructions, hence 2 * 8 * 128 operations in 2.5 cycles, 819 a
//! cycle; one load of a panel serves four tokens.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PANEL, PanelBits, Sums, avx512_rows::detected,
    detect::has, popcount::flat, rows::rows,
};

/// Tokens of a tile.
const ROWS: usize = 4;
/// Registers of a tile, side by side.
const REGISTERS: usize = 2;
const LANES: usize = 8;

/// `a ^ (b & c)`: bit `4 a + 2 b + c` of a truth table.
const XOR_AND: i32 = 0b0111_1000;
/// `(a & !b) | (b & !c)`.
const CARRY: i32 = 0b0111_0100;

/// Proof that the processor has AVX-512 F, BW, DQ, VL and VPOPCNTDQ.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn get() -> Option<&'static Self> {
        (detected() && has!("avx512vpopcntdq")).then_some(&Self(()))
    }
}

rows!(Avx512, ["avx512f,avx512bw,avx512dq,avx512vl,popcnt"], avx512_rows);

impl Kernel for Avx512 {
    fn name(&self) -> KernelName {
        KernelName::Avx512
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, out: Sums<'_>) {
        let LeftSize { rows, words, planes } = left.size;
        assert_eq!(words, panel.chunks.len(), "inputs of a product");
        assert!(planes == 1 && self.left_chunks(left.size) <= left.data.len(), "a left operand");
        assert!(rows > 0 && (rows - 1) * out.stride + PANEL <= out.data.len(), "room for sums");
        // SAFETY: a value of this type exists only where the features were detected.
        unsafe { product(left, panel, shift, out) }
    }
}

#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn product(left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, out: Sums<'_>) {
    let LeftSize { rows, words, .. } = left.size;
    let left = flat(left.data);
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    for first in (0..rows).step_by(ROWS) {
        // Behind the last row the last one again, whose sums nobody takes.
        let row = |r: usize| (first + r).min(rows - 1);
        let tokens = core::array::from_fn(|r| &left[row(r) * words..][..words]);
        for lane in (0..panel.rows).step_by(REGISTERS * LANES) {
            let totals = tile(tokens, panel.chunks, lane);
            for (r, totals) in totals.iter().enumerate().take(rows - first) {
                let at = (first + r) * out.stride + lane;
                put(totals, shift, &mut out.data[at..][..REGISTERS * LANES], out.add);
            }
        }
    }
}

type Registers = [__m512i; REGISTERS];

/// Counts of a few tokens with the rows from `lane` on.
#[inline]
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn tile(tokens: [&[u64]; ROWS], chunks: &[Chunk], lane: usize) -> [Registers; ROWS] {
    assert!(tokens.iter().all(|token| token.len() == chunks.len()), "inputs of a product");
    let mut ones = [[_mm512_setzero_si512(); REGISTERS]; ROWS];
    let mut twos = ones;
    let (pairs, last) = chunks.as_chunks::<2>();
    for (w, [even, odd]) in pairs.iter().enumerate() {
        let [even, odd] = [load(even, lane), load(odd, lane)];
        for (r, token) in tokens.iter().enumerate() {
            // SAFETY: a token has as many words as there are chunks.
            let [a, b] = [0, 1].map(|odd| unsafe { broadcast(token, 2 * w + odd) });
            for n in 0..REGISTERS {
                let before = ones[r][n];
                let middle = _mm512_ternarylogic_epi64::<XOR_AND>(before, a, even[n]);
                let after = _mm512_ternarylogic_epi64::<XOR_AND>(middle, b, odd[n]);
                let carries = _mm512_ternarylogic_epi64::<CARRY>(before, middle, after);
                ones[r][n] = after;
                twos[r][n] = count(twos[r][n], carries);
            }
        }
    }
    for (r, token) in tokens.iter().enumerate() {
        for n in 0..REGISTERS {
            ones[r][n] = count(_mm512_slli_epi64::<1>(twos[r][n]), ones[r][n]);
            for chunk in last {
                // SAFETY: as above.
                let word = unsafe { broadcast(token, chunks.len() - 1) };
                ones[r][n] = count(ones[r][n], _mm512_and_si512(word, load(chunk, lane)[n]));
            }
        }
    }
    ones
}

/// Adds the bits of each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn count(total: __m512i, bits: __m512i) -> __m512i {
    _mm512_add_epi64(total, _mm512_popcnt_epi64(bits))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(chunk: &Chunk, lane: usize) -> Registers {
    let words = chunk.0[lane..][..REGISTERS * LANES].as_ptr();
    // SAFETY: `words` points to the lanes of these registers.
    core::array::from_fn(|n| unsafe { _mm512_loadu_si512(words.add(LANES * n).cast()) })
}

/// Word `w` of a token in every lane.
///
/// # Safety
/// The token has this word.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn broadcast(token: &[u64], w: usize) -> __m512i {
    // SAFETY: the caller's promise.
    _mm512_set1_epi64(unsafe { *token.get_unchecked(w) }.cast_signed())
}

/// Adds or puts the sums of one token.
#[inline]
#[target_feature(enable = "avx512f")]
fn put(totals: &Registers, shift: __m128i, out: &mut [i32], add: bool) {
    let [low, high] = totals.map(|total| _mm512_cvtepi64_epi32(total));
    let sums = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high);
    let sums = _mm512_sll_epi32(sums, shift);
    let out = out[..REGISTERS * LANES].as_mut_ptr().cast();
    // SAFETY: `out` points to as many sums as a register has.
    unsafe {
        let before = if add { _mm512_loadu_si512(out) } else { _mm512_setzero_si512() };
        _mm512_storeu_si512(out, _mm512_add_epi32(before, sums));
    }
}
