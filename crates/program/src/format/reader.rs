//! Tags, fields and arrays out of bytes.

use alloc::{sync::Arc, vec::Vec};
use core::ops::RangeInclusive;

use super::ReadError;
use crate::{
    bits::BitMatrix,
    codes::{CodeArray, SharedBytes},
};

/// Walks over the bytes of a program; never allocates more than 8 times what it has passed.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// Who keeps the bytes, if they may be used where they are.
    owner: Option<&'a Arc<dyn SharedBytes>>,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts behind the header.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, owner: None, at }
    }

    /// The same, of bytes that stay.
    pub(super) fn shared(owner: &'a Arc<dyn SharedBytes>, at: usize) -> Self {
        Self { bytes: owner.bytes(), owner: Some(owner), at }
    }

    /// All bytes, the header too.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where the reader is.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// A record's tag.
    pub(super) fn tag(&mut self, wanted: &'static str) -> Result<(), ReadError> {
        self.align()?;
        let (offset, given) = (self.at, self.chunk()?);
        if given == wanted.as_bytes() {
            Ok(())
        } else {
            Err(ReadError::Tag { offset, wanted, given })
        }
    }

    /// A field that counts something.
    pub(super) fn size(
        &mut self,
        field: &'static str,
        range: RangeInclusive<usize>,
    ) -> Result<usize, ReadError> {
        let range = *range.start() as u32..=*range.end() as u32;
        Ok(self.field(field, range)? as usize)
    }

    /// A field of one byte's range.
    pub(super) fn small(&mut self, field: &'static str) -> Result<u8, ReadError> {
        Ok(self.field(field, 0..=255)? as u8)
    }

    /// A field that is 0 or 1.
    pub(super) fn flag(&mut self, field: &'static str) -> Result<bool, ReadError> {
        Ok(self.field(field, 0..=1)? == 1)
    }

    /// The bits of a table's codes.
    pub(super) fn code_bits(&mut self) -> Result<u8, ReadError> {
        let offset = self.at;
        match self.field("bits", 0..=u32::MAX)? {
            bits @ (1 | 2 | 4 | 8) => Ok(bits as u8),
            bits => Err(ReadError::Bits { offset, bits }),
        }
    }

    /// A field in a range.
    pub(super) fn field(
        &mut self,
        field: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<u32, ReadError> {
        let (offset, value) = (self.at, u32::from_le_bytes(self.chunk()?));
        if range.contains(&value) {
            return Ok(value);
        }
        Err(ReadError::Field { offset, field, value, least: *range.start(), most: *range.end() })
    }

    /// An array of `count` values of `N` bytes each.
    pub(super) fn array<T, const N: usize>(
        &mut self,
        count: usize,
        value: fn([u8; N]) -> T,
    ) -> Result<Vec<T>, ReadError> {
        self.align()?;
        let bytes = self.take(count as u64 * N as u64)?;
        Ok(bytes.as_chunks().0.iter().map(|bytes| value(*bytes)).collect())
    }

    /// A bit matrix, rows of whole words.
    pub(super) fn matrix(&mut self, rows: usize, cols: usize) -> Result<BitMatrix, ReadError> {
        self.align()?;
        let offset = self.at;
        let words = self.array(rows.saturating_mul(cols.div_ceil(64)), u64::from_le_bytes)?;
        BitMatrix::new(rows, cols, words)
            .map_err(|_| ReadError::PaddingBits { offset, field: "bits" })
    }

    /// Packed signed codes, lowest bits first.
    pub(super) fn codes(&mut self, count: usize, bits: u8) -> Result<CodeArray, ReadError> {
        self.align()?;
        let (offset, per_byte) = (self.at, usize::from(8 / bits));
        let bytes = self.take(count.div_ceil(per_byte) as u64)?;
        let part = |n: usize| bytes[n / per_byte] >> (n % per_byte * usize::from(bits));
        if !count.is_multiple_of(per_byte) && part(count) != 0 {
            return Err(ReadError::PaddingBits { offset, field: "codes" });
        }
        Ok(match (bits, self.owner) {
            (8, Some(owner)) => CodeArray::shared(Arc::clone(owner), offset..self.at),
            (8, None) => bytemuck::cast_slice(bytes).to_vec().into(),
            _ => (0..count).map(|n| unpack(part(n), bits)).collect(),
        })
    }

    /// Nothing may follow.
    pub(super) fn finish(self) -> Result<(), ReadError> {
        let left = self.bytes.len() - self.at;
        if left == 0 { Ok(()) } else { Err(ReadError::Trailing { offset: self.at, left }) }
    }

    fn align(&mut self) -> Result<(), ReadError> {
        let start = self.at;
        let padding = self.take((start.next_multiple_of(8) - start) as u64)?;
        match padding.iter().position(|&byte| byte != 0) {
            Some(n) => Err(ReadError::Padding { offset: start + n }),
            None => Ok(()),
        }
    }

    fn chunk(&mut self) -> Result<[u8; 4], ReadError> {
        let mut chunk = [0; 4];
        chunk.copy_from_slice(self.take(4)?);
        Ok(chunk)
    }

    fn take(&mut self, needed: u64) -> Result<&'a [u8], ReadError> {
        let left = &self.bytes[self.at..];
        match usize::try_from(needed).ok().and_then(|needed| left.get(..needed)) {
            Some(taken) => {
                self.at += taken.len();
                Ok(taken)
            }
            None => Err(ReadError::End { offset: self.at, needed, left: left.len() }),
        }
    }
}

/// The code in the lowest `bits` of a byte.
fn unpack(byte: u8, bits: u8) -> i8 {
    match bits {
        1 => (byte & 1) as i8 * 2 - 1,
        _ => ((byte << (8 - bits)) as i8) >> (8 - bits),
    }
}
