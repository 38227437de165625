//! The right operand of a product, laid out for one kernel.

use noctule_program::{bits::BitMatrix, parts::Weights};

use super::Digits;
use crate::kernels::PanelBits;

/// `rows` rows of `cols` values: `[plane][panel][word][lane]`, padded by rows without bits.
#[derive(Debug)]
pub(crate) struct Panels {
    digits: Digits,
    lanes: usize,
    rows: usize,
    cols: usize,
    data: Vec<u64>,
    sums: Vec<i32>,
}

impl Panels {
    /// An empty operand with room for any shape up to `rows * cols` with `planes` planes, so that
    /// [`Self::reshape`] never allocates.
    pub(crate) fn with_room(lanes: usize, planes: usize, rows: usize, cols: usize) -> Self {
        let padded = rows.next_multiple_of(lanes);
        Self {
            digits: Digits::of_weights(None),
            lanes,
            rows: 0,
            cols: 0,
            data: Vec::with_capacity(planes * padded * cols.div_ceil(64)),
            sums: Vec::with_capacity(padded),
        }
    }

    pub(crate) fn of_weights(weights: &Weights, lanes: usize) -> Self {
        let digits = Digits::of_weights(weights.low.as_ref());
        let (rows, cols) = (weights.high.rows(), weights.high.cols());
        let mut panels = Self::with_room(lanes, digits.planes(), rows, cols);
        panels.reshape(digits, rows, cols);
        panels.put_plane(0, &weights.high);
        if let Some(low) = &weights.low {
            panels.put_plane(1, &low.bits);
        }
        panels.sum_rows();
        panels
    }

    /// Takes a new shape, all bits clear.
    pub(crate) fn reshape(&mut self, digits: Digits, rows: usize, cols: usize) {
        (self.digits, self.rows, self.cols) = (digits, rows, cols);
        self.data.clear();
        self.data.resize(digits.planes() * self.plane_len(), 0);
    }

    /// Word `word` of row `row`, to be written before [`Self::sum_rows`].
    pub(crate) fn put(&mut self, plane: usize, row: usize, word: usize, bits: u64) {
        let at = plane * self.plane_len() + self.offset(row, word);
        self.data[at] = bits;
    }

    /// To be called once all words are put.
    pub(crate) fn sum_rows(&mut self) {
        self.sums.clear();
        for row in 0..self.padded_rows() {
            let planes = self.digits.weights().iter().enumerate();
            self.sums.push(planes.map(|(p, w)| w * self.ones(p, row)).sum());
        }
    }

    pub(crate) fn digits(&self) -> &Digits {
        &self.digits
    }

    /// Columns.
    pub(crate) fn cols(&self) -> usize {
        self.cols
    }

    /// Words of a row.
    pub(crate) fn words(&self) -> usize {
        self.cols.div_ceil(64)
    }

    /// Rows of whole panels: the columns of a product.
    pub(crate) fn padded_rows(&self) -> usize {
        self.rows.next_multiple_of(self.lanes)
    }

    /// Each row's value without the offsets.
    pub(crate) fn sums(&self) -> &[i32] {
        &self.sums
    }

    pub(crate) fn plane(&self, plane: usize) -> PanelBits<'_> {
        PanelBits { data: &self.data[plane * self.plane_len()..][..self.plane_len()] }
    }

    fn put_plane(&mut self, plane: usize, bits: &BitMatrix) {
        for row in 0..bits.rows() {
            for (word, &value) in bits.row(row).iter().enumerate() {
                self.put(plane, row, word, value);
            }
        }
    }

    fn plane_len(&self) -> usize {
        self.padded_rows() * self.words()
    }

    fn offset(&self, row: usize, word: usize) -> usize {
        (row / self.lanes * self.words() + word) * self.lanes + row % self.lanes
    }

    fn ones(&self, plane: usize, row: usize) -> i32 {
        let data = self.plane(plane).data;
        let word = |w| data[self.offset(row, w)].count_ones().cast_signed();
        (0..self.words()).map(word).sum()
    }
}
