//! Tags, fields and arrays into bytes.

use alloc::{vec, vec::Vec};

use super::Part;
use crate::bits::BitMatrix;

/// Collects the bytes of a program, and where its parts begin.
pub(super) struct Writer {
    bytes: Vec<u8>,
    parts: Vec<(Part, usize)>,
}

impl Writer {
    /// Starts behind a header, to be filled in later.
    pub(super) fn new(header: usize) -> Self {
        Self { bytes: vec![0; header], parts: vec![(Part::Header, 0)] }
    }

    pub(super) fn tag(&mut self, tag: &str) {
        self.align();
        self.bytes.extend(tag.as_bytes());
    }

    pub(super) fn size(&mut self, value: usize) {
        self.field(value as u32);
    }

    pub(super) fn field(&mut self, value: impl Into<u32>) {
        self.bytes.extend(value.into().to_le_bytes());
    }

    pub(super) fn array<T: Copy, const N: usize>(&mut self, values: &[T], bytes: fn(T) -> [u8; N]) {
        self.align();
        self.bytes.extend(values.iter().flat_map(|&value| bytes(value)));
    }

    pub(super) fn matrix(&mut self, matrix: &BitMatrix) {
        self.array(matrix.words(), u64::to_le_bytes);
    }

    pub(super) fn codes(&mut self, codes: &[i8], bits: u8) {
        self.align();
        let pack = |codes: &[i8]| {
            codes
                .iter()
                .rev()
                .fold(0, |byte: u8, &code| byte.unbounded_shl(bits.into()) | pack_code(code, bits))
        };
        self.bytes.extend(codes.chunks(usize::from(8 / bits)).map(pack));
    }

    /// What follows, up to the next call, belongs to `part`.
    pub(super) fn begin(&mut self, part: Part) {
        self.align();
        self.parts.push((part, self.bytes.len()));
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes of each part, in order.
    pub(super) fn sizes(&self) -> Vec<(Part, usize)> {
        let ends = self.parts.iter().skip(1).map(|(_, begin)| *begin).chain([self.bytes.len()]);
        self.parts.iter().zip(ends).map(|((part, begin), end)| (*part, end - begin)).collect()
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }
}

/// A code as the lowest `bits` of a byte.
fn pack_code(code: i8, bits: u8) -> u8 {
    match bits {
        1 => u8::from(code > 0),
        _ => code as u8 & (u8::MAX >> (8 - bits)),
    }
}
