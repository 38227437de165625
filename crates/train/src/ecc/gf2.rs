//! Bit matrices over GF(2), the field of two elements.

const WORD: usize = u64::BITS as usize;

/// A dense matrix of bits; each row is packed into words, bit `j` of a row in word `j / 64`.
///
/// Bits past the last column are zero, so that two equal matrices have equal words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitMatrix {
    cols: usize,
    rows: Vec<Vec<u64>>,
}

impl BitMatrix {
    /// The zero matrix of shape `rows x cols`.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self { cols, rows: vec![vec![0; cols.div_ceil(WORD)]; rows] }
    }

    /// The matrix whose row `i` has ones exactly in the columns `supports[i]`.
    ///
    /// # Panics
    /// If a column is `cols` or more.
    pub fn from_supports(cols: usize, supports: &[Vec<usize>]) -> Self {
        let mut matrix = Self::zeros(supports.len(), cols);
        for (i, support) in supports.iter().enumerate() {
            for &j in support {
                matrix.set(i, j);
            }
        }
        matrix
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The bit at row `i`, column `j`.
    ///
    /// # Panics
    /// If `i` or `j` lies outside the matrix.
    pub fn get(&self, i: usize, j: usize) -> bool {
        assert!(j < self.cols, "column {j} of a matrix with {} columns", self.cols);
        self.rows[i][j / WORD] >> (j % WORD) & 1 == 1
    }

    /// Sets the bit at row `i`, column `j` to one.
    ///
    /// # Panics
    /// If `i` or `j` lies outside the matrix.
    pub fn set(&mut self, i: usize, j: usize) {
        assert!(j < self.cols, "column {j} of a matrix with {} columns", self.cols);
        self.rows[i][j / WORD] |= 1 << (j % WORD);
    }

    /// The columns in which row `i` has a one, ascending.
    pub fn support(&self, i: usize) -> Vec<usize> {
        (0..self.cols).filter(|&j| self.get(i, j)).collect()
    }

    /// Whether every bit is zero.
    pub fn is_zero(&self) -> bool {
        self.rows.iter().flatten().all(|&word| word == 0)
    }

    /// The matrix with rows and columns exchanged.
    pub fn transpose(&self) -> Self {
        let mut out = Self::zeros(self.cols, self.rows());
        for i in 0..self.rows() {
            for j in self.support(i) {
                out.set(j, i);
            }
        }
        out
    }

    /// The product `self * other` over GF(2).
    ///
    /// # Panics
    /// If `self` has not as many columns as `other` has rows.
    pub fn product(&self, other: &Self) -> Self {
        assert_eq!(self.cols, other.rows(), "inner sizes of a matrix product");
        let mut out = Self::zeros(self.rows(), other.cols);
        for i in 0..self.rows() {
            for j in self.support(i) {
                add_into(&mut out.rows[i], &other.rows[j]);
            }
        }
        out
    }

    /// The reduced row echelon form without its zero rows, and the pivot column of each row.
    pub fn reduced(&self) -> (Self, Vec<usize>) {
        let mut reduced = self.clone();
        let mut pivots = Vec::new();
        for j in 0..self.cols {
            if reduced.eliminate(pivots.len(), j) {
                pivots.push(j);
            }
        }
        reduced.rows.truncate(pivots.len());
        (reduced, pivots)
    }

    /// The number of linearly independent rows.
    pub fn rank(&self) -> usize {
        self.reduced().1.len()
    }

    /// A basis of all `x` with `self * x = 0`, one per row: the generator matrix of the code whose
    /// parity-check matrix is `self`. It is systematic on the columns without a pivot.
    pub fn null_space(&self) -> Self {
        let (reduced, pivots) = self.reduced();
        let free: Vec<usize> =
            (0..self.cols).filter(|j| pivots.binary_search(j).is_err()).collect();
        let mut basis = Self::zeros(free.len(), self.cols);
        for (b, &j) in free.iter().enumerate() {
            basis.set(b, j);
            for (i, &pivot) in pivots.iter().enumerate() {
                if reduced.get(i, j) {
                    basis.set(b, pivot);
                }
            }
        }
        basis
    }

    /// Whether the rows of both matrices span the same space (for parity-check matrices: whether
    /// they describe the same code).
    pub fn same_row_space(&self, other: &Self) -> bool {
        self.cols == other.cols && self.reduced().0 == other.reduced().0
    }

    /// Brings a one of column `j` into row `top` and clears the column elsewhere; false if there
    /// is none at or below `top`.
    fn eliminate(&mut self, top: usize, j: usize) -> bool {
        let Some(found) = (top..self.rows()).find(|&i| self.get(i, j)) else { return false };
        self.rows.swap(top, found);
        let pivot_row = self.rows[top].clone();
        for i in 0..self.rows() {
            if i != top && self.get(i, j) {
                add_into(&mut self.rows[i], &pivot_row);
            }
        }
        true
    }
}

fn add_into(sum: &mut [u64], row: &[u64]) {
    for (s, r) in sum.iter_mut().zip(row) {
        *s ^= r;
    }
}
