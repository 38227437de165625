//! Work split into blocks of rows, the same blocks whatever the number of threads.

use std::ops::Range;

use rayon::prelude::*;

/// Elements of a block: some reach into the second-level cache, none beyond.
const BLOCK: usize = 1 << 14;

/// Rows of a block of a `width` wide matrix.
fn block_rows(width: usize) -> usize {
    (BLOCK / width.max(1)).max(1)
}

/// Runs `f` compiled for this machine's vector instructions; what it calls must be inlined.
#[inline]
#[cfg(target_arch = "x86_64")]
pub(super) fn wide<R>(f: impl FnOnce() -> R) -> R {
    if let Some(simd) = pulp::x86::V4::try_new() {
        return simd.vectorize(f);
    }
    match pulp::x86::V3::try_new() {
        Some(simd) => simd.vectorize(f),
        None => f(),
    }
}

/// Runs `f`; every machine of this architecture has its vector instructions.
#[inline]
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn wide<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// Calls `f` with the rows of each block and their part of `out`.
pub(super) fn fill_rows(
    out: &mut [f32],
    width: usize,
    f: impl Fn(Range<usize>, &mut [f32]) + Sync,
) {
    let rows = block_rows(width);
    out.par_chunks_mut(rows * width.max(1)).enumerate().for_each(|(block, part)| {
        let start = block * rows;
        wide(
            #[inline(always)]
            || f(start..start + part.len() / width.max(1), part),
        );
    });
}

/// As `fill_rows`, and the sum of what the calls return, added in the order of the blocks.
pub(super) fn fill_rows_summing(
    out: &mut [f32],
    width: usize,
    sums: usize,
    f: impl Fn(Range<usize>, &mut [f32], &mut [f32]) + Sync,
) -> Vec<f32> {
    let rows = block_rows(width);
    let blocks = out.par_chunks_mut(rows * width.max(1)).enumerate().map(|(block, part)| {
        let start = block * rows;
        let mut partial = vec![0.0; sums];
        wide(
            #[inline(always)]
            || f(start..start + part.len() / width.max(1), part, &mut partial),
        );
        partial
    });
    ordered_sum(sums, &blocks.collect::<Vec<_>>())
}

/// The sum over blocks of rows of what `f` adds up, in the order of the blocks.
pub(super) fn sum_rows(
    rows: usize,
    width: usize,
    sums: usize,
    f: impl Fn(Range<usize>, &mut [f32]) + Sync,
) -> Vec<f32> {
    let step = block_rows(width);
    let blocks = (0..rows.div_ceil(step)).into_par_iter().map(|block| {
        let mut partial = vec![0.0; sums];
        let range = block * step..rows.min((block + 1) * step);
        wide(
            #[inline(always)]
            || f(range, &mut partial),
        );
        partial
    });
    ordered_sum(sums, &blocks.collect::<Vec<_>>())
}

/// Adds up vectors of `len` numbers in their order.
pub(super) fn ordered_sum(len: usize, parts: &[Vec<f32>]) -> Vec<f32> {
    let mut total = vec![0.0f64; len];
    for part in parts {
        for (total, &value) in total.iter_mut().zip(part) {
            *total += f64::from(value);
        }
    }
    total.into_iter().map(|value| value as f32).collect()
}

/// Splits a buffer into consecutive parts of the given lengths.
pub(super) fn split_parts(
    mut buffer: &mut [f32],
    lengths: impl Iterator<Item = usize>,
) -> Vec<&mut [f32]> {
    lengths
        .map(|length| {
            let (part, rest) = std::mem::take(&mut buffer).split_at_mut(length);
            buffer = rest;
            part
        })
        .collect()
}
