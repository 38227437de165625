//! Which examples go together, epoch by epoch.

use super::DataError;
use super::seeding::{Purpose, generator};
use rand::seq::SliceRandom;

/// How large a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchSize {
    /// This many examples.
    Examples(usize),
    /// As many examples as fit: examples times the longest, padding included.
    Tokens(usize),
}

/// Batches of similar length over a set of examples.
///
/// An epoch is a random permutation, cut into pools, each sorted by length and cut into batches,
/// whose order is random again: little padding, yet other company every time.
#[derive(Debug, Clone)]
pub struct BatchPlan {
    lengths: Vec<usize>,
    size: BatchSize,
}

/// Examples in a pool: enough that its batches hold texts of nearly equal length.
const POOL: usize = 2048;

impl BatchPlan {
    /// A plan over examples with these numbers of tokens.
    ///
    /// # Errors
    /// A size of zero, or a token budget below the longest example.
    pub fn new(lengths: Vec<usize>, size: BatchSize) -> Result<Self, DataError> {
        let longest = lengths.iter().copied().max().unwrap_or(0);
        match size {
            BatchSize::Examples(0) => Err(DataError::Setting {
                name: "batch examples",
                value: 0,
                remedy: "give at least 1",
            }),
            BatchSize::Tokens(value) if value < longest.max(1) => Err(DataError::Setting {
                name: "batch tokens",
                value,
                remedy: "give at least the tokens of the longest example",
            }),
            _ => Ok(Self { lengths, size }),
        }
    }

    /// The batches of one epoch, as example indices; every example occurs once.
    ///
    /// The same (seed, epoch) always gives the same batches: to resume at a step, skip the
    /// steps before it.
    pub fn epoch(&self, seed: u64, epoch: u64) -> Vec<Vec<usize>> {
        let mut random = generator(seed, epoch, 0, Purpose::Order);
        let mut order: Vec<usize> = (0..self.lengths.len()).collect();
        order.shuffle(&mut random);
        let mut batches = Vec::new();
        for pool in order.chunks_mut(POOL) {
            pool.sort_by_key(|&at| self.lengths[at]);
            self.cut(pool, &mut batches);
        }
        batches.shuffle(&mut random);
        batches
    }

    /// Every example once, sorted by length, nothing random: for evaluation.
    pub fn by_length(&self) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.lengths.len()).collect();
        order.sort_by_key(|&at| self.lengths[at]);
        let mut batches = Vec::new();
        self.cut(&order, &mut batches);
        batches
    }

    /// Cuts indices sorted by length into batches.
    fn cut(&self, sorted: &[usize], batches: &mut Vec<Vec<usize>>) {
        let mut batch = Vec::new();
        for &at in sorted {
            if self.is_full(batch.len(), self.lengths[at]) {
                batches.push(std::mem::take(&mut batch));
            }
            batch.push(at);
        }
        if !batch.is_empty() {
            batches.push(batch);
        }
    }

    /// Whether `count` examples leave no room for one more which is `longest` tokens long.
    fn is_full(&self, count: usize, longest: usize) -> bool {
        match self.size {
            BatchSize::Examples(limit) => count == limit,
            BatchSize::Tokens(limit) => (count + 1) * longest > limit,
        }
    }
}
