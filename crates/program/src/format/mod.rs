//! Programs as bytes: part 2 of `docs/program-format.md`, record by record.
//!
//! Reading treats the bytes as hostile: every size is checked against its limit and against the
//! bytes that are there before anything is allocated, every padding bit must be zero, and one
//! program has one form: what reads well is written back byte for byte.

mod embed;
mod error;
mod header;
mod layer;
mod parameters;
mod program;
mod reader;
mod writer;

pub use error::ReadError;
pub use header::{HEADER_BYTES, MAGIC, VERSION, seal};

use alloc::{sync::Arc, vec::Vec};

use crate::{Program, codes::SharedBytes, parts::Parts};
use reader::Reader;
use writer::Writer;

/// A part of a program's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Header and dimensions.
    Header,
    /// Tables, patch weights and the embedding's norm.
    Embed,
    /// Static masks.
    Masks,
    /// A layer, counted from 0.
    Layer(usize),
    /// The head.
    Head,
    /// Extras.
    Extras,
}

impl Program {
    /// Reads a program.
    ///
    /// # Errors
    /// Where the bytes are not exactly a program as this version writes it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReadError> {
        Self::read(Reader::new(bytes, HEADER_BYTES))
    }

    /// Reads a program whose tables of 8-bit codes, most of a text network's bytes, stay where they
    /// are. All else is copied.
    ///
    /// # Errors
    /// As for [`Program::from_bytes`].
    pub fn from_shared(bytes: &Arc<dyn SharedBytes>) -> Result<Self, ReadError> {
        Self::read(Reader::shared(bytes, HEADER_BYTES))
    }

    fn read(mut reader: Reader<'_>) -> Result<Self, ReadError> {
        header::check(reader.bytes())?;
        let parts = Parts::read(&mut reader)?;
        reader.finish()?;
        Ok(Self::new(parts)?)
    }

    /// The program as bytes; equal programs have equal bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.written().finish();
        seal(&mut bytes);
        bytes
    }

    /// How many bytes each part has in [`Program::to_bytes`], in order.
    #[must_use]
    pub fn part_sizes(&self) -> Vec<(Part, usize)> {
        self.written().sizes()
    }

    fn written(&self) -> Writer {
        let mut writer = Writer::new(HEADER_BYTES);
        self.write(&mut writer);
        writer
    }
}
