//! Confidence intervals of measured error rates.

/// The two-sided 95 % quantile of the standard normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// A range of values, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies within.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// The 95 % interval of a share of independent trials (Wilson 1927); sound also at zero events.
/// With no trials nothing is known: 0 to 1.
pub fn share_interval(events: u64, trials: u64) -> Interval {
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (n, z2) = (trials as f64, Z95 * Z95);
    let share = events as f64 / n;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z95 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    // At no event and at nothing but events the ends are exact; rounding would miss them.
    Interval {
        low: if events == 0 { 0.0 } else { centre - half },
        high: if events == trials { 1.0 } else { centre + half },
    }
}

/// The 95 % interval of a mean of independent values (normal approximation), from their number,
/// sum and sum of squares; the lower end never falls below 0.
pub fn mean_interval(count: u64, sum: f64, sum_of_squares: f64) -> Interval {
    let n = count as f64;
    let mean = sum / n;
    let variance = (sum_of_squares / n - mean * mean).max(0.0);
    let half = Z95 * (variance / n).sqrt();
    Interval { low: (mean - half).max(0.0), high: mean + half }
}
