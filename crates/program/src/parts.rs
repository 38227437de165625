//! The parts a program is made of, as plain data.
//!
//! Nothing here is checked: [`crate::Program::new`] does that, once, for files and for lowered
//! networks alike. Dimensions: `T` tokens, `D` width of the residual stream, `H` heads of width
//! `d`, `F` feed-forward width. The meaning of every field is in `docs/program-format.md`.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use crate::{bits::BitMatrix, codes::CodeArray};

/// A whole program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Longest input in tokens (channel words and images: the only length).
    pub max_tokens: usize,
    /// `D`, channels of the residual stream.
    pub width: usize,
    /// Binary point of the residual stream: its value is `x / 2^point`. Documentation only.
    pub point: u8,
    /// From the input to the residual stream.
    pub embed: Embed,
    /// Static attention masks, each `max_tokens` square; bit `(i, j)` set: `i` may attend to `j`.
    pub masks: Vec<BitMatrix>,
    /// Encoder layers in order.
    pub layers: Vec<Layer>,
    /// From the residual stream to logits.
    pub head: Head,
    /// What executors ignore: labels, tokenizer, parity-check matrix, provenance.
    pub extras: BTreeMap<String, Vec<u8>>,
}

/// Width and signedness of activation codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Codes {
    /// Bits of a code: 1, 2, 4 or 8.
    pub bits: u8,
    /// Signed 1-bit codes are {-1, +1}, wider ones two's complement; unsigned ones start at 0.
    pub signed: bool,
}

/// From an integer to a code, channel by channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantizer {
    /// What comes out.
    pub codes: Codes,
    /// How.
    pub rule: Rule,
}

/// The two ways to form a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// One bit: set where the integer is at least the channel's threshold.
    Threshold(Vec<i32>),
    /// More bits: rescale, then clamp.
    Rescale(Rescale),
}

/// `round_shift(acc * mul[c] + add[c], shift)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescale {
    /// Multiplier of each channel.
    pub mul: Vec<u16>,
    /// Addend of each channel, magnitude below `2^47`.
    pub add: Vec<i64>,
    /// Common shift, 0 to 47.
    pub shift: u8,
}

/// A binary weight matrix `[rows = outputs, cols = inputs]` of one plane or two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// Plane of the larger (or only) weight; bit set: +1, clear: -1.
    pub high: BitMatrix,
    /// Second plane, if any.
    pub low: Option<LowPlane>,
}

/// The second plane of a split matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LowPlane {
    /// Bits, same shape as the first plane.
    pub bits: BitMatrix,
    /// The first plane counts `2^ratio` times; 0 to 7.
    pub ratio: u8,
}

/// Product, then codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear {
    /// Weights.
    pub weights: Weights,
    /// Codes of the output, one channel a row of the weights.
    pub output: Quantizer,
}

/// Product, then added into the residual stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// Weights, `D` rows.
    pub weights: Weights,
    /// Into units of the residual stream.
    pub rescale: Rescale,
}

/// Integer LayerNorm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Norm {
    /// Gain of each channel.
    pub gain: Vec<i16>,
    /// Bias of each channel, magnitude at most `2^30`.
    pub bias: Vec<i32>,
    /// Common shift, 0 to 30.
    pub shift: u8,
}

/// A table of rows of narrow integers: row `r` is `codes[r][c] * mul[r]`, shifted on use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Rows.
    pub rows: usize,
    /// Channels.
    pub cols: usize,
    /// Bits of a code, 1 ({-1, +1}), 2, 4 or 8 (two's complement).
    pub bits: u8,
    /// Codes, row-major.
    pub codes: CodeArray,
    /// Multiplier of each row.
    pub mul: Vec<u16>,
    /// Common shift, 0 to 31.
    pub shift: u8,
}

/// From the input to the residual stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embed {
    /// By kind of input.
    pub source: Source,
    /// Norm after the sum, if any.
    pub norm: Option<Norm>,
}

