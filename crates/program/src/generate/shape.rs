//! Dimensions and precisions of a program to be made.

use alloc::{vec, vec::Vec};

use super::random::Random;
use crate::parts::HeadTokens;

/// What a made program looks like from outside.
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

/// Kind of input of a program to be made.
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

/// A layer of a program to be made.
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

    fn from_fn(mut bits: impl FnMut() -> u8) -> Self {
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
    pub(super) fn weights(&self) -> usize {
        let layer = |l: &LayerShape| self.width * (4 * l.heads * l.head_width + 2 * l.ffn);
        self.layers.iter().map(layer).sum::<usize>().max(1)
    }

    /// A small shape with whatever a program can have.
    pub(super) fn random(random: &mut Random) -> Self {
        let tokens = random.pick(&[1, 2, 3, 5, 8, 12, 17, 24]);
        let layers = random.pick(&[1, 1, 2, 3]);
        let per_token = HeadTokens::PerToken(1 + random.below(tokens));
        Self {
            source: SourceShape::random(random, tokens),
            tokens,
            width: random.pick(&[1, 3, 7, 20, 33, 63, 64, 65, 100, 128, 130]),
            embed_norm: random.once_in(2),
            masks: random.pick(&[0, 0, 1, 3]),
            layers: random.list(layers, LayerShape::random),
            head: random.pick(&[HeadTokens::Pooled, per_token]),
            outputs: random.pick(&[1, 2, 3, 7]),
        }
    }
}

impl SourceShape {
    fn random(random: &mut Random, tokens: usize) -> Self {
        match random.below(3) {
            0 => Self::Text {
                vocabulary: random.pick(&[1, 5, 40, 100]),
                segments: random.pick(&[0, 1, 2, 3]),
            },
            1 => Self::Channel { magnitudes: random.below(tokens + 1) },
            _ => Self::Patches { pixels: random.pick(&[1, 4, 16, 49]) },
        }
    }
}

impl LayerShape {
    fn random(random: &mut Random) -> Self {
        let one_bit = random.once_in(4);
        let bits = |random: &mut Random| if one_bit { 1 } else { random.pick(&[1, 1, 2, 4, 8]) };
        let low = |random: &mut Random| random.once_in(3).then(|| random.below(8) as u8);
        Self {
            heads: random.pick(&[1, 1, 2, 3, 4]),
            head_width: random.pick(&[1, 2, 3, 5, 16, 21, 32, 64, 65]),
            ffn: random.pick(&[1, 5, 30, 64, 65, 127, 200]),
            bits: Bits::from_fn(|| bits(random)),
            low: core::array::from_fn(|_| low(random)),
            softmax: random.once_in(2),
            causal: random.once_in(4),
        }
    }
}
