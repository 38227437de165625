//! The ways in which bytes fail to be a program.

use alloc::string::String;

use crate::Invalid;

/// Why bytes are not a program; offsets count from the first byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not even a header.
    #[error("{given} bytes are no program: the header alone has 32")]
    Short {
        /// Bytes there are.
        given: usize,
    },
    /// Something else than a program.
    #[error("the first 8 bytes are not those of a Noctule program: is this a .bmt file?")]
    Magic,
    /// A damaged header.
    #[error(
        "the header is damaged: its checksum is {computed:08x}, not {stored:08x}: copy the file again"
    )]
    HeaderSum {
        /// Checksum in the header.
        stored: u32,
        /// Checksum of the header.
        computed: u32,
    },
    /// Written by another version.
    #[error("the program has format version {given}: this build reads version 1")]
    Version {
        /// Version in the header.
        given: u32,
    },
    /// The header's zero field is not zero.
    #[error("bytes 12 to 15 of the header are {given:#x}: version 1 has 0 there")]
    Reserved {
        /// What is there.
        given: u32,
    },
    /// The file was cut off, or something was appended.
    #[error(
        "the body has {given} bytes, not the {stated} that the header states: copy the file again"
    )]
    Length {
        /// Length in the header.
        stated: u64,
        /// Bytes behind the header.
        given: u64,
    },
    /// A damaged body.
    #[error(
        "the body is damaged: its checksum is {computed:08x}, not {stored:08x}: copy the file again"
    )]
    BodySum {
        /// Checksum in the header.
        stored: u32,
        /// Checksum of the body.
        computed: u32,
    },
    /// Another record than the one that must follow.
    #[error("byte {offset}: a record {wanted} must stand here, not {}", given.escape_ascii())]
    Tag {
        /// Where.
        offset: usize,
        /// Tag that must stand there.
        wanted: &'static str,
        /// What stands there.
        given: [u8; 4],
    },
    /// A field out of its range.
    #[error("byte {offset}: {field} is {value}: it must be {least} to {most}")]
    Field {
        /// Where.
        offset: usize,
        /// Which field.
        field: &'static str,
        /// Its value.
        value: u32,
        /// The least it may be.
        least: u32,
        /// The most it may be.
        most: u32,
    },
    /// A width that the codes of a table cannot have.
    #[error("byte {offset}: codes have 1, 2, 4 or 8 bits, not {bits}")]
    Bits {
        /// Where.
        offset: usize,
        /// The width.
        bits: u32,
    },
    /// The body ends inside a record.
    #[error("byte {offset}: {needed} bytes should follow, and {left} are left")]
    End {
        /// Where.
        offset: usize,
        /// Bytes that should follow.
        needed: u64,
        /// Bytes that do.
        left: usize,
    },
    /// A padding byte that is not zero.
    #[error("byte {offset} is padding and must be 0")]
    Padding {
        /// Where.
        offset: usize,
    },
    /// A padding bit that is not zero, behind a row of a bit matrix or behind packed codes.
    #[error("byte {offset}: padding bits behind these {field} must be 0")]
    PaddingBits {
        /// Where the array begins.
        offset: usize,
        /// Which array.
        field: &'static str,
    },
    /// An extra's name is no text.
    #[error("byte {offset}: the name of an extra must be UTF-8")]
    Name {
        /// Where.
        offset: usize,
    },
    /// Extras out of order, or twice the same.
    #[error("byte {offset}: the extra {name:?} must come before the one before it")]
    Order {
        /// Where.
        offset: usize,
        /// Name of the later one.
        name: String,
    },
    /// Bytes behind the last record.
    #[error("byte {offset}: {left} bytes follow the last record")]
    Trailing {
        /// Where.
        offset: usize,
        /// How many.
        left: usize,
    },
    /// All was read, and is no program.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}
