//! Weight quantizers with gradients straight through to the latent weights.

use burn::tensor::Tensor;

use super::{sign, through};
use crate::ops::Matrix;
use crate::ops::weights::{SPLITTER, TERNARY_THRESHOLD};

/// The values `[out, in]` that a layer multiplies with.
pub(super) fn values(matrix: Matrix) -> Tensor<2> {
    match matrix {
        Matrix::Float(weights) => weights,
        Matrix::Binary(latent) => binary(latent.clone().detach()) + through(&latent),
        Matrix::Ternary(latent) => ternary(latent.clone().detach()) + through(&latent),
        Matrix::Split { high, low, scale, log_ratio } => split(high, low, scale, log_ratio),
    }
}

fn centred(latent: Tensor<2>) -> Tensor<2> {
    latent.clone() - latent.mean_dim(1)
}

fn binary(latent: Tensor<2>) -> Tensor<2> {
    let centred = centred(latent);
    short(centred.clone().abs().mean_dim(1)) * sign(centred)
}

/// As [`crate::ops::short`].
fn short(values: Tensor<2>) -> Tensor<2> {
    let spread = values.clone() * SPLITTER;
    spread.clone() - (spread - values)
}

fn ternary(latent: Tensor<2>) -> Tensor<2> {
    let centred = centred(latent);
    let size = centred.clone().abs();
    let threshold = size.clone().mean_dim(1) * TERNARY_THRESHOLD;
    let kept = size.clone().greater(threshold.expand(size.shape())).float();
    let count = kept.clone().sum_dim(1).clamp_min(1.0);
    let mean = (size * kept.clone()).sum_dim(1) / count;
    mean * sign(centred) * kept
}

fn split(high: Tensor<2>, low: Tensor<2>, scale: Tensor<1>, log_ratio: Tensor<1>) -> Tensor<2> {
    let exponent = (log_ratio.clone().detach() + 0.5).floor().clamp(0.0, 3.0);
    // rounded: a device's exponential may be a last bit off
    let ratio = (exponent * std::f32::consts::LN_2).exp().round();
    let slope = ratio.clone() * std::f32::consts::LN_2;
    let ratio = (ratio + through(&log_ratio) * slope).reshape([1, 1]);
    let unit = scale.unsqueeze_dim(1) * 2.0 / (ratio.clone() + 1.0);
    let (high_sign, low_sign) = (sign(high.clone()), sign(low.clone()));
    unit * (ratio * high_sign + low_sign) + through(&high) + through(&low)
}
