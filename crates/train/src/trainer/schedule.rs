//! The learning rate over the steps of a stage.

/// What happens to the learning rate after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decay {
    /// It stays.
    Constant,
    /// It falls in a straight line to zero.
    Linear,
    /// It falls along half a cosine to zero.
    Cosine,
}

/// A factor for each step of a stage: a linear rise, then a decay.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    steps: u64,
    warmup: u64,
    decay: Decay,
}

impl Schedule {
    /// A schedule of `steps` steps, of which the share `warmup` (0 to 1) rises.
    #[must_use]
    pub fn new(steps: u64, warmup: f64, decay: Decay) -> Self {
        let rising = (steps as f64 * warmup).round() as u64;
        Self { steps, warmup: rising.min(steps), decay }
    }

    /// The factor of the learning rate in step `step`, counted from 0; never 0 before the end.
    #[must_use]
    pub fn factor(&self, step: u64) -> f64 {
        if step < self.warmup {
            return (step + 1) as f64 / self.warmup as f64;
        }
        let falling = (self.steps - self.warmup).max(1) as f64;
        let done = ((step - self.warmup) as f64 / falling).min(1.0);
        match self.decay {
            Decay::Constant => 1.0,
            Decay::Linear => 1.0 - done,
            Decay::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * done).cos()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_in_a_line_and_falls_in_a_line() {
        let schedule = Schedule::new(10, 0.4, Decay::Linear);
        let factors: Vec<f64> = (0..10).map(|step| schedule.factor(step)).collect();
        assert_eq!(factors[..4], [0.25, 0.5, 0.75, 1.0]);
        for (at, expected) in [(4, 1.0), (5, 5.0 / 6.0), (9, 1.0 / 6.0)] {
            assert!((factors[at] - expected).abs() < 1e-12, "step {at}: {}", factors[at]);
        }
    }

    #[test]
    fn cosine_is_at_one_half_in_the_middle() {
        let schedule = Schedule::new(8, 0.0, Decay::Cosine);
        assert_eq!(schedule.factor(0), 1.0);
        assert!((schedule.factor(4) - 0.5).abs() < 1e-12);
        assert!(schedule.factor(7) > 0.0);
    }

    #[test]
    fn constant_stays_and_a_warmup_of_everything_ends_at_one() {
        assert_eq!(Schedule::new(5, 0.0, Decay::Constant).factor(4), 1.0);
        assert_eq!(Schedule::new(5, 1.0, Decay::Linear).factor(4), 1.0);
    }
}
