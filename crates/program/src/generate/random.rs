//! Random integers from a seed: SplitMix64 (Steele, Lea and Flood 2014).

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::bits::BitMatrix;

/// A stream of random numbers; equal seeds give equal streams, for ever.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number in `range`, which is not empty and narrower than 64 bits.
    pub(crate) fn within(&mut self, range: RangeInclusive<i64>) -> i64 {
        let width = (range.end() - range.start()) as u64 + 1;
        range.start() + ((u128::from(self.word()) * u128::from(width)) >> 64) as i64
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.within(0..=n as i64 - 1) as usize
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    pub(crate) fn list<T>(&mut self, n: usize, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..n).map(|_| item(self)).collect()
    }

    pub(crate) fn bits(&mut self, rows: usize, cols: usize) -> BitMatrix {
        let last = u64::MAX >> (cols.next_multiple_of(64) - cols);
        let stride = cols.div_ceil(64);
        let word = |n: usize| if n % stride + 1 == stride { last } else { u64::MAX };
        let words = (0..rows * stride).map(|n| self.word() & word(n)).collect();
        BitMatrix::new(rows, cols, words).expect("the padding bits were cleared")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        let mut random = Random::new(1_234_567);
        assert_eq!(
            random.list(2, Random::word),
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }

    #[test]
    fn numbers_fill_their_range() {
        let mut random = Random::new(1);
        let mut seen = [false; 5];
        for n in random.list(200, |r| r.within(-2..=2)) {
            seen[(n + 2) as usize] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(random.bits(3, 70).words().len(), 6);
    }
}
