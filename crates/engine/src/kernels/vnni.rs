//! AVX-512 with VNNI: sums of four products of bytes by `vpdpbusd`.
//!
//! The masks of a few words of a panel become bytes, 0 or 1, in the nearest cache; then all left rows
//! pass, four at a time: four loads of weights and four broadcasts of inputs serve 16 instructions of
//! 64 multiply-accumulates. Up to eight bits of a left operand cost the same.
//!
//! Limit: one `vpdpbusd` on each of two ports, 256 operations a cycle. The unpacking takes three
//! instructions for 64 weights, once for all rows of a block: 32 rows hide it to a tenth.

#![allow(unsafe_code)]

use core::{arch::x86_64::*, mem::MaybeUninit};

use super::{
    Chunk, Kernel, KernelName, LeftBits, LeftSize, PANEL, PanelBits, RowBits, Sums,
    avx512_bytes::{BYTES, GROUPS, LANES, MASKS, arrange, check, numbers, put_bytes, put_sums},
    avx512_rows::detected,
    detect::has,
    rows::rows,
};

/// Left rows of a tile.
const ROWS: usize = 4;
/// Words whose bytes fit the nearest cache.
const DEPTH: usize = 4;

/// Proof that the processor has AVX-512 F, BW, DQ, VL and VNNI.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vnni(());

impl Vnni {
    pub(super) fn get() -> Option<&'static Self> {
        (detected() && has!("avx512vnni")).then_some(&Self(()))
    }
}

rows!(Vnni, ["avx512f,avx512bw,avx512dq,avx512vl,popcnt"], avx512_rows);

impl Kernel for Vnni {
    fn name(&self) -> KernelName {
        KernelName::Vnni
    }

    fn planes(&self) -> usize {
        8
    }

    fn arrange(&self, chunk: &mut Chunk) {
        arrange(chunk);
    }

    fn left_chunks(&self, size: LeftSize) -> usize {
        (size.rows * size.words).div_ceil(BYTES)
    }

    fn pack(&self, rows: RowBits<'_>, out: &mut [Chunk]) {
        // SAFETY: a value of this type exists only where the features were detected.
        unsafe { pack(rows, out) }
    }

    fn multiply(&self, left: LeftBits<'_>, panel: PanelBits<'_>, shift: u32, out: Sums<'_>) {
        check(self.left_chunks(left.size), &left, &panel, &out);
        // SAFETY: a value of this type exists only where the features were detected.
        unsafe {
            if panel.rows > PANEL / 2 {
                product::<MASKS>(left, panel.chunks, shift, out);
            } else {
                product::<{ MASKS / 2 }>(left, panel.chunks, shift, out);
            }
        }
    }
}

/// `[row][word]`, 64 bytes each.
#[target_feature(enable = "avx512f,avx512bw")]
fn pack(rows: RowBits<'_>, out: &mut [Chunk]) {
    for row in 0..rows.rows {
        for word in 0..rows.words {
            put_bytes(out, row * rows.words + word, numbers(&rows, row, word));
        }
    }
}

/// Weights of up to `DEPTH` words, bytes: `[word][group][mask]`.
type Weights = [MaybeUninit<__m512i>; DEPTH * GROUPS * MASKS];

/// All rows with the first `N` registers of a panel.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn product<const N: usize>(left: LeftBits<'_>, chunks: &[Chunk], shift: u32, out: Sums<'_>) {
    let LeftSize { rows, words, .. } = left.size;
    let mut room: Weights = [const { MaybeUninit::uninit() }; _];
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    let mut add = out.add;
    for (n, chunks) in chunks.chunks(DEPTH).enumerate() {
        unpack(chunks, &mut room);
        let weights = &room[..chunks.len() * GROUPS * MASKS];
        for first in (0..rows).step_by(ROWS) {
            // Behind the last row the last one again, whose sums nobody takes.
            let row = |r: usize| (first + r).min(rows - 1) * words + n * DEPTH;
            // SAFETY: the bytes of these words lie in the left operand, as `check` has shown, and the
            // weights are unpacked.
            let sums = unsafe {
                let tokens =
                    core::array::from_fn(|r| left.data.as_ptr().cast::<i32>().add(GROUPS * row(r)));
                if rows == 1 {
                    [tile::<1, N>([tokens[0]], weights)[0]; ROWS]
                } else {
                    tile::<ROWS, N>(tokens, weights)
                }
            };
            for (r, sums) in sums.iter().enumerate().take(rows - first) {
                for (n, &sums) in sums.iter().enumerate() {
                    let at = (first + r) * out.stride + LANES * n;
                    put_sums(sums, shift, &mut out.data[at..], add);
                }
            }
        }
        add = true;
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn unpack(chunks: &[Chunk], weights: &mut Weights) {
    let one = _mm512_set1_epi8(1);
    for (chunk, weights) in chunks.iter().zip(weights.as_chunks_mut::<PANEL>().0) {
        for (weights, &mask) in weights.iter_mut().zip(&chunk.0) {
            weights.write(_mm512_maskz_mov_epi8(mask, one));
        }
    }
}

/// Sums of `R` rows.
///
/// # Safety
/// The weights are unpacked, and each pointer is to as many inputs.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn tile<const R: usize, const N: usize>(
    tokens: [*const i32; R],
    weights: &[MaybeUninit<__m512i>],
) -> [[__m512i; N]; R] {
    let mut sums = [[_mm512_setzero_si512(); N]; R];
    for (group, weights) in weights.as_chunks::<MASKS>().0.iter().enumerate() {
        for (sums, token) in sums.iter_mut().zip(tokens) {
            // SAFETY: the caller's promise.
            let inputs = _mm512_set1_epi32(unsafe { token.add(group).read() });
            for (sum, weights) in sums.iter_mut().zip(weights) {
                // SAFETY: the caller's promise.
                *sum = _mm512_dpbusd_epi32(*sum, inputs, unsafe { weights.assume_init() });
            }
        }
    }
    sums
}
