//! From the input to the residual stream.

use noctule_program::parts::{self, Source, Table};

use super::fold::{Affine, RESIDUAL_TARGET, fold_norm, fold_rescale, fold_table};
use super::trained::read_norm;
use super::{LowerError, LowerOptions};
use crate::model::{Input, Model};

const WORDS: &str = "embeddings.word_embeddings.weight";
const POSITIONS: &str = "embeddings.position_embeddings.weight";
const SEGMENTS: &str = "embeddings.token_type_embeddings.weight";
const CHANNEL: &str = "embeddings.channel.weight";
const CLASS: &str = "embeddings.class.weight";
const PATCH: &str = "embeddings.patch";
const NORM: &str = "embeddings.LayerNorm";
/// Bits of every table's codes but the word table's, where the user chooses.
const TABLE_BITS: u8 = 8;
const PATCH_MAX: f64 = 127.0;
const PIXEL_MAX: f64 = 255.0;
const RESIDUAL_MAX: f64 = 32767.0;

/// The embedding, its result in units of `1 / 2^point`.
pub(crate) fn fold_embed(
    model: &Model,
    options: &LowerOptions,
    point: u8,
) -> Result<parts::Embed, LowerError> {
    let embed = EmbedFold { model, options };
    let source = match model.arch.input {
        Input::Text { .. } => embed.text()?,
        Input::Channel { magnitudes, .. } => embed.channel(magnitudes, point)?,
        Input::Patches { pixels, .. } => embed.patches(pixels)?,
    };
    let norm = match model.arch.input {
        Input::Channel { .. } => None,
        _ => {
            let norm = read_norm(&model.params, NORM)?;
            Some(fold_norm(&norm.gain, &norm.bias, point))
        }
    };
    Ok(parts::Embed { source, norm })
}

struct EmbedFold<'a> {
    model: &'a Model,
    options: &'a LowerOptions,
}

impl EmbedFold<'_> {
    /// Tables in a unit of their own: the norm behind the sum takes any unit away again.
    fn text(&self) -> Result<Source, LowerError> {
        let unit = RESIDUAL_MAX / sum(&self.largest(WORDS)?, &[POSITIONS, SEGMENTS], self)?;
        Ok(Source::Text {
            token: self.table(WORDS, self.options.word_bits, unit)?,
            position: self.table(POSITIONS, TABLE_BITS, unit)?,
            segment: Some(self.table(SEGMENTS, TABLE_BITS, unit)?),
        })
    }

    /// No norm follows, so the unit is that of the residual stream.
    fn channel(&self, magnitudes: usize, point: u8) -> Result<Source, LowerError> {
        let unit = self.options.magnitude_unit;
        let one = 2f64.powi(point.into()) / f64::from(unit);
        let position = self.table(CHANNEL, TABLE_BITS, one)?;
        Ok(Source::Channel { position, magnitudes, unit })
    }

    fn patches(&self, pixels: usize) -> Result<Source, LowerError> {
        let weights = self.values(&format!("{PATCH}.weight"))?;
        let bias = self.values(&format!("{PATCH}.bias"))?;
        let step = self.options.pixel_step;
        let rows = weights.chunks_exact(pixels);
        let reach: Vec<f64> = rows
            .clone()
            .zip(bias)
            .map(|(row, bias)| magnitude_sum(row) * PIXEL_MAX * step + f64::from(bias.abs()))
            .collect();
        let unit = RESIDUAL_MAX / sum(&reach, &[POSITIONS, CLASS], self)?;
        let steps: Vec<f64> = rows.clone().map(|row| f64::from(largest(row)) / PATCH_MAX).collect();
        let line = |(&row_step, &bias): (&f64, &f32)| Affine {
            gain: row_step * step * unit,
            offset: f64::from(bias) * unit,
        };
        let lines: Vec<Affine> = steps.iter().zip(bias).map(line).collect();
        let most = pixels as i32 * (PATCH_MAX * PIXEL_MAX) as i32;
        let codes = rows.zip(&steps).flat_map(|(row, &step)| patch_codes(row, step));
        Ok(Source::Patches {
            weights: codes.collect(),
            pixels,
            rescale: fold_rescale(&lines, RESIDUAL_TARGET, most),
            position: self.patch_positions(unit)?,
        })
    }

    /// Row 0 holds the class vector as well as the first position.
    fn patch_positions(&self, unit: f64) -> Result<Table, LowerError> {
        let mut rows = self.values(POSITIONS)?.to_vec();
        for (value, class) in rows.iter_mut().zip(self.values(CLASS)?) {
            *value += class;
        }
        Ok(fold_table(&rows, self.model.arch.width, TABLE_BITS, unit))
    }

    fn table(&self, name: &str, bits: u8, unit: f64) -> Result<Table, LowerError> {
        Ok(fold_table(self.values(name)?, self.model.arch.width, bits, unit))
    }

    fn values(&self, name: &str) -> Result<&[f32], LowerError> {
        Ok(&self.model.params.get(name)?.data)
    }

    /// Largest magnitude of each channel over all rows of a table.
    fn largest(&self, name: &str) -> Result<Vec<f64>, LowerError> {
        let width = self.model.arch.width;
        let mut found = vec![0f64; width];
        for row in self.values(name)?.chunks_exact(width) {
            for (most, value) in found.iter_mut().zip(row) {
                *most = most.max(f64::from(value.abs()));
            }
        }
        Ok(found)
    }
}

/// The largest magnitude that a channel's sum can have: no input can saturate it.
fn sum(first: &[f64], tables: &[&str], embed: &EmbedFold<'_>) -> Result<f64, LowerError> {
    let mut sums = first.to_vec();
    for name in tables {
        for (sum, most) in sums.iter_mut().zip(embed.largest(name)?) {
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
