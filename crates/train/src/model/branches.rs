//! Split matrices that lose their second branch (`docs/bmt.md` section 2).

use super::shapes::matrices;
use super::{Model, ModelError, Params, WeightForm};
use crate::ops::{DROP_LOG_RATIO, dropped_scale, split_ratio};

impl Model {
    /// Turns every split matrix whose log-ratio passed 3.5 into a binary one with the signs and
    /// the weight of its first branch. Returns their names; an [`Optimizer`](super::Optimizer)
    /// must start fresh if there are any.
    ///
    /// A matrix with a row of which all signs are alike stays split: centred signs cannot say that.
    ///
    /// # Errors
    /// [`ModelError::Params`] if these are not the parameters of the network.
    pub fn drop_branches(&mut self) -> Result<Vec<String>, ModelError> {
        let mut dropped = Vec::new();
        for layer in 0..self.arch.layers {
            for (name, _) in matrices(&self.arch, layer) {
                if self.precision.form_of(&name) == WeightForm::Split && self.drop_branch(&name)? {
                    dropped.push(name);
                }
            }
        }
        self.precision.single.extend(dropped.iter().cloned());
        Ok(dropped)
    }

    fn drop_branch(&mut self, name: &str) -> Result<bool, ModelError> {
        let log_ratio = &self.params.get(&format!("{name}.log_ratio"))?.data;
        if log_ratio[0] <= DROP_LOG_RATIO {
            return Ok(false);
        }
        let Some(latent) = one_branch(&self.params, name)? else { return Ok(false) };
        self.params.get_mut(&format!("{name}.weight"))?.data = latent;
        for part in ["weight_low", "scale", "log_ratio"] {
            self.params.take(&format!("{name}.{part}"))?;
        }
        Ok(true)
    }

    /// Makes this network's binary matrix the first branch of `from`'s split one.
    pub(super) fn drop_into_binary(&mut self, from: &Params, name: &str) -> Result<(), ModelError> {
        let latent = one_branch(from, name)?.ok_or_else(|| {
            ModelError::Convert(format!(
                "{name} has a row of one sign only, which no binary matrix has; keep it split"
            ))
        })?;
        self.params.get_mut(&format!("{name}.weight"))?.data = latent;
        Ok(())
    }
}

/// Binary latents with the signs of `U` and the scale `2 k p / (1 + p)`, or none if a row has one
/// sign only.
fn one_branch(params: &Params, name: &str) -> Result<Option<Vec<f32>>, ModelError> {
    let high = params.get(&format!("{name}.weight"))?;
    let scales = params.get(&format!("{name}.scale"))?;
    let ratio = split_ratio(params.get(&format!("{name}.log_ratio"))?.data[0]);
    let width = high.shape[1];
    let rows = high.data.chunks_exact(width).zip(&scales.data);
    let centred = rows.map(|(row, &scale)| centred_row(row, dropped_scale(scale, ratio)));
    Ok(centred.collect::<Option<Vec<_>>>().map(|rows| rows.concat()))
}

/// A row of mean 0 and mean magnitude `|scale|` with the signs of `row` (turned if `scale < 0`):
/// positive and negative entries are stretched to the same sum.
fn centred_row(row: &[f32], scale: f32) -> Option<Vec<f32>> {
    let sum_of = |negative: bool| -> f64 {
        let side = row.iter().filter(|&&value| (value < 0.0) == negative);
        side.map(|&value| size(value)).sum()
    };
    let (above, below) = (sum_of(false), sum_of(true));
    if above == 0.0 || below == 0.0 {
        return None;
    }
    let half = f64::from(scale) * row.len() as f64 / 2.0;
    let stretch = |&value: &f32| match value < 0.0 {
        true => (-size(value) * half / below) as f32,
        false => (size(value) * half / above) as f32,
    };
    Some(row.iter().map(stretch).collect())
}

/// A magnitude that keeps its sign after centring, even where a latent is 0.
fn size(value: f32) -> f64 {
    f64::from(value.abs()).max(1e-6)
}
