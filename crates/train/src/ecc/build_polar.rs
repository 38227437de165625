//! Polar codes (Arikan, arXiv 0807.3917).

use super::gf2::BitMatrix;

/// The design point of the Bhattacharyya recursion: Es/N0 in dB.
///
/// One point reproduces the frozen sets of all five matrices which the decoder papers use
/// (64,32|48) and (128,64|86|96); those papers do not state theirs.
const DESIGN_ES_N0_DB: f64 = 4.0;

/// The Bhattacharyya bound of each of the `2^stages` bit channels, first decoded first.
///
/// From `Z` of the channel a stage makes `2Z - Z^2` (worse) and `Z^2` (better).
fn bhattacharyya(stages: u32) -> Vec<f64> {
    let start = (-10f64.powf(DESIGN_ES_N0_DB / 10.0)).exp();
    (0..stages).fold(vec![start], |bounds, _| {
        bounds.iter().flat_map(|&z| [2.0 * z - z * z, z * z]).collect()
    })
}

/// The `frozen` least reliable bit channels, ascending.
fn frozen_channels(stages: u32, frozen: usize) -> Vec<usize> {
    let bounds = bhattacharyya(stages);
    let mut channels: Vec<usize> = (0..bounds.len()).collect();
    channels.sort_by(|&a, &b| bounds[b].total_cmp(&bounds[a]).then(a.cmp(&b)));
    channels.truncate(frozen);
    channels.sort_unstable();
    channels
}

/// The `(n - k) x n` parity-check matrix of the polar code of length `n = 2^stages`.
///
/// A word is `x = u F` with `F` the `stages`-th Kronecker power of `[1 0; 1 1]` and `u` in
/// bit-reversed order. `F` is its own inverse, so the check of a frozen channel is the column of
/// `F` at the channel's reversed index, which has a one in row `r` where `r` contains that index.
/// The checks stand in the order of the channels. The matrices of the decoder papers are these.
///
/// # Panics
/// If `k` exceeds `n`.
pub fn polar_parity(stages: u32, k: usize) -> BitMatrix {
    let n = 1usize << stages;
    let supports: Vec<Vec<usize>> = frozen_channels(stages, n - k)
        .into_iter()
        .map(|channel| reverse_bits(channel, stages))
        .map(|column| (0..n).filter(|row| row & column == column).collect())
        .collect();
    BitMatrix::from_supports(n, &supports)
}

fn reverse_bits(index: usize, bits: u32) -> usize {
    index.reverse_bits() >> (usize::BITS - bits)
}
