//! See the manual, section on `head`.

use super::{Times, embed::code, machine::Machine};
use crate::isa;

/// Cycles from taking an instruction to its first header.
const START: u64 = 1;
/// Cycles of a logit before its tiles: its header.
const HEADER: u64 = 1;
/// Cycles from a logit's last tile to its acceptance: address, data, operands, products, sums of four, sum, logit, FIFO.
const PIPE: u64 = 8;
/// Cycles from the acceptance of the last logit to `done`.
const DONE: u64 = 1;

/// Appends the logits to the output stream.
pub fn execute(op: &isa::Head, machine: &mut Machine) {
    for token in 0..op.tokens as usize {
        for output in 0..op.outputs as usize {
            let row = op.base as usize + output * op.row_words as usize;
            let logit = logit(op, machine, token, row);
            machine.output.push(logit as u32);
        }
    }
}

fn logit(op: &isa::Head, machine: &Machine, token: usize, row: usize) -> i64 {
    let tile = machine.sizes.tile;
    let (block, stride) = (token / tile, op.x_stride as usize);
    let products = (0..op.tiles as usize * tile).map(|channel| {
        code(machine, row, channel) * machine.x(block, stride, token % tile, channel)
    });
    machine.b.get_signed(row, 0, 32) + products.sum::<i64>()
}

/// When it is done, if the output stream never stalls.
#[must_use]
pub fn times(op: &isa::Head, accept: u64) -> Times {
    let cycles = (op.tokens * op.outputs * op.tiles) as u64;
    let ready = accept + START + cycles + (op.tokens * op.outputs) as u64 * HEADER;
    Times { ready, done: ready - 1 + PIPE + DONE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// The head of the program format's worked example: 2 * 201 - (-100) + 100 = 602, channels behind the width ignored.
    #[test]
    fn the_worked_example_comes_out() {
        let sizes = Config::preset("tiny").unwrap().sizes().clone();
        let mut machine = Machine::new(&sizes, Vec::new(), Vec::new());
        let op = isa::Head { tokens: 2, outputs: 1, x_stride: 2, tiles: 1, base: 5, row_words: 2 };
        machine.b.set(5, 0, 32, 100);
        machine.b.set(6, 0, 16, 0xff02);
        for (row, x) in [[201, -100, 77, 5], [-199, 100, -3, 9]].into_iter().enumerate() {
            (0..4).for_each(|c| machine.set_x(0, 2, row, c, x[c]));
        }
        execute(&op, &mut machine);
        assert_eq!(machine.output, [602, -398_i32 as u32]);
        assert_eq!(times(&op, 10), Times { ready: 15, done: 23 });
    }
}
