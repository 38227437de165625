//! Every kernel and several threads equal the interpreter on programs whose tokens take more than a word of a
//! mask, which those of `equal` do not.

use noctule_engine::{Engine, Options, verify};
use noctule_program::{
    Program, generate, interpret,
    parts::{HeadTokens, Input},
    shape::{Bits, LayerShape, Shape, SourceShape},
};

#[test]
fn masks_of_several_words() {
    for (n, &tokens) in [65, 73, 96, 130].iter().cycle().take(32).enumerate() {
        let program = generate::sized(&shape(n, tokens), n as u64);
        assert!(program.masks.iter().any(|mask| mask.stride() > 1));
        let inputs: Vec<_> = (0..2).map(|seed| generate::input(&program, seed)).collect();
        let verification = verify(&program, &inputs, 1).unwrap();
        assert!(verification.agrees(), "program {n}\n{verification}");
        threads_agree(&program, &inputs);
    }
}

/// Each precision with softmax and thresholds, causal and not, of every kind of input.
fn shape(n: usize, tokens: usize) -> Shape {
    let layer = LayerShape {
        heads: 3,
        head_width: [4, 17, 64][n % 3],
        ffn: 40,
        bits: Bits::all(1 << (n % 4)),
        low: [None; 6],
        softmax: n % 16 < 11,
        causal: n / 4 % 2 == 1,
    };
    let sources = [
        SourceShape::Text { vocabulary: 60, segments: 2 },
        SourceShape::Channel { magnitudes: tokens - 20 },
        SourceShape::Patches { pixels: 49 },
    ];
    Shape {
        source: sources[n / 3 % 3],
        tokens,
        width: [32, 70, 100][n % 3],
        embed_norm: n.is_multiple_of(2),
        masks: 2,
        layers: vec![layer; 2],
        head: HeadTokens::PerToken(tokens - 3),
        outputs: 2,
    }
}

fn threads_agree(program: &Program, inputs: &[Input]) {
    for threads in [1, 2, 3, 7] {
        let engine = Engine::new(program, Options { threads, kernel: None }).unwrap();
        let (mut session, mut logits) = (engine.session(), Vec::new());
        for input in inputs {
            session.run(input, &mut logits).unwrap();
            assert_eq!(logits, interpret::run(program, input).unwrap(), "{threads} threads");
        }
    }
}
