//! Unit `sel`: attention codes of exponents. See the manual, section on `sel_unit`.

use super::{
    Times,
    machine::{Machine, set_code_bit},
};
use crate::{config::Sizes, isa::Sel};

/// From acceptance to the first step: sums fetched, multiplied, aligned.
const START: u64 = 4;
/// Cycles from a block's first step to the next block's at least.
const PERIOD: u64 = 6;
/// From a step to its plane in A: E, three registers, code.
const PIPE: u64 = 5;

/// When an instruction that is accepted in cycle `accept` leaves the unit.
#[must_use]
pub fn times(op: &Sel, sizes: &Sizes, accept: u64) -> Times {
    let steps = (op.tiles * op.bits) as u64 * sizes.attention_groups() as u64;
    let last = accept + START + (op.blocks as u64 - 1) * steps.max(PERIOD) + steps - 1;
    Times { ready: last, done: last + PIPE }
}

/// Attention codes into A.
pub fn execute(op: &Sel, machine: &mut Machine) {
    for block in 0..op.blocks as usize {
        for row in 0..machine.sizes.tile {
            let sum = machine.su.get(op.sum_base as usize + block, row * 32, 32);
            codes(op, machine, block, row, op.tau_mul as u64 * sum);
        }
    }
}

/// The codes of a row, of which `unit` is `tau_mul` times the sum.
fn codes(op: &Sel, machine: &mut Machine, block: usize, row: usize, unit: u64) {
    let (tile, pa) = (machine.sizes.tile, machine.sizes.pa);
    let sizes = machine.sizes.clone();
    for n in 0..op.tiles as usize {
        let number = (block * op.tiles as usize + n) * sizes.attention_groups() + row / pa;
        let word = op.a_base as usize + block * op.a_block_stride as usize + n / sizes.cols();
        for col in 0..tile {
            let e = machine.e.get(op.e_base as usize + number, (row % pa * tile + col) * 16, 16);
            let code = if op.sps == 1 { u64::from(e != 0) } else { code(op, e, unit) };
            for plane in 0..op.bits as usize {
                let at = word + plane * op.a_plane_stride as usize;
                let bit = code >> plane & 1 == 1;
                set_code_bit(&mut machine.a, &sizes, at, n % sizes.cols(), row, col, bit);
            }
        }
    }
}

/// The number of `n` in `1 ..= 2^bits - 1` with `e * 2^tau_shift >= (2n - 1) * unit`; 0 where nothing is allowed.
fn code(op: &Sel, e: u64, unit: u64) -> u64 {
    if unit == 0 {
        return 0;
    }
    let (e, unit) = (u128::from(e) << op.tau_shift, u128::from(unit));
    (((e + unit) / (2 * unit)) as u64).min((1 << op.bits) - 1)
}
