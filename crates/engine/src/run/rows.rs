//! Rows of codes in bit planes.

use alloc::vec::Vec;
use core::ops::Range;

use crate::{
    kernels::{Kernel, PANEL, RowBits},
    prepare::Digits,
    room::Room,
};

/// Shape of a row: `[plane][segment][word]`. A segment is what one product reads: a whole row, or
/// the channels of one head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) digits: Digits,
    pub(crate) segments: usize,
    /// Codes of a segment.
    pub(crate) length: usize,
}

impl Layout {
    /// One segment.
    pub(crate) fn flat(digits: Digits, length: usize) -> Self {
        Self { digits, segments: 1, length }
    }

    /// Words of one plane of a segment.
    pub(crate) fn words(&self) -> usize {
        self.length.div_ceil(64)
    }

    /// Words of one plane.
    fn plane(&self) -> usize {
        self.segments * self.words()
    }

    /// Words of a row.
    pub(crate) fn stride(&self) -> usize {
        self.digits.planes() * self.plane()
    }
}

/// Room for rows of any layout up to a size.
#[derive(Debug)]
pub(crate) struct CodeBuffer(Vec<u64>);

impl CodeBuffer {
    /// Room for so many words.
    pub(crate) fn new(room: &mut Room, words: usize) -> Self {
        Self(room.filled(0, words))
    }

    /// Rows without bits.
    pub(crate) fn clear(&mut self, layout: Layout, count: usize) -> RowsMut<'_> {
        let mut rows = self.rows_mut(layout, count);
        rows.clear();
        rows
    }

    /// Rows that have been cleared, or will be.
    pub(crate) fn rows_mut(&mut self, layout: Layout, count: usize) -> RowsMut<'_> {
        RowsMut { layout, data: &mut self.0[..count * layout.stride()] }
    }

    pub(crate) fn rows(&self, layout: Layout, count: usize) -> Rows<'_> {
        Rows { layout, data: &self.0[..count * layout.stride()] }
    }
}

/// Rows to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) layout: Layout,
    data: &'a [u64],
}

impl<'a> Rows<'a> {
    pub(crate) fn count(&self) -> usize {
        self.data.len() / self.layout.stride()
    }

    pub(crate) fn range(&self, rows: Range<usize>) -> Self {
        let stride = self.layout.stride();
        Self { data: &self.data[rows.start * stride..rows.end * stride], ..*self }
    }

    #[inline]
    pub(crate) fn word(&self, row: usize, plane: usize, segment: usize, word: usize) -> u64 {
        let start = plane * self.layout.plane() + segment * self.layout.words();
        self.data[row * self.layout.stride() + start + word]
    }

    /// One segment of all rows.
    pub(crate) fn bits(&self, segment: usize) -> RowBits<'a> {
        let words = self.layout.words();
        RowBits {
            data: &self.data[segment * words..],
            rows: self.count(),
            inputs: self.layout.length,
            words,
            stride: self.layout.stride(),
            planes: self.layout.digits.planes(),
            plane_stride: self.layout.plane(),
        }
    }

    /// The codes of a row, segment after segment.
    pub(crate) fn codes(self, row: usize) -> impl Iterator<Item = i32> + use<'a> {
        let Layout { digits, segments, length } = self.layout;
        (0..segments * length).map(move |c| {
            let bit = |p| self.word(row, p, c / length, c % length / 64) >> (c % length % 64) & 1;
            let planes = digits.shifts().iter().enumerate();
            planes.map(|(p, shift)| (bit(p) << shift) as i32).sum::<i32>() + digits.offset()
        })
    }
}

/// Rows to write, clear before anything is put.
#[derive(Debug)]
pub(crate) struct RowsMut<'a> {
    layout: Layout,
    data: &'a mut [u64],
}

impl<'a> RowsMut<'a> {
    pub(crate) fn clear(&mut self) {
        self.data.fill(0);
    }

    /// The first `row` rows and the others.
    pub(crate) fn split_at(self, row: usize) -> (Self, Self) {
        let layout = self.layout;
        let (data, more) = self.data.split_at_mut(row * layout.stride());
        (Self { layout, data }, Self { layout, data: more })
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// For reading.
    pub(crate) fn as_rows(&self) -> Rows<'_> {
        Rows { layout: self.layout, data: self.data }
    }

    /// Sets `count` codes of a row from its code `at` on, counted over all segments, to the lowest
    /// bits of a word a plane. They must not have been set before.
    #[inline]
    pub(crate) fn put(&mut self, row: usize, at: usize, count: usize, planes: &[u64]) {
        let (length, plane) = (self.layout.length, self.layout.plane());
        let row = &mut self.data[row * self.layout.stride()..][..self.layout.stride()];
        if count == 64
            && at.is_multiple_of(64)
            && (self.layout.segments == 1 || length.is_multiple_of(64))
        {
            planes.iter().enumerate().for_each(|(p, bits)| row[p * plane + at / 64] = *bits);
            return;
        }
        if self.layout.segments == 1 {
            let planes = row.chunks_exact_mut(plane).zip(planes);
            return planes.for_each(|(row, &bits)| set(row, at, count, bits));
        }
        let (segment, offset) = (at / length, at % length);
        let words = self.layout.words();
        for (row, &bits) in row.chunks_exact_mut(plane).zip(planes) {
            let (mut row, mut offset, mut count, mut bits) =
                (&mut row[segment * words..], offset, count, bits);
            loop {
                let taken = count.min(length - offset);
                set(row, offset, taken, bits);
                if taken == count {
                    break;
                }
                row = &mut row[words..];
                (offset, count, bits) = (0, count - taken, bits >> taken);
            }
        }
    }

    /// The same from codes counted from the least, where a bit is set for those that are not the least.
    #[inline]
    pub(crate) fn put_codes(
        &mut self,
        kernel: &dyn Kernel,
        row: usize,
        at: usize,
        count: usize,
        (codes, keep): (&[u8; PANEL], u64),
    ) {
        let mut planes = [0; 8];
        let planes = &mut planes[..self.layout.digits.planes()];
        kernel.split(codes, planes);
        planes.iter_mut().for_each(|plane| *plane &= keep);
        self.put(row, at, count, planes);
    }
}

/// Sets bits `offset .. offset + count`, up to 64 of them.
#[inline]
fn set(words: &mut [u64], offset: usize, count: usize, bits: u64) {
    let bits = bits & u64::MAX >> (64 - count);
    let (word, bit) = (offset / 64, offset % 64);
    words[word] |= bits << bit;
    if bit + count > 64 {
        words[word + 1] |= bits >> (64 - bit);
    }
}
