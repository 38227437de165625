//! Sources, and inputs for them.

use alloc::vec::Vec;

use super::{calibrate::Calibrator, random::Random};
use crate::{
    parts::{Codes, Input, Source, Table},
    shape::{Shape, SourceShape},
};

/// Largest value of a table, about.
const SIZE: i64 = 2000;

impl Calibrator {
    /// A random source of the shape's kind.
    pub(super) fn source(&mut self, shape: &Shape) -> Source {
        let flat = self.random.once_in(4);
        match shape.source {
            SourceShape::Text { vocabulary, segments } => Source::Text {
                token: self.table(vocabulary, shape.width, SIZE, flat),
                position: self.table(shape.tokens, shape.width, SIZE, flat),
                segment: (segments > 0).then(|| self.table(segments, shape.width, SIZE, flat)),
            },
            SourceShape::Channel { magnitudes } => Source::Channel {
                position: self.table(shape.tokens, shape.width, SIZE / 128, flat),
                magnitudes,
                unit: self.random.within(1..=255) as u8,
            },
            SourceShape::Patches { pixels } => self.patches(shape, pixels, flat),
        }
    }

    fn patches(&mut self, shape: &Shape, pixels: usize, flat: bool) -> Source {
        let weights = self.random.list(shape.width * pixels, |r| r.within(-128..=127) as i8);
        let sums: Vec<i32> = (0..8 * shape.width)
            .map(|n| {
                let row = &weights[n % shape.width * pixels..][..pixels];
                row.iter().map(|&w| i32::from(w) * self.random.within(0..=255) as i32).sum()
            })
            .collect();
        let rescale = self.rescale(&sums, shape.width, SIZE);
        let position = self.table(shape.tokens, shape.width, SIZE, flat);
        Source::Patches { weights, pixels, rescale, position }
    }

    /// Values up to about `size`; the first row of a `flat` table has the same code everywhere.
    fn table(&mut self, rows: usize, cols: usize, size: i64, flat: bool) -> Table {
        let bits = self.random.pick(&[1, 2, 4, 8]);
        let shift = self.random.within(0..=15) as u8;
        let most = (size << shift) / i64::from(Codes { bits, signed: true }.largest());
        let most = if self.is_extreme() { 65535 } else { most.clamp(1, 65535) };
        let mul = self.random.list(rows, |r| r.within(most / 2..=most) as u16);
        let mut codes = self.random.list(rows * cols, |r| code(bits, r));
        if flat {
            let first = codes[0];
            codes[..cols].fill(first);
        }
        Table { rows, cols, bits, codes: codes.into(), mul, shift }
    }
}

fn code(bits: u8, random: &mut Random) -> i8 {
    let codes = Codes { bits, signed: true };
    let code = random.within(i64::from(codes.least())..=i64::from(codes.largest()));
    (if bits == 1 { random.pick(&[-1, 1]) } else { code }) as i8
}

/// A length for a random input of at most `tokens` tokens, which is the program's number.
pub(super) fn length(source: &Source, tokens: usize, random: &mut Random) -> usize {
    match source {
        Source::Text { .. } if !random.once_in(3) => 1 + random.below(tokens),
        _ => tokens,
    }
}

/// A random input of `length` tokens.
pub(super) fn input(source: &Source, length: usize, random: &mut Random) -> Input {
    match source {
        Source::Text { token, segment, .. } => {
            let ids = random.list(length, |r| r.below(token.rows) as u32);
            let rows = segment.as_ref().map_or(1, |table| table.rows);
            let given = if random.once_in(3) { 0 } else { length };
            Input::Text { ids, segments: random.list(given, |r| r.below(rows) as u8) }
        }
        Source::Channel { magnitudes, .. } => Input::Channel {
            magnitudes: random.list(*magnitudes, |r| r.within(0..=255) as u8),
            syndrome: random.list(length - magnitudes, |r| r.once_in(2)),
        },
        Source::Patches { pixels, .. } => Input::Patches {
            pixels: random.list((length - 1) * pixels, |r| r.within(0..=255) as u8),
        },
    }
}
