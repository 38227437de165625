//! Layer norm of a residual sum.

use std::ops::Range;

use burn::tensor::Tensor;

use super::lanes::{each, sum, sum2, update};
use super::node::{Host, Input, record};
use super::parallel::{fill_rows, fill_rows_summing};

/// As [`crate::ops::plain::norm`].
pub fn norm(x: Tensor<2>, gain: Tensor<1>, bias: Tensor<1>, eps: f32) -> Tensor<2> {
    let inputs = [Input::new(x), Input::new(gain), Input::new(bias)];
    let [x, gain, bias] = inputs.each_ref().map(Input::host);
    let (output, saved) = forward(&x, None, &gain, &bias, eps);
    record(inputs, output, move |gradient, _| {
        let [dx, dgain, dbias] = saved.backward(&gradient, &gain);
        [Some(dx), Some(dgain), Some(dbias)]
    })
}

/// As [`crate::ops::plain::add_norm`].
pub fn add_norm(
    x: Tensor<2>,
    y: Tensor<2>,
    gain: Tensor<1>,
    bias: Tensor<1>,
    eps: f32,
) -> Tensor<2> {
    let inputs = [Input::new(x), Input::new(y), Input::new(gain), Input::new(bias)];
    let [x, y, gain, bias] = inputs.each_ref().map(Input::host);
    let (output, saved) = forward(&x, Some(&y), &gain, &bias, eps);
    record(inputs, output, move |gradient, _| {
        let [dx, dgain, dbias] = saved.backward(&gradient, &gain);
        [Some(dx.clone()), Some(dx), Some(dgain), Some(dbias)]
    })
}

/// What the backward pass needs: each row's normalized values, then its `1 / deviation`.
struct Saved {
    values: Vec<f32>,
    width: usize,
}

fn forward(x: &Host, y: Option<&Host>, gain: &Host, bias: &Host, eps: f32) -> (Host, Saved) {
    let [rows, width] = x.dims();
    let stride = width + 1;
    let mut values = vec![0.0; rows * stride];
    fill_rows(
        &mut values,
        stride,
        #[inline(always)]
        |range, part| {
            for (row, part) in range.zip(part.chunks_exact_mut(stride)) {
                let other = y.map(|y| &y.values()[row * width..][..width]);
                normalize(&x.values()[row * width..][..width], other, eps, part);
            }
        },
    );
    let saved = Saved { values, width };
    (saved.affine(rows, gain.values(), bias.values()), saved)
}

/// Normalized `x + y` and `1 / deviation` into `out`.
#[inline(always)]
fn normalize(x: &[f32], y: Option<&[f32]>, eps: f32, out: &mut [f32]) {
    let (values, inverse) = out.split_at_mut(x.len());
    match y {
        Some(y) => {
            values.copy_from_slice(x);
            update(
                values,
                y,
                #[inline(always)]
                |x, y| x + y,
            );
        }
        None => values.copy_from_slice(x),
    }
    let width = x.len() as f32;
    let mean = sum(
        values,
        #[inline(always)]
        |value| value,
    ) / width;
    each(
        values,
        #[inline(always)]
        |value| value - mean,
    );
    let variance = sum(
        values,
        #[inline(always)]
        |value| value * value,
    ) / width;
    inverse[0] = 1.0 / (variance + eps).sqrt();
    let factor = inverse[0];
    each(
        values,
        #[inline(always)]
        |value| value * factor,
    );
}

impl Saved {
    fn row(&self, row: usize) -> (&[f32], f32) {
        let row = &self.values[row * (self.width + 1)..][..self.width + 1];
        (&row[..self.width], row[self.width])
    }

    fn affine(&self, rows: usize, gain: &[f32], bias: &[f32]) -> Host {
        let width = self.width;
        let mut out = vec![0.0; rows * width];
        fill_rows(
            &mut out,
            width,
            #[inline(always)]
            |range, part| {
                for (row, part) in range.zip(part.chunks_exact_mut(width)) {
                    let (values, _) = self.row(row);
                    for c in 0..width {
                        part[c] = values[c].mul_add(gain[c], bias[c]);
                    }
                }
            },
        );
        Host::new(out, [rows, width])
    }

    /// Gradients of the input, the gain and the bias.
    fn backward(&self, gradient: &Host, gain: &Host) -> [Host; 3] {
        let [rows, width] = gradient.dims();
        let mut dx = vec![0.0; rows * width];
        let sums = fill_rows_summing(
            &mut dx,
            width,
            2 * width,
            #[inline(always)]
            |range, part, sums| self.backward_rows(range, gradient, gain.values(), part, sums),
        );
        let (dgain, dbias) = sums.split_at(width);
        let vector = |values: &[f32]| Host::new(values.to_vec(), [width]);
        [Host::new(dx, [rows, width]), vector(dgain), vector(dbias)]
    }

    #[inline(always)]
    fn backward_rows(
        &self,
        range: Range<usize>,
        gradient: &Host,
        gain: &[f32],
        dx: &mut [f32],
        sums: &mut [f32],
    ) {
        let width = self.width;
        let (dgain, dbias) = sums.split_at_mut(width);
        for (row, dx) in range.zip(dx.chunks_exact_mut(width)) {
            let g = &gradient.values()[row * width..][..width];
            let (values, inverse) = self.row(row);
            for c in 0..width {
                dgain[c] += g[c] * values[c];
                dbias[c] += g[c];
                dx[c] = g[c] * gain[c];
            }
            let mean = sum(
                dx,
                #[inline(always)]
                |d| d,
            ) / width as f32;
            let along = sum2(
                dx,
                values,
                #[inline(always)]
                |d, value| d * value,
            ) / width as f32;
            for c in 0..width {
                dx[c] = inverse * (dx[c] - mean - values[c] * along);
            }
        }
    }
}
