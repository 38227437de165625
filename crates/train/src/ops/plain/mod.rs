//! The operations from burn's tensor operations: any device, gradients by burn.
//!
//! A straight-through gradient is made by adding `x - detach(x)`, exactly 0, to a detached value.

mod attention;
mod dense;
mod embed;
mod loss;
mod quantize;
mod weights;

pub use attention::{attention, score_loss};
pub use dense::{add_norm, gelu, linear, norm, relu};
pub use embed::{gather_rows, scale_rows};
pub use loss::{binary_cross_entropy, cross_entropy, mse, soft_cross_entropy};
pub use quantize::quantize;

use burn::tensor::Tensor;

/// Exactly 0, with the gradient of `x`.
fn through<const D: usize>(x: &Tensor<D>) -> Tensor<D> {
    x.clone() - x.clone().detach()
}

/// `sgn` with `sgn(0) = +1`, without a gradient.
fn sign<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.detach().greater_equal_scalar(0.0).float() * 2.0 - 1.0
}
