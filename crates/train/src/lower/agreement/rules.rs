//! The float rule of each operation, given the program's own integers (`docs/bmt.md` section 3).

use noctule_program::interpret::{Site, Tap};

use super::{Taps, before};
use crate::lower::LowerError;
use crate::lower::network::Trained;
use crate::lower::trained::{AttentionRule, Linear, Matrix, Norm, Site as Quantizer, TrainedLayer};
use crate::model::Arch;
use crate::ops::HeadMasks;

/// The rules of one layer.
pub(super) struct Rules<'a> {
    arch: &'a Arch,
    layer: &'a TrainedLayer,
    index: usize,
    masks: Option<HeadMasks>,
    /// Real value of one step of the residual stream.
    step: f64,
}

impl<'a> Rules<'a> {
    pub(super) fn new(
        trained: &'a Trained<'_>,
        index: usize,
        point: u8,
    ) -> Result<Self, LowerError> {
        let arch = &trained.model.arch;
        let (layer, masks) = (&trained.layers[index], arch.head_masks()?);
        Ok(Self { arch, layer, index, masks, step: 2f64.powi(-i32::from(point)) })
    }

    pub(super) fn tap(&self, site: Site) -> Tap {
        Tap { layer: Some(self.index), site }
    }

    /// The codes that the float rules find from what the program found before.
    pub(super) fn codes(&self, taps: &Taps) -> Vec<(Site, Vec<i32>)> {
        let layer = self.layer;
        let of = |site| &taps[&self.tap(site)];
        let (input, ffn_input) = (of(Site::AttentionInput), of(Site::FfnInput));
        let entry = &taps[&before(self.index)];
        let tokens = entry.len() / self.arch.width;
        let linear = |linear: &Linear, codes| product_codes(linear, &layer.attention_input, codes);
        vec![
            (Site::AttentionInput, integer_codes(&layer.attention_input, self.step, entry)),
            (Site::Query, linear(&layer.query, input)),
            (Site::Key, linear(&layer.key, input)),
            (Site::Value, linear(&layer.value, input)),
            (Site::Attention, self.attention(of(Site::Scores), tokens)),
            (
                Site::Context,
                integer_codes(&layer.context, layer.context_scale(), of(Site::ContextSum)),
            ),
            (Site::FfnInput, integer_codes(&layer.ffn_input, self.step, of(Site::AttentionNorm))),
            (Site::FfnHidden, product_codes(&layer.up, &layer.ffn_input, ffn_input)),
        ]
    }

    /// The residual stream after each half, in its own units but not rounded.
    pub(super) fn streams(&self, taps: &Taps) -> Vec<(Site, Vec<f64>)> {
        let layer = self.layer;
        let of = |site| &taps[&self.tap(site)];
        let entry = &taps[&before(self.index)];
        let middle = of(Site::AttentionNorm);
        let attended = self.sum(entry, &layer.output, &layer.context, of(Site::Context));
        let fed = self.sum(middle, &layer.down, &layer.up.site, of(Site::FfnHidden));
        vec![
            (Site::AttentionNorm, self.norm(&layer.attention_norm, &attended)),
            (Site::FfnNorm, self.norm(&layer.ffn_norm, &fed)),
        ]
    }

    /// Attention codes `[H, t, t]` of integer scores, 0 where not allowed.
    pub(super) fn attention(&self, scores: &[i32], tokens: usize) -> Vec<i32> {
        let allowed = self.allowed(tokens);
        let rows = scores.chunks_exact(tokens).zip(allowed.chunks_exact(tokens)).enumerate();
        rows.flat_map(|(n, (scores, allowed))| self.row(n / tokens, scores, allowed)).collect()
    }

    /// Whether token `i` of head `h` may attend to token `j`, `[H, t, t]`.
    pub(super) fn allowed(&self, tokens: usize) -> Vec<bool> {
        let pair = |n: usize| {
            let (head, i, j) = (n / tokens / tokens, n / tokens % tokens, n % tokens);
            self.masks.as_ref().is_none_or(|masks| masks.allows(head, i, j))
        };
        (0..self.arch.heads * tokens * tokens).map(pair).collect()
    }

