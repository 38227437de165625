//! A network as its program will see it: parameters on the program's grids (`docs/bmt.md` section 3).

use burn::tensor::Device;
use noctule_program::numbers::round_shift;
use noctule_program::parts::{Rescale, Source, Table};

use super::shapes::{Kind, matrices, shapes};
use super::tables::{CHANNEL, CLASS, PATCH, POSITIONS, SEGMENTS, TableOptions, Tables, WORDS};
use super::{Head, Model, ModelError, Params, Rows, WeightForm, fold_tables};
use crate::fold::{finest_point, fold_head};
use crate::ops::{SCALE_FLOOR, short, split_ratio};

/// How much larger than in the first batch a residual may become before it saturates: twice in the
/// sums before a norm, and twice by training.
const MARGIN: f64 = 4.0;

impl Model {
    /// The parameters with which a forward pass computes. They are the stored ones unless the
    /// precision has a `point`: then tables, scales and head are read back from the integers that
    /// lowering makes of them. A gradient found here is that of the stored parameters, straight through.
    ///
    /// # Errors
    /// [`ModelError::Params`] if these are not the parameters of the network.
    pub fn seen(&self) -> Result<Params, ModelError> {
        let mut seen = self.params.clone();
        if let Some(point) = self.precision.point {
            let tables = fold_tables(&self.arch, &self.params, &TableOptions::default(), point)?;
            see_tables(&tables, &mut seen)?;
            self.see_scales(&mut seen)?;
            self.see_head(point, &mut seen)?;
        }
        Ok(seen)
    }

    /// Puts a network that a program can express onto the program's grids: the residual stream
    /// gets the finest binary point at which four times the largest value in this batch fits.
    ///
    /// # Errors
    /// As [`forward`](super::forward).
    pub fn start_point(&mut self, rows: &Rows, device: &Device) -> Result<(), ModelError> {
        self.precision.point = None;
        if !self.precision.is_integer() || self.arch.head == Head::MaskedWords {
            return Ok(());
        }
        let streams = self.answer(rows, device)?.hidden;
        let largest = streams.into_iter().map(|stream| stream.abs().max().into_scalar::<f32>());
        let largest = largest.fold(0.0, f32::max);
        self.precision.point = Some(finest_point(f64::from(largest) * MARGIN));
        Ok(())
    }

    /// Scales have few significant bits, so that products with sums of codes are exact.
    fn see_scales(&self, seen: &mut Params) -> Result<(), ModelError> {
        for (name, entry) in shapes(&self.arch, &self.precision) {
            if entry.kind == Kind::Scale {
                let values = &mut seen.get_mut(&name)?.data;
                values.iter_mut().for_each(|scale| *scale = short(scale.max(SCALE_FLOOR)));
            }
        }
        for layer in 0..self.arch.layers {
            self.see_layer(layer, seen)?;
        }
        Ok(())
    }

    /// Scales of split rows, and what is added to the residual stream.
    fn see_layer(&self, layer: usize, seen: &mut Params) -> Result<(), ModelError> {
        let names = matrices(&self.arch, layer).map(|(name, _)| name);
        for name in names.iter().filter(|name| self.precision.form_of(name) == WeightForm::Split) {
            let ratio = split_ratio(self.params.get(&format!("{name}.log_ratio"))?.data[0]);
            let unit = |scale: f32| short(2.0 * scale / (1.0 + ratio));
            let values = &mut seen.get_mut(&format!("{name}.scale"))?.data;
            values.iter_mut().for_each(|scale| *scale = unit(*scale) * (1.0 + ratio) / 2.0);
        }
        let [_, _, _, output, _, down] = names;
        for name in [output, down] {
            let values = &mut seen.get_mut(&format!("{name}.bias"))?.data;
            values.iter_mut().for_each(|bias| *bias = short(*bias));
        }
        Ok(())
    }

    fn see_head(&self, point: u8, seen: &mut Params) -> Result<(), ModelError> {
        let (weights, bias) = ("classifier.weight", "classifier.bias");
        let of = |name| Ok::<_, ModelError>(&self.params.get(name)?.data);
        let folded = fold_head(of(weights)?, of(bias)?, self.arch.width, point);
        let step = f64::from(folded.scale.0) * 2f64.powi(folded.scale.1);
        let one = step * 2f64.powi(point.into());
        let real = |code: f64, step: f64| (code * step) as f32;
        seen.get_mut(weights)?.data =
            folded.weights.iter().map(|&code| real(code.into(), one)).collect();
        seen.get_mut(bias)?.data =
            folded.bias.iter().map(|&code| real(code.into(), step)).collect();
        Ok(())
    }
}

fn see_tables(tables: &Tables, seen: &mut Params) -> Result<(), ModelError> {
    let unit = tables.unit;
    match &tables.source {
        Source::Text { token, position, segment } => {
            set(seen, WORDS, whole_values(token, unit))?;
            set(seen, POSITIONS, whole_values(position, unit))?;
            let segment = segment.as_ref().map(|table| whole_values(table, unit));
            segment.map_or(Ok(()), |values| set(seen, SEGMENTS, values))
        }
        Source::Channel { position, .. } => set(seen, CHANNEL, values(position, unit)),
        Source::Patches { weights, pixels, rescale, position } => {
            see_patches(seen, weights.chunks_exact(*pixels), rescale, unit)?;
            see_positions(seen, whole_values(position, unit))
        }
    }
}

/// Weights and biases of patches: codes times what a program's multipliers and addends stand for.
fn see_patches<'a>(
    seen: &mut Params,
    rows: impl Iterator<Item = &'a [i8]>,
    rescale: &Rescale,
    unit: f64,
) -> Result<(), ModelError> {
    let real = |integer: f64| integer / 2f64.powi(rescale.shift.into()) / unit;
    let pixel = TableOptions::default().pixel_step;
    let steps = rescale.mul.iter().map(|&mul| real(mul.into()) / pixel);
    let weights = rows
        .zip(steps)
        .flat_map(|(row, step)| row.iter().map(move |&code| (f64::from(code) * step) as f32));
    set(seen, &format!("{PATCH}.weight"), weights.collect())?;
    let bias = rescale.add.iter().map(|&add| real(add as f64) as f32);
    set(seen, &format!("{PATCH}.bias"), bias.collect())
}

/// The first row of the table is class vector plus first position: the class vector takes it all.
fn see_positions(seen: &mut Params, mut rows: Vec<f32>) -> Result<(), ModelError> {
    let class = &mut seen.get_mut(CLASS)?.data;
    let first = rows[..class.len()].to_vec();
    rows[..class.len()].fill(0.0);
    *class = first;
    set(seen, POSITIONS, rows)
}

fn set(seen: &mut Params, name: &str, values: Vec<f32>) -> Result<(), ModelError> {
    seen.get_mut(name)?.data = values;
    Ok(())
}

/// What a program reads from a table, in real units.
fn whole_values(table: &Table, unit: f64) -> Vec<f32> {
    let real = |product: i64| (round_shift(product, table.shift) as f64 / unit) as f32;
    products(table).map(real).collect()
}

/// The same before the shift, which comes after another factor.
fn values(table: &Table, unit: f64) -> Vec<f32> {
    let unit = unit * 2f64.powi(table.shift.into());
    products(table).map(|product| (product as f64 / unit) as f32).collect()
}

fn products(table: &Table) -> impl Iterator<Item = i64> {
    let rows = table.codes.chunks_exact(table.cols).zip(&table.mul);
    rows.flat_map(|(codes, &mul)| codes.iter().map(move |&code| i64::from(code) * i64::from(mul)))
}
