//! Unit `exp`: exponents of scores and their row sums. See the manual, section on `exp_unit`.

use super::{Times, machine::Machine};
use crate::{config::Sizes, isa::Exp};

/// From acceptance to the first step.
const START: u64 = 1;
/// From a step to its row sums: S, group, difference, entry, table, exponent, two of the tree, sum.
const PIPE: u64 = 9;

/// When an instruction that is accepted in cycle `accept` leaves the unit.
#[must_use]
pub fn times(op: &Exp, sizes: &Sizes, accept: u64) -> Times {
    let steps = (op.blocks * op.tiles) as u64 * sizes.attention_groups() as u64;
    let last = accept + START + steps - 1;
    Times { ready: last, done: last + PIPE }
}

/// Exponents into E, row sums into SU.
pub fn execute(op: &Exp, machine: &mut Machine) {
    for block in 0..op.blocks as usize {
        for row in 0..machine.sizes.tile {
            let sum = exponents(op, machine, block, row);
            machine.su.set(op.sum_base as usize + block, row * 32, 32, sum);
        }
    }
}

/// The exponents of a row; their sum.
fn exponents(op: &Exp, machine: &mut Machine, block: usize, row: usize) -> u64 {
    let (tile, width) = (machine.sizes.tile, machine.sizes.score_w);
    let max = machine.m.get_signed(op.m_base as usize + block, row * (width + 1), width);
    let mut sum = 0;
    for n in 0..op.tiles as usize {
        let number = block * op.tiles as usize + n;
        for col in 0..tile {
            let at = (row * tile + col) * (width + 1);
            let word = op.s_base as usize + number;
            let score = machine.s.get_signed(word, at, width);
            let allowed = machine.s.get(word, at + width, 1) == 1;
            let e = if allowed { exponent(op, machine, max, score) } else { 0 };
            let (pa, groups) = (machine.sizes.pa, machine.sizes.attention_groups());
            let word = op.e_base as usize + number * groups + row / pa;
            machine.e.set(word, (row % pa * tile + col) * 16, 16, e);
            sum += e;
        }
    }
    sum
}

fn exponent(op: &Exp, machine: &Machine, max: i64, score: i64) -> u64 {
    if op.sps == 1 {
        return u64::from(score >= op.threshold);
    }
    machine.t.get(((max - score) >> op.shift).min(op.last) as usize, 0, 16)
}
