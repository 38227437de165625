//! Rows of codes in bit planes: the left operand of a product.

use std::ops::Range;

use crate::{kernels::RowBits, prepare::Digits};

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

    /// Words of a row.
    pub(crate) fn stride(&self) -> usize {
        self.digits.planes() * self.segments * self.words()
    }
}

/// Room for rows of any layout up to a size.
#[derive(Debug)]
pub(crate) struct CodeBuffer {
    data: Vec<u64>,
    sums: Vec<i32>,
}

impl CodeBuffer {
    /// Room for so many words and so many segments of all rows together.
    pub(crate) fn new(words: usize, segments: usize) -> Self {
        Self { data: vec![0; words], sums: vec![0; segments] }
    }

    pub(crate) fn rows_mut(&mut self, layout: Layout, count: usize) -> RowsMut<'_> {
        RowsMut {
            layout,
            data: &mut self.data[..count * layout.stride()],
            sums: &mut self.sums[..count * layout.segments],
        }
    }

    pub(crate) fn rows(&self, layout: Layout, count: usize) -> Rows<'_> {
        Rows {
            layout,
            data: &self.data[..count * layout.stride()],
            sums: &self.sums[..count * layout.segments],
        }
    }
}

/// Rows to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) layout: Layout,
    data: &'a [u64],
    sums: &'a [i32],
}

impl<'a> Rows<'a> {
    pub(crate) fn count(&self) -> usize {
        self.sums.len() / self.layout.segments
    }

    pub(crate) fn range(&self, rows: Range<usize>) -> Self {
        let Layout { segments, .. } = self.layout;
        let stride = self.layout.stride();
        Self {
            data: &self.data[rows.start * stride..rows.end * stride],
            sums: &self.sums[rows.start * segments..rows.end * segments],
            ..*self
        }
    }

    /// The value of a row's segment without its offset: the sum of its planes' weighted counts.
    pub(crate) fn sum(&self, row: usize, segment: usize) -> i32 {
        self.sums[row * self.layout.segments + segment]
    }

    pub(crate) fn word(&self, row: usize, plane: usize, segment: usize, word: usize) -> u64 {
        self.data[row * self.layout.stride() + self.start(plane, segment) + word]
    }

    /// All rows of one plane of one segment, the first `words` words of each.
    pub(crate) fn plane(&self, plane: usize, segment: usize, words: usize) -> RowBits<'a> {
        RowBits {
            data: &self.data[self.start(plane, segment)..],
            count: self.count(),
            words,
            stride: self.layout.stride(),
        }
    }

    /// The codes of a row, segment after segment.
    pub(crate) fn codes(self, row: usize) -> impl Iterator<Item = i32> + use<'a> {
        let Layout { digits, segments, length } = self.layout;
        (0..segments * length).map(move |c| {
            let bit = |p| self.word(row, p, c / length, c % length / 64) >> (c % length % 64) & 1;
            let weighted = digits.weights().iter().enumerate();
            weighted.map(|(p, w)| w * bit(p) as i32).sum::<i32>() + digits.offset()
        })
    }

    fn start(&self, plane: usize, segment: usize) -> usize {
        (plane * self.layout.segments + segment) * self.layout.words()
    }
}

/// Rows to write.
#[derive(Debug)]
pub(crate) struct RowsMut<'a> {
    layout: Layout,
    data: &'a mut [u64],
    sums: &'a mut [i32],
}

impl<'a> RowsMut<'a> {
    /// The first `row` rows and the others.
    pub(crate) fn split_at(self, row: usize) -> (Self, Self) {
        let layout = self.layout;
        let (data, more_data) = self.data.split_at_mut(row * layout.stride());
        let (sums, more_sums) = self.sums.split_at_mut(row * layout.segments);
        (Self { layout, data, sums }, Self { layout, data: more_data, sums: more_sums })
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// For reading.
    pub(crate) fn as_rows(&self) -> Rows<'_> {
        Rows { layout: self.layout, data: self.data, sums: self.sums }
    }

    /// Writes a row of 1-bit codes: `bits` sets the words of each segment.
    pub(crate) fn fill_bits(&mut self, row: usize, mut bits: impl FnMut(usize, &mut [u64])) {
        let Layout { segments, digits, .. } = self.layout;
        assert_eq!(digits.planes(), 1, "planes of 1-bit codes");
        let (words, stride) = (self.layout.words(), self.layout.stride());
        let row_words = &mut self.data[row * stride..][..stride];
        for (segment, words) in row_words.chunks_exact_mut(words).enumerate() {
            bits(segment, words);
            let ones: u32 = words.iter().map(|word| word.count_ones()).sum();
            self.sums[row * segments + segment] = digits.weights()[0] * ones.cast_signed();
        }
    }

    /// Writes a row: the low bits of `code(c)` for each of its codes, segment after segment; of a
    /// 1-bit code, bit 0 is set for the larger.
    pub(crate) fn fill(&mut self, row: usize, code: impl Fn(usize) -> u32) {
        match self.layout.digits.planes() {
            1 => self.fill_planes::<1>(row, code),
            2 => self.fill_planes::<2>(row, code),
            4 => self.fill_planes::<4>(row, code),
            _ => self.fill_planes::<8>(row, code),
        }
    }

    fn fill_planes<const P: usize>(&mut self, row: usize, code: impl Fn(usize) -> u32) {
        let Layout { segments, length, digits } = self.layout;
        let words = self.layout.words();
        let data = &mut self.data[row * self.layout.stride()..][..self.layout.stride()];
        for segment in 0..segments {
            let mut sum = 0;
            for word in 0..words {
                let end = length.min(64 * word + 64);
                let first = segment * length + 64 * word;
                let bits = gather::<P>(first, segment * length + end, &code);
                for (p, bits) in bits.into_iter().enumerate() {
                    data[(p * segments + segment) * words + word] = bits;
                    sum += digits.weights()[p] * bits.count_ones().cast_signed();
                }
            }
            self.sums[row * segments + segment] = sum;
        }
    }
}

/// The planes of up to 64 codes.
#[inline]
fn gather<const P: usize>(first: usize, end: usize, code: &impl Fn(usize) -> u32) -> [u64; P] {
    let mut planes = [0; P];
    for (bit, c) in (first..end).enumerate() {
        let code = code(c);
        for (p, plane) in planes.iter_mut().enumerate() {
            *plane |= u64::from(code >> p & 1) << bit;
        }
    }
    planes
}