    fn row(&self, head: usize, scores: &[i32], allowed: &[bool]) -> Vec<i32> {
        let scale = self.layer.score_scale();
        let scores = scores.iter().map(|&score| f64::from(score) * scale);
        let cells: Vec<(f64, bool)> = scores.zip(allowed.iter().copied()).collect();
        match &self.layer.rule {
            AttentionRule::Sps { lambda } => {
                cells.iter().map(|&(z, open)| i32::from(open && z >= lambda[head])).collect()
            }
            AttentionRule::Softmax { bits } => softmax(&cells, self.layer.attention_scale, *bits),
        }
    }

    fn sum(&self, x: &[i32], matrix: &Matrix, site: &Quantizer, codes: &[i32]) -> Vec<f64> {
        let products = products(matrix, site, codes);
        x.iter().zip(products).map(|(&x, product)| f64::from(x) * self.step + product).collect()
    }

    fn norm(&self, norm: &Norm, x: &[f64]) -> Vec<f64> {
        let width = self.arch.width;
        x.chunks_exact(width).flat_map(|row| self.norm_row(norm, row)).collect()
    }

    fn norm_row(&self, norm: &Norm, x: &[f64]) -> Vec<f64> {
        let count = x.len() as f64;
        let mean = x.iter().sum::<f64>() / count;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        let deviation = (variance + self.arch.norm_eps).sqrt();
        let places = x.iter().zip(norm.gain.iter().zip(&norm.bias));
        let value = |(x, (&gain, &bias)): (&f64, (&f32, &f32))| {
            ((x - mean) / deviation * f64::from(gain) + f64::from(bias)) / self.step
        };
        places.map(value).collect()
    }
}

/// Integer scores `[H, t, t]` of codes `[t, H d]`.
pub(super) fn scores(query: &[i32], key: &[i32], heads: usize, tokens: usize) -> Vec<i32> {
    let width = query.len() / tokens;
    let d = width / heads;
    let part = |codes: &'_ [i32], head, token| -> Vec<i32> {
        codes[token * width + head * d..][..d].to_vec()
    };
    let mut scores = Vec::with_capacity(heads * tokens * tokens);
    for head in 0..heads {
        for i in 0..tokens {
            let query = part(query, head, i);
            scores.extend((0..tokens).map(|j| dot(&query, &part(key, head, j))));
        }
    }
    scores
}

fn dot(a: &[i32], b: &[i32]) -> i32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Codes of the softmax weights of one row; `(score, allowed)` each.
fn softmax(cells: &[(f64, bool)], scale: f64, bits: u8) -> Vec<i32> {
    let open = cells.iter().filter(|(_, open)| *open);
    let largest = open.map(|(z, _)| *z).fold(f64::NEG_INFINITY, f64::max);
    let exponent = |&(z, open): &(f64, bool)| if open { (z - largest).exp() } else { 0.0 };
    let sum: f64 = cells.iter().map(exponent).sum();
    let most = f64::from((1u32 << bits) - 1);
    let code = |cell: &(f64, bool)| (exponent(cell) / sum / scale + 0.5).floor().min(most) as i32;
    cells.iter().map(|cell| if cell.1 { code(cell) } else { 0 }).collect()
}

/// Codes of integers of which one step is worth `scale`.
fn integer_codes(site: &Quantizer, scale: f64, values: &[i32]) -> Vec<i32> {
    let channels = site.shift.len();
    let code = |(n, &value): (usize, &i32)| site.code(n % channels, f64::from(value) * scale);
    values.iter().enumerate().map(code).collect()
}

fn product_codes(linear: &Linear, input: &Quantizer, codes: &[i32]) -> Vec<i32> {
    let channels = linear.matrix.outputs();
    let products = products(&linear.matrix, input, codes).into_iter().enumerate();
    products.map(|(n, value)| linear.site.code(n % channels, value)).collect()
}

/// Real outputs `[t, outputs]` of a matrix for codes `[t, inputs]` of `site`.
fn products(matrix: &Matrix, site: &Quantizer, codes: &[i32]) -> Vec<f64> {
    let (outputs, inputs) = (matrix.outputs(), matrix.inputs());
    let mut found = vec![0.0; codes.len() / inputs * outputs];
    for c in 0..outputs {
        let row = matrix.row(c);
        for (i, codes) in codes.chunks_exact(inputs).enumerate() {
            let sum = f64::from(dot(codes, &row));
            found[i * outputs + c] = matrix.unit[c] * site.scale * sum + matrix.bias[c];
        }
    }
    found
}
