//! Engine against interpreter, on any number of inputs.

use noctule_engine::{Verification, VerifyError};
use noctule_program::{Program, parts::Input};

use crate::error::Error;

/// Inputs that are held at once, with their logits.
const TOGETHER: usize = 1000;

/// Compares every kernel of this machine with the interpreter, on so many threads, up to the first part
/// of the inputs in which one differs.
///
/// # Errors
/// [`Error::Usage`] for a thread count that cannot be had and where there is no input, [`Error::Input`]
/// where the program's file changes meanwhile.
pub fn verify(
    program: &Program,
    inputs: impl IntoIterator<Item = Input>,
    threads: usize,
) -> Result<Verification, Error> {
    let mut inputs = inputs.into_iter();
    let mut part = || inputs.by_ref().take(TOGETHER).collect::<Vec<_>>();
    let first = part();
    if first.is_empty() {
        return Err(Error::Usage("no input to compare: give --random 1 or more, or --file".into()));
    }
    let mut all = compare(program, &first, threads)?;
    while all.agrees() {
        let next = part();
        if next.is_empty() {
            break;
        }
        append(&mut all, compare(program, &next, threads)?);
    }
    Ok(all)
}

fn compare(program: &Program, inputs: &[Input], threads: usize) -> Result<Verification, Error> {
    noctule_engine::verify(program, inputs, threads).map_err(|e| match e {
        VerifyError::Changed(e) => Error::Input(e.to_string()),
        e => Error::Usage(e.to_string()),
    })
}

/// Adds what a further part of the inputs gave; until then all kernels agree.
fn append(all: &mut Verification, part: Verification) {
    for (kernel, further) in all.kernels.iter_mut().zip(part.kernels) {
        let before = kernel.inputs;
        kernel.inputs += further.inputs;
        kernel.mismatch = further.mismatch.map(|mut m| {
            m.input += before;
            m
        });
    }
}

#[cfg(test)]
mod tests {
    use noctule_program::{generate, interpret};

    use super::*;

    #[test]
    fn parts_are_counted_together() {
        let program = generate::program(1);
        let input = |seed| generate::input(&program, seed);
        let count = TOGETHER + 5;
        let all = verify(&program, (0..count as u64).map(input), 1).unwrap();
        assert!(all.agrees());
        assert!(all.kernels.iter().all(|kernel| kernel.inputs == count));
    }

    #[test]
    fn a_difference_in_a_later_part_has_its_own_number() {
        let program = generate::program(1);
        let tap = interpret::Tap { layer: None, site: interpret::Site::Logits };
        let part = || compare(&program, &[generate::input(&program, 1)], 1).unwrap();
        let (mut all, mut differs) = (part(), part());
        let mismatch =
            noctule_engine::Mismatch { input: 0, tap, index: 0, interpreter: None, engine: None };
        differs.kernels[0].mismatch = Some(mismatch);
        append(&mut all, differs);
        assert_eq!(all.kernels[0].mismatch.map(|m| m.input), Some(1));
        assert_eq!(all.kernels[0].inputs, 2);
    }
}
