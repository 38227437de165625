//! Linear layers, layer norm and activations.

use burn::tensor::{Tensor, activation};

use super::weights;
use crate::ops::Matrix;

/// `x W' + b`: `x [rows, in]`, matrix `[out, in]`, bias `[out]`, giving `[rows, out]`.
pub fn linear(x: Tensor<2>, matrix: Matrix, bias: Option<Tensor<1>>) -> Tensor<2> {
    let product = x.matmul(weights::values(matrix).transpose());
    match bias {
        Some(bias) => product + bias.unsqueeze(),
        None => product,
    }
}

/// Layer norm of each row: gain and bias `[width]`.
pub fn norm(x: Tensor<2>, gain: Tensor<1>, bias: Tensor<1>, eps: f32) -> Tensor<2> {
    let centred = x.clone() - x.mean_dim(1);
    let variance = centred.clone().powi_scalar(2).mean_dim(1);
    centred / (variance + eps).sqrt() * gain.unsqueeze() + bias.unsqueeze()
}

/// Layer norm of `x + y`.
pub fn add_norm(
    x: Tensor<2>,
    y: Tensor<2>,
    gain: Tensor<1>,
    bias: Tensor<1>,
    eps: f32,
) -> Tensor<2> {
    norm(x + y, gain, bias, eps)
}

/// GELU with the error function (Hendrycks and Gimpel 2016), as BERT's.
pub fn gelu(x: Tensor<2>) -> Tensor<2> {
    activation::gelu(x)
}

/// `max(x, 0)`.
pub fn relu(x: Tensor<2>) -> Tensor<2> {
    activation::relu(x)
}
