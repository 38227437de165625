//! What an operator has to do, counted from shapes.
//!
//! *Operations* of a product are those of its kernel's limit: bits multiplied and added, 2 for each pair
//! of bits. A product of codes of several bits, or of two planes of weights, takes several passes.
//! Everything else counts 32-bit additions, multiplications and comparisons of a plain form of the
//! operation, see `Elementwise` below.
//!
//! *Bytes* are those that must be read and written once: weights and parameters from where the whole
//! program lies, activations from where the operator's own values fit.

use noctule_engine::Operator;
use noctule_program::{
    Program,
    shape::{LayerShape, Shape, SourceShape},
};

/// What one operator of one layer does in one inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Pairs of bits times two.
    pub binary: u64,
    /// Bits of a code of the left operand.
    pub bits: u8,
    /// 32-bit additions, multiplications, comparisons.
    pub arithmetic: u64,
    /// Bytes of weights and parameters.
    pub weights: u64,
    /// Bytes of activations, read and written.
    pub activations: u64,
}

/// Operations that count for one element.
#[derive(Debug, Clone, Copy)]
struct Elementwise;

impl Elementwise {
    /// Threshold: a comparison; multiply-shift: multiply, add, shift, two bounds.
    fn quantize(bits: u8) -> u64 {
        if bits == 1 { 1 } else { 5 }
    }

    /// Maximum, difference, shift, look-up, sum, and a comparison for each bit; SPS: a comparison.
    fn weigh(layer: &LayerShape) -> u64 {
        if layer.softmax { 5 + u64::from(layer.bits.attention) } else { 1 }
    }

    /// Sum; square and sum; two times multiply, add, shift.
    const NORM: u64 = 9;
    /// A product for each of up to three rows, and their sum.
    const EMBED: u64 = 6;
}

/// Counts for inputs of one length.
#[derive(Debug, Clone)]
pub struct Costs {
    shape: Shape,
    tokens: u64,
}

impl Costs {
    /// Of a program.
    #[must_use]
    pub fn new(program: &Program, tokens: usize) -> Self {
        Self { shape: program.shape(), tokens: tokens as u64 }
    }

    /// Bytes of all weights and parameters that an inference reads.
    #[must_use]
    pub fn program_bytes(&self) -> u64 {
        let layers = (0..self.shape.layers.len()).map(Some);
        let all = layers.chain([None]).flat_map(|layer| Operator::ALL.map(|o| (layer, o)));
        all.map(|(layer, operator)| self.of(layer, operator, [1; 2]).weights).sum()
    }

    /// Of an operator, in a layer or outside, on a kernel that multiplies so many bits of a code at a
    /// time: mostly, and where both operands have eight.
    #[must_use]
    pub fn of(&self, layer: Option<usize>, operator: Operator, planes: [usize; 2]) -> Cost {
        let Some(layer) = layer.and_then(|n| self.shape.layers.get(n)) else {
            return self.outside(operator);
        };
        let (cost, bits) = (self.in_layer(layer, operator), left_bits(layer, operator));
        let numbers = bits == 8 && right_bits(layer, operator) == 8;
        let passes = usize::from(bits).div_ceil(planes[usize::from(numbers)].max(1));
        Cost { binary: cost.binary * passes as u64, bits, ..cost }
    }

    fn outside(&self, operator: Operator) -> Cost {
        let width = self.shape.width as u64;
        match operator {
            Operator::Embed => self.embed(width),
            Operator::EmbedNorm if self.shape.embed_norm => self.norm(),
            Operator::Head => {
                let weights = width * self.shape.outputs as u64;
                let tokens = match self.shape.head {
                    noctule_program::parts::HeadTokens::Pooled => 1,
                    noctule_program::parts::HeadTokens::PerToken(n) => self.tokens.min(n as u64),
                };
                let arithmetic = 2 * weights * tokens;
                Cost { arithmetic, weights, activations: 2 * width * tokens, ..Cost::default() }
            }
            _ => Cost::default(),
        }
    }

    fn embed(&self, width: u64) -> Cost {
        let values = self.tokens * width;
        let (arithmetic, weights) = match self.shape.source {
            SourceShape::Text { segments, .. } => {
                (Elementwise::EMBED * values, values * (2 + u64::from(segments > 0)))
            }
            SourceShape::Channel { .. } => (Elementwise::EMBED * values, values),
            SourceShape::Patches { pixels } => {
                (values * (2 * pixels as u64 + Elementwise::EMBED), width * pixels as u64 + values)
            }
        };
        Cost { arithmetic, weights, activations: 2 * values, ..Cost::default() }
    }

