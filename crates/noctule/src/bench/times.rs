//! Times of many runs of one thing.

use serde::Serialize;

/// Milliseconds of runs: best, median, largest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Times {
    /// Smallest.
    pub best: f64,
    /// Half of the runs took less.
    pub median: f64,
    /// Largest.
    pub largest: f64,
    /// How many.
    pub runs: usize,
}

impl Times {
    /// Of some milliseconds, in any order; none if there are none.
    #[must_use]
    pub fn of(mut milliseconds: Vec<f64>) -> Option<Self> {
        milliseconds.sort_by(f64::total_cmp);
        let (best, largest) = (*milliseconds.first()?, *milliseconds.last()?);
        let runs = milliseconds.len();
        Some(Self { best, median: milliseconds[runs / 2], largest, runs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter() {
        let times = Times::of(vec![3.0, 1.0, 9.0, 2.0, 4.0]);
        assert_eq!(times, Some(Times { best: 1.0, median: 3.0, largest: 9.0, runs: 5 }));
        assert_eq!(Times::of(Vec::new()), None);
    }
}
