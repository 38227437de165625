//! Bytes of a program's parts, each field packed as narrowly as its kind allows.

use noctule_program::bits::BitMatrix;
use noctule_program::parts::{
    Attention, AttentionForm, Embed, FeedForward, Norm, Parts, Quantizer, Rescale, Rule, Source,
    Table, Weights,
};
use serde::{Deserialize, Serialize};

/// Bytes of one kind of part, over the whole program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSize {
    /// `embedding`, `weights`, ...
    pub part: String,
    /// Bytes, names and headers not counted.
    pub bytes: u64,
}

/// Bytes by kind of part.
pub(super) fn part_sizes(parts: &Parts) -> Vec<PartSize> {
    let sum = |of: &dyn Fn(&Attention, &FeedForward) -> usize| -> usize {
        parts.layers.iter().map(|layer| of(&layer.attention, &layer.ffn)).sum()
    };
    let extras = parts.extras.iter().map(|(name, bytes)| name.len() + bytes.len());
    let head = &parts.head;
    [
        ("embedding", embed(&parts.embed)),
        ("masks", parts.masks.iter().map(bits).sum()),
        ("attention weights", sum(&attention_weights)),
        (
            "feed-forward weights",
            sum(&|_, half| planes(&half.up.weights) + planes(&half.down.weights)),
        ),
        ("quantizers", sum(&quantizers)),
        ("projections", sum(&|a, f| rescale(&a.output.rescale) + rescale(&f.down.rescale))),
        ("softmax tables", sum(&|half, _| form(&half.form))),
        ("norms", sum(&|a, f| norm(&a.norm) + norm(&f.norm))),
        ("head", head.weights.len() + 4 * head.bias.len()),
        ("extras", extras.sum()),
    ]
    .map(|(part, bytes)| PartSize { part: part.to_owned(), bytes: bytes as u64 })
    .into()
}

fn embed(embed: &Embed) -> usize {
    let source = match &embed.source {
        Source::Text { token, position, segment } => {
            table(token) + table(position) + segment.as_ref().map_or(0, table)
        }
        Source::Channel { position, .. } => table(position),
        Source::Patches { weights, rescale: scales, position, .. } => {
            weights.len() + rescale(scales) + table(position)
        }
    };
    source + embed.norm.as_ref().map_or(0, norm)
}

fn attention_weights(half: &Attention, _: &FeedForward) -> usize {
    let linears = [&half.query, &half.key, &half.value].map(|linear| planes(&linear.weights));
    linears.iter().sum::<usize>() + planes(&half.output.weights)
}

fn quantizers(half: &Attention, ffn: &FeedForward) -> usize {
    let attention = [&half.input, &half.query.output, &half.key.output, &half.value.output];
    let others = [&half.context, &ffn.input, &ffn.up.output];
    attention.into_iter().chain(others).map(quantizer).sum()
}

fn quantizer(quantizer: &Quantizer) -> usize {
    match &quantizer.rule {
        Rule::Threshold(thresholds) => 4 * thresholds.len(),
        Rule::Rescale(scales) => rescale(scales),
    }
}

/// A multiplier of 2 bytes, an addend of 6.
fn rescale(rescale: &Rescale) -> usize {
    8 * rescale.mul.len() + 1
}

fn form(form: &AttentionForm) -> usize {
    match form {
        AttentionForm::Softmax { table, .. } => 2 * table.len() + 4,
        AttentionForm::Sps { thresholds } => 4 * thresholds.len(),
    }
}

fn norm(norm: &Norm) -> usize {
    2 * norm.gain.len() + 4 * norm.bias.len() + 1
}

fn planes(weights: &Weights) -> usize {
    bits(&weights.high) + weights.low.as_ref().map_or(0, |low| bits(&low.bits))
}

fn bits(matrix: &BitMatrix) -> usize {
    8 * matrix.words().len()
}

fn table(table: &Table) -> usize {
    (table.codes.len() * usize::from(table.bits)).div_ceil(8) + 2 * table.rows + 1
}