    fn in_layer(&self, layer: &LayerShape, operator: Operator) -> Cost {
        let width = self.shape.width as u64;
        let (inner, ffn) = ((layer.heads * layer.head_width) as u64, layer.ffn as u64);
        let bits = &layer.bits;
        match operator {
            Operator::AttentionInput => self.quantize(width, 2, bits.attention_input),
            Operator::Query => {
                self.linear([inner, width], bits.attention_input, layer.low[0], bits.query)
            }
            Operator::Key => {
                self.linear([inner, width], bits.attention_input, layer.low[1], bits.key)
            }
            Operator::Value => {
                self.linear([inner, width], bits.attention_input, layer.low[2], bits.value)
            }
            Operator::Gather => self.moved(inner, bits.key + bits.value),
            Operator::Pack => self.packed(layer),
            Operator::Clear => {
                let written = self.codes(inner, bits.query + bits.key + bits.value + bits.context);
                Cost { activations: written, ..Cost::default() }
            }
            Operator::Scores => self.scores(layer),
            Operator::Attention => self.weigh(layer),
            Operator::Context => self.context(layer),
            Operator::Output => self.project([width, inner], bits.context, layer.low[3]),
            Operator::FfnInput => self.quantize(width, 2, bits.ffn_input),
            Operator::Up => {
                self.linear([ffn, width], bits.ffn_input, layer.low[4], bits.ffn_hidden)
            }
            Operator::Down => self.project([width, ffn], bits.ffn_hidden, layer.low[5]),
            Operator::AttentionNorm | Operator::FfnNorm => self.norm(),
            Operator::Embed | Operator::EmbedNorm | Operator::Head => Cost::default(),
        }
    }

    /// Bytes of codes of so many bits, `channels` for each token.
    fn codes(&self, channels: u64, bits: u8) -> u64 {
        (self.tokens * channels * u64::from(bits)).div_ceil(8)
    }

    fn product(&self, [outputs, inputs]: [u64; 2], bits: u8, low: Option<u8>) -> Cost {
        let planes = 1 + u64::from(low.is_some());
        Cost {
            binary: 2 * self.tokens * outputs * inputs * planes,
            weights: (outputs * inputs * planes).div_ceil(8),
            activations: self.codes(inputs, bits),
            ..Cost::default()
        }
    }

    /// Product, then codes; a threshold or a multiplier, addend for each channel.
    fn linear(&self, shape: [u64; 2], bits: u8, low: Option<u8>, out: u8) -> Cost {
        let product = self.product(shape, bits, low);
        let parameters = shape[0] * if out == 1 { 4 } else { 10 };
        Cost {
            arithmetic: self.tokens * shape[0] * Elementwise::quantize(out),
            weights: product.weights + parameters,
            activations: product.activations + self.codes(shape[0], out),
            ..product
        }
    }

    /// Product, rescaled and added into the residual stream.
    fn project(&self, shape: [u64; 2], bits: u8, low: Option<u8>) -> Cost {
        let product = self.product(shape, bits, low);
        let values = self.tokens * shape[0];
        Cost {
            arithmetic: values * (Elementwise::quantize(8) + 1),
            weights: product.weights + 10 * shape[0],
            activations: product.activations + 4 * values,
            ..product
        }
    }

    /// From values of so many bytes to codes.
    fn quantize(&self, channels: u64, bytes: u64, bits: u8) -> Cost {
        let values = self.tokens * channels;
        Cost {
            arithmetic: values * Elementwise::quantize(bits),
            weights: channels * if bits == 1 { 4 } else { 10 },
            activations: values * bytes + self.codes(channels, bits),
            ..Cost::default()
        }
    }

    fn moved(&self, channels: u64, bits: u8) -> Cost {
        Cost { activations: 2 * self.codes(channels, bits), ..Cost::default() }
    }

    /// Codes of every left operand of a layer, read once.
    fn packed(&self, layer: &LayerShape) -> Cost {
        let width = self.shape.width as u64;
        let (inner, bits) = ((layer.heads * layer.head_width) as u64, &layer.bits);
        let attention = (self.pairs(layer) * u64::from(bits.attention)).div_ceil(8);
        let activations = self.codes(width, bits.attention_input + bits.ffn_input)
            + self.codes(inner, bits.query + bits.context)
            + self.codes(layer.ffn as u64, bits.ffn_hidden)
            + attention;
        Cost { activations, ..Cost::default() }
    }

