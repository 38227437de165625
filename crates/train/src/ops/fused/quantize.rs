//! Activation quantizers: one pass forward, one backward.

use burn::tensor::Tensor;

use super::node::{Host, Input, record};
use super::parallel::{fill_rows, fill_rows_summing};
use crate::ops::quantizer::{Quant, SCALE_FLOOR, level};

/// As [`crate::ops::plain::quantize`].
pub fn quantize(
    x: Tensor<2>,
    scale: Tensor<1>,
    shift: Option<Tensor<1>>,
    quant: Quant,
) -> Tensor<2> {
    let inputs = [Input::new(x), Input::new(scale), Input::optional(shift)];
    let [x, scale, shift] = inputs.each_ref().map(Input::host);
    let width = x.dims()[1];
    let pass =
        Pass { quant, step: scale.values()[0].max(SCALE_FLOOR), shift: shifts(&shift, width) };
    let output = pass.forward(&x);
    record(inputs, output, move |gradient, _| pass.backward(&x, &gradient))
}

/// The shift of each channel, zeros where there is none.
fn shifts(shift: &Host, width: usize) -> Vec<f32> {
    match shift.values() {
        [] => vec![0.0; width],
        values => values.to_vec(),
    }
}

struct Pass {
    quant: Quant,
    step: f32,
    shift: Vec<f32>,
}

impl Pass {
    fn forward(&self, x: &Host) -> Host {
        let [rows, width] = x.dims();
        let mut out = vec![0.0; rows * width];
        let values = x.values();
        fill_rows(
            &mut out,
            width,
            #[inline(always)]
            |range, part| {
                let (lo, hi) = (self.quant.lo(), self.quant.hi());
                let block = &values[range.start * width..range.end * width];
                match self.quant.is_sign() {
                    true => self.code_rows(
                        block,
                        part,
                        #[inline(always)]
                        |v| if v >= 0.0 { 1.0 } else { -1.0 },
                    ),
                    false => self.code_rows(
                        block,
                        part,
                        #[inline(always)]
                        |v| level(v, lo, hi),
                    ),
                }
            },
        );
        Host::new(out, [rows, width])
    }

    #[inline(always)]
    fn code_rows(&self, x: &[f32], out: &mut [f32], code: impl Fn(f32) -> f32) {
        let width = self.shift.len();
        for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            for ((out, &x), &shift) in out.iter_mut().zip(x).zip(&self.shift) {
                *out = self.step * code((x + shift) / self.step);
            }
        }
    }

    /// Gradients of input, scale and shift.
    fn backward(&self, x: &Host, gradient: &Host) -> [Option<Host>; 3] {
        let [rows, width] = x.dims();
        let mut dx = vec![0.0; rows * width];
        let (values, gradient) = (x.values(), gradient.values());
        let sums = fill_rows_summing(
            &mut dx,
            width,
            2 * width,
            #[inline(always)]
            |range, part, sums| {
                let block = range.start * width..range.end * width;
                let (x, g) = (&values[block.clone()], &gradient[block]);
                match self.quant.is_sign() {
                    true => self.sign_gradients(x, g, part, sums),
                    false => self.code_gradients(x, g, part, sums),
                }
            },
        );
        let gain = self.quant.scale_gain(rows * width);
        let dscale: f64 = sums[width..].iter().map(|&sum| f64::from(sum)).sum();
        let dscale = Host::new(vec![(dscale * f64::from(gain)) as f32], [1]);
        let dshift = Host::new(sums[..width].to_vec(), [width]);
        [Some(Host::new(dx, [rows, width])), Some(dscale), Some(dshift)]
    }

    #[inline(always)]
    fn sign_gradients(&self, x: &[f32], g: &[f32], dx: &mut [f32], sums: &mut [f32]) {
        self.gradients(
            x,
            g,
            dx,
            sums,
            #[inline(always)]
            |v| {
                let inside = v.abs() <= 1.0;
                (inside, if v >= 0.0 { 1.0 } else { -1.0 })
            },
        );
    }

    #[inline(always)]
    fn code_gradients(&self, x: &[f32], g: &[f32], dx: &mut [f32], sums: &mut [f32]) {
        let (lo, hi) = (self.quant.lo(), self.quant.hi());
        self.gradients(
            x,
            g,
            dx,
            sums,
            #[inline(always)]
            |v| {
                let inside = v >= lo && v <= hi;
                let code = level(v, lo, hi);
                (inside, if inside { code - v } else { code })
            },
        );
    }

    /// `slope` says whether `v` is inside the range and what it contributes to the scale.
    #[inline(always)]
    fn gradients(
        &self,
        x: &[f32],
        g: &[f32],
        dx: &mut [f32],
        sums: &mut [f32],
        slope: impl Fn(f32) -> (bool, f32),
    ) {
        let width = self.shift.len();
        let (dshift, dscale) = sums.split_at_mut(width);
        let rows = x.chunks_exact(width).zip(g.chunks_exact(width)).zip(dx.chunks_exact_mut(width));
        for ((x, g), dx) in rows {
            for c in 0..width {
                let (inside, t) = slope((x[c] + self.shift[c]) / self.step);
                let d = if inside { g[c] } else { 0.0 };
                dx[c] = d;
                dshift[c] += d;
                dscale[c] += g[c] * t;
            }
        }
    }
}
