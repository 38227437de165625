//! The drain: what becomes of a tile of accumulators. `at` is (block, tile) of the instruction.

use crate::{
    isa::Qmm,
    sim::{machine::Machine, memory::Memory},
};

/// Magnitudes of residual increments beyond this saturate the stream anyway.
const INCREMENT: i64 = 1 << 17;

/// Mode 0: codes of one bit.
pub(super) fn threshold(op: &Qmm, machine: &mut Machine, at: (usize, usize), acc: &[i32]) {
    let tile = machine.sizes.tile;
    let param = word(op.param_base, at.1);
    let limits: Vec<i64> =
        (0..tile).map(|c| machine.dp.get_signed(param, 64 * c, 32) - op.init).collect();
    let codes: Vec<i64> = acc
        .iter()
        .enumerate()
        .map(|(e, &acc)| i64::from(i64::from(acc) >= limits[e % tile]))
        .collect();
    write_codes(op, machine, at, &codes, 1);
}

/// Mode 1: codes of several bits.
pub(super) fn rescale(op: &Qmm, machine: &mut Machine, at: (usize, usize), acc: &[i32]) {
    let top = (1 << (op.bits - op.signed)) - 1;
    let least = if op.signed == 1 { !top } else { 0 };
    let codes: Vec<i64> =
        rescaled(op, machine, at.1, acc).into_iter().map(|r| r.clamp(least, top)).collect();
    write_codes(op, machine, at, &codes, op.bits as usize);
}

/// Mode 2: into the residual stream.
pub(super) fn residual(op: &Qmm, machine: &mut Machine, at: (usize, usize), acc: &[i32]) {
    let tile = machine.sizes.tile;
    let (block, first) = (op.block0 as usize + at.0, (op.dst_col as usize + at.1) * tile);
    for (e, r) in rescaled(op, machine, at.1, acc).into_iter().enumerate() {
        let (row, channel) = (e / tile, first + e % tile);
        let x = machine.x(block, op.x_stride as usize, row, channel);
        let sum = x + r.clamp(-INCREMENT, INCREMENT - 1);
        let sum = sum.clamp(i64::from(i16::MIN), i64::from(i16::MAX));
        machine.set_x(block, op.x_stride as usize, row, channel, sum);
    }
}

/// Mode 3: scores to S; `maxima` of rows so far.
pub(super) fn scores(
    op: &Qmm,
    machine: &mut Machine,
    at: (usize, usize),
    acc: &[i32],
    maxima: &mut [Option<i64>],
) {
    let (tile, width) = (machine.sizes.tile, machine.sizes.score_w);
    let to = (op.dst_base + at.0 as i64 * op.dst_block_stride + at.1 as i64) & 0xffff;
    for (e, &acc) in acc.iter().enumerate() {
        let allowed = allowed(op, machine, at, e / tile, e % tile);
        let low = acc as u64 & (u64::MAX >> (64 - width));
        machine.s.set(to as usize, e * (width + 1), width + 1, u64::from(allowed) << width | low);
        if allowed {
            let score = (low << (64 - width)) as i64 >> (64 - width);
            let max = &mut maxima[e / tile];
            *max = Some(max.map_or(score, |max| max.max(score)));
        }
    }
}

/// Row maxima of a block to M.
pub(super) fn maxima(op: &Qmm, machine: &mut Machine, m: usize, maxima: &[Option<i64>]) {
    let width = machine.sizes.score_w;
    for (row, max) in maxima.iter().enumerate() {
        let element = max.map_or(0, |max| 1 << width | max as u64 & (u64::MAX >> (64 - width)));
        machine.m.set(word(op.m_base, m), row * (width + 1), width + 1, element);
    }
}

fn allowed(op: &Qmm, machine: &Machine, at: (usize, usize), row: usize, col: usize) -> bool {
    let tile = machine.sizes.tile;
    let block = op.block0 as usize + at.0;
    let (i, j) = (block * tile + row, at.1 * tile + col);
    let masked = || {
        let (area, number) =
            (tile * tile, word(op.mask_base + block as i64 * op.mask_stride, at.1));
        let masks = machine.sizes.beat / area;
        machine.mk.get(number / masks, number % masks * area + row * tile + col, 1) == 1
    };
    j < op.tokens as usize && (op.causal == 0 || j <= i) && (op.masked == 0 || masked())
}

/// `(v * mul + add) >> shift` of every element.
fn rescaled(op: &Qmm, machine: &Machine, n: usize, acc: &[i32]) -> Vec<i64> {
    let tile = machine.sizes.tile;
    let at = word(op.param_base, n);
    let params: Vec<(i64, i64)> = (0..tile)
        .map(|c| {
            (machine.dp.get(at, 64 * c, 16) as i64, machine.dp.get_signed(at, 64 * c + 16, 48))
        })
        .collect();
    let value = |(e, &acc): (usize, &i32)| {
        let (mul, add) = params[e % tile];
        let v = (acc << op.twice).wrapping_add(op.init as i32);
        (i64::from(v) * mul + add) >> op.shift
    };
    acc.iter().enumerate().map(value).collect()
}

fn word(base: i64, offset: usize) -> usize {
    (base as usize + offset) & 0xffff
}

/// Planes of codes to G or KV.
fn write_codes(op: &Qmm, machine: &mut Machine, at: (usize, usize), codes: &[i64], planes: usize) {
    let (tile, k, cols) = (machine.sizes.tile, machine.sizes.k, machine.sizes.cols());
    let column = op.dst_col as usize + at.1;
    let block = op.block0 as usize + at.0;
    let turned = op.transpose == 1;
    let (line, along) = if turned { (column, block) } else { (at.0, column) };
    let base = op.dst_base + line as i64 * op.dst_block_stride + (along / cols) as i64;
    let memory: &mut Memory = if op.dst == 1 { &mut machine.kv } else { &mut machine.g };
    for plane in 0..planes {
        let to = (base + plane as i64 * op.dst_plane_stride) & 0xffff;
        for row in 0..tile {
            let code = |col: usize| codes[if turned { col * tile + row } else { row * tile + col }];
            let bits = (0..tile).fold(0, |bits, col| bits | (code(col) as u64 >> plane & 1) << col);
            memory.set(to as usize, row * k + along % cols * tile, tile, bits);
        }
    }
}
