//! How large every buffer must be: found once, for the longest input.

use noctule_program::Program;

use super::{Attention, Digits, Layer, Panels};
use crate::{
    kernels::{Kernel, LeftSize, PANEL},
    run::left_chunks,
};

/// Most token rows that pass a layer together.
pub(crate) const BLOCK: usize = 32;

/// Sizes of buffers, each the largest that any layer needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// The kernel of rows.
    pub(crate) kernel: &'static dyn Kernel,
    /// Elements of the residual stream.
    pub(crate) stream: usize,
    /// Words of the query codes of all tokens; as many for the key and value codes.
    pub(crate) projected: usize,
    /// Heads.
    pub(crate) heads: usize,
    /// Channels of a head.
    pub(crate) depth: usize,
    /// Tokens.
    pub(crate) tokens: usize,
    /// Most planes of a code in the attention.
    pub(crate) planes: usize,
    /// Words of a block's codes.
    pub(crate) codes: usize,
    /// Words of a block's attention codes.
    pub(crate) attention: usize,
    /// Chunks of a block's packed left operand.
    pub(crate) left: usize,
    /// Scores of a block, rows padded to whole panels.
    pub(crate) scores: usize,
}

impl Plan {
    /// For a program without its layers.
    pub(crate) fn new(kernel: &'static dyn Kernel, program: &Program) -> Self {
        let tokens = program.max_tokens;
        Self {
            kernel,
            stream: tokens * program.width,
            projected: 0,
            heads: 0,
            depth: 0,
            tokens,
            planes: 0,
            codes: 0,
            attention: 0,
            left: 0,
            scores: BLOCK * tokens.next_multiple_of(PANEL),
        }
    }

    /// For this layer too.
    pub(crate) fn cover(self, layer: &Layer) -> Self {
        let (a, ffn) = (&layer.attention, &layer.ffn);
        let (width, channels) = (ffn.up.weights.cols(), a.heads * a.depth);
        let attention = (a.digits(), self.tokens);
        let codes = [
            (a.input.digits, width),
            (a.context.digits, channels),
            (ffn.input.digits, width),
            (ffn.up.output.digits, ffn.up.weights.rows()),
        ];
        let query = (a.query.output.digits, a.depth);
        let weights = [&a.query.weights, &a.output.weights, &ffn.up.weights, &ffn.down.weights];
        let kernels = weights.map(Panels::kernel).into_iter().chain(a.kernels);
        let left = kernels.zip(codes.into_iter().chain([query, attention]));
        let left = left.map(|(kernel, left)| chunks(kernel, left));
        Self {
            projected: self.projected.max(self.tokens * planes(a) * a.heads * a.depth.div_ceil(64)),
            heads: self.heads.max(a.heads),
            depth: self.depth.max(a.depth),
            planes: self.planes.max(planes(a)),
            codes: codes.map(words).into_iter().fold(self.codes, usize::max),
            attention: self.attention.max(words(attention)),
            left: left.fold(self.left, usize::max),
            ..self
        }
    }
}

/// Words of a block of rows of so many codes.
fn words((digits, count): (Digits, usize)) -> usize {
    BLOCK * digits.planes() * count.div_ceil(64)
}

/// Chunks of the same, packed.
fn chunks(kernel: &dyn Kernel, (digits, count): (Digits, usize)) -> usize {
    let size = LeftSize { rows: BLOCK, words: count.div_ceil(64), planes: digits.planes() };
    left_chunks(kernel, size)
}

/// Most planes of query, key and value codes.
fn planes(a: &Attention) -> usize {
    [&a.query, &a.key, &a.value]
        .map(|linear| linear.output.digits.planes())
        .into_iter()
        .fold(1, usize::max)
}
