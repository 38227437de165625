//! Transposition of a block of bits.

/// Transposes 64 words of 64 bits: bit `j` of word `i` and bit `i` of word `j` change places.
///
/// Swaps off-diagonal halves, then quarters, down to single bits (Warren, Hacker's Delight, 7-3).
pub(crate) fn transpose(block: &mut [u64; 64]) {
    let mut half = 32;
    let mut mask = u64::MAX >> 32;
    while half > 0 {
        for i in (0..64).filter(|i| i & half == 0) {
            let swap = (block[i] >> half ^ block[i + half]) & mask;
            block[i] ^= swap << half;
            block[i + half] ^= swap;
        }
        half /= 2;
        mask ^= mask << half;
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn bits_change_places() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let before: [u64; 64] = std::array::from_fn(|_| rng.random());
        let mut after = before;
        transpose(&mut after);
        for (i, row) in after.iter().enumerate() {
            for (j, column) in before.iter().enumerate() {
                assert_eq!(row >> j & 1, column >> i & 1, "({i}, {j})");
            }
        }
    }
}
