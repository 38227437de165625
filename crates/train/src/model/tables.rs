//! Embedding tables as a program holds them (`docs/lowering.md` section 7): one definition for training
//! and lowering.

use noctule_program::parts::{Source, Table};

use super::{Arch, Input, ModelError, Params};
use crate::fold::{Affine, RESIDUAL_MAX, RESIDUAL_TARGET, fold_rescale, fold_table};

pub(super) const WORDS: &str = "embeddings.word_embeddings.weight";
pub(super) const POSITIONS: &str = "embeddings.position_embeddings.weight";
pub(super) const SEGMENTS: &str = "embeddings.token_type_embeddings.weight";
pub(super) const CHANNEL: &str = "embeddings.channel.weight";
pub(super) const CLASS: &str = "embeddings.class.weight";
pub(super) const PATCH: &str = "embeddings.patch";
/// Bits of every table's codes but the word table's, where the user chooses.
const TABLE_BITS: u8 = 8;
const PATCH_MAX: f64 = 127.0;
const PIXEL_MAX: f64 = 255.0;

/// What may be chosen about tables and inputs. Training knows the default only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TableOptions {
    /// Bits of a code of the word table.
    pub(crate) word_bits: u8,
    /// Channel words: code of the magnitude 1.0.
    pub(crate) magnitude_unit: u8,
    /// Images: real value of one step of an 8-bit pixel.
    pub(crate) pixel_step: f64,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self { word_bits: 8, magnitude_unit: 64, pixel_step: 1.0 / 255.0 }
    }
}

/// Tables, and the integer that a real 1.0 is in them.
pub(crate) struct Tables {
    pub(crate) source: Source,
    pub(crate) unit: f64,
}

/// The tables of a network whose residual stream has `point` fractional bits.
pub(crate) fn fold_tables(
    arch: &Arch,
    params: &Params,
    options: &TableOptions,
    point: u8,
) -> Result<Tables, ModelError> {
    let fold = TableFold { arch, params, options };
    match arch.input {
        Input::Text { .. } => fold.text(),
        Input::Channel { magnitudes, .. } => fold.channel(magnitudes, point),
        Input::Patches { pixels, .. } => fold.patches(pixels),
    }
}

/// Nearest code of 8 bits; what is outside saturates.
pub(crate) fn byte(value: f32, step: f64) -> u8 {
    (f64::from(value) / step).round().clamp(0.0, 255.0) as u8
}

struct TableFold<'a> {
    arch: &'a Arch,
    params: &'a Params,
    options: &'a TableOptions,
}

impl TableFold<'_> {
    /// Tables in a unit of their own: the norm behind the sum takes any unit away again.
    fn text(&self) -> Result<Tables, ModelError> {
        let unit = unit_for(sum(&self.largest(WORDS)?, &[POSITIONS, SEGMENTS], self)?);
        let source = Source::Text {
            token: self.table(WORDS, self.options.word_bits, unit)?,
            position: self.table(POSITIONS, TABLE_BITS, unit)?,
            segment: Some(self.table(SEGMENTS, TABLE_BITS, unit)?),
        };
        Ok(Tables { source, unit })
    }

    /// No norm follows, so the unit is that of the residual stream; the code of a magnitude is a
    /// factor of it.
    fn channel(&self, magnitudes: usize, point: u8) -> Result<Tables, ModelError> {
        let code = self.options.magnitude_unit;
        let unit = 2f64.powi(point.into()) / f64::from(code);
        let position = self.table(CHANNEL, TABLE_BITS, unit)?;
        Ok(Tables { source: Source::Channel { position, magnitudes, unit: code }, unit })
    }

    fn patches(&self, pixels: usize) -> Result<Tables, ModelError> {
        let weights = self.values(&format!("{PATCH}.weight"))?;
        let bias = self.values(&format!("{PATCH}.bias"))?;
        let step = self.options.pixel_step;
        let rows = weights.chunks_exact(pixels);
        let reach: Vec<f64> = rows
            .clone()
            .zip(bias)
            .map(|(row, bias)| magnitude_sum(row) * PIXEL_MAX * step + f64::from(bias.abs()))
            .collect();
        let unit = unit_for(sum(&reach, &[POSITIONS, CLASS], self)?);
        let steps: Vec<f64> = rows.clone().map(|row| f64::from(largest(row)) / PATCH_MAX).collect();
        let line = |(&row_step, &bias): (&f64, &f32)| Affine {
            gain: row_step * step * unit,
            offset: f64::from(bias) * unit,
        };
        let lines: Vec<Affine> = steps.iter().zip(bias).map(line).collect();
        let most = pixels as i32 * (PATCH_MAX * PIXEL_MAX) as i32;
        let codes = rows.zip(&steps).flat_map(|(row, &step)| patch_codes(row, step));
        let source = Source::Patches {
            weights: codes.collect(),
            pixels,
            rescale: fold_rescale(&lines, RESIDUAL_TARGET, most),
            position: self.patch_positions(unit)?,
        };
        Ok(Tables { source, unit })
    }

    /// Row 0 holds the class vector as well as the first position.
    fn patch_positions(&self, unit: f64) -> Result<Table, ModelError> {
        let mut rows = self.values(POSITIONS)?.to_vec();
        for (value, class) in rows.iter_mut().zip(self.values(CLASS)?) {
            *value += class;
        }
        Ok(fold_table(&rows, self.arch.width, TABLE_BITS, unit))
    }

    fn table(&self, name: &str, bits: u8, unit: f64) -> Result<Table, ModelError> {
        Ok(fold_table(self.values(name)?, self.arch.width, bits, unit))
    }

    fn values(&self, name: &str) -> Result<&[f32], ModelError> {
        Ok(&self.params.get(name)?.data)
    }

    /// Largest magnitude of each channel over all rows of a table.
    fn largest(&self, name: &str) -> Result<Vec<f64>, ModelError> {
        let width = self.arch.width;
        let mut found = vec![0f64; width];
        for row in self.values(name)?.chunks_exact(width) {
            for (most, value) in found.iter_mut().zip(row) {
                *most = most.max(f64::from(value.abs()));
            }
        }
        Ok(found)
    }
}

/// The largest power of two that leaves a sum of `largest` in 16 bits.
fn unit_for(largest: f64) -> f64 {
    2f64.powi((RESIDUAL_MAX / largest).log2().floor() as i32)
}

/// The largest magnitude that a channel's sum can have: no input can saturate it.
fn sum(first: &[f64], tables: &[&str], fold: &TableFold<'_>) -> Result<f64, ModelError> {
    let mut sums = first.to_vec();
    for name in tables {
        for (sum, most) in sums.iter_mut().zip(fold.largest(name)?) {
            *sum += most;
        }
    }
    Ok(sums.into_iter().fold(f64::MIN_POSITIVE, f64::max))
}

fn magnitude_sum(row: &[f32]) -> f64 {
    row.iter().map(|value| f64::from(value.abs())).sum()
}

fn largest(row: &[f32]) -> f32 {
    row.iter().fold(0.0, |most, value| most.max(value.abs()))
}

fn patch_codes(row: &[f32], step: f64) -> impl Iterator<Item = i8> {
    let unit = if step > 0.0 { step } else { 1.0 };
    row.iter().map(move |&value| (f64::from(value) / unit).round() as i8)
}
