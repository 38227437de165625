//! A layer (1.7 of `docs/program-format.md`) in two passes over the tokens.
//!
//! The first pass makes queries, keys and values; the second, which needs the keys and values of
//! all tokens, does the rest. Within a pass blocks of tokens do not depend on one another.

use std::ops::Range;

use noctule_program::{interpret::Site, parts::Quantizer};

use super::{
    attend::Attend,
    buffers::Scratch,
    linear::{linear, project},
    norm::norm,
    probe::{At, Probe},
    quantize::quantize,
    rows::{CodeBuffer, Layout, Rows, RowsMut},
};
use crate::{
    kernels::Kernel,
    prepare::{Attention, BLOCK, Digits, FeedForward},
};

/// Rows of the residual stream, a run of tokens.
#[derive(Debug)]
pub(crate) struct Stream<'a> {
    /// `[tokens, D]`.
    pub(crate) x: &'a mut [i16],
    pub(crate) width: usize,
    /// Which token the first row is.
    pub(crate) first: usize,
}

impl<'a> Stream<'a> {
    pub(crate) fn tokens(&self) -> usize {
        self.x.len() / self.width
    }

    /// The first `row` rows and the others.
    pub(crate) fn split_at(self, row: usize) -> (Self, Self) {
        let (x, more) = self.x.split_at_mut(row * self.width);
        let (width, first) = (self.width, self.first);
        (Self { x, width, first }, Self { x: more, width, first: first + row })
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
    let mut first = stream.first;
    for x in stream.x.chunks(BLOCK * stream.width) {
        let Scratch { codes, sums, .. } = &mut *scratch;
        let rows = x.len() / stream.width;
        let codes = quantize_stream(kernel, &attention.input, x, stream.width, (codes, sums));
        at.codes(Site::AttentionInput, first, codes);
        let (block, rest) = out.split_at(rows);
        let outputs = [
            (Site::Query, &attention.query, block.query),
            (Site::Key, &attention.key, block.key),
            (Site::Value, &attention.value, block.value),
        ];
        for (site, weights, mut rows) in outputs {
            linear(kernel, weights, codes, sums, &mut rows);
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
    let mut first = stream.first;
    for x in stream.x.chunks_mut(BLOCK * stream.width) {
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
    let (attention, width) = (attend.attention, x.len() / count);
    attend.block(query.range(tokens), first, scratch, at);
    let codes = scratch.codes.rows(attend.context_layout(), count);
    at.codes(Site::Context, first, codes);
    project(attend.kernel, &attention.output, codes, &mut scratch.sums, x);
    at.stream(Site::AttentionSum, first, width, x);
    norm(&attention.norm, x);
    at.stream(Site::AttentionNorm, first, width, x);
}

fn ffn_block<P: Probe>(
    kernel: &dyn Kernel,
    ffn: &FeedForward,
    first: usize,
    x: &mut [i16],
    scratch: &mut Scratch,
    at: &At<'_, P>,
) {
    let Scratch { codes, hidden, sums, .. } = scratch;
    let width = ffn.norm.gain.len();
    let codes = quantize_stream(kernel, &ffn.input, x, width, (codes, sums));
    at.codes(Site::FfnInput, first, codes);
    let mut hidden = hidden.rows_mut(Layout::flat(ffn.up.digits(), ffn.up.outputs), codes.count());
    linear(kernel, &ffn.up, codes, sums, &mut hidden);
    at.codes(Site::FfnHidden, first, hidden.as_rows());
    project(kernel, &ffn.down, hidden.as_rows(), sums, x);
    at.stream(Site::FfnSum, first, width, x);
    norm(&ffn.norm, x);
    at.stream(Site::FfnNorm, first, width, x);
}

/// Codes of a block of the residual stream; `room` is where they go, and room for a row of it.
fn quantize_stream<'a>(
    kernel: &dyn Kernel,
    quantizer: &Quantizer,
    x: &[i16],
    width: usize,
    room: (&'a mut CodeBuffer, &mut [i32]),
) -> Rows<'a> {
    let (codes, values) = room;
    let layout = Layout::flat(Digits::of_codes(quantizer.codes), width);
    let count = x.len() / width;
    let mut rows = codes.rows_mut(layout, count);
    let values = &mut values[..width];
    for (r, x) in x.chunks_exact(width).enumerate() {
        values.iter_mut().zip(x).for_each(|(value, x)| *value = i32::from(*x));
        quantize(kernel, quantizer, values, &mut rows, r);
    }
    codes.rows(layout, count)
}
