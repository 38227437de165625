//! One generator for each (seed, epoch, step, purpose).

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What random numbers are drawn for; two purposes never share a stream.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(super) enum Purpose {
    /// The order of examples in an epoch.
    Order = 1,
    /// The masking of tokens in a step.
    Masking = 2,
}

/// The generator of one step; it depends on nothing else, so a resumed run draws the same.
pub(super) fn generator(seed: u64, epoch: u64, step: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    for (place, part) in bytes.chunks_exact_mut(8).zip([seed, epoch, step, purpose as u64]) {
        place.copy_from_slice(&part.to_le_bytes());
    }
    ChaCha8Rng::from_seed(bytes)
}
