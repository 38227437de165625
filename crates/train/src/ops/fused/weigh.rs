//! Attention weights of one head's scores, and their gradients.

use super::lanes::{each, exp, max, sum, sum2, update};
use crate::fold::EXPONENT_ONE;
use crate::ops::quantizer::{Quant, SCALE_FLOOR, level, round_half_up};

/// How weights are made of scores, on the host.
#[derive(Clone)]
pub(super) enum Weigh {
    /// Softmax.
    Float,
    /// Softmax and an unsigned quantizer.
    Softmax { quant: Quant, step: f32, table: bool },
    /// One bit from each head's threshold on.
    Sps { step: f32, window: f32, thresholds: Vec<f32> },
}

impl Weigh {
    pub(super) fn softmax(bits: u8, scale: f32, table: bool) -> Self {
        Self::Softmax { quant: Quant::unsigned(bits), step: scale.max(SCALE_FLOOR), table }
    }

    pub(super) fn sps(scale: f32, reach: f32, thresholds: Vec<f32>) -> Self {
        Self::Sps { step: scale.max(SCALE_FLOOR), window: reach * 2.0, thresholds }
    }

    /// What the sum of the scale's gradient is multiplied with.
    pub(super) fn gain(&self, pairs: usize) -> f32 {
        match self {
            Self::Softmax { quant, .. } => quant.scale_gain(pairs),
            _ => Quant::unsigned(1).scale_gain(pairs),
        }
    }

    /// Turns scores into what is kept for the gradient: probabilities, or the scores themselves.
    #[inline(always)]
    pub(super) fn keep(&self, scores: &mut [f32], length: usize) {
        let whole = matches!(self, Self::Softmax { table: true, .. });
        if !matches!(self, Self::Sps { .. }) {
            for row in scores.chunks_exact_mut(length) {
                softmax(row, whole);
            }
        }
    }

    /// Weights of what was kept.
    #[inline(always)]
    pub(super) fn weights(&self, head: usize, kept: &[f32], out: &mut [f32]) {
        match self {
            Self::Float => out.copy_from_slice(kept),
            Self::Softmax { quant, step, .. } => {
                let hi = quant.hi();
                for (out, &p) in out.iter_mut().zip(kept) {
                    *out = step * level(p / step, 0.0, hi);
                }
            }
            Self::Sps { step, thresholds, .. } => {
                let threshold = thresholds[head];
                for (out, &z) in out.iter_mut().zip(kept) {
                    *out = if z >= threshold { *step } else { 0.0 };
                }
            }
        }
    }

    /// Turns gradients of weights into those of scores, and adds to those of the scale
    /// (`sums[0]`) and of the thresholds (`sums[1 + head]`).
    #[inline(always)]
    pub(super) fn gradients(
        &self,
        head: usize,
        kept: &[f32],
        gradient: &mut [f32],
        length: usize,
        sums: &mut [f32],
    ) {
        let rows = kept.chunks_exact(length).zip(gradient.chunks_exact_mut(length));
        match self {
            Self::Float => {
                for (p, g) in rows {
                    softmax_gradient(p, g);
                }
            }
            Self::Softmax { quant, step, .. } => {
                for (p, g) in rows {
                    sums[0] += code_gradient(*quant, *step, p, g);
                    softmax_gradient(p, g);
                }
            }
            Self::Sps { step, window, thresholds } => {
                for (z, g) in rows {
                    sums[0] += bit_sum(thresholds[head], z, g);
                    sums[1 + head] -= bit_gradient([*step, *window], thresholds[head], z, g);
                }
            }
        }
    }
}

/// Softmax of a row; `whole`: of exponentials in whole parts of [`EXPONENT_ONE`].
#[inline(always)]
fn softmax(row: &mut [f32], whole: bool) {
    let largest = max(row);
    each(
        row,
        #[inline(always)]
        |z| exp(z - largest),
    );
    if whole {
        each(
            row,
            #[inline(always)]
            |e| round_half_up(e * f32::from(EXPONENT_ONE)),
        );
    }
    let total = sum(
        row,
        #[inline(always)]
        |e| e,
    );
    each(
        row,
        #[inline(always)]
        |e| e / total,
    );
}

#[inline(always)]
fn softmax_gradient(p: &[f32], g: &mut [f32]) {
    let along = sum2(
        g,
        p,
        #[inline(always)]
        |g, p| g * p,
    );
    update(
        g,
        p,
        #[inline(always)]
        |g, p| p * (g - along),
    );
}

/// Zeroes gradients outside the range; returns the scale's part.
#[inline(always)]
fn code_gradient(quant: Quant, step: f32, p: &[f32], g: &mut [f32]) -> f32 {
    let hi = quant.hi();
    let scale = sum2(
        g,
        p,
        #[inline(always)]
        |g, p| {
            let v = p / step;
            let code = level(v, 0.0, hi);
            g * if v <= hi { code - v } else { code }
        },
    );
    for (g, &p) in g.iter_mut().zip(p) {
        *g = if p / step <= hi { *g } else { 0.0 };
    }
    scale
}

/// Sum of the gradients of the bits that are set.
#[inline(always)]
fn bit_sum(threshold: f32, z: &[f32], g: &[f32]) -> f32 {
    sum2(
        g,
        z,
        #[inline(always)]
        |g, z| if z >= threshold { g } else { 0.0 },
    )
}

/// `a g / (2 h)` near the threshold, else 0, in place; returns the row's sum.
#[inline(always)]
fn bit_gradient([step, window]: [f32; 2], threshold: f32, z: &[f32], g: &mut [f32]) -> f32 {
    let slope = step / window;
    for (g, &z) in g.iter_mut().zip(z) {
        let u = (z - threshold) / window + 0.5;
        *g = if (0.0..=1.0).contains(&u) { slope * *g } else { 0.0 };
    }
    sum(
        g,
        #[inline(always)]
        |g| g,
    )
}
