//! What a program looks like from outside: dimensions and precisions.

use alloc::{vec, vec::Vec};

use crate::{
    Program,
    parts::{AttentionForm, HeadTokens, Layer, Source, Weights},
};

/// Dimensions and precisions of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Kind of input.
    pub source: SourceShape,
    /// Longest input in tokens.
    pub tokens: usize,
    /// Channels of the residual stream.
    pub width: usize,
    /// Is there a norm after the embedding?
    pub embed_norm: bool,
    /// Static attention masks to choose from.
    pub masks: usize,
    /// Layers in order.
    pub layers: Vec<LayerShape>,
    /// Which tokens have logits.
    pub head: HeadTokens,
    /// Logits of a token.
    pub outputs: usize,
}

/// Kind of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceShape {
    /// Word pieces.
    Text {
        /// Rows of the word-piece table.
        vocabulary: usize,
        /// Rows of the segment table; 0: none.
        segments: usize,
    },
    /// Channel words with so many magnitudes.
    Channel {
        /// Tokens that are magnitudes.
        magnitudes: usize,
    },
    /// Images.
    Patches {
        /// Pixels of a patch.
        pixels: usize,
    },
}

/// Dimensions and precisions of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerShape {
    /// Heads.
    pub heads: usize,
    /// Channels of a head.
    pub head_width: usize,
    /// Hidden channels of the feed-forward half.
    pub ffn: usize,
    /// Precision of every site.
    pub bits: Bits,
    /// Ratio of the second plane, if any, of query, key, value, output, up and down.
    pub low: [Option<u8>; 6],
    /// Softmax attention, or else SPS.
    pub softmax: bool,
    /// Only tokens `j <= i` are attended to.
    pub causal: bool,
}

/// Bits of the codes at the sites of a layer: 1, 2, 4 or 8 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bits {
    /// Input of the attention half.
    pub attention_input: u8,
    /// Query.
    pub query: u8,
    /// Key.
    pub key: u8,
    /// Value.
    pub value: u8,
    /// Attention codes; SPS has 1 whatever stands here.
    pub attention: u8,
    /// Context.
    pub context: u8,
    /// Input of the feed-forward half.
    pub ffn_input: u8,
    /// Hidden channels of the feed-forward half.
    pub ffn_hidden: u8,
}

impl Bits {
    /// The same precision everywhere.
    #[must_use]
    pub fn all(bits: u8) -> Self {
        Self::from_fn(|| bits)
    }

    pub(crate) fn from_fn(mut bits: impl FnMut() -> u8) -> Self {
        Self {
            attention_input: bits(),
            query: bits(),
            key: bits(),
            value: bits(),
            attention: bits(),
            context: bits(),
            ffn_input: bits(),
            ffn_hidden: bits(),
        }
    }
}

impl Shape {
    /// BERT-base with two classes: 12 layers of width 768, 30522 word pieces, 128 tokens, softmax
    /// attention, `bits` at every site, a second plane of ratio `low` in every matrix if any.
    #[must_use]
    pub fn bert_base(bits: u8, low: Option<u8>) -> Self {
        let layer = LayerShape {
            heads: 12,
            head_width: 64,
            ffn: 3072,
            bits: Bits::all(bits),
            low: [low; 6],
            softmax: true,
            causal: false,
        };
        Self {
            source: SourceShape::Text { vocabulary: 30522, segments: 2 },
            tokens: 128,
            width: 768,
            embed_norm: true,
            masks: 0,
            layers: vec![layer; 12],
            head: HeadTokens::Pooled,
            outputs: 2,
        }
    }

    /// Binary weights of one plane.
    pub(crate) fn weights(&self) -> usize {
        let layer = |l: &LayerShape| self.width * (4 * l.heads * l.head_width + 2 * l.ffn);
        self.layers.iter().map(layer).sum::<usize>().max(1)
    }
}

impl Program {
    /// The program's dimensions and precisions.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape {
            source: SourceShape::of(&self.embed.source),
            tokens: self.max_tokens,
            width: self.width,
            embed_norm: self.embed.norm.is_some(),
            masks: self.masks.len(),
            layers: self.layers.iter().map(LayerShape::of).collect(),
            head: self.head.tokens,
            outputs: self.head.bias.len(),
        }
    }
}

impl SourceShape {
    fn of(source: &Source) -> Self {
        match source {
            Source::Text { token, segment, .. } => Self::Text {
                vocabulary: token.rows,
                segments: segment.as_ref().map_or(0, |table| table.rows),
            },
            Source::Channel { magnitudes, .. } => Self::Channel { magnitudes: *magnitudes },
            Source::Patches { pixels, .. } => Self::Patches { pixels: *pixels },
        }
    }
}

impl LayerShape {
    fn of(Layer { attention, ffn }: &Layer) -> Self {
        let low = |weights: &Weights| weights.low.as_ref().map(|low| low.ratio);
        Self {
            heads: attention.heads,
            head_width: attention.query.weights.high.rows() / attention.heads,
            ffn: ffn.up.weights.high.rows(),
            bits: Bits {
                attention_input: attention.input.codes.bits,
                query: attention.query.output.codes.bits,
                key: attention.key.output.codes.bits,
                value: attention.value.output.codes.bits,
                attention: attention.form.codes().bits,
                context: attention.context.codes.bits,
                ffn_input: ffn.input.codes.bits,
                ffn_hidden: ffn.up.output.codes.bits,
            },
            low: [
                low(&attention.query.weights),
                low(&attention.key.weights),
                low(&attention.value.weights),
                low(&attention.output.weights),
                low(&ffn.up.weights),
                low(&ffn.down.weights),
            ],
            softmax: matches!(attention.form, AttentionForm::Softmax { .. }),
            causal: attention.causal,
        }
    }
}
