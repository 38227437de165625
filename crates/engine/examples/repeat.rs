//! Runs a product or a network so many times, for tools that count what is done.
//!
//! `repeat KERNEL TIMES product TOKENS OUTPUTS INPUTS BITS` or
//! `repeat KERNEL TIMES network LAYERS WIDTH HEADS FFN TOKENS BITS`; the kernel `best` is the engine's own choice.

mod network;

use std::{env, error::Error, hint::black_box};

use noctule_engine::{Engine, KernelName, Options, Product};
use noctule_program::{
    generate::{Bits, LayerShape, Shape, SourceShape},
    parts::{HeadTokens, Input},
};

const VOCABULARY: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [kernel, times, what, numbers @ ..] = &words[..] else {
        return Err("give the words that the source names".into());
    };
    let kernel = if kernel == "best" { None } else { Some(kernel.parse()?) };
    let times = times.parse()?;
    let numbers = numbers.iter().map(|word| word.parse()).collect::<Result<Vec<usize>, _>>()?;
    match (what.as_str(), &numbers[..]) {
        ("product", &[tokens, outputs, inputs, bits]) => {
            let kernel = kernel.unwrap_or_else(KernelName::fastest);
            product(kernel, [tokens, outputs, inputs], bits as u8, times)
        }
        ("network", &[layers, width, heads, ffn, tokens, bits]) => {
            network(kernel, &shape([layers, width, heads, ffn, tokens], bits as u8), times)
        }
        _ => Err("give the words that the source names".into()),
    }
}

fn product(
    kernel: KernelName,
    shape: [usize; 3],
    bits: u8,
    times: usize,
) -> Result<(), Box<dyn Error>> {
    let mut product = Product::new(kernel, shape, bits)?;
    for _ in 0..times {
        product.run(|_, _, sums| {
            black_box(sums);
        });
    }
    Ok(())
}

fn network(kernel: Option<KernelName>, shape: &Shape, times: usize) -> Result<(), Box<dyn Error>> {
    let engine = Engine::new(&network::of_shape(shape)?, Options { threads: 1, kernel })?;
    let ids = (0..shape.tokens).map(|n| (n * 37 % VOCABULARY) as u32).collect();
    let input = Input::Text { ids, segments: Vec::new() };
    let (mut session, mut logits) = (engine.session(), Vec::new());
    for _ in 0..times {
        session.run(&input, &mut logits)?;
        black_box(&logits);
    }
    Ok(())
}

fn shape([layers, width, heads, ffn, tokens]: [usize; 5], bits: u8) -> Shape {
    let layer = LayerShape {
        heads,
        head_width: width / heads,
        ffn,
        bits: Bits::all(bits),
        low: [None; 6],
        softmax: true,
        causal: false,
    };
    Shape {
        source: SourceShape::Text { vocabulary: VOCABULARY, segments: 2 },
        tokens,
        width,
        embed_norm: true,
        masks: 0,
        layers: vec![layer; layers],
        head: HeadTokens::Pooled,
        outputs: 2,
    }
}