    fn norm(&self) -> Cost {
        let width = self.shape.width as u64;
        let values = self.tokens * width;
        Cost {
            arithmetic: Elementwise::NORM * values,
            weights: 6 * width,
            activations: 4 * values,
            ..Cost::default()
        }
    }

    /// Pairs of a query and a key, in all heads.
    fn pairs(&self, layer: &LayerShape) -> u64 {
        self.tokens * self.tokens * layer.heads as u64
    }

    fn scores(&self, layer: &LayerShape) -> Cost {
        let (query, key) = (layer.bits.query, layer.bits.key);
        let inner = (layer.heads * layer.head_width) as u64;
        let binary = 2 * self.pairs(layer) * layer.head_width as u64;
        Cost {
            binary: binary * u64::from(key),
            activations: self.codes(inner, query + key) + 4 * self.pairs(layer),
            ..Cost::default()
        }
    }

    fn weigh(&self, layer: &LayerShape) -> Cost {
        let pairs = self.pairs(layer);
        let codes = (pairs * u64::from(layer.bits.attention)).div_ceil(8);
        Cost {
            arithmetic: pairs * Elementwise::weigh(layer),
            activations: 4 * pairs + codes,
            ..Cost::default()
        }
    }

    fn context(&self, layer: &LayerShape) -> Cost {
        let (attention, value) = (layer.bits.attention, layer.bits.value);
        let (pairs, inner) = (self.pairs(layer), (layer.heads * layer.head_width) as u64);
        let binary = 2 * pairs * layer.head_width as u64;
        let codes = (pairs * u64::from(attention)).div_ceil(8) + self.codes(inner, value);
        Cost {
            binary: binary * u64::from(value),
            arithmetic: self.tokens * inner * Elementwise::quantize(layer.bits.context),
            weights: inner * if layer.bits.context == 1 { 4 } else { 10 },
            activations: codes + self.codes(inner, layer.bits.context),
            ..Cost::default()
        }
    }
}

/// Bits of the left operand of a product.
fn left_bits(layer: &LayerShape, operator: Operator) -> u8 {
    let bits = &layer.bits;
    match operator {
        Operator::Query | Operator::Key | Operator::Value => bits.attention_input,
        Operator::Scores => bits.query,
        Operator::Context => bits.attention,
        Operator::Output => bits.context,
        Operator::Up => bits.ffn_input,
        Operator::Down => bits.ffn_hidden,
        _ => 1,
    }
}

/// Bits of the right one, which are weights mostly.
fn right_bits(layer: &LayerShape, operator: Operator) -> u8 {
    match operator {
        Operator::Scores => layer.bits.key,
        Operator::Context => layer.bits.value,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::network::Network;

    fn program(layers: usize, width: usize, bits: u8) -> Program {
        let (name, ffn) = ("n".into(), 2 * width);
        let network = Network { name, layers, width, heads: 2, ffn, vocabulary: 9 };
        network.program(16, bits).unwrap()
    }

    /// Two operations of a bit for each multiply-accumulate where every code has one bit.
    #[test]
    fn products_of_one_bit_do_what_the_summary_counts() {
        for (layers, width) in [(1, 2), (3, 40), (2, 66)] {
            let program = program(layers, width, 1);
            for tokens in [1, 5, 16] {
                let costs = Costs::new(&program, tokens);
                let ours: u64 = (0..layers)
                    .flat_map(|n| Operator::ALL.map(|o| costs.of(Some(n), o, [1; 2]).binary))
                    .sum();
                let all = program.operations(tokens).into_iter();
                let in_layers: u64 = all.filter(|o| o.layer.is_some()).map(|o| o.count).sum();
                assert_eq!(ours, 2 * in_layers, "{layers} layers of {width}, {tokens} tokens");
            }
        }
    }

    #[test]
    fn more_bits_take_more_passes_and_bytes() {
        let of = |operator, bits, planes| {
            Costs::new(&program(1, 64, bits), 16).of(Some(0), operator, planes)
        };
        let up = |bits, planes| of(Operator::Up, bits, [planes, 8]);
        assert_eq!(up(8, 1).binary, 8 * up(1, 1).binary);
        assert_eq!(up(8, 4).binary, 2 * up(1, 1).binary);
        assert_eq!(up(4, 4).binary, up(1, 4).binary);
        assert!(up(8, 1).activations > up(1, 1).activations);
        let scores = |bits| of(Operator::Scores, bits, [4, 8]).binary;
        assert_eq!((scores(4), scores(8)), (4 * scores(1), 8 * scores(1)));
    }
}
