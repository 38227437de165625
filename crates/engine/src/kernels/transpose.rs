//! Transposition of a block of bits.

/// Transposes 64 words of 64 bits: bit `j` of word `i` and bit `i` of word `j` change places.
///
/// Swaps off-diagonal halves, then quarters, down to single bits (Warren, Hacker's Delight, 7-3).
#[inline(always)]
pub(super) fn transpose(block: &mut [u64; 64]) {
    swap::<32>(block, 0x0000_0000_ffff_ffff);
    swap::<16>(block, 0x0000_ffff_0000_ffff);
    swap::<8>(block, 0x00ff_00ff_00ff_00ff);
    swap::<4>(block, 0x0f0f_0f0f_0f0f_0f0f);
    swap::<2>(block, 0x3333_3333_3333_3333);
    swap::<1>(block, 0x5555_5555_5555_5555);
}

/// In each `2 H` words, the bits outside the mask of the first half with those inside of the second.
#[inline(always)]
fn swap<const H: usize>(block: &mut [u64; 64], mask: u64) {
    for words in block.chunks_exact_mut(2 * H) {
        let (first, second) = words.split_at_mut(H);
        for (a, b) in first.iter_mut().zip(second) {
            let swap = (*a >> H ^ *b) & mask;
            *a ^= swap << H;
            *b ^= swap;
        }
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
