//! The residual stream in fixed point: a program's own integers forward, the float form's gradients
//! backward (`docs/bmt.md` section 3).

use burn::tensor::{Tensor, TensorData};
use noctule_program::interpret;
use noctule_program::numbers::sat16;
use rayon::prelude::*;

use super::{add_norm, norm};
use crate::fold::fold_norm;

/// Bits of the integers that a row of a sum of tables becomes: more than the 16 of any table.
const TABLE_SUM_BITS: i32 = 17;

/// A residual stream with `point` fractional bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixed {
    /// Fractional bits.
    pub point: u8,
}

impl Fixed {
    /// `x` in the stream, of 16 bits, saturating.
    pub fn round(self, x: Tensor<2>) -> Tensor<2> {
        let one = self.one();
        let values = host(&x).into_iter().map(|value| whole(f64::from(value) * one));
        let values = values.map(|value| (f64::from(value) / one) as f32).collect();
        replaced(x, values)
    }

    /// Layer norm of the sum of a program's tables: gain and bias `[width]`.
    ///
    /// The integer norm does not depend on the unit of its input, if that is a power of two.
    pub fn norm(self, x: Tensor<2>, gain: Tensor<1>, bias: Tensor<1>, eps: f32) -> Tensor<2> {
        let [_, width] = x.dims();
        let rows = host(&x).par_chunks(width).flat_map_iter(integers).collect();
        let values = self.normed(rows, &gain, &bias);
        replaced(norm(x, gain, bias, eps), values)
    }

    /// Layer norm of `x + y`, of which `x` is in the stream and `y` is rounded to it.
    pub fn add_norm(
        self,
        x: Tensor<2>,
        y: Tensor<2>,
        gain: Tensor<1>,
        bias: Tensor<1>,
        eps: f32,
    ) -> Tensor<2> {
        let one = self.one();
        let sum = |(x, y): (f32, f32)| {
            let rounded = (f64::from(y) * one + 0.5).floor();
            sat16((f64::from(x) * one + rounded) as i64)
        };
        let sums = host(&x).into_iter().zip(host(&y)).map(sum).collect();
        let values = self.normed(sums, &gain, &bias);
        replaced(add_norm(x, y, gain, bias, eps), values)
    }

    /// The program's norm of rows of integers.
    fn normed(self, mut rows: Vec<i32>, gain: &Tensor<1>, bias: &Tensor<1>) -> Vec<f32> {
        let norm = fold_norm(&host(gain), &host(bias), self.point);
        rows.par_chunks_mut(norm.gain.len()).for_each(|row| interpret::norm(&norm, row));
        let step = 0.5f32.powi(self.point.into());
        rows.into_iter().map(|value| value as f32 * step).collect()
    }

    /// Integer of 1.0.
    fn one(self) -> f64 {
        2f64.powi(self.point.into())
    }
}

/// The nearest integer of 16 bits.
fn whole(value: f64) -> i32 {
    sat16((value + 0.5).floor() as i64)
}

/// A row in the unit, a power of two, that makes its largest value an integer of 17 bits.
fn integers(row: &[f32]) -> impl Iterator<Item = i32> {
    let most = row.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    let unit = 2f64.powi(TABLE_SUM_BITS - 1 - most.log2().floor() as i32);
    row.iter().map(move |&value| (f64::from(value) * unit).round() as i32)
}

fn host<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.to_data().iter::<f32>().collect()
}

/// These values with the gradient of `like`.
fn replaced(like: Tensor<2>, values: Vec<f32>) -> Tensor<2> {
    let fixed = Tensor::from_data(TensorData::new(values, like.dims()), &like.device());
    fixed + (like.clone() - like.detach())
}
