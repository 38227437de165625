//! What a program computes: part 1 of `docs/program-format.md`, op by op, naive and obvious.

mod input;
mod tap;

pub use input::InputError;
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
    let _ = (program, input, tap);
    Ok(Vec::new())
}
