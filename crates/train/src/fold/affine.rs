//! The line on which a quantizer's integer input lies, and the threshold of one-bit quantizers.

/// `gain * n + offset`: the real value that an integer `n` stands for. `gain` is never negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// Value of one step of the integer, at least 0.
    pub gain: f64,
    /// Value at 0.
    pub offset: f64,
}

impl Affine {
    /// The value at `n`.
    #[must_use]
    pub fn at(self, n: i64) -> f64 {
        self.gain * n as f64 + self.offset
    }

    /// The line in units of `unit`, which is positive.
    #[must_use]
    pub fn in_units_of(self, unit: f64) -> Self {
        Self { gain: self.gain / unit, offset: self.offset / unit }
    }

    /// The line raised by `by`.
    #[must_use]
    pub fn plus(self, by: f64) -> Self {
        Self { gain: self.gain, offset: self.offset + by }
    }
}

/// The smallest integer `n` of `-reach ..= reach` whose value is at least `level`, and
/// `reach + 1` if there is none: for every reachable `n`, `n >= threshold` says exactly the same as
/// `line.at(n) >= level`.
///
/// `reach` is below `i32::MAX`. A bisection, because rounding makes `ceil` of a quotient wrong at ties,
/// while `at` is monotone however it rounds.
#[must_use]
pub fn threshold(line: Affine, level: f64, reach: i32) -> i32 {
    let (mut below, mut end) = (-i64::from(reach), i64::from(reach) + 1);
    while below < end {
        let middle = (below + end).div_euclid(2);
        if line.at(middle) >= level {
            end = middle;
        } else {
            below = middle + 1;
        }
    }
    end as i32
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn check(line: Affine, level: f64, reach: i32) {
        let theta = threshold(line, level, reach);
        for n in -reach..=reach {
            let fires = line.at(i64::from(n)) >= level;
            assert_eq!(n >= theta, fires, "{line:?} at {n}, level {level}, threshold {theta}");
        }
    }

    #[test]
    fn agrees_with_the_float_rule_at_every_integer() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..400 {
            let gain = 10f64.powf(rng.random_range(-6.0..3.0));
            let line = Affine { gain, offset: rng.random_range(-500.0..500.0) * gain };
            check(line, 0.0, 700);
            check(line, 0.5, 700);
        }
    }

    #[test]
    fn ties_fire() {
        for offset in -20..20 {
            let line = Affine { gain: 0.1, offset: 0.1 * f64::from(offset) };
            check(line, 0.0, 30);
        }
        assert_eq!(threshold(Affine { gain: 0.5, offset: 0.0 }, 0.5, 9), 1);
        assert_eq!(threshold(Affine { gain: 0.5, offset: 0.0 }, 0.0, 9), 0);
    }

    #[test]
    fn a_row_without_weight_is_constant() {
        assert_eq!(threshold(Affine { gain: 0.0, offset: -1.0 }, 0.0, 64), 65);
        assert_eq!(threshold(Affine { gain: 0.0, offset: 0.0 }, 0.0, 64), -64);
        assert_eq!(threshold(Affine { gain: 1e-300, offset: -1.0 }, 0.0, i32::MAX - 1), i32::MAX);
    }
}
