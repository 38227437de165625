//! `exp`: exponents of scores into E, their row sums into SU. See the manual, section on `exp_unit`.

use super::{Times, machine::Machine};
use crate::{config::Sizes, isa::Exp};

/// From the last step to the sums in SU: data, rows of the group, difference, index, table, exponent, sums of four, row
/// sums, sums of the block.
const PIPE: u64 = 9;

/// Does what the instruction says.
pub fn execute(op: &Exp, machine: &mut Machine) {
    for block in 0..op.blocks as usize {
        for row in 0..machine.sizes.tile {
            let sum = execute_row(op, machine, block, row);
            machine.su.set(op.sum_base as usize + block, row * 32, 32, sum);
        }
    }
}

/// When the instruction that is accepted in cycle `accept` leaves.
#[must_use]
pub fn times(op: &Exp, sizes: &Sizes, accept: u64) -> Times {
    let last_step = accept + (op.blocks * op.tiles) as u64 * sizes.attention_groups() as u64;
    Times { ready: last_step, done: last_step + PIPE }
}

/// Exponents of a row of a block; their sum.
fn execute_row(op: &Exp, machine: &mut Machine, block: usize, row: usize) -> u64 {
    let Sizes { tile, pa, .. } = machine.sizes;
    let (tiles, groups) = (op.tiles as usize, machine.sizes.attention_groups());
    let mut sum = 0;
    for n in 0..tiles {
        let word = op.e_base as usize + (block * tiles + n) * groups + row / pa;
        for col in 0..tile {
            let e = exponent(op, machine, block, n, row, col);
            machine.e.set(word, (row % pa * tile + col) * 16, 16, e);
            sum += e;
        }
    }
    sum
}

fn exponent(op: &Exp, machine: &Machine, block: usize, n: usize, row: usize, col: usize) -> u64 {
    let Sizes { tile, score_w, .. } = machine.sizes;
    let word = op.s_base as usize + block * op.tiles as usize + n;
    let lo = (row * tile + col) * (score_w + 1);
    if machine.s.get(word, lo + score_w, 1) == 0 {
        return 0;
    }
    let score = machine.s.get_signed(word, lo, score_w);
    if op.sps == 1 {
        return u64::from(score >= op.threshold);
    }
    let most = machine.m.get_signed(op.m_base as usize + block, row * (score_w + 1), score_w);
    machine.t.get(((most - score) >> op.shift).min(op.last) as usize, 0, 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const SCORES: [i64; 4] = [-3, 5, 12, 7];

    /// Block 0, tile 1, row 3 of the tiny configuration; column 2 is not allowed.
    fn machine() -> Machine {
        let mut machine = Machine::new(Config::preset("tiny").unwrap().sizes(), vec![], vec![]);
        for (col, score) in SCORES.into_iter().enumerate() {
            machine.s.set(8, (12 + col) * 25, 24, score as u64);
            machine.s.set(8, (12 + col) * 25 + 24, 1, u64::from(col != 2));
        }
        machine.m.set(4, 3 * 25, 25, 1 << 24 | 7);
        (0..4).for_each(|n| machine.t.set(n, 0, 16, [65535, 900, 30, 1][n]));
        machine
    }

    fn op() -> Exp {
        let addresses = Exp {
            blocks: 1,
            tiles: 2,
            s_base: 7,
            m_base: 4,
            e_base: 20,
            sum_base: 9,
            ..Exp::default()
        };
        Exp { shift: 1, last: 3, ..addresses }
    }

    fn row(machine: &Machine) -> (Vec<u64>, u64) {
        let e = |col: usize| machine.e.get(23, (4 + col) * 16, 16);
        ((0..4).map(e).collect(), machine.su.get(9, 96, 32))
    }

    #[test]
    fn exponents_follow_the_table_and_stop_at_its_end() {
        let mut machine = machine();
        execute(&op(), &mut machine);
        assert_eq!(row(&machine), (vec![1, 900, 0, 65535], 66436));
    }

    #[test]
    fn sps_compares_with_its_threshold() {
        let mut machine = machine();
        execute(&Exp { sps: 1, threshold: 5, ..op() }, &mut machine);
        assert_eq!(row(&machine), (vec![0, 1, 0, 1], 2));
        execute(&Exp { sps: 1, threshold: -3, ..op() }, &mut machine);
        assert_eq!(row(&machine), (vec![1, 1, 0, 1], 3));
    }

    #[test]
    fn a_group_of_rows_a_cycle() {
        let times = times(&Exp { blocks: 3, ..op() }, &machine().sizes, 100);
        assert_eq!(times, Times { ready: 112, done: 121 });
    }
}
