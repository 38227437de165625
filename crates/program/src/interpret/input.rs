//! Does an input suit a program?

/// Why an input does not suit a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The program takes another kind of input.
    #[error("this program takes {wanted} input, not {given}")]
    Kind {
        /// What the program takes.
        wanted: &'static str,
        /// What was given.
        given: &'static str,
    },
    /// Wrong number of things.
    #[error("{field} has {given} values: this program takes {least} to {most}")]
    Length {
        /// Field of the input.
        field: &'static str,
        /// How many were given.
        given: usize,
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
    /// An id is not in its table.
    #[error("{field}[{index}] is {given}: this program knows {rows}, counted from 0")]
    Id {
        /// Field of the input.
        field: &'static str,
        /// Which value.
        index: usize,
        /// The id.
        given: u32,
        /// Rows of the table.
        rows: usize,
    },
}
