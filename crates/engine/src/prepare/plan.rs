//! How large every buffer must be: found once, for the longest input.

use super::{Attention, Digits, Layer, Model};

/// Token rows that pass a layer together.
pub(crate) const BLOCK: usize = 16;

/// Sizes of buffers, each the largest that any layer needs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Plan {
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
    /// Sums of a block.
    pub(crate) sums: usize,
    /// Context sums of a block.
    pub(crate) context: usize,
}

impl Plan {
    pub(crate) fn new(model: &Model) -> Self {
        let tokens = model.max_tokens;
        let first = Self { stream: tokens * model.width, tokens, ..Self::default() };
        let lanes = model.kernel.lanes();
        model.layers.iter().fold(first, |plan, layer| plan.cover(layer, lanes))
    }

    fn cover(self, layer: &Layer, lanes: usize) -> Self {
        let (a, ffn) = (&layer.attention, &layer.ffn);
        let flat =
            |digits: Digits, channels: usize| BLOCK * digits.planes() * channels.div_ceil(64);
        let width = ffn.up.weights.cols();
        let codes = [
            flat(Digits::of_codes(a.input.codes), width),
            flat(Digits::of_codes(a.context.codes), a.heads * a.depth),
            flat(Digits::of_codes(ffn.input.codes), width),
            flat(ffn.up.digits(), ffn.up.outputs),
        ];
        let columns = [a.heads * a.depth, width, ffn.up.outputs, self.tokens, a.depth];
        Self {
            projected: self.projected.max(self.tokens * planes(a) * a.heads * a.depth.div_ceil(64)),
            heads: self.heads.max(a.heads),
            depth: self.depth.max(a.depth),
            planes: self.planes.max(planes(a)),
            codes: codes.into_iter().fold(self.codes, usize::max),
            attention: self.attention.max(flat(a.digits(), self.tokens)),
            sums: columns
                .map(|n| BLOCK * n.next_multiple_of(lanes))
                .into_iter()
                .fold(self.sums, usize::max),
            context: self.context.max(BLOCK * a.heads * a.depth),
            ..self
        }
    }
}

/// Most planes of query, key and value codes.
fn planes(a: &Attention) -> usize {
    [&a.query, &a.key, &a.value]
        .map(|linear| linear.digits().planes())
        .into_iter()
        .fold(1, usize::max)
}
