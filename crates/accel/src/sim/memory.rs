//! A memory on chip: words of any number of bits.

/// Words of bits; bit 0 of a word is its lowest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    stride: usize,
    words: Vec<u64>,
}

impl Memory {
    /// `depth` words of `bits` bits, all 0.
    #[must_use]
    pub fn new(bits: usize, depth: usize) -> Self {
        let stride = bits.div_ceil(64);
        Self { stride, words: vec![0; stride * depth] }
    }

    /// Word `at`. Panics if there is none.
    #[must_use]
    pub fn word(&self, at: usize) -> &[u64] {
        &self.words[at * self.stride..][..self.stride]
    }

    /// Word `at`, to be changed. Panics if there is none.
    pub fn word_mut(&mut self, at: usize) -> &mut [u64] {
        &mut self.words[at * self.stride..][..self.stride]
    }

    /// `bits` (at most 64) bits of word `at` from bit `lo`.
    #[must_use]
    pub fn get(&self, at: usize, lo: usize, bits: usize) -> u64 {
        let word = self.word(at);
        let high = if lo % 64 + bits > 64 { word[lo / 64 + 1] } else { 0 };
        let both = u128::from(high) << 64 | u128::from(word[lo / 64]);
        (both >> (lo % 64)) as u64 & (u64::MAX >> (64 - bits))
    }

    /// As [`Self::get`], sign-extended.
    #[must_use]
    pub fn get_signed(&self, at: usize, lo: usize, bits: usize) -> i64 {
        (self.get(at, lo, bits) << (64 - bits)) as i64 >> (64 - bits)
    }

    /// Sets `bits` (at most 64) bits of word `at` from bit `lo` to the low bits of `value`.
    pub fn set(&mut self, at: usize, lo: usize, bits: usize, value: u64) {
        let mask = u128::from(u64::MAX >> (64 - bits)) << (lo % 64);
        let placed = u128::from(value) << (lo % 64) & mask;
        let word = self.word_mut(at);
        word[lo / 64] = word[lo / 64] & !(mask as u64) | placed as u64;
        if mask >> 64 != 0 {
            let high = &mut word[lo / 64 + 1];
            *high = *high & !((mask >> 64) as u64) | (placed >> 64) as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_cross_words_and_keep_their_neighbours() {
        let mut memory = Memory::new(130, 3);
        memory.set(1, 0, 64, u64::MAX);
        memory.set(1, 64, 64, u64::MAX);
        memory.set(1, 50, 30, 0x1234_5678);
        assert_eq!(memory.get(1, 50, 30), 0x1234_5678);
        assert_eq!((memory.get(1, 49, 1), memory.get(1, 80, 1)), (1, 1));
        assert_eq!(memory.get_signed(1, 0, 10), -1);
        assert_eq!((memory.word(0), memory.word(2)), (&[0; 3][..], &[0; 3][..]));
    }
}
