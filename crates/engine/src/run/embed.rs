//! `embed` (1.6 of `docs/program-format.md`), without its norm.

use noctule_program::{
    numbers::round_shift,
    parts::{Input, Source, Table},
};

use crate::kernels::saturate;

/// Writes the residual stream `[t, D]` of an input that suits the source.
pub(crate) fn embed(source: &Source, input: &Input, x: &mut [i16], width: usize) {
    for (i, x) in x.chunks_exact_mut(width).enumerate() {
        match (source, input) {
            (Source::Text { token, position, segment }, Input::Text { ids, segments }) => {
                let segment = segment.as_ref().map(|table| {
                    Row::new(table, segments.get(i).map_or(0, |&s| usize::from(s)), 1)
                });
                let (token, position) =
                    (Row::new(token, ids[i] as usize, 1), Row::new(position, i, 1));
                fill(x, |c| {
                    token.value(c) + position.value(c) + segment.as_ref().map_or(0, |s| s.value(c))
                });
            }
            (Source::Channel { position, unit, .. }, Input::Channel { magnitudes, syndrome }) => {
                let row = Row::new(position, i, received(magnitudes, syndrome, *unit, i));
                fill(x, |c| row.value(c));
            }
            (
                Source::Patches { weights, pixels, rescale, position },
                Input::Patches { pixels: image },
            ) => {
                let position = Row::new(position, i, 1);
                let patch = i.checked_sub(1).map(|patch| &image[patch * pixels..][..*pixels]);
                fill(x, |c| {
                    let row = &weights[c * pixels..][..*pixels];
                    position.value(c) + patch.map_or(0, |patch| rescale.apply(c, dot(row, patch)))
                });
            }
            _ => unreachable!("the input was checked against the source"),
        }
    }
}

fn fill(x: &mut [i16], value: impl Fn(usize) -> i64) {
    for (c, x) in x.iter_mut().enumerate() {
        *x = saturate(value(c));
    }
}

/// What token `i` of a channel word multiplies its position's vector by.
fn received(magnitudes: &[u8], syndrome: &[bool], unit: u8, i: usize) -> i64 {
    match magnitudes.get(i) {
        Some(&magnitude) => i64::from(magnitude),
        None if syndrome[i - magnitudes.len()] => -i64::from(unit),
        None => i64::from(unit),
    }
}

/// A row of a table, times a factor.
struct Row<'a> {
    codes: &'a [i8],
    mul: i64,
    shift: u8,
}

impl<'a> Row<'a> {
    fn new(table: &'a Table, row: usize, factor: i64) -> Self {
        let codes = &table.codes[row * table.cols..][..table.cols];
        Self { codes, mul: i64::from(table.mul[row]) * factor, shift: table.shift }
    }

    fn value(&self, c: usize) -> i64 {
        round_shift(i64::from(self.codes[c]) * self.mul, self.shift)
    }
}

fn dot(weights: &[i8], pixels: &[u8]) -> i32 {
    weights.iter().zip(pixels).map(|(&w, &pixel)| i32::from(w) * i32::from(pixel)).sum()
}
