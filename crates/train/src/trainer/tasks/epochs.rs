//! From the number of a step to the batch of an epoch.

use crate::data::BatchPlan;
use crate::trainer::recipe::Length;

/// Walks through the epochs of a plan; a jump back starts from the first epoch again.
#[derive(Debug)]
pub(super) struct Epochs {
    plan: BatchPlan,
    seed: u64,
    epoch: u64,
    /// Steps before the current epoch.
    start: u64,
    batches: Vec<Vec<usize>>,
}

impl Epochs {
    /// The epochs of a plan under a seed.
    pub(super) fn new(plan: BatchPlan, seed: u64) -> Self {
        let batches = plan.epoch(seed, 0);
        Self { plan, seed, epoch: 0, start: 0, batches }
    }

    /// The examples of step `step`, counted from 0.
    pub(super) fn batch(&mut self, step: u64) -> &[usize] {
        if step < self.start {
            *self = Self::new(self.plan.clone(), self.seed);
        }
        while step - self.start >= self.batches.len() as u64 {
            self.next();
        }
        &self.batches[(step - self.start) as usize]
    }

    fn next(&mut self) {
        self.start += self.batches.len() as u64;
        self.epoch += 1;
        self.batches = self.plan.epoch(self.seed, self.epoch);
    }
}

/// Steps of a length, where an epoch has about `per_epoch` steps; at least one.
pub(super) fn steps(length: Length, per_epoch: usize) -> u64 {
    match length {
        Length::Steps(steps) => steps,
        Length::Epochs(epochs) => ((epochs * per_epoch as f64).round() as u64).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::BatchSize;

    #[test]
    fn any_order_of_asking_gives_the_same_batches() {
        let plan = BatchPlan::new((1..=11).collect(), BatchSize::Tokens(12)).expect("a plan");
        let mut forwards = Epochs::new(plan.clone(), 7);
        let seen: Vec<Vec<usize>> = (0..40).map(|step| forwards.batch(step).to_vec()).collect();
        let mut jumping = Epochs::new(plan, 7);
        for step in [39, 3, 3, 20, 0] {
            assert_eq!(jumping.batch(step), seen[step as usize], "step {step}");
        }
    }

    #[test]
    fn epochs_become_steps() {
        assert_eq!(steps(Length::Epochs(1.5), 10), 15);
        assert_eq!(steps(Length::Epochs(0.01), 10), 1);
        assert_eq!(steps(Length::Steps(3), 10), 3);
    }
}
