//! Random numbers that depend only on the seed, the stage, the step and their purpose, so that a resumed
//! run draws what the unbroken one would have drawn and no generator's state need be saved.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What the numbers are for; each purpose has a stream of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// The first parameters.
    Parameters = 1,
    /// The batch of a step.
    Batch = 2,
    /// Words replaced in a step.
    WordDropout = 3,
    /// Data for an evaluation.
    Evaluation = 4,
}

/// A number for `(seed, purpose, stage, step)`.
pub(crate) fn number(seed: u64, purpose: Purpose, stage: usize, step: u64) -> u64 {
    [purpose as u64, stage as u64, step]
        .into_iter()
        .fold(mix(seed), |state, part| mix(state ^ part))
}

/// A generator for `(seed, purpose, stage, step)`.
pub(crate) fn generator(seed: u64, purpose: Purpose, stage: usize, step: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(number(seed, purpose, stage, step))
}

/// The finaliser of SplitMix64 (Steele et al. 2014).
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
