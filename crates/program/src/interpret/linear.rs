//! 1.3 `linear`.

use alloc::{vec, vec::Vec};

use super::quantize::quantize;
use crate::{
    numbers::sat16,
    parts::{Linear, Projection, Weights},
};

/// Codes `[t, outputs]` of codes `[t, inputs]`.
pub(crate) fn linear(codes: &[i32], linear: &Linear) -> Vec<i32> {
    let acc = product(codes, &linear.weights);
    quantize(&acc, linear.weights.high.rows(), &linear.output)
}

/// Adds the product of codes `[t, inputs]`, rescaled, into the residual stream `[t, D]`.
pub(crate) fn project(codes: &[i32], projection: &Projection, x: &mut [i32]) {
    let acc = product(codes, &projection.weights);
    let width = projection.weights.high.rows();
    for (n, (x, a)) in x.iter_mut().zip(acc).enumerate() {
        *x = sat16(i64::from(*x) + projection.rescale.apply(n % width, a));
    }
}

/// Accumulators `[t, outputs]` of codes `[t, inputs]`.
pub(crate) fn product(codes: &[i32], weights: &Weights) -> Vec<i32> {
    let (outputs, inputs) = (weights.high.rows(), weights.high.cols());
    let mut acc = vec![0; codes.len() / inputs * outputs];
    for c in 0..outputs {
        let w: Vec<i32> = (0..inputs).map(|k| weight(weights, c, k)).collect();
        for (i, code) in codes.chunks(inputs).enumerate() {
            acc[i * outputs + c] = dot(code, &w);
        }
    }
    acc
}

fn weight(weights: &Weights, c: usize, k: usize) -> i32 {
    let high = weights.high.sign(c, k);
    match &weights.low {
        None => high,
        Some(low) => (high << low.ratio) + low.bits.sign(c, k),
    }
}

pub(super) fn dot(a: &[i32], b: &[i32]) -> i32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
