//! The proof that every sum fits an accumulator, from shapes and from the weights that there are.

use super::{Invalid, field::Field};
use crate::parts::{Codes, Weights};

const LARGEST: u64 = i32::MAX as u64;

impl Codes {
    /// The largest magnitude of a code.
    pub(super) fn magnitude(self) -> u64 {
        self.least().unsigned_abs().max(self.largest().unsigned_abs()).into()
    }
}

impl Weights {
    /// No product with codes of this kind overflows.
    pub(super) fn prove(&self, at: Field<'_>, input: Codes) -> Result<(), Invalid> {
        let weight = self.low.as_ref().map_or(1, |low| (1 << low.ratio) + 1);
        prove(at, &[self.high.cols() as u64, input.magnitude(), weight])
    }
}

/// A sum of so many products of so large numbers fits; the factors are given.
pub(super) fn prove(at: Field<'_>, factors: &[u64]) -> Result<(), Invalid> {
    fits(at, factors.iter().fold(1, |bound: u64, &factor| bound.saturating_mul(factor)))
}

/// No row of `weights`, each of `cols`, overflows with inputs up to `input` and an addend.
pub(super) fn prove_rows(
    at: Field<'_>,
    weights: &[i8],
    cols: usize,
    input: u64,
    addend: impl Fn(usize) -> u64,
) -> Result<(), Invalid> {
    for (r, row) in weights.chunks(cols).enumerate() {
        let sum: u64 = row.iter().map(|w| u64::from(w.unsigned_abs())).sum();
        fits(at.at(r), sum.saturating_mul(input).saturating_add(addend(r)))?;
    }
    Ok(())
}

fn fits(at: Field<'_>, bound: u64) -> Result<(), Invalid> {
    if bound <= LARGEST { Ok(()) } else { Err(Invalid::Accumulator { field: at.name(), bound }) }
}
