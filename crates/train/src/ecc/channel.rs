//! The binary-input Gaussian channel: BPSK and additive white noise.

use super::code::Code;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::f64::consts::PI;

/// The additive white Gaussian noise channel under BPSK: bit `b` is sent as `1 - 2b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Awgn {
    ebn0_db: f64,
    sigma: f64,
}

/// A word as received, with the codeword that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelWord {
    /// The `n` channel values `1 - 2b + noise`.
    pub received: Vec<f32>,
    /// The `n` bits sent.
    pub codeword: Vec<u8>,
}

impl Awgn {
    /// The channel at Eb/N0 (dB, energy per message bit) for a code of this rate:
    /// `sigma^2 = 1 / (2 * rate * 10^(Eb/N0 / 10))`.
    pub fn new(ebn0_db: f64, rate: f64) -> Self {
        let sigma = (2.0 * rate * 10f64.powf(ebn0_db / 10.0)).recip().sqrt();
        Self { ebn0_db, sigma }
    }

    /// Eb/N0 in dB.
    pub fn ebn0_db(&self) -> f64 {
        self.ebn0_db
    }

    /// The noise's standard deviation.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The bit error rate of hard decisions on this channel: `Q(1 / sigma)`.
    pub fn uncoded_ber(&self) -> f64 {
        q_function(self.sigma.recip())
    }

    /// A uniformly drawn codeword sent once through the channel.
    ///
    /// All randomness comes from `seed` and the word's `index`, so a word is the same whoever
    /// draws it, in whatever order and on however many threads.
    pub fn word(&self, code: &Code, seed: u64, index: u64) -> ChannelWord {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        let message: Vec<u8> = (0..code.k()).map(|_| u8::from(rng.random::<bool>())).collect();
        let codeword = code.encode(&message);
        let received = self.transmit(&codeword, &mut rng);
        ChannelWord { received, codeword }
    }

    /// The words `first .. first + count` of a seed, drawn on all threads.
    pub fn words(&self, code: &Code, seed: u64, first: u64, count: usize) -> Vec<ChannelWord> {
        (0..count).into_par_iter().map(|i| self.word(code, seed, first + i as u64)).collect()
    }

    fn transmit(&self, bits: &[u8], rng: &mut ChaCha8Rng) -> Vec<f32> {
        let mut received = Vec::with_capacity(bits.len());
        for pair in bits.chunks(2) {
            let noise = gaussian_pair(rng);
            for (&bit, z) in pair.iter().zip(noise) {
                received.push((1.0 - 2.0 * f64::from(bit) + self.sigma * z) as f32);
            }
        }
        received
    }
}

/// The hard decision: 1 where the value is negative. A value of exactly 0 decides for 0.
pub fn hard_decision(received: &[f32]) -> Vec<u8> {
    received.iter().map(|&y| u8::from(y < 0.0)).collect()
}

/// The tail `Q(x)` of the standard normal distribution, by Craig's integral
/// `Q(x) = 1/pi * integral over 0..pi/2 of exp(-x^2 / (2 sin^2 t))` for `x >= 0`.
pub fn q_function(x: f64) -> f64 {
    if x < 0.0 {
        return 1.0 - q_function(-x);
    }
    // The integrand is smooth and periodic, so that the midpoint rule converges exponentially.
    const STEPS: u32 = 256;
    let step = PI / 2.0 / f64::from(STEPS);
    let at = |i| (-(x * x) / (2.0 * ((f64::from(i) + 0.5) * step).sin().powi(2))).exp();
    (0..STEPS).map(at).sum::<f64>() * step / PI
}

/// Two independent standard normal values (Box and Muller).
fn gaussian_pair(rng: &mut ChaCha8Rng) -> [f64; 2] {
    // 1 - u lies in (0, 1], where the logarithm is finite.
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    let (sin, cos) = (2.0 * PI * rng.random::<f64>()).sin_cos();
    [radius * cos, radius * sin]
}
