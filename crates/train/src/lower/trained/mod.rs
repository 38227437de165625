//! A trained network as lowering reads it: planes, units and scales instead of latent weights.

mod layer;
mod matrix;
mod site;

pub(crate) use layer::{AttentionRule, Linear, Norm, TrainedLayer, read_norm};
pub(crate) use matrix::Matrix;
pub(crate) use site::Site;

use super::LowerError;
use crate::model::{FLOAT_BITS, Head, Model, Params, Site as SiteName, WeightForm};

/// Refuses networks whose every part is not made of integers.
pub(crate) fn check(model: &Model) -> Result<(), LowerError> {
    model.check()?;
    if matches!(model.precision.weights, WeightForm::Float | WeightForm::Ternary) {
        let what = format!("its weights are {:?}", model.precision.weights).to_lowercase();
        return Err(LowerError::unsupported(what, "train on to binary or split weights"));
    }
    let float = SiteName::ALL.iter().find(|&&s| model.precision.bits.at(s) == FLOAT_BITS);
    if let Some(site) = float {
        let what = format!("its activations at {} are float", site.name());
        return Err(LowerError::unsupported(what, "train on to 1, 2, 4 or 8 bits"));
    }
    if model.arch.head == Head::MaskedWords {
        let what = "it has a masked-word head";
        return Err(LowerError::unsupported(what, "fine-tune it on a task first"));
    }
    Ok(())
}

fn vector(params: &Params, name: &str) -> Result<Vec<f64>, LowerError> {
    Ok(params.get(name)?.data.iter().map(|&value| f64::from(value)).collect())
}

fn scalar(params: &Params, name: &str) -> Result<f64, LowerError> {
    Ok(vector(params, name)?.first().copied().unwrap_or(0.0))
}
