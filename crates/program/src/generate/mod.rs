//! Valid programs and inputs from a seed, for the tests of whoever runs programs.
//!
//! Every part and every precision that a program can have occurs, at sizes that are no multiples of
//! anything; thresholds and scales suit the values that really occur, so that codes are alive.
//! Equal seeds give equal programs: golden tests hold the generator to it.

mod calibrate;
mod form;
mod layer;
mod random;
mod sample;
mod shape;
mod source;

pub use crate::shape::{Bits, LayerShape, Shape, SourceShape};

use alloc::{collections::BTreeMap, vec::Vec};

use crate::{
    Program,
    bits::BitMatrix,
    parts::{Embed, Head, Input, Parts},
};
use calibrate::Calibrator;
pub(crate) use random::Random;
use sample::Sample;

/// A small program: interpreting it takes about a millisecond.
#[must_use]
pub fn program(seed: u64) -> Program {
    let mut random = Random::new(seed);
    let shape = Shape::random(&mut random);
    let wild = random.once_in(4);
    made(&shape, Calibrator { random, wild })
}

/// A program of a given shape.
///
/// # Panics
/// If no program can have the shape.
#[must_use]
pub fn sized(shape: &Shape, seed: u64) -> Program {
    made(shape, Calibrator { random: Random::new(seed), wild: false })
}

/// An input that suits a program.
#[must_use]
pub fn input(program: &Program, seed: u64) -> Input {
    source::input(&program.embed.source, program.max_tokens, &mut Random::new(seed))
}

fn made(shape: &Shape, mut calibrator: Calibrator) -> Program {
    let masks = calibrator.masks(shape);
    let source = calibrator.source(shape);
    let mut sample = Sample::new(shape, &source, &mut calibrator.random);
    let norm = shape.embed_norm.then(|| calibrator.norm_after(&mut sample));
    let layer = |layer| calibrator.layer(layer, &masks, &mut sample);
    let layers = shape.layers.iter().map(layer).collect();
    let parts = Parts {
        max_tokens: shape.tokens,
        width: shape.width,
        point: calibrator.random.below(16) as u8,
        embed: Embed { source, norm },
        masks,
        layers,
        head: calibrator.head(shape),
        extras: BTreeMap::from([("made".into(), b"by noctule_program::generate".to_vec())]),
    };
    Program::new(parts).expect("a shape that a program can have")
}

impl Calibrator {
    fn masks(&mut self, shape: &Shape) -> Vec<BitMatrix> {
        self.random.list(shape.masks, |random| {
            let density = random.within(1..=3);
            let empty: Vec<bool> = random.list(shape.tokens, |r| r.once_in(6));
            BitMatrix::from_fn(shape.tokens, shape.tokens, |i, j| {
                !empty[i] && (i == j || random.within(0..=3) < density)
            })
        })
    }

    /// A head whose sums cannot overflow.
    fn head(&mut self, shape: &Shape) -> Head {
        let most = ((1 << 31) / 32768 / shape.width as i64 - 1).clamp(1, 127);
        let mut weights = Vec::new();
        for _ in 0..shape.outputs * shape.width {
            let least = most == 127 && self.is_extreme();
            weights.push(if least { i8::MIN } else { self.random.within(-most..=most) as i8 });
        }
        Head {
            tokens: shape.head,
            weights,
            bias: self.random.list(shape.outputs, |r| r.within(-30000..=30000) as i32),
            scale: (self.random.within(1..=65535) as u32, -30),
        }
    }
}
