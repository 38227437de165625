//! From batches of the trained network to inputs of the program.

use noctule_program::parts::{self, Source};

use super::LowerOptions;
use crate::model::{Rows, RowsInput};

/// The inputs of a batch, one a sequence, as the program reads them.
#[must_use]
pub fn program_inputs(rows: &Rows, options: &LowerOptions, source: &Source) -> Vec<parts::Input> {
    let sequences = 0..rows.ragged.batch();
    match &rows.input {
        RowsInput::Text { ids, segments } => sequences
            .map(|index| {
                let place = rows.ragged.rows_of(index);
                let segments = segments[place.clone()].iter().map(|&segment| segment as u8);
                parts::Input::Text { ids: ids[place].to_vec(), segments: segments.collect() }
            })
            .collect(),
        RowsInput::Channel { values } => {
            let magnitudes = match source {
                Source::Channel { magnitudes, .. } => *magnitudes,
                _ => 0,
            };
            let word = |index| &values[rows.ragged.rows_of(index)];
            sequences.map(|index| channel_input(word(index), magnitudes, options)).collect()
        }
        RowsInput::Patches { pixels } => {
            let each = pixels.len() / rows.ragged.batch();
            let image = |image: &[f32]| parts::Input::Patches {
                pixels: image.iter().map(|&value| byte(value, options.pixel_step)).collect(),
            };
            pixels.chunks_exact(each).map(image).collect()
        }
    }
}

/// A received word: magnitudes `|y|`, then `+1` or `-1` for a syndrome bit 0 or 1.
fn channel_input(values: &[f32], magnitudes: usize, options: &LowerOptions) -> parts::Input {
    let step = 1.0 / f64::from(options.magnitude_unit);
    let (symbols, syndrome) = values.split_at(magnitudes.min(values.len()));
    parts::Input::Channel {
        magnitudes: symbols.iter().map(|&value| byte(value, step)).collect(),
        syndrome: syndrome.iter().map(|&value| value < 0.0).collect(),
    }
}

/// Nearest code of 8 bits; what is outside saturates.
fn byte(value: f32, step: f64) -> u8 {
    (f64::from(value) / step).round().clamp(0.0, 255.0) as u8
}
