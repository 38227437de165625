//! Activation quantizers with straight-through gradients.

use burn::tensor::Tensor;

use super::through;
use crate::ops::quantizer::{Quant, SCALE_FLOOR};

/// Quantizes `x [rows, width]` with scale `[1]` and, if any, shift `[width]`.
pub fn quantize(
    x: Tensor<2>,
    scale: Tensor<1>,
    shift: Option<Tensor<1>>,
    quant: Quant,
) -> Tensor<2> {
    let count = x.shape().num_elements();
    let x = match shift {
        Some(shift) => x + shift.unsqueeze(),
        None => x,
    };
    quantize_shifted(x, scale, quant, count)
}

/// Quantizes what is shifted already; `count` is the `N` of the scale's gradient.
pub(super) fn quantize_shifted<const D: usize>(
    x: Tensor<D>,
    scale: Tensor<1>,
    quant: Quant,
    count: usize,
) -> Tensor<D> {
    let step = scale.clone().detach().clamp_min(SCALE_FLOOR).reshape([1; D]);
    let v = x.clone().detach() / step.clone();
    let inside = inside(&v, quant);
    let code = code(v.clone(), quant);
    let slope = match quant.is_sign() {
        true => code.clone(),
        false => code.clone() - v * inside.clone(),
    };
    let pull = through(&scale).reshape([1; D]) * slope.mul_scalar(quant.scale_gain(count));
    code * step + through(&x) * inside + pull
}

fn inside<const D: usize>(v: &Tensor<D>, quant: Quant) -> Tensor<D> {
    let above = v.clone().greater_equal_scalar(quant.lo());
    above.bool_and(v.clone().lower_equal_scalar(quant.hi())).float()
}

fn code<const D: usize>(v: Tensor<D>, quant: Quant) -> Tensor<D> {
    match quant.is_sign() {
        true => super::sign(v),
        false => (v + 0.5).floor().clamp(quant.lo(), quant.hi()),
    }
}
