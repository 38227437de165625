//! What a program computes: part 1 of `docs/program-format.md`, op by op, naive and obvious.

pub(crate) mod attend;
pub(crate) mod embed;
pub(crate) mod head;
mod input;
pub(crate) mod layer;
pub(crate) mod linear;
pub(crate) mod norm;
pub(crate) mod quantize;
mod tap;

pub use input::InputError;
pub use norm::norm;
pub use tap::{Site, Tap};

use alloc::vec::Vec;

use crate::{Program, parts::Input};

/// The logits of one input, row-major `[tokens of the head, outputs]`.
///
/// # Errors
/// Where the input does not suit the program.
pub fn run(program: &Program, input: &Input) -> Result<Vec<i32>, InputError> {
    trace(program, input, &mut |_, _| {})
}

/// As [`run`], and shows every intermediate to `tap`, row-major, in the order of computation.
///
/// # Errors
/// Where the input does not suit the program.
pub fn trace(
    program: &Program,
    input: &Input,
    tap: &mut dyn FnMut(Tap, &[i32]),
) -> Result<Vec<i32>, InputError> {
    let tokens = program.embed.source.tokens(input, program.max_tokens)?;
    let mut x = embed::embed(&program.embed.source, input, program.width);
    tap(Tap { layer: None, site: Site::EmbedSum }, &x);
    if let Some(norm) = &program.embed.norm {
        norm::norm(norm, &mut x);
    }
    tap(Tap { layer: None, site: Site::Embed }, &x);
    for (n, layer) in program.layers.iter().enumerate() {
        let mut show = |site, values: &[i32]| tap(Tap { layer: Some(n), site }, values);
        layer::attention(&layer.attention, &program.masks, &mut x, tokens, &mut show);
        layer::feed_forward(&layer.ffn, &mut x, tokens, &mut show);
    }
    let logits = head::head(&program.head, &x, program.width);
    tap(Tap { layer: None, site: Site::Logits }, &logits);
    Ok(logits)
}
