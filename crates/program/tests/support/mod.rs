//! Small programs for tests of what can go wrong.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeSet;

use noctule_program::{
    Program,
    generate::{self, Bits, LayerShape, Shape, SourceShape},
    parts::HeadTokens,
};

/// One layer with softmax and wide codes, one with SPS and 1-bit codes; two masks.
pub(crate) fn program(source: SourceShape) -> Program {
    let wide = LayerShape {
        heads: 2,
        head_width: 3,
        ffn: 9,
        bits: Bits::all(4),
        low: [Some(1); 6],
        softmax: true,
        causal: true,
    };
    let narrow = LayerShape { bits: Bits::all(1), low: [None; 6], softmax: false, ..wide.clone() };
    let shape = Shape {
        source,
        tokens: 5,
        width: 7,
        embed_norm: true,
        masks: 2,
        layers: vec![wide, narrow],
        head: HeadTokens::PerToken(4),
        outputs: 3,
    };
    generate::sized(&shape, 8)
}

/// Takes text of up to 5 of 11 word pieces in 2 segments.
pub(crate) fn text() -> Program {
    program(SourceShape::Text { vocabulary: 11, segments: 2 })
}

/// Takes 3 magnitudes and 2 syndrome bits.
pub(crate) fn channel() -> Program {
    program(SourceShape::Channel { magnitudes: 3 })
}

/// Takes 4 patches of 4 pixels.
pub(crate) fn patches() -> Program {
    program(SourceShape::Patches { pixels: 4 })
}

/// Panics unless exactly the variants in `all` were met.
pub(crate) fn assert_all_met(met: &BTreeSet<&str>, all: &[&str]) {
    assert_eq!(*met, all.iter().copied().collect());
}
