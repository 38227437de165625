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
                let segment = segment
                    .as_ref()
                    .map(|table| Row::new(table, segments.get(i).map_or(0, |&s| usize::from(s))));
                let (token, position) = (Row::new(token, ids[i] as usize), Row::new(position, i));
                let sum = |c| token.value(c) + position.value(c);
                match segment {
                    None => fill(x, |c| sum(c).into()),
                    Some(segment) => fill(x, |c| (sum(c) + segment.value(c)).into()),
                }
            }
            (Source::Channel { position, unit, .. }, Input::Channel { magnitudes, syndrome }) => {
                let (codes, mul) = codes(position, i);
                let factor = i64::from(mul) * received(magnitudes, syndrome, *unit, i);
                fill(x, |c| round_shift(i64::from(codes[c]) * factor, position.shift));
            }
            (
                Source::Patches { weights, pixels, rescale, position },
                Input::Patches { pixels: image },
            ) => {
                let position = Row::new(position, i);
                let patch = i.checked_sub(1).map(|patch| &image[patch * pixels..][..*pixels]);
                fill(x, |c| {
                    let row = &weights[c * pixels..][..*pixels];
                    i64::from(position.value(c))
                        + patch.map_or(0, |patch| rescale.apply(c, dot(row, patch)))
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

/// A row of a table: 24 bits before they are shifted, and a half of up to 30.
struct Row<'a> {
    codes: &'a [i8],
    mul: i32,
    half: i32,
    shift: u8,
}

impl<'a> Row<'a> {
    fn new(table: &'a Table, row: usize) -> Self {
        let (codes, mul) = codes(table, row);
        let half = if table.shift == 0 { 0 } else { 1 << (table.shift - 1) };
        Self { codes, mul: mul.into(), half, shift: table.shift }
    }

    #[inline]
    fn value(&self, c: usize) -> i32 {
        (i32::from(self.codes[c]) * self.mul + self.half) >> self.shift
    }
}

fn codes(table: &Table, row: usize) -> (&[i8], u16) {
    (&table.codes[row * table.cols..][..table.cols], table.mul[row])
}

fn dot(weights: &[i8], pixels: &[u8]) -> i32 {
    weights.iter().zip(pixels).map(|(&w, &pixel)| i32::from(w) * i32::from(pixel)).sum()
}
