//! See the manual, section on `embed`.

use noctule_program::numbers::{round_shift, sat16};

use super::{Times, machine::Machine};
use crate::{config::Sizes, isa};

/// Cycles from taking an instruction to the walk's first: two for products of addresses and for the first row's input word.
const START: u64 = 3;
/// Cycles of a tile of an image between its last pixel and its step, for the last sum to arrive.
const DRAIN: u64 = 5;
/// Cycles from a step of the walk to its write: address, data, word, code, product, shift, three sums, saturation.
const PIPE: u64 = 10;

const TEXT: i64 = 0;
const CHANNEL: i64 = 1;

/// Writes the block's rows into X.
pub fn execute(op: &isa::Embed, machine: &mut Machine) {
    let tile = machine.sizes.tile;
    let (block, stride) = (op.block as usize, op.x_stride as usize);
    for row in 0..op.rows as usize {
        for channel in 0..op.tiles as usize * tile {
            let x = match op.kind {
                TEXT => text(op, machine, row, channel),
                CHANNEL => channel_word(op, machine, row, channel),
                _ => patch(op, machine, row, channel) + position(op, machine, row, channel),
            };
            machine.set_x(block, stride, row, channel, i64::from(sat16(x)));
        }
    }
}

/// Code `channel` of the row of B that begins at word `row`: words of codes follow its header.
pub(super) fn code(machine: &Machine, row: usize, channel: usize) -> i64 {
    let bytes = machine.sizes.beat / 8;
    machine.b.get_signed(row + 1 + channel / bytes, channel % bytes * 8, 8)
}

/// `code * mul` of row `row` of the table that begins at word `base`.
fn scaled(op: &isa::Embed, machine: &Machine, base: i64, row: usize, channel: usize) -> i64 {
    let at = base as usize + row * op.row_words as usize;
    code(machine, at, channel) * machine.b.get(at, 0, 16) as i64
}

fn position(op: &isa::Embed, machine: &Machine, row: usize, channel: usize) -> i64 {
    let value = scaled(op, machine, op.position_base, row, channel);
    round_shift(value, op.position_shift as u8)
}

/// Input word of the block's row `row`.
fn input_word(op: &isa::Embed, machine: &Machine, row: usize) -> i64 {
    machine.i.get(op.block as usize * machine.sizes.tile + row, 0, 32) as i64
}

fn text(op: &isa::Embed, machine: &Machine, row: usize, channel: usize) -> i64 {
    let token = scaled(op, machine, op.token_base, row, channel);
    let sum = round_shift(token, op.token_shift as u8) + position(op, machine, row, channel);
    if op.segments == 0 {
        return sum;
    }
    let segment = (input_word(op, machine, row) >> 24) as usize;
    let value = scaled(op, machine, op.segment_base, segment, channel);
    sum + round_shift(value, op.segment_shift as u8)
}

fn channel_word(op: &isa::Embed, machine: &Machine, row: usize, channel: usize) -> i64 {
    let token = op.block * machine.sizes.tile as i64 + row as i64;
    let word = input_word(op, machine, row);
    let amplitude = match token < op.magnitudes {
        true => word & 255,
        false if word & 1 == 1 => -op.unit,
        false => op.unit,
    };
    let value = scaled(op, machine, op.position_base, row, channel);
    round_shift(value * amplitude, op.token_shift as u8)
}

/// The rescaled sum over the pixels of a token's patch; 0 for token 0 and for channels behind the width.
fn patch(op: &isa::Embed, machine: &Machine, row: usize, channel: usize) -> i64 {
    let token = op.block as usize * machine.sizes.tile + row;
    if token == 0 || channel >= op.width as usize {
        return 0;
    }
    let at = (op.token_base + channel as i64 * op.weight_words) as usize;
    let pixels = op.pixels as usize;
    let pixel = |p| machine.i.get((token - 1) * pixels + p, 0, 8) as i64;
    let acc: i64 = (0..pixels).map(|p| code(machine, at, p) * pixel(p)).sum();
    let (mul, add) = (machine.b.get(at, 0, 16) as i64, machine.b.get_signed(at, 16, 48));
    (acc * mul + add) >> op.rescale_shift
}

/// When it is done: the walk's cycles, its last step, the pipeline.
#[must_use]
pub fn times(op: &isa::Embed, sizes: &Sizes, accept: u64) -> Times {
    let tables = if op.kind == TEXT { 2 + op.segments as u64 } else { 1 };
    let rows = op.rows as u64;
    let patches =
        if op.kind == TEXT || op.kind == CHANNEL { 0 } else { rows - u64::from(op.block == 0) };
    let (row, trailing) =
        table_row(op.tiles as u64, tables, (sizes.beat / (8 * sizes.tile)) as u64);
    let walk = (rows - patches) * row + patches * patch_row(op);
    let ready = accept + START + walk;
    Times { ready, done: ready - 1 - trailing + PIPE }
}

/// Cycles of a row of `tables` tables, and how many of them come after its last step: headers, then groups of `slots` tiles.
fn table_row(tiles: u64, tables: u64, slots: u64) -> (u64, u64) {
    let full = (tiles - 1) / slots;
    let left = tiles - full * slots;
    (tables + full * slots.max(tables) + left.max(tables), tables.saturating_sub(left))
}

