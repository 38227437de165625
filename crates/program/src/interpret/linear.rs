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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bits::BitMatrix,
        parts::{LowPlane, Rescale},
    };

    /// Rows (+1, -1, +1) and (-1, -1, +1).
    fn high() -> BitMatrix {
        BitMatrix::new(2, 3, vec![0b101, 0b100]).unwrap()
    }

    #[test]
    fn one_plane() {
        let weights = Weights { high: high(), low: None };
        assert_eq!(product(&[1, 2, 3, -5, 0, 7], &weights), [2, 0, 2, 12]);
    }

    #[test]
    fn two_planes() {
        let bits = BitMatrix::new(2, 3, vec![0b011, 0b000]).unwrap();
        let weights = Weights { high: high(), low: Some(LowPlane { bits, ratio: 2 }) };
        // Rows (5, -3, 3) and (-5, -5, 3).
        assert_eq!(product(&[1, 2, 3, -5, 0, 7], &weights), [8, -6, -4, 46]);
    }

    #[test]
    fn a_projection_is_added_and_saturates() {
        let rescale = Rescale { mul: vec![10, 20000], add: vec![5, 0], shift: 1 };
        let projection = Projection { weights: Weights { high: high(), low: None }, rescale };
        let mut x = [1000, 30000, -32768, -30000];
        project(&[1, 1, 1, 3, -1, -3], &projection, &mut x);
        // Products 1, -1 and 1, -5.
        assert_eq!(x, [1008, 20000, -32760, -32768]);
    }
}
