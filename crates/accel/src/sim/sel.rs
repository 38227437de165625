//! `sel`: attention codes of exponents into A. See the manual, section on `sel_unit`.

use super::{
    Times,
    machine::{Machine, set_code_bit},
};
use crate::{config::Sizes, isa::Sel};

/// From the last step to its plane in A: data, sums of the group, product (2), scaled, u, shifted for the plane, addend,
/// code bit.
const PIPE: u64 = 9;

/// Does what the instruction says.
pub fn execute(op: &Sel, machine: &mut Machine) {
    for block in 0..op.blocks as usize {
        for row in 0..machine.sizes.tile {
            let sum = machine.su.get(op.sum_base as usize + block, row * 32, 32);
            for column in 0..op.tiles as usize * machine.sizes.tile {
                let code = code(op, exponent(op, machine, block, row, column), sum);
                write_code(op, machine, block, row, column, code);
            }
        }
    }
}

/// When the instruction that is accepted in cycle `accept` leaves.
#[must_use]
pub fn times(op: &Sel, sizes: &Sizes, accept: u64) -> Times {
    let steps = (op.blocks * op.tiles * op.bits) as u64 * sizes.attention_groups() as u64;
    Times { ready: accept + steps, done: accept + steps + PIPE }
}

fn exponent(op: &Sel, machine: &Machine, block: usize, row: usize, column: usize) -> u64 {
    let Sizes { tile, pa, .. } = machine.sizes;
    let tile_word = (block * op.tiles as usize + column / tile) * machine.sizes.attention_groups();
    let word = op.e_base as usize + tile_word + row / pa;
    machine.e.get(word, (row % pa * tile + column % tile) * 16, 16)
}

/// The number of `n` in `1 .. 2^bits - 1` with `e * 2^tau_shift >= (2n - 1) * tau_mul * sum`, as a quotient; 0 if `sum` is 0.
fn code(op: &Sel, e: u64, sum: u64) -> u64 {
    let half = op.tau_mul as u64 * sum;
    match (op.sps == 1, half) {
        (true, _) => u64::from(e != 0),
        (false, 0) => 0,
        (false, _) => (((e << op.tau_shift) + half) / (2 * half)).min((1 << op.bits) - 1),
    }
}

fn write_code(op: &Sel, machine: &mut Machine, block: usize, row: usize, column: usize, code: u64) {
    let Machine { sizes, a, .. } = machine;
    let (n, col) = (column / sizes.tile, column % sizes.tile);
    for plane in 0..op.bits {
        let place = op.a_base + block as i64 * op.a_block_stride + plane * op.a_plane_stride;
        let word = place as usize + n / sizes.cols();
        set_code_bit(a, sizes, word, n % sizes.cols(), row, col, code >> plane & 1 == 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn codes_count_the_comparisons_that_hold() {
        for (bits, tau_mul, tau_shift) in
            [(1, 255, 8), (2, 3, 4), (4, 129, 12), (8, 200, 17), (8, 1, 31)]
        {
            let op = Sel { bits, tau_mul, tau_shift, ..Sel::default() };
            for (e, sum) in (0..400).map(|n| (n * n * n % 65536, 1 + n * n * 517 % (1 << 28))) {
                let holds = |n: &u64| e << tau_shift >= (2 * n - 1) * tau_mul as u64 * sum;
                assert_eq!(code(&op, e, sum), (1..1 << bits).filter(holds).count() as u64);
            }
            assert_eq!(code(&op, 0, 0), 0);
        }
    }

    #[test]
    fn planes_lie_where_the_product_reads_them() {
        let mut machine = Machine::new(Config::preset("tiny").unwrap().sizes(), vec![], vec![]);
        let place =
            Sel { blocks: 2, tiles: 5, e_base: 3, sum_base: 6, a_base: 10, ..Sel::default() };
        let op = Sel {
            bits: 2,
            tau_mul: 1,
            tau_shift: 2,
            a_block_stride: 7,
            a_plane_stride: 2,
            ..place
        };
        // Block 1, row 3, column 17: tile 4, which is tile 0 of the second word; 500 of 800 is 1.25 steps of 2 tau = 1/2.
        machine.e.set(3 + (5 + 4) * 2 + 1, (4 + 1) * 16, 16, 500);
        machine.su.set(7, 96, 32, 800);
        execute(&op, &mut machine);
        let bit = |plane: usize| machine.a.get(10 + 7 + plane * 2 + 1, 3 * 16 + 1, 1);
        assert_eq!((bit(0), bit(1)), (1, 0));
        machine.su.set(7, 96, 32, 500);
        execute(&op, &mut machine);
        assert_eq!(machine.a.get(10 + 7 + 2 + 1, 3 * 16 + 1, 1), 1);
        assert_eq!(times(&op, &machine.sizes, 5), Times { ready: 45, done: 54 });
    }

    #[test]
    fn sps_codes_exponents_that_are_not_0() {
        let op = Sel { bits: 1, sps: 1, tau_mul: 1, ..Sel::default() };
        assert_eq!([0, 1, 65535].map(|e| code(&op, e, 3)), [0, 1, 1]);
    }
}
