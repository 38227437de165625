//! The ways in which parts fail to be a program.

use alloc::string::String;

/// Why parts do not make a program: the field, its value and the limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A dimension or a parameter out of its range.
    #[error("{field} is {value}: it must be {least} to {most}")]
    Range {
        /// Which field.
        field: String,
        /// Its value.
        value: i64,
        /// The least it may be.
        least: i64,
        /// The most it may be.
        most: i64,
    },
    /// An array that is too long or too short.
    #[error("{field} has {given} values: {wanted} are needed")]
    Count {
        /// Which field.
        field: String,
        /// How many values it has.
        given: usize,
        /// How many it should have.
        wanted: usize,
    },
    /// A matrix or table of the wrong shape.
    #[error("{field} is {} x {}: it must be {} x {}", given[0], given[1], wanted[0], wanted[1])]
    Shape {
        /// Which field.
        field: String,
        /// Rows and columns that it has.
        given: [usize; 2],
        /// Rows and columns that it should have.
        wanted: [usize; 2],
    },
    /// The channels of query, key and value do not divide among the heads.
    #[error("{field} is {heads}: {channels} channels do not divide among them")]
    Heads {
        /// Which field.
        field: String,
        /// Heads.
        heads: usize,
        /// Channels.
        channels: usize,
    },
    /// A width that codes cannot have.
    #[error("{field} is {bits}: codes have 1, 2, 4 or 8 bits")]
    Bits {
        /// Which field.
        field: String,
        /// Its bits.
        bits: u8,
    },
    /// Signed codes where unsigned ones are needed, or the reverse.
    #[error("{field} is {signed}: here it must be {}", !signed)]
    Signed {
        /// Which field.
        field: String,
        /// What it is.
        signed: bool,
    },
    /// Thresholds for wide codes, or a rescale for 1-bit codes.
    #[error("{field} does not suit {bits} bits: one bit needs thresholds, more bits a rescale")]
    Rule {
        /// Which field.
        field: String,
        /// Bits of the codes.
        bits: u8,
    },
    /// A code in a table that its bits cannot hold.
    #[error("{field} is {code}: no signed code of {bits} bits")]
    Code {
        /// Which field.
        field: String,
        /// Its value.
        code: i8,
        /// Bits of a code.
        bits: u8,
    },
    /// A head refers to a mask that is not there.
    #[error("{field} is {index}: the program has {masks} masks, counted from 0")]
    Mask {
        /// Which field.
        field: String,
        /// The mask it refers to.
        index: u16,
        /// How many there are.
        masks: usize,
    },
    /// Exponents that rise.
    #[error("{field} is {value}, more than the {before} before it: exponents must not rise")]
    Rises {
        /// Which field.
        field: String,
        /// Its value.
        value: u16,
        /// The entry before it.
        before: u16,
    },
    /// A sum that could leave 32 bits.
    #[error("{field} can reach {bound}: an accumulator holds 2147483647")]
    Accumulator {
        /// Whose sum.
        field: String,
        /// Magnitude it can reach.
        bound: u64,
    },
}
