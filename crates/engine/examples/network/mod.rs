//! Programs of a known shape with made-up weights.

use noctule_program::{
    Invalid, Program,
    generate::{self, Shape},
    parts::Source,
};

/// A program of this shape; one layer is generated, for one token, and repeated.
pub(crate) fn of_shape(shape: &Shape) -> Result<Program, Invalid> {
    let one = Shape { layers: shape.layers[..1].to_vec(), tokens: 1, ..shape.clone() };
    let mut parts = generate::sized(&one, 1).into_parts();
    parts.max_tokens = shape.tokens;
    parts.layers = vec![parts.layers[0].clone(); shape.layers.len()];
    if let Source::Text { position, .. } = &mut parts.embed.source {
        position.codes = position.codes.repeat(shape.tokens).into();
        position.mul = position.mul.repeat(shape.tokens);
        position.rows = shape.tokens;
    }
    Program::new(parts)
}
