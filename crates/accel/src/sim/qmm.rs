//! Array and drain. See the manual, section on `qmm_unit`.

mod array;
mod drain;

use super::{Times, machine::Machine};
use crate::{
    config::Sizes,
    isa::{Pass, Qmm},
};

/// Cycles from a tile's last step to the tile register: address (2), data, operands, popcount (3), accumulator, register.
const TILE_REGISTER: u64 = 9;
/// Cycles from the tile register to a group's value: row selection, then the seven stages of a lane.
const LANE: u64 = 8;
/// The register before the codes' memory.
const CODE_REGISTER: u64 = 1;

/// What the drain leaves to the next instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drain {
    /// The first cycle in which a tile may have its last step.
    free: u64,
}

/// What an instruction does to the memories.
pub fn execute(op: &Qmm, machine: &mut Machine) {
    let tile = machine.sizes.tile;
    let mut acc = vec![0; tile * tile];
    for m in 0..op.blocks as usize {
        let mut maxima = vec![None; tile];
        for n in 0..op.tiles as usize {
            array::multiply(op, machine, (m, n), &mut acc);
            match op.mode {
                0 => drain::threshold(op, machine, (m, n), &acc),
                1 => drain::rescale(op, machine, (m, n), &acc),
                2 => drain::residual(op, machine, (m, n), &acc),
                _ => drain::scores(op, machine, (m, n), &acc, &mut maxima),
            }
        }
        if op.mode == 3 {
            drain::maxima(op, machine, m, &maxima);
        }
    }
}

/// Steps of a tile; `passes` are those of the instruction.
#[must_use]
pub fn steps(op: &Qmm, passes: &[Pass]) -> u64 {
    passes.iter().map(|pass| if pass.null { 1 } else { op.chunks as u64 }).sum()
}

/// When an instruction taken in cycle `accept` leaves; `steps` as [`steps`] gives them.
///
/// A tile's last step comes `steps` cycles after the last step before, or as many as the drain needs for the tile before.
#[must_use]
pub fn times(op: &Qmm, sizes: &Sizes, steps: u64, drain: &mut Drain, accept: u64) -> Times {
    let (groups, bits) = (sizes.groups() as u64, op.bits as u64);
    let (occupied, planes) = match op.mode {
        1 => (groups.max(bits), bits),
        2 => (groups, 1),
        _ => (1, 1),
    };
    let tiles = (op.blocks * op.tiles) as u64;
    let last = (accept + steps).max(drain.free) + (tiles - 1) * steps.max(occupied);
    drain.free = last + occupied;
    Times { ready: last, done: last + TILE_REGISTER + LANE + CODE_REGISTER + groups + planes - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes() -> Sizes {
        let mut sizes = crate::config::Config::preset("zcu102").unwrap().sizes().clone();
        (sizes.tile, sizes.p) = (16, 4);
        sizes
    }

    #[test]
    fn a_null_pass_takes_one_step() {
        let null = Pass { null: true, ..Pass::default() };
        let op = Qmm { chunks: 3, ..Qmm::default() };
        assert_eq!(steps(&op, &[Pass::default(), null, Pass::default()]), 7);
    }

    #[test]
    fn instructions_follow_each_other_without_a_gap() {
        let op = Qmm { blocks: 2, tiles: 3, bits: 1, ..Qmm::default() };
        let mut drain = Drain::default();
        let first = times(&op, &sizes(), 3, &mut drain, 100);
        assert_eq!(first, Times { ready: 118, done: 118 + 17 + 4 + 1 });
        assert_eq!(times(&op, &sizes(), 3, &mut drain, first.ready).ready, 136);
    }

    #[test]
    fn a_slow_drain_holds_the_next_tile_whosever_it_is() {
        let codes = Qmm { blocks: 1, tiles: 2, bits: 8, mode: 1, ..Qmm::default() };
        let bits = Qmm { blocks: 1, tiles: 1, bits: 1, ..Qmm::default() };
        let mut drain = Drain::default();
        let first = times(&codes, &sizes(), 3, &mut drain, 0);
        assert_eq!(first, Times { ready: 3 + 8, done: 11 + 17 + 4 + 8 });
        assert_eq!(times(&bits, &sizes(), 3, &mut drain, first.ready).ready, 11 + 8);
    }
}
