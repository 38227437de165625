//! A layer (1.7 of `docs/program-format.md`) in two passes over the tokens.
//!
//! The first pass makes queries, keys and values; the second, which needs the keys and values of
//! all tokens, does the rest. Within a pass blocks of tokens do not depend on one another.

use core::ops::Range;

use noctule_program::{interpret::Site, parts::Norm};

use super::{
    attend::Attend,
    buffers::Scratch,
    linear::{linear, project},
    operator::Operator,
    probe::{At, Probe},
    quantize::Codes,
    rows::{CodeBuffer, Layout, Rows, RowsMut},
};
use crate::{
    kernels::Kernel,
    prepare::{Attention, FeedForward, Quantizer},
};

/// Rows of the residual stream, a run of tokens.
#[derive(Debug)]
pub(crate) struct Stream<'a> {
    /// `[tokens, D]`.
    pub(crate) x: &'a mut [i16],
    pub(crate) width: usize,
    /// Which token the first row is.
    pub(crate) first: usize,
    /// Tokens of a block.
    pub(crate) block: usize,
}

impl<'a> Stream<'a> {
    pub(crate) fn tokens(&self) -> usize {
        self.x.len() / self.width
    }

    /// The first `row` rows and the others.
    pub(crate) fn split_at(self, row: usize) -> (Self, Self) {
        let (x, more) = self.x.split_at_mut(row * self.width);
        (Self { x, ..self }, Self { x: more, first: self.first + row, ..self })
    }
}

/// Query, key and value codes of a run of tokens.
#[derive(Debug)]
pub(crate) struct Projected<'a> {
    pub(crate) query: RowsMut<'a>,
    pub(crate) key: RowsMut<'a>,
    pub(crate) value: RowsMut<'a>,
}

impl<'a> Projected<'a> {
    fn clear(&mut self) {
        for rows in [&mut self.query, &mut self.key, &mut self.value] {
            rows.clear();
        }
    }

    /// Those of the first `row` tokens and of the others.
    pub(crate) fn split_at(self, row: usize) -> (Self, Self) {
        let (query, queries) = self.query.split_at(row);
        let (key, keys) = self.key.split_at(row);
        let (value, values) = self.value.split_at(row);
        (Self { query, key, value }, Self { query: queries, key: keys, value: values })
    }
}

/// First pass.
pub(crate) fn first_pass<P: Probe>(
    kernel: &dyn Kernel,
    attention: &Attention,
    stream: &Stream<'_>,
    mut out: Projected<'_>,
    scratch: &mut Scratch,
    at: &At<'_, P>,
) {
    at.enter();
    out.clear();
    at.mark(Operator::Clear);
    let mut first = stream.first;
    for x in stream.x.chunks(stream.block * stream.width) {
        let Scratch { codes, left, tile, .. } = &mut *scratch;
        let rows = x.len() / stream.width;
        let codes = quantize(kernel, &attention.input, x, stream.width, codes);
        at.mark(Operator::AttentionInput);
        at.codes(Site::AttentionInput, first, codes);
        let left = left.pack(attention.query.weights.kernel(), codes, 0);
        at.mark(Operator::Pack);
        let (block, rest) = out.split_at(rows);
        let outputs = [
            (Operator::Query, Site::Query, &attention.query, block.query),
            (Operator::Key, Site::Key, &attention.key, block.key),
            (Operator::Value, Site::Value, &attention.value, block.value),
        ];
        for (operator, site, weights, mut rows) in outputs {
            linear(kernel, weights, left, tile, &mut rows);
            at.mark(operator);
            at.codes(site, first, rows.as_rows());
        }
        out = rest;
        first += rows;
    }
}

/// Second pass: attention, its projection, and the feed-forward half.
pub(crate) fn second_pass<P: Probe>(
    attend: &Attend<'_>,
    ffn: &FeedForward,
    query: Rows<'_>,
    stream: Stream<'_>,
    scratch: &mut Scratch,
    at: &At<'_, P>,
) {
    at.enter();
    let mut first = stream.first;
    for x in stream.x.chunks_mut(stream.block * stream.width) {
        let tokens = first..first + x.len() / stream.width;
        attention_block(attend, query, tokens.clone(), x, scratch, at);
        ffn_block(attend.kernel, ffn, tokens.start, x, scratch, at);
        first = tokens.end;
    }
}

fn attention_block<P: Probe>(
    attend: &Attend<'_>,
    query: Rows<'_>,
    tokens: Range<usize>,
    x: &mut [i16],
    scratch: &mut Scratch,
    at: &At<'_, P>,
) {
    let (first, count) = (tokens.start, tokens.len());
    let attention = attend.attention;
    attend.block(query.range(tokens), first, scratch, at);
    let codes = scratch.codes.rows(attend.context_layout(), count);
    at.codes(Site::Context, first, codes);
    let left = scratch.left.pack(attention.output.weights.kernel(), codes, 0);
    at.mark(Operator::Pack);
    project(attend.kernel, &attention.output, left, &mut scratch.tile, x);
    at.mark(Operator::Output);
    at.stream(Site::AttentionSum, first, x.len() / count, x);
    normalise(attend.kernel, &attention.norm, x);
    at.mark(Operator::AttentionNorm);
    at.stream(Site::AttentionNorm, first, x.len() / count, x);
}

fn ffn_block<P: Probe>(
    kernel: &dyn Kernel,
    ffn: &FeedForward,
    first: usize,
    x: &mut [i16],
    scratch: &mut Scratch,
    at: &At<'_, P>,
) {
    let Scratch { codes, left, tile, .. } = scratch;
    let width = ffn.norm.gain.len();
    let input = quantize(kernel, &ffn.input, x, width, codes);
    at.mark(Operator::FfnInput);
    at.codes(Site::FfnInput, first, input);
    let (layout, rows) = (Layout::flat(ffn.up.output.digits, ffn.up.weights.rows()), input.count());
    let packed = left.pack(ffn.up.weights.kernel(), input, 0);
    at.mark(Operator::Pack);
    linear(kernel, &ffn.up, packed, tile, &mut codes.clear(layout, rows));
    let hidden = codes.rows(layout, rows);
    at.mark(Operator::Up);
    at.codes(Site::FfnHidden, first, hidden);
    let packed = left.pack(ffn.down.weights.kernel(), hidden, 0);
    at.mark(Operator::Pack);
    project(kernel, &ffn.down, packed, tile, x);
    at.mark(Operator::Down);
    at.stream(Site::FfnSum, first, width, x);
    normalise(kernel, &ffn.norm, x);
    at.mark(Operator::FfnNorm);
    at.stream(Site::FfnNorm, first, width, x);
}

/// Codes of a block of the residual stream.
fn quantize<'a>(
    kernel: &dyn Kernel,
    quantizer: &Quantizer,
    x: &[i16],
    width: usize,
    codes: &'a mut CodeBuffer,
) -> Rows<'a> {
    let (layout, count) = (Layout::flat(quantizer.digits, width), x.len() / width);
    Codes { kernel, quantizer }.put_stream(x, &mut codes.clear(layout, count));
    codes.rows(layout, count)
}

/// `norm` (1.5 of `docs/program-format.md`) of each row of the residual stream `[rows, D]`.
pub(crate) fn normalise(kernel: &dyn Kernel, norm: &Norm, x: &mut [i16]) {
    x.chunks_exact_mut(norm.gain.len()).for_each(|row| kernel.norm(norm, row));
}
