//! From batches of the trained network to inputs of the program.

use std::ops::Range;

use noctule_program::parts;

use super::LowerOptions;
use crate::model::{Input, ModelError, Rows, RowsInput, byte};

/// The inputs of a batch, one a sequence, as the program of a network that reads `network` takes them.
///
/// # Errors
/// [`ModelError::Rows`] when the batch holds fewer values than its sequences need.
pub fn program_inputs(
    rows: &Rows,
    options: &LowerOptions,
    network: &Input,
) -> Result<Vec<parts::Input>, ModelError> {
    (0..rows.ragged.batch()).map(|index| program_input(rows, index, options, network)).collect()
}

fn program_input(
    rows: &Rows,
    index: usize,
    options: &LowerOptions,
    network: &Input,
) -> Result<parts::Input, ModelError> {
    let place = rows.ragged.rows_of(index);
    Ok(match &rows.input {
        RowsInput::Text { ids, segments } => {
            let segments = cut("segments", segments, place.clone())?;
            let segments = segments.iter().map(|&segment| segment as u8).collect();
            parts::Input::Text { ids: cut("ids", ids, place)?.to_vec(), segments }
        }
        RowsInput::Channel { values } => {
            let magnitudes = match network {
                Input::Channel { magnitudes, .. } => *magnitudes,
                _ => 0,
            };
            channel_input(cut("channel values", values, place)?, magnitudes, options)
        }
        RowsInput::Patches { pixels } => {
            let each = pixels.len() / rows.ragged.batch();
            let image = cut("pixels", pixels, index * each..(index + 1) * each)?;
            let codes = image.iter().map(|&value| byte(value, options.pixel_step));
            parts::Input::Patches { pixels: codes.collect() }
        }
    })
}

fn cut<'a, T>(what: &str, values: &'a [T], place: Range<usize>) -> Result<&'a [T], ModelError> {
    let (end, found) = (place.end, values.len());
    let missing = || ModelError::Rows(format!("{found} {what} where {end} are needed"));
    values.get(place).ok_or_else(missing)
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