/// Cycles of a row with pixels: the position's header; for each channel a header and its pixels; for each tile the wait and its step.
fn patch_row(op: &isa::Embed) -> u64 {
    1 + (op.width * (op.pixels + 1)) as u64 + op.tiles as u64 * (DRAIN + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn machine() -> Machine {
        let sizes = Config::preset("tiny").unwrap().sizes().clone();
        Machine::new(&sizes, Vec::new(), Vec::new())
    }

    /// A row of B: header, then codes.
    fn row(machine: &mut Machine, at: usize, header: u64, codes: &[i64]) {
        machine.b.set(at, 0, 64, header);
        for (n, &code) in codes.iter().enumerate() {
            machine.b.set(at + 1 + n / 8, n % 8 * 8, 8, code as u64);
        }
    }

    fn x(machine: &Machine, row: usize) -> [i64; 4] {
        std::array::from_fn(|channel| machine.x(0, 2, row, channel))
    }

    const ONE: isa::Embed = isa::Embed {
        kind: TEXT,
        rows: 2,
        block: 0,
        x_stride: 2,
        tiles: 1,
        row_words: 2,
        token_base: 0,
        position_base: 10,
        segment_base: 20,
        segments: 1,
        token_shift: 0,
        position_shift: 3,
        segment_shift: 1,
        magnitudes: 0,
        unit: 0,
        width: 0,
        pixels: 0,
        weight_words: 0,
        rescale_shift: 0,
    };

    #[test]
    fn channel_words_of_the_worked_example_come_out() {
        let mut machine = machine();
        row(&mut machine, 10, 8, &[7, -3]);
        row(&mut machine, 12, 4, &[1, -2]);
        machine.i.set(0, 0, 32, 20);
        machine.i.set(1, 0, 32, 1);
        let op = isa::Embed { kind: CHANNEL, token_shift: 3, magnitudes: 1, unit: 64, ..ONE };
        execute(&op, &mut machine);
        assert_eq!((x(&machine, 0), x(&machine, 1)), ([140, -60, 0, 0], [-32, 64, 0, 0]));
    }

    #[test]
    fn text_sums_three_tables_and_saturates_once() {
        let mut machine = machine();
        row(&mut machine, 0, 1000, &[33, -33, 127, 0]);
        row(&mut machine, 2, 1, &[1, 2, 3, 4]);
        row(&mut machine, 10, 60000, &[-1, 1, -127, 0]);
        row(&mut machine, 12, 12, &[1, -1, 0, 1]);
        row(&mut machine, 24, 3, &[1, -1, 0, 2]);
        machine.i.set(0, 0, 32, 2 << 24 | 99);
        machine.i.set(1, 0, 32, 2 << 24);
        execute(&ONE, &mut machine);
        assert_eq!(x(&machine, 0), [33000 - 7500 + 2, -33000 + 7500 - 1, -32768, 3]);
        assert_eq!(x(&machine, 1), [1 + 2 + 2, 2 - 1 - 1, 3, 4 + 2 + 3]);
    }

    #[test]
    fn patches_are_rescaled_and_token_0_has_none() {
        let mut machine = machine();
        row(&mut machine, 10, 8, &[5, 6, 7]);
        row(&mut machine, 12, 8, &[1, -1, 100]);
        let add = |add: i64| 3 | (add as u64) << 16;
        row(&mut machine, 0, add(2), &[1, -2]);
        row(&mut machine, 2, add(-5), &[-128, 127]);
        machine.i.set(0, 0, 32, 200);
        machine.i.set(1, 0, 32, 255);
        let op =
            isa::Embed { kind: 2, width: 2, pixels: 2, weight_words: 2, rescale_shift: 2, ..ONE };
        execute(&op, &mut machine);
        let sums = [(3 * (200 - 510) + 2) >> 2, (3 * (-128 * 200 + 127 * 255) - 5) >> 2];
        assert_eq!(x(&machine, 0), [5, 6, 7, 0]);
        assert_eq!(x(&machine, 1), [1 + sums[0], sums[1] - 1, 100, 0]);
    }

    /// The walk's cycles of a row of tables, slot by slot.
    fn walked(tiles: u64, tables: u64, slots: u64) -> (u64, u64) {
        let (mut cycles, mut stepped, mut last) = (tables, 0, 0);
        while stepped < tiles {
            let group = slots.min(tiles - stepped);
            for slot in 0..group.max(tables) {
                cycles += 1;
                last = if slot < group { cycles } else { last };
            }
            stepped += group;
        }
        (cycles, cycles - last)
    }

    #[test]
    fn the_closed_form_counts_the_walk() {
        for (tiles, tables, slots) in
            (1..20).flat_map(|t| (1..4).flat_map(move |n| [1, 2, 4, 8].map(|s| (t, n, s))))
        {
            assert_eq!(
                table_row(tiles, tables, slots),
                walked(tiles, tables, slots),
                "{tiles} {tables} {slots}"
            );
        }
        let sizes = Config::preset("zcu102").unwrap().sizes().clone();
        let bert = isa::Embed { rows: 16, tiles: 48, ..ONE };
        assert_eq!(
            times(&bert, &sizes, 0),
            Times { ready: 3 + 16 * 51, done: 3 + 16 * 51 - 1 + 10 }
        );
    }
}
