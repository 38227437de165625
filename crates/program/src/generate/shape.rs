//! Shapes by chance.

use super::random::Random;
use crate::{
    parts::HeadTokens,
    shape::{Bits, LayerShape, Shape, SourceShape},
};

/// Widths of the residual stream, around and between whole words.
const WIDTHS: [usize; 12] = [3, 7, 20, 33, 48, 63, 64, 65, 96, 100, 128, 130];

impl Shape {
    /// A small shape with whatever a program can have.
    pub(super) fn random(random: &mut Random) -> Self {
        let tokens = random.pick(&[1, 2, 3, 5, 8, 8, 10, 12, 12, 17, 17, 24]);
        let layers = random.pick(&[1, 1, 2, 3]);
        let per_token = HeadTokens::PerToken(1 + random.below(tokens));
        Self {
            source: SourceShape::random(random, tokens),
            tokens,
            width: if random.once_in(24) { 1 } else { random.pick(&WIDTHS) },
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
        let kinds = if tokens == 1 { 2 } else { 3 };
        match random.below(kinds) {
            0 => Self::Text {
                vocabulary: random.pick(&[1, 5, 40, 40, 70, 100]),
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
