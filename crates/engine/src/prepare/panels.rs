//! The right operand of a product, arranged for its kernel.

use alloc::{vec, vec::Vec};

use noctule_program::{bits::BitMatrix, parts::Weights};

use super::Digits;
use crate::{
    kernels::{Chunk, Kernel, PANEL, PanelBits},
    memory::Heap,
    room::Room,
};

/// `rows` rows of `cols` values: chunks `[planes][panel][word][plane]`, of as many planes together as the
/// kernel takes at a time, padded by rows without bits.
#[derive(Debug)]
pub(crate) struct Panels {
    kernel: &'static dyn Kernel,
    digits: Digits,
    /// Offset of the left operand's values.
    left: i32,
    rows: usize,
    cols: usize,
    data: Vec<Chunk>,
    /// Of each row its value without the offset, times `left`; padded to whole panels.
    columns: Vec<i32>,
}

impl Panels {
    /// An empty operand with room for any shape up to `rows * cols` with `planes` planes, so that
    /// [`Self::fill`] never allocates.
    pub(crate) fn with_room(
        room: &mut Room,
        kernel: &'static dyn Kernel,
        planes: usize,
        [rows, cols]: [usize; 2],
    ) -> Self {
        Self {
            kernel,
            digits: Digits::of_weights(None),
            left: 0,
            rows: 0,
            cols: 0,
            data: room.empty(planes * rows.div_ceil(PANEL) * cols.div_ceil(PANEL)),
            columns: room.empty(rows.next_multiple_of(PANEL)),
        }
    }

    /// The same without a value and without room: for its shape and its bytes.
    pub(crate) fn shape_of_weights(
        kernel: &'static dyn Kernel,
        weights: &Weights,
        left: Digits,
    ) -> Self {
        let (rows, cols) = (weights.high.rows(), weights.high.cols());
        let digits = Digits::of_weights(weights.low.as_ref());
        Self { kernel, digits, left: left.offset(), rows, cols, data: vec![], columns: vec![] }
    }

    /// Weights for a left operand of codes `left`.
    pub(crate) fn of_weights(kernel: &'static dyn Kernel, weights: &Weights, left: Digits) -> Self {
        let digits = Digits::of_weights(weights.low.as_ref());
        let shape = [weights.high.rows(), weights.high.cols()];
        let mut panels = Self::with_room(&mut Room::wet(), kernel, digits.planes(), shape);
        let planes = [Some(&weights.high), weights.low.as_ref().map(|low| &low.bits)];
        panels.fill(kernel, [digits, left], shape, |plane, panel, word, chunk| {
            if let Some(bits) = planes[plane] {
                copy(bits, panel, word, chunk);
            }
        });
        panels
    }

    /// Takes new values of some digits, for a left operand of others, of a shape `[rows, cols]`. `put` sets a chunk, which is all clear, given its
    /// plane, panel and word.
    pub(crate) fn fill(
        &mut self,
        kernel: &'static dyn Kernel,
        [digits, left]: [Digits; 2],
        shape: [usize; 2],
        mut put: impl FnMut(usize, usize, usize, &mut Chunk),
    ) {
        (self.digits, self.left, [self.rows, self.cols]) = (digits, left.offset(), shape);
        self.kernel = kernel;
        self.columns.clear();
        self.columns.resize(PANEL * self.panels(), 0);
        self.data.clear();
        let planes = kernel.right_planes();
        for first in (0..digits.planes()).step_by(planes) {
            for panel in 0..self.panels() {
                for word in 0..self.words() {
                    let start = self.data.len();
                    for plane in first..first + planes {
                        let mut chunk = Chunk::ZERO;
                        put(plane, panel, word, &mut chunk);
                        self.count(panel, digits.shifts()[plane], &chunk);
                        self.data.push(chunk);
                    }
                    kernel.arrange_planes(&mut self.data[start..]);
                }
            }
        }
    }

    /// Puts the rows of the first plane anew.
    pub(crate) fn arrange(&mut self, bits: &BitMatrix) {
        let (words, panels) = (self.words(), self.panels());
        for (n, chunk) in self.data[..panels * words].iter_mut().enumerate() {
            *chunk = Chunk::ZERO;
            copy(bits, n / words, n % words, chunk);
            self.kernel.arrange(chunk);
        }
    }

    pub(crate) fn kernel(&self) -> &'static dyn Kernel {
        self.kernel
    }

    pub(crate) fn digits(&self) -> &Digits {
        &self.digits
    }

    /// Rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Columns.
    pub(crate) fn cols(&self) -> usize {
        self.cols
    }

    /// Words of a row.
    pub(crate) fn words(&self) -> usize {
        self.cols.div_ceil(PANEL)
    }

    pub(crate) fn panels(&self) -> usize {
        self.rows.div_ceil(PANEL)
    }

    /// What each row of a panel adds to the sums of every left row.
    pub(crate) fn columns(&self, panel: usize) -> &[i32; PANEL] {
        &self.columns.as_chunks().0[panel]
    }

    /// The planes that the kernel takes at a time, each with the shift of the first.
    pub(crate) fn bits(&self, panel: usize) -> impl Iterator<Item = (PanelBits<'_>, u32)> {
        let planes = self.kernel.right_planes();
        let shifts = self.digits.shifts().iter().step_by(planes).enumerate();
        shifts.map(move |(n, &shift)| (self.planes(n, panel, planes * self.words()), shift))
    }

    fn planes(&self, n: usize, panel: usize, chunks: usize) -> PanelBits<'_> {
        let chunks = &self.data[(n * self.panels() + panel) * chunks..][..chunks];
        PanelBits { chunks, rows: PANEL.min(self.rows - PANEL * panel), inputs: self.cols }
    }

    fn count(&mut self, panel: usize, shift: u32, chunk: &Chunk) {
        if self.left == 0 {
            return;
        }
        for (sum, word) in self.columns[PANEL * panel..][..PANEL].iter_mut().zip(chunk.0) {
            let value = (word.count_ones() << shift).cast_signed();
            *sum = sum.wrapping_add(self.left.wrapping_mul(value));
        }
    }
}

/// Of weights, also where there are shapes only.
impl Heap for Panels {
    fn heap(&self) -> usize {
        let chunks = self.digits.planes() * self.panels() * self.words();
        chunks * size_of::<Chunk>() + PANEL * self.panels() * size_of::<i32>()
    }
}

fn copy(bits: &BitMatrix, panel: usize, word: usize, chunk: &mut Chunk) {
    for (out, row) in chunk.0.iter_mut().zip(PANEL * panel..bits.rows()) {
        *out = bits.row(row)[word];
    }
}
