//! The optimizer's step on host slices.

use rayon::prelude::*;

/// Elements that one task updates; fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 1 << 14;

/// AdamW (Loshchilov and Hutter 2019) at one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Learning rate.
    pub lr: f32,
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub eps: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// Number of this step, from 1.
    pub step: u32,
}

impl AdamW {
    /// Step size and root of the second moment's correction.
    fn corrections(&self) -> (f32, f32) {
        let first = 1.0 - f64::from(self.beta1).powi(self.step as i32);
        let second = 1.0 - f64::from(self.beta2).powi(self.step as i32);
        ((f64::from(self.lr) / first) as f32, second.sqrt().recip() as f32)
    }
}

/// One step: `param`, and the moments `m` and `v`, change in place. All slices are of one length.
pub fn adamw(param: &mut [f32], grad: &[f32], m: &mut [f32], v: &mut [f32], options: &AdamW) {
    let (step, root) = options.corrections();
    param
        .par_chunks_mut(CHUNK)
        .zip(grad.par_chunks(CHUNK))
        .zip(m.par_chunks_mut(CHUNK).zip(v.par_chunks_mut(CHUNK)))
        .for_each(|((param, grad), (m, v))| update(param, grad, m, v, options, step, root));
}

fn update(
    param: &mut [f32],
    grad: &[f32],
    m: &mut [f32],
    v: &mut [f32],
    options: &AdamW,
    step: f32,
    root: f32,
) {
    let decay = 1.0 - options.lr * options.weight_decay;
    let moments = m.iter_mut().zip(v);
    for ((param, &grad), (m, v)) in param.iter_mut().zip(grad).zip(moments) {
        *m = options.beta1 * *m + (1.0 - options.beta1) * grad;
        *v = options.beta2 * *v + (1.0 - options.beta2) * grad * grad;
        *param = *param * decay - step * *m / (v.sqrt() * root + options.eps);
    }
}

/// Euclidean norm over all gradients, in an order that the number of threads does not change.
pub fn gradient_norm<'a>(gradients: impl IntoIterator<Item = &'a [f32]>) -> f32 {
    let square = |gradient: &'a [f32]| -> f64 {
        let parts: Vec<f64> = gradient.par_chunks(CHUNK).map(squares).collect();
        parts.iter().sum()
    };
    gradients.into_iter().map(square).sum::<f64>().sqrt() as f32
}

fn squares(values: &[f32]) -> f64 {
    let mut lanes = [0.0f64; 8];
    let chunks = values.chunks_exact(8);
    let rest: f64 = chunks.remainder().iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += f64::from(value) * f64::from(value);
        }
    }
    lanes.iter().sum::<f64>() + rest
}