/// The three kinds of input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Word pieces.
    Text {
        /// One row a word piece.
        token: Table,
        /// One row a position, `max_tokens` rows.
        position: Table,
        /// One row a segment, if the network has segments.
        segment: Option<Table>,
    },
    /// Received channel words: magnitudes, then syndrome bits.
    Channel {
        /// One row a token, `max_tokens` rows.
        position: Table,
        /// Tokens that are magnitudes; the others are syndrome bits.
        magnitudes: usize,
        /// Code of the magnitude 1.0.
        unit: u8,
    },
    /// Image patches; token 0 is the class token.
    Patches {
        /// `[D, pixels]` weights, row-major.
        weights: Vec<i8>,
        /// Pixels of a patch.
        pixels: usize,
        /// Into units of the residual stream.
        rescale: Rescale,
        /// One row a token, `max_tokens` rows; row 0 is the class vector.
        position: Table,
    },
}

/// An encoder layer: attention, then feed-forward, each with a residual sum and a norm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Attention half.
    pub attention: Attention,
    /// Feed-forward half.
    pub ffn: FeedForward,
}

/// The attention half of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// `H`; the rows of query, key and value are `H * d`.
    pub heads: usize,
    /// Residual stream to codes (signed).
    pub input: Quantizer,
    /// `[H d, D]`, signed codes out.
    pub query: Linear,
    /// `[H d, D]`, signed codes out.
    pub key: Linear,
    /// `[H d, D]`, signed codes out.
    pub value: Linear,
    /// From scores to attention codes.
    pub form: AttentionForm,
    /// Static mask of each head: an index into [`Parts::masks`].
    pub masks: Vec<Option<u16>>,
    /// Token `i` attends to tokens `j <= i` only.
    pub causal: bool,
    /// Context sums to codes (signed), one channel each of `H d`.
    pub context: Quantizer,
    /// `[D, H d]`, into the residual stream.
    pub output: Projection,
    /// After the sum.
    pub norm: Norm,
}

/// From scores to attention codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttentionForm {
    /// Exponent table, row sum, compare.
    Softmax {
        /// Bits of an (unsigned) attention code.
        bits: u8,
        /// Falling exponents; entry `i` stands for a score `i` steps below the row's largest.
        table: Vec<u16>,
        /// A step is `2^shift` of score.
        shift: u8,
        /// Threshold numerator, 1 to 255.
        tau_mul: u8,
        /// Threshold denominator `2^tau_shift`, 0 to 31.
        tau_shift: u8,
    },
    /// One threshold a head; 1-bit codes.
    Sps {
        /// Threshold of each head.
        thresholds: Vec<i32>,
    },
}

/// The feed-forward half of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedForward {
    /// Residual stream to codes (signed).
    pub input: Quantizer,
    /// `[F, D]`, unsigned codes out: clamping at 0 is the ReLU.
    pub up: Linear,
    /// `[D, F]`, into the residual stream.
    pub down: Projection,
    /// After the sum.
    pub norm: Norm,
}

/// From the residual stream to logits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which tokens.
    pub tokens: HeadTokens,
    /// `[outputs, D]`, row-major.
    pub weights: Vec<i8>,
    /// One an output.
    pub bias: Vec<i32>,
    /// A logit's real value is `logit * scale.0 * 2^scale.1`; for probabilities only.
    pub scale: (u32, i32),
}

/// Which tokens have logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadTokens {
    /// Token 0.
    Pooled,
    /// Each of the first so many tokens.
    PerToken(usize),
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Word-piece ids and segments (empty: all 0).
    Text {
        /// One a token.
        ids: Vec<u32>,
        /// One a token, or none.
        segments: Vec<u8>,
    },
    /// A received word.
    Channel {
        /// Code of each symbol's magnitude.
        magnitudes: Vec<u8>,
        /// Syndrome of the hard decision.
        syndrome: Vec<bool>,
    },
    /// An image's patches, one after the other.
    Patches {
        /// Patches times pixels.
        pixels: Vec<u8>,
    },
}
