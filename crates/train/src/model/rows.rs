//! A batch: sequences packed end to end, and what is wanted of them.

use super::{Arch, Head, Input, ModelError, Ragged};
use crate::ops::{HeadMasks, Pairs};

/// A batch of sequences, packed end to end without padding.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Where each sequence starts and ends.
    pub ragged: Ragged,
    /// What the network reads.
    pub input: RowsInput,
    /// Flat row numbers at which a masked-word head answers; empty for the other heads.
    pub positions: Vec<usize>,
}

/// What a network reads, packed like [`Rows`].
#[derive(Clone, Debug)]
pub enum RowsInput {
    /// One word and one segment a row.
    Text {
        /// Words, below the vocabulary's size.
        ids: Vec<u32>,
        /// Segments, below the number of segments.
        segments: Vec<u32>,
    },
    /// One value a row: `|y|` for a symbol, +1 or -1 for a syndrome bit 0 or 1.
    Channel {
        /// `sequences * (n + m)` values.
        values: Vec<f32>,
    },
    /// The patches of the images; a sequence is one row longer than its patches (class token).
    Patches {
        /// `sequences * patches * pixels` values.
        pixels: Vec<f32>,
    },
}

/// What is wanted of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// A class for each sequence.
    Classes(Vec<u32>),
    /// A number for each sequence.
    Scores(Vec<f32>),
    /// A word for each of [`Rows::positions`].
    Words(Vec<u32>),
    /// For each sequence `count` noise bits, 0 or 1: true where the channel flipped the symbol.
    Bits(Vec<f32>),
}

impl Rows {
    /// Whether a network of this shape can read the batch.
    pub(super) fn check(&self, arch: &Arch) -> Result<(), ModelError> {
        let longest = self.ragged.lengths().max().unwrap_or(0);
        if longest > arch.max_tokens {
            let most = arch.max_tokens;
            return refuse(format!("a sequence has {longest} tokens; cut it to {most}"));
        }
        self.check_input(arch)?;
        self.check_head(arch)
    }

    /// The pairs of tokens that attend in a network of this shape, whose masks these are.
    pub(super) fn pairs<'a>(
        &'a self,
        arch: &Arch,
        masks: Option<&'a HeadMasks>,
    ) -> Result<Pairs<'a>, ModelError> {
        Pairs::new(&self.ragged, arch.heads, masks)
            .map_err(|problem| ModelError::Rows(problem.to_string()))
    }

    fn check_input(&self, arch: &Arch) -> Result<(), ModelError> {
        let rows = self.ragged.rows();
        match (&self.input, &arch.input) {
            (RowsInput::Text { ids, segments: of }, Input::Text { vocab, segments }) => {
                below("word", ids, rows, *vocab)?;
                below("segment", of, rows, *segments)
            }
            (RowsInput::Channel { values }, Input::Channel { .. }) => {
                self.check_fixed(arch)?;
                counted("channel values", values.len(), rows)
            }
            (RowsInput::Patches { pixels: values }, Input::Patches { patches, pixels }) => {
                self.check_fixed(arch)?;
                counted("pixels", values.len(), self.ragged.batch() * patches * pixels)
            }
            _ => refuse("it holds another kind of input than the network reads".to_owned()),
        }
    }

    fn check_fixed(&self, arch: &Arch) -> Result<(), ModelError> {
        let tokens = arch.max_tokens;
        match self.ragged.lengths().find(|&length| length != tokens) {
            Some(length) => refuse(format!("a sequence has {length} tokens; it needs {tokens}")),
            None => Ok(()),
        }
    }

    fn check_head(&self, arch: &Arch) -> Result<(), ModelError> {
        let rows = self.ragged.rows();
        match arch.head {
            Head::Pooled { .. } => Ok(()),
            Head::PerToken { count } => match self.ragged.lengths().find(|&l| l < count) {
                Some(length) => refuse(format!("a sequence of {length} cannot answer {count}")),
                None => Ok(()),
            },
            Head::MaskedWords if self.positions.is_empty() => {
                refuse("no position is asked for; give at least one".to_owned())
            }
            Head::MaskedWords => match self.positions.iter().find(|&&row| row >= rows) {
                Some(row) => refuse(format!("position {row} is asked of {rows} rows")),
                None => Ok(()),
            },
        }
    }
}

fn below(what: &str, ids: &[u32], rows: usize, limit: usize) -> Result<(), ModelError> {
    counted(what, ids.len(), rows)?;
    match ids.iter().find(|&&id| id as usize >= limit) {
        Some(id) => refuse(format!("{what} {id} is not below {limit}; the tokenizer is another's")),
        None => Ok(()),
    }
}

fn counted(what: &str, found: usize, wanted: usize) -> Result<(), ModelError> {
    match found == wanted {
        true => Ok(()),
        false => refuse(format!("{found} of {what} where {wanted} are needed")),
    }
}

fn refuse(sentence: String) -> Result<(), ModelError> {
    Err(ModelError::Rows(sentence))
}
