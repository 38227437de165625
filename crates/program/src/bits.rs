//! Bit matrices packed into 64-bit words.

use alloc::{vec, vec::Vec};

/// Why words do not make a [`BitMatrix`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BitsError {
    /// The number of words does not fit the shape.
    #[error("a {rows} x {cols} bit matrix does not have {words} words")]
    Words {
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        cols: usize,
        /// Words given.
        words: usize,
    },
    /// A bit behind the last column is set.
    #[error(
        "row {row} of a bit matrix has a padding bit set: clear all bits behind the last column"
    )]
    Padding {
        /// The first such row.
        row: usize,
    },
}

/// A matrix of bits, row-major: column `c` of a row is bit `c % 64` of the row's word `c / 64`.
///
/// Every row starts a new word; the bits behind the last column are zero, always.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BitMatrix {
    rows: usize,
    cols: usize,
    words: Vec<u64>,
}

impl BitMatrix {
    /// Takes `rows * cols.div_ceil(64)` words.
    ///
    /// # Errors
    /// Where their number does not fit or a padding bit is set.
    pub fn new(rows: usize, cols: usize, words: Vec<u64>) -> Result<Self, BitsError> {
        if rows.checked_mul(cols.div_ceil(64)) != Some(words.len()) {
            return Err(BitsError::Words { rows, cols, words: words.len() });
        }
        let matrix = Self { rows, cols, words };
        match (0..rows).find(|&row| matrix.has_padding(row)) {
            Some(row) => Err(BitsError::Padding { row }),
            None => Ok(matrix),
        }
    }

    /// All bits clear.
    #[must_use]
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self { rows, cols, words: vec![0; rows * cols.div_ceil(64)] }
    }

    /// Bit `(r, c)` is `bit(r, c)`.
    #[must_use]
    pub fn from_fn(rows: usize, cols: usize, mut bit: impl FnMut(usize, usize) -> bool) -> Self {
        let mut matrix = Self::zeros(rows, cols);
        for r in 0..rows {
            for c in 0..cols {
                matrix.set(r, c, bit(r, c));
            }
        }
        matrix
    }

    /// Rows.
    #[inline]
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns.
    #[inline]
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Words of a row.
    #[inline]
    #[must_use]
    pub fn stride(&self) -> usize {
        self.cols.div_ceil(64)
    }

    /// All words, row after row.
    #[inline]
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The words of row `r`. Panics if there is no such row.
    #[inline]
    #[must_use]
    pub fn row(&self, r: usize) -> &[u64] {
        assert!(r < self.rows, "row {r} of {}", self.rows);
        &self.words[r * self.stride()..(r + 1) * self.stride()]
    }

    /// Bit `(r, c)`. Panics outside the matrix.
    #[inline]
    #[must_use]
    pub fn get(&self, r: usize, c: usize) -> bool {
        assert!(c < self.cols, "column {c} of {}", self.cols);
        self.row(r)[c / 64] >> (c % 64) & 1 == 1
    }

    /// Bit `(r, c)` as a weight: +1 where set, -1 where clear. Panics outside the matrix.
    #[inline]
    #[must_use]
    pub fn sign(&self, r: usize, c: usize) -> i32 {
        if self.get(r, c) { 1 } else { -1 }
    }

    /// Sets bit `(r, c)` to `bit`. Panics outside the matrix.
    #[inline]
    pub fn set(&mut self, r: usize, c: usize, bit: bool) {
        assert!(r < self.rows && c < self.cols, "bit ({r}, {c}) of {} x {}", self.rows, self.cols);
        let word = &mut self.words[r * self.cols.div_ceil(64) + c / 64];
        *word = *word & !(1 << (c % 64)) | u64::from(bit) << (c % 64);
    }

    fn has_padding(&self, row: usize) -> bool {
        let used = self.cols % 64;
        used != 0 && self.row(row).last().is_some_and(|word| word >> used != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_rows() {
        let m = BitMatrix::from_fn(3, 70, |r, c| (r * 70 + c) % 3 == 0);
        assert_eq!((m.rows(), m.cols(), m.stride(), m.words().len()), (3, 70, 2, 6));
        assert!((0..3).all(|r| (0..70).all(|c| m.get(r, c) == ((r * 70 + c) % 3 == 0))));
        assert_eq!(m.row(1)[1], m.words()[3]);
        assert_eq!(m.row(0)[0] & 0b1111, 0b1001);
        assert_eq!(BitMatrix::new(3, 70, m.words().to_vec()), Ok(m));
    }

    #[test]
    fn a_bit_can_be_cleared() {
        let mut m = BitMatrix::from_fn(1, 3, |_, _| true);
        m.set(0, 1, false);
        assert_eq!((m.row(0), m.sign(0, 0), m.sign(0, 1)), (&[0b101][..], 1, -1));
    }

    #[test]
    fn wrong_words_are_refused() {
        let words = |n| Err(BitsError::Words { rows: 2, cols: 65, words: n });
        assert_eq!(BitMatrix::new(2, 65, vec![0; 3]), words(3));
        assert_eq!(BitMatrix::new(2, 65, vec![0, 0, 0, 2]), Err(BitsError::Padding { row: 1 }));
        assert!(BitMatrix::new(2, 64, vec![u64::MAX; 2]).is_ok());
        assert!(BitMatrix::new(usize::MAX, 65, vec![]).is_err());
    }
}
