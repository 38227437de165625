//! The whole network, and the binary point of its residual stream.

use noctule_program::Program;
use noctule_program::interpret::{Site, trace};
use noctule_program::parts::{Embed, Head, HeadTokens, Input, Parts};
use rayon::prelude::*;

use super::layer::{LayerFold, masks};
use super::trained::{self, TrainedLayer};
use super::{LowerError, LowerOptions};
use crate::fold::{RESIDUAL_MAX, finest_point, fold_head, fold_norm};
use crate::model::{self, Model, fold_tables};

/// Binary point of the first attempt: values up to 512 fit.
const FIRST_POINT: u8 = 6;
/// How much larger than in the calibration a residual may become before it saturates.
const MARGIN: f64 = 2.0;

/// A trained network, read and checked, ready to be written at any binary point.
pub(crate) struct Trained<'a> {
    pub(crate) model: &'a Model,
    pub(crate) layers: Vec<TrainedLayer>,
    options: &'a LowerOptions,
}

impl<'a> Trained<'a> {
    pub(crate) fn read(model: &'a Model, options: &'a LowerOptions) -> Result<Self, LowerError> {
        options.check()?;
        trained::check(model)?;
        let seen = Model { params: model.seen()?, ..model.clone() };
        let layers = (0..model.arch.layers).map(|index| TrainedLayer::read(&seen, index));
        Ok(Self { model, layers: layers.collect::<Result<_, _>>()?, options })
    }

    /// The program at a binary point.
    pub(crate) fn program(&self, point: u8) -> Result<Program, LowerError> {
        let arch = &self.model.arch;
        let fold = LayerFold { arch, point };
        let parts = Parts {
            max_tokens: arch.max_tokens,
            width: arch.width,
            point,
            embed: self.embed(point)?,
            masks: masks(arch),
            layers: self.layers.iter().map(|layer| fold.layer(layer)).collect(),
            head: self.head(point)?,
            extras: self.options.extras.clone(),
        };
        Ok(Program::new(parts)?)
    }

    fn embed(&self, point: u8) -> Result<Embed, LowerError> {
        let Model { arch, params, .. } = self.model;
        let source = fold_tables(arch, params, &self.options.tables(), point)?.source;
        let norm = match arch.input {
            model::Input::Channel { .. } => None,
            _ => {
                let norm = trained::read_norm(params, "embeddings.LayerNorm")?;
                Some(fold_norm(&norm.gain, &norm.bias, point))
            }
        };
        Ok(Embed { source, norm })
    }

    fn head(&self, point: u8) -> Result<Head, LowerError> {
        let Model { arch, params, .. } = self.model;
        let weights = &params.get("classifier.weight")?.data;
        let bias = &params.get("classifier.bias")?.data;
        let folded = fold_head(weights, bias, arch.width, point);
        let tokens = match arch.head {
            model::Head::PerToken { count } => HeadTokens::PerToken(count),
            _ => HeadTokens::Pooled,
        };
        let (weights, bias, scale) = (folded.weights, folded.bias, folded.scale);
        Ok(Head { tokens, weights, bias, scale })
    }

    /// The program, and the largest residual seen in its own units.
    ///
    /// The binary point is the one that the network trained with or, where it has none, the finest at
    /// which twice the largest residual fits; one at which something saturates all the same is
    /// lowered by one.
    pub(crate) fn calibrated(&self, inputs: &[Input]) -> Result<(Program, f64), LowerError> {
        let mut point = match self.model.precision.point {
            Some(point) => point,
            None => self.first_point(inputs)?,
        };
        loop {
            let program = self.program(point)?;
            let largest = largest_residual(&program, inputs)?;
            if largest < RESIDUAL_MAX {
                return Ok((program, largest));
            }
            point = point.checked_sub(1).ok_or(LowerError::Range { largest })?;
        }
    }

    fn first_point(&self, inputs: &[Input]) -> Result<u8, LowerError> {
        let largest = largest_residual(&self.program(FIRST_POINT)?, inputs)?;
        let real = largest / 2f64.powi(FIRST_POINT.into());
        Ok(if largest < RESIDUAL_MAX { finest_point(real * MARGIN) } else { FIRST_POINT })
    }
}

/// Largest magnitude of the residual stream over all inputs, in its own units.
fn largest_residual(program: &Program, inputs: &[Input]) -> Result<f64, LowerError> {
    let of_input = |input: &Input| {
        let mut largest = 0;
        trace(program, input, &mut |tap, values| {
            if in_stream(tap.site) {
                largest = values.iter().fold(largest, |most, value| most.max(value.abs()));
            }
        })?;
        Ok(f64::from(largest))
    };
    let largest: Result<Vec<f64>, LowerError> = inputs.par_iter().map(of_input).collect();
    Ok(largest?.into_iter().fold(0.0, f64::max))
}

fn in_stream(site: Site) -> bool {
    use Site::{AttentionNorm, AttentionSum, Embed, FfnNorm, FfnSum};
    matches!(site, Embed | AttentionSum | AttentionNorm | FfnSum | FfnNorm)
}
