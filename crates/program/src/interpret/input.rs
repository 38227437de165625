//! Does an input suit a program?

use crate::{
    codes::Changed,
    parts::{Input, Source},
};

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
    /// Text with no token, or with more than the program has positions for.
    #[error("text has {given} tokens: this program takes 1 to {most}")]
    Tokens {
        /// How many were given.
        given: usize,
        /// The most.
        most: usize,
    },
    /// A field with the wrong number of values.
    #[error("{field} has {given} values: {wanted} are needed")]
    Count {
        /// Field of the input.
        field: &'static str,
        /// How many were given.
        given: usize,
        /// How many are needed.
        wanted: usize,
    },
    /// An id or a segment that is not in its table.
    #[error("{field}[{index}] is {given}: this program knows 0 to {largest}")]
    Id {
        /// Field of the input.
        field: &'static str,
        /// Which value.
        index: usize,
        /// The value.
        given: u32,
        /// The largest it may be.
        largest: u32,
    },
    /// The bytes of the program are no longer those that were checked: no fault of the input.
    #[error(transparent)]
    Changed(#[from] Changed),
}

fn check_tokens(given: usize, most: usize) -> Result<(), InputError> {
    if (1..=most).contains(&given) { Ok(()) } else { Err(InputError::Tokens { given, most }) }
}

fn check_count(field: &'static str, given: usize, wanted: usize) -> Result<(), InputError> {
    if given == wanted { Ok(()) } else { Err(InputError::Count { field, given, wanted }) }
}

fn check_ids(
    field: &'static str,
    ids: impl Iterator<Item = u32>,
    rows: usize,
) -> Result<(), InputError> {
    let largest = rows as u32 - 1;
    match ids.enumerate().find(|&(_, id)| id > largest) {
        Some((index, given)) => Err(InputError::Id { field, index, given, largest }),
        None => Ok(()),
    }
}

impl Source {
    /// The number of tokens of `input`, where it suits a program with this source and at most `most` tokens.
    ///
    /// # Errors
    /// What does not suit.
    pub fn tokens(&self, input: &Input, most: usize) -> Result<usize, InputError> {
        match (self, input) {
            (Source::Text { token, segment, .. }, Input::Text { ids, segments }) => {
                check_tokens(ids.len(), most)?;
                check_ids("ids", ids.iter().copied(), token.rows)?;
                if !segments.is_empty() {
                    check_count("segments", segments.len(), ids.len())?;
                }
                let rows = segment.as_ref().map_or(1, |table| table.rows);
                check_ids("segments", segments.iter().map(|&s| u32::from(s)), rows)?;
                Ok(ids.len())
            }
            (
                Source::Channel { magnitudes: wanted, .. },
                Input::Channel { magnitudes, syndrome },
            ) => {
                check_count("magnitudes", magnitudes.len(), *wanted)?;
                check_count("syndrome", syndrome.len(), most - wanted)?;
                Ok(most)
            }
            (Source::Patches { pixels: patch, .. }, Input::Patches { pixels }) => {
                check_count("pixels", pixels.len(), (most - 1) * patch)?;
                Ok(most)
            }
            (source, input) => Err(InputError::Kind { wanted: source.kind(), given: input.kind() }),
        }
    }

    /// Name of the kind of input that this source takes.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Source::Text { .. } => "text",
            Source::Channel { .. } => "channel",
            Source::Patches { .. } => "patches",
        }
    }
}

impl Input {
    /// Name of this kind of input.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Input::Text { .. } => "text",
            Input::Channel { .. } => "channel",
            Input::Patches { .. } => "patches",
        }
    }
}
