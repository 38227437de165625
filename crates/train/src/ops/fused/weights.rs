//! Weight quantizers: values from latents, gradients straight through.

use burn::tensor::Tensor;

use super::node::{Host, Input, record};
use super::parallel::{fill_rows, fill_rows_summing};
use crate::ops::Matrix;
use crate::ops::weights::{binary_row, sign, split_ratio, ternary_row};

/// The values `[out, in]` that a layer multiplies with.
pub(super) fn values(matrix: Matrix) -> Tensor<2> {
    match matrix {
        Matrix::Float(weights) => weights,
        Matrix::Binary(latent) => leveled(latent, binary_row),
        Matrix::Ternary(latent) => leveled(latent, ternary_row),
        Matrix::Split { high, low, scale, log_ratio } => split(high, low, scale, log_ratio),
    }
}

/// Levels of each row times the row's scale; the gradient is the latents' own.
fn leveled(latent: Tensor<2>, quantize: impl Fn(&[f32], &mut [f32]) -> f32 + Sync) -> Tensor<2> {
    let input = Input::new(latent);
    let latent = input.host();
    let [rows, width] = latent.dims();
    let mut out = vec![0.0; rows * width];
    fill_rows(
        &mut out,
        width,
        #[inline(always)]
        |range, part| {
            for (row, part) in range.zip(part.chunks_exact_mut(width)) {
                let scale = quantize(&latent.values()[row * width..][..width], part);
                super::lanes::each(
                    part,
                    #[inline(always)]
                    |level| level * scale,
                );
            }
        },
    );
    record([input], Host::new(out, [rows, width]), |gradient, _| [Some(gradient)])
}

fn split(high: Tensor<2>, low: Tensor<2>, scale: Tensor<1>, log_ratio: Tensor<1>) -> Tensor<2> {
    let inputs = [Input::new(high), Input::new(low), Input::new(scale), Input::new(log_ratio)];
    let [high, low, scale, log_ratio] = inputs.each_ref().map(Input::host);
    let ratio = split_ratio(log_ratio.values()[0]);
    let branches = Branches { high, low, scale, ratio };
    let output = branches.forward();
    record(inputs, output, move |gradient, _| branches.backward(gradient))
}

/// The two branches of a split matrix.
struct Branches {
    high: Host,
    low: Host,
    scale: Host,
    ratio: f32,
}

impl Branches {
    fn forward(&self) -> Host {
        let [rows, width] = self.high.dims();
        let mut out = vec![0.0; rows * width];
        fill_rows(
            &mut out,
            width,
            #[inline(always)]
            |range, part| {
                for (row, part) in range.zip(part.chunks_exact_mut(width)) {
                    let unit = self.scale.values()[row] * 2.0 / (self.ratio + 1.0);
                    let (high, low) = self.row(row, width);
                    for ((out, &high), &low) in part.iter_mut().zip(high).zip(low) {
                        *out = unit * (self.ratio * sign(high) + sign(low));
                    }
                }
            },
        );
        Host::new(out, [rows, width])
    }

    fn row(&self, row: usize, width: usize) -> (&[f32], &[f32]) {
        (&self.high.values()[row * width..][..width], &self.low.values()[row * width..][..width])
    }

    /// Gradients of both latents, the scales and the log-ratio.
    fn backward(&self, gradient: Host) -> [Option<Host>; 4] {
        let [rows, width] = self.high.dims();
        let mut dscale = vec![0.0; rows];
        let slope = std::f32::consts::LN_2 * self.ratio * 2.0 / (self.ratio + 1.0).powi(2);
        let dratio = fill_rows_summing(
            &mut dscale,
            1,
            1,
            #[inline(always)]
            |range, part, sum| {
                for (row, dscale) in range.zip(part) {
                    let g = &gradient.values()[row * width..][..width];
                    let [along_high, along_low] = self.along(row, g);
                    *dscale = (self.ratio * along_high + along_low) * 2.0 / (self.ratio + 1.0);
                    sum[0] += slope * self.scale.values()[row] * (along_high - along_low);
                }
            },
        );
        let latent = Some(gradient.clone());
        [latent, Some(gradient), Some(Host::new(dscale, [rows])), Some(Host::new(dratio, [1]))]
    }

    /// The gradient's products with the signs of each branch.
    #[inline(always)]
    fn along(&self, row: usize, g: &[f32]) -> [f32; 2] {
        let (high, low) = self.row(row, g.len());
        [high, low].map(
            #[inline(always)]
            |latent| {
                super::lanes::sum2(
                    g,
                    latent,
                    #[inline(always)]
                    |g, latent| g * sign(latent),
                )
            },
        )
    }
}
