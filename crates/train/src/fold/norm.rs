//! LayerNorm's gain and bias.

use noctule_program::parts::Norm;

/// Fractional bits of the normalised value (`docs/program-format.md` 1.5).
const NORMAL_BITS: i32 = 12;
const GAIN_MAX: f64 = i16::MAX as f64;
const BIAS_MAX: f64 = (1u32 << 30) as f64;
const SHIFT_MAX: u8 = 30;

/// Gain and bias in units of `1 / 2^point`, with the largest shift that both fit.
///
/// What does not fit even without a shift saturates (a gain above `2^27 / 2^point`).
#[must_use]
pub fn fold_norm(gain: &[f32], bias: &[f32], point: u8) -> Norm {
    let fits = |&shift: &u8| {
        let (gains, biases) = units(point, shift);
        gain.iter().all(|&g| (f64::from(g) * gains).round().abs() <= GAIN_MAX)
            && bias.iter().all(|&b| (f64::from(b) * biases).round().abs() <= BIAS_MAX)
    };
    let shift = (0..=SHIFT_MAX).rev().find(fits).unwrap_or(0);
    let (gains, biases) = units(point, shift);
    let limited =
        |value: f32, unit: f64, max: f64| (f64::from(value) * unit).round().clamp(-max, max);
    Norm {
        gain: gain.iter().map(|&g| limited(g, gains, GAIN_MAX) as i16).collect(),
        bias: bias.iter().map(|&b| limited(b, biases, BIAS_MAX) as i32).collect(),
        shift,
    }
}

/// Integer of a gain of 1 and of a bias of 1.
fn units(point: u8, shift: u8) -> (f64, f64) {
    let bias = 2f64.powi(i32::from(point) + i32::from(shift));
    (bias / 2f64.powi(NORMAL_BITS), bias)
}

#[cfg(test)]
mod tests {
    use noctule_program::numbers::{round_shift, sat16};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// `y` of `docs/program-format.md` 1.5 from an already normalised value.
    fn integer(norm: &Norm, channel: usize, normal: i64) -> i64 {
        let sum = normal * i64::from(norm.gain[channel]) + i64::from(norm.bias[channel]);
        sat16(round_shift(sum, norm.shift)).into()
    }

    #[test]
    fn every_normalised_value_lands_within_the_bound() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for point in [6u8, 9, 11, 14] {
            let gain: Vec<f32> = (0..16).map(|_| rng.random_range(-1.5..2.5)).collect();
            let bias: Vec<f32> = (0..16).map(|_| rng.random_range(-0.8..0.8)).collect();
            let norm = fold_norm(&gain, &bias, point);
            for channel in 0..16 {
                for normal in (-20_000i64..20_000).step_by(37) {
                    let value = normal as f64 / 4096.0 * f64::from(gain[channel])
                        + f64::from(bias[channel]);
                    let want = (value * 2f64.powi(i32::from(point))).clamp(-32768.0, 32767.0);
                    let got = integer(&norm, channel, normal) as f64;
                    let bound =
                        0.5 + (normal.abs() + 1) as f64 / 2f64.powi(i32::from(norm.shift) + 1);
                    assert!((got - want).abs() <= bound, "point {point}: {got} for {want}");
                }
            }
        }
    }

    #[test]
    fn uses_the_bits_it_has() {
        let norm = fold_norm(&[1.0, 0.25], &[0.0, 0.1], 10);
        assert_eq!((norm.gain[0], norm.shift), (16384, 16));
        let wide = fold_norm(&[1.0], &[1000.0], 10);
        assert_eq!((i64::from(wide.bias[0]), wide.shift), (1000 << 20, 10));
    }
}
