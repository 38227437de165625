//! The left operand of a product, packed for a kernel.

use alloc::vec::Vec;

use super::rows::Rows;
use crate::{
    kernels::{Chunk, Kernel, LeftBits, LeftSize, RowBits},
    prepare::{BLOCK, Digits},
    room::Room,
};

/// Chunks that a left operand takes, in as many parts as its kernel needs.
pub(crate) fn left_chunks(kernel: &dyn Kernel, size: LeftSize) -> usize {
    parts(kernel, size.planes).map(|planes| kernel.left_chunks(LeftSize { planes, ..size })).sum()
}

/// Planes of each part.
fn parts(kernel: &dyn Kernel, planes: usize) -> impl Iterator<Item = usize> + use<> {
    let most = kernel.planes();
    (0..planes).step_by(most).map(move |first| most.min(planes - first))
}

/// Room for left operands of a block of rows.
#[derive(Debug)]
pub(crate) struct LeftBuffer {
    data: Vec<Chunk>,
    sums: Vec<i32>,
}

/// A packed left operand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left<'a> {
    data: &'a [Chunk],
    sums: &'a [i32],
    digits: Digits,
    size: LeftSize,
}

impl LeftBuffer {
    pub(crate) fn new(room: &mut Room, chunks: usize) -> Self {
        Self { data: room.filled(Chunk::ZERO, chunks), sums: room.filled(0, BLOCK) }
    }

    /// Packs one segment of a block of rows.
    pub(crate) fn pack(&mut self, kernel: &dyn Kernel, rows: Rows<'_>, segment: usize) -> Left<'_> {
        let bits = rows.bits(segment);
        let (digits, size) = (rows.layout.digits, bits.size());
        let (mut at, mut first) = (0, 0);
        for planes in parts(kernel, size.planes) {
            let data = &bits.data[(first * bits.plane_stride).min(bits.data.len())..];
            let part = RowBits { data, planes, ..bits };
            let chunks = kernel.left_chunks(part.size());
            kernel.pack(part, &mut self.data[at..at + chunks]);
            (at, first) = (at + chunks, first + planes);
        }
        let sums = &mut self.sums[..size.rows];
        kernel.totals(bits, digits.shifts(), sums);
        Left { data: &self.data[..at], sums, digits, size }
    }
}

impl<'a> Left<'a> {
    pub(crate) fn rows(&self) -> usize {
        self.size.rows
    }

    pub(crate) fn digits(&self) -> &Digits {
        &self.digits
    }

    /// The values of a row added up, without their offsets.
    pub(crate) fn sum(&self, row: usize) -> i32 {
        self.sums[row]
    }

    /// Each part with its shift.
    pub(crate) fn parts(
        &self,
        kernel: &'static dyn Kernel,
    ) -> impl Iterator<Item = (LeftBits<'a>, u32)> + use<'a> {
        let Self { data, digits, size, .. } = *self;
        let (mut at, mut first) = (0, 0);
        parts(kernel, size.planes).map(move |planes| {
            let size = LeftSize { planes, ..size };
            let chunks = kernel.left_chunks(size);
            let part = LeftBits { data: &data[at..at + chunks], size };
            let shift = digits.shifts()[first];
            (at, first) = (at + chunks, first + planes);
            (part, shift)
        })
    }
}
