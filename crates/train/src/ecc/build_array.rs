//! Array LDPC codes (Fan 2000): blocks of cyclic shifts of the identity.

use super::gf2::BitMatrix;

/// The `block_rows * p x p * p` parity-check matrix in which block `(i, j)` is the `p x p`
/// identity shifted down cyclically by `i * j`.
///
/// For a prime `p` its rank is `block_rows * (p - 1) + 1`, so the rows are redundant: the ones of
/// each block row add up to the all-one word. `p = 7` with 4 block rows is the LDPC(49,24) of the
/// collections used by decoder papers, `p = 11` with 6, 5, 4 the LDPC(121,60|70|80): the very same
/// matrices, row for row and column for column.
pub fn array_parity(p: usize, block_rows: usize) -> BitMatrix {
    let mut parity = BitMatrix::zeros(block_rows * p, p * p);
    for i in 0..block_rows {
        for bit in 0..p * p {
            let (j, x) = (bit / p, bit % p);
            parity.set(i * p + (x + i * j) % p, bit);
        }
    }
    parity
}
