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
