//! `embed` (1.6 of `docs/program-format.md`), without its norm.

use noctule_program::{
    numbers::round_shift,
    parts::{Input, Source, Table},
};

use crate::kernels::{Kernel, TableRow, saturate};

/// Writes the residual stream `[run, D]` of a run of tokens, the first of them token `first`, of an input
/// that suits the source.
pub(crate) fn embed(
    kernel: &dyn Kernel,
    source: &Source,
    input: &Input,
    first: usize,
    x: &mut [i16],
    width: usize,
) {
    for (i, x) in (first..).zip(x.chunks_exact_mut(width)) {
        match (source, input) {
            (Source::Text { token, position, segment }, Input::Text { ids, segments }) => {
                let of_token = segments.get(i).map_or(0, |&s| usize::from(s));
                let segment = segment.as_ref().map(|table| row(table, of_token));
                kernel.add_rows([row(token, ids[i] as usize), row(position, i)], segment, x);
            }
            (Source::Channel { position, unit, .. }, Input::Channel { magnitudes, syndrome }) => {
                let row = row(position, i);
                let mul = row.mul * received(magnitudes, syndrome, *unit, i);
                kernel.put_row(TableRow { mul, ..row }, x);
            }
            (
                Source::Patches { weights, pixels, rescale, position },
                Input::Patches { pixels: image },
            ) => match i.checked_sub(1) {
                None => kernel.put_row(row(position, i), x),
                Some(patch) => {
                    let patch = &image[patch * pixels..][..*pixels];
                    let sum = |c| kernel.dot_bytes(&weights[c * pixels..][..*pixels], patch);
                    put_patch(row(position, i), |c| rescale.apply(c, sum(c)), x);
                }
            },
            _ => unreachable!("the input was checked against the source"),
        }
    }
}

/// The values of a patch and its position's.
fn put_patch(position: TableRow<'_>, patch: impl Fn(usize) -> i64, x: &mut [i16]) {
    let TableRow { codes, mul, shift } = position;
    for (c, (x, &code)) in x.iter_mut().zip(codes).enumerate() {
        *x = saturate(round_shift(i64::from(code) * i64::from(mul), shift) + patch(c));
    }
}

/// What token `i` of a channel word multiplies its position's vector by.
fn received(magnitudes: &[u8], syndrome: &[bool], unit: u8, i: usize) -> i32 {
    match magnitudes.get(i) {
        Some(&magnitude) => magnitude.into(),
        None if syndrome[i - magnitudes.len()] => -i32::from(unit),
        None => unit.into(),
    }
}

fn row(table: &Table, row: usize) -> TableRow<'_> {
    let codes = &table.codes[row * table.cols..][..table.cols];
    TableRow { codes, mul: table.mul[row].into(), shift: table.shift }
}
