//! One encoder layer: every scale, shift and bias into the integers of the program.

use noctule_program::bits::BitMatrix;
use noctule_program::parts::{self, Codes, Quantizer, Rule};

use super::trained::{AttentionRule, Linear, Matrix, Norm, Site, TrainedLayer};
use crate::fold::{
    Affine, RESIDUAL_TARGET, ScoreGrid, fold_exponents, fold_norm, fold_rescale, fold_tau,
    threshold,
};
use crate::model::Arch;

/// Largest magnitude of a residual.
const RESIDUAL_REACH: i32 = 32768;

/// Folds layers for one architecture and one binary point.
pub(crate) struct LayerFold<'a> {
    pub(crate) arch: &'a Arch,
    pub(crate) point: u8,
}

impl LayerFold<'_> {
    pub(crate) fn layer(&self, layer: &TrainedLayer) -> parts::Layer {
        parts::Layer { attention: self.attention(layer), ffn: self.feed_forward(layer) }
    }

    fn attention(&self, layer: &TrainedLayer) -> parts::Attention {
        let input = &layer.attention_input;
        parts::Attention {
            heads: self.arch.heads,
            input: self.residual_quantizer(input),
            query: linear(&layer.query, input),
            key: linear(&layer.key, input),
            value: linear(&layer.value, input),
            form: self.form(layer),
            masks: self.masks(),
            causal: self.arch.causal,
            context: self.context(layer),
            output: self.projection(&layer.output, &layer.context),
            norm: self.norm(&layer.attention_norm),
        }
    }

    fn feed_forward(&self, layer: &TrainedLayer) -> parts::FeedForward {
        parts::FeedForward {
            input: self.residual_quantizer(&layer.ffn_input),
            up: linear(&layer.up, &layer.ffn_input),
            down: self.projection(&layer.down, &layer.up.site),
            norm: self.norm(&layer.ffn_norm),
        }
    }

    /// Codes of the residual stream.
    fn residual_quantizer(&self, site: &Site) -> Quantizer {
        let line = Affine { gain: 1.0 / self.one(), offset: 0.0 };
        quantizer(site, &vec![line; self.arch.width], RESIDUAL_REACH)
    }

    /// Codes of the context sums: attention scale times value scale a step.
    fn context(&self, layer: &TrainedLayer) -> Quantizer {
        let line = Affine { gain: layer.context_scale(), offset: 0.0 };
        let weight = Codes { bits: layer.attention_bits(), signed: false }.largest();
        let reach = self.arch.max_tokens as i32 * weight * magnitude(layer.value.site.codes);
        quantizer(&layer.context, &vec![line; self.arch.width], reach)
    }

    fn form(&self, layer: &TrainedLayer) -> parts::AttentionForm {
        let scale = layer.score_scale();
        let reach = score_reach(layer, self.arch.head_width());
        match &layer.rule {
            AttentionRule::Softmax { bits } => {
                let exponents = fold_exponents(score_grid(layer, reach), *bits);
                let (tau_mul, tau_shift) = fold_tau(layer.attention_scale);
                let (table, shift) = (exponents.table, exponents.shift);
                parts::AttentionForm::Softmax { bits: *bits, table, shift, tau_mul, tau_shift }
            }
            AttentionRule::Sps { lambda } => {
                let line = Affine { gain: scale, offset: 0.0 };
                let of_head = |&lambda: &f64| threshold(line, lambda, reach);
                parts::AttentionForm::Sps { thresholds: lambda.iter().map(of_head).collect() }
            }
        }
    }

    /// Adds a product of codes of `site` into the residual stream.
    fn projection(&self, matrix: &Matrix, site: &Site) -> parts::Projection {
        let one = self.one();
        let lines = matrix.unit.iter().zip(&matrix.bias);
        let lines: Vec<Affine> = lines
            .map(|(unit, bias)| Affine { gain: unit * site.scale * one, offset: bias * one })
            .collect();
        let rescale = fold_rescale(&lines, RESIDUAL_TARGET, product_reach(matrix, site.codes));
        parts::Projection { weights: matrix.planes.clone(), rescale }
    }

    fn norm(&self, norm: &Norm) -> parts::Norm {
        fold_norm(&norm.gain, &norm.bias, self.point)
    }

    fn masks(&self) -> Vec<Option<u16>> {
        let of_head = |head| self.arch.masks.per_head.get(head).copied().flatten();
        (0..self.arch.heads).map(|head| of_head(head).map(|mask| mask as u16)).collect()
    }

    /// Integer of a real 1.0 in the residual stream.
    fn one(&self) -> f64 {
        2f64.powi(self.point.into())
    }
}

/// The static masks of a program.
pub(crate) fn masks(arch: &Arch) -> Vec<BitMatrix> {
    let of = |mask: &crate::model::SquareMask| {
        let tokens = mask.tokens;
        BitMatrix::from_fn(tokens, tokens, |row, column| mask.allowed[row * tokens + column])
    };
    arch.masks.list.iter().map(of).collect()
}

fn linear(linear: &Linear, input: &Site) -> parts::Linear {
    let Linear { matrix, site } = linear;
    let lines = matrix.unit.iter().zip(&matrix.bias);
    let lines: Vec<Affine> =
        lines.map(|(unit, &bias)| Affine { gain: unit * input.scale, offset: bias }).collect();
    let output = quantizer(site, &lines, product_reach(matrix, input.codes));
    parts::Linear { weights: matrix.planes.clone(), output }
}

/// The quantizer of `site` for integers whose real values lie on `lines`.
fn quantizer(site: &Site, lines: &[Affine], reach: i32) -> Quantizer {
    let shifted = lines.iter().zip(&site.shift).map(|(line, &shift)| line.plus(shift));
    let codes = site.codes;
    let rule = if codes.bits == 1 {
        Rule::Threshold(shifted.map(|line| threshold(line, site.level(), reach)).collect())
    } else {
        let units: Vec<Affine> = shifted.map(|line| line.in_units_of(site.scale)).collect();
        let target = (codes.least().into(), codes.largest().into());
        Rule::Rescale(fold_rescale(&units, target, reach))
    };
    Quantizer { codes, rule }
}

/// Largest magnitude of a code.
fn magnitude(codes: Codes) -> i32 {
    codes.largest().max(-codes.least())
}

/// Largest magnitude of an accumulator.
fn product_reach(matrix: &Matrix, input: Codes) -> i32 {
    matrix.inputs() as i32 * matrix.largest() * magnitude(input)
}

fn score_reach(layer: &TrainedLayer, head_width: usize) -> i32 {
    let (query, key) = (layer.query.site.codes, layer.key.site.codes);
    head_width as i32 * magnitude(query) * magnitude(key)
}

fn score_grid(layer: &TrainedLayer, reach: i32) -> ScoreGrid {
    let one_bit = layer.query.site.codes.bits == 1 && layer.key.site.codes.bits == 1;
    ScoreGrid {
        scale: layer.score_scale(),
        spread: 2 * i64::from(reach),
        step_log2: u8::from(one_bit),
    }
}
