//! A table turned into ids, and padded batches of it.

use super::{DataError, Encoded, LabelSet, Labels, Overflow, Table, Tokenizer};
use rayon::prelude::*;

/// Encoded examples with their targets.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// One per row of the table.
    pub examples: Vec<Encoded>,
    /// One per example, when the table has labels.
    pub labels: Option<Labels>,
    /// The id that fills the ends of shorter rows.
    pub pad: u32,
}

/// Examples padded to one length; `B` examples, `T` = `tokens`.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// `[B, T]` row-major token ids, padded with the pad id.
    pub ids: Vec<u32>,
    /// `[B, T]` segment (token type) of each token, 0 where padded.
    pub segments: Vec<u8>,
    /// `[B]` tokens that are not padding.
    pub lengths: Vec<usize>,
    /// `T`, the longest of `lengths`.
    pub tokens: usize,
    /// `[B]` targets, when the data set has labels.
    pub labels: Option<Labels>,
}

impl Dataset {
    /// Encodes every row, in parallel; without `labels` the label column is not looked at.
    ///
    /// # Errors
    /// A label outside the set, or a row above `max_tokens` under [`Overflow::Refuse`].
    pub fn encode(
        table: &Table,
        tokenizer: &Tokenizer,
        labels: Option<&LabelSet>,
        max_tokens: usize,
        overflow: Overflow,
    ) -> Result<Self, DataError> {
        let encode = |row: &super::Row| {
            let encoded = tokenizer.encode(&row.text, row.pair.as_deref(), max_tokens, overflow);
            encoded.map_err(|error| with_place(error, table, row.line))
        };
        let examples = table.rows.par_iter().map(encode).collect::<Result<Vec<_>, _>>()?;
        let labels = labels.map(|set| set.encode(table)).transpose()?;
        Ok(Self { examples, labels, pad: tokenizer.special().pad })
    }

    /// Tokens of each example, for a [`super::BatchPlan`].
    pub fn lengths(&self) -> Vec<usize> {
        self.examples.iter().map(|example| example.ids.len()).collect()
    }

    /// Examples that lost tokens to truncation.
    pub fn truncated(&self) -> usize {
        self.examples.iter().filter(|example| example.truncated).count()
    }

    /// The examples at `indices`, padded to the longest of them.
    pub fn batch(&self, indices: &[usize]) -> Batch {
        let lengths: Vec<usize> = indices.iter().map(|&at| self.examples[at].ids.len()).collect();
        let tokens = lengths.iter().copied().max().unwrap_or(0);
        let mut ids = vec![self.pad; indices.len() * tokens];
        let mut segments = vec![0; indices.len() * tokens];
        for (row, &at) in indices.iter().enumerate() {
            let place = row * tokens..row * tokens + lengths[row];
            ids[place.clone()].copy_from_slice(&self.examples[at].ids);
            segments[place].copy_from_slice(&self.examples[at].segments);
        }
        let labels = self.labels.as_ref().map(|labels| labels.select(indices));
        Batch { ids, segments, lengths, tokens, labels }
    }
}

fn with_place(error: DataError, table: &Table, line: usize) -> DataError {
    match error {
        DataError::TooLong { found, limit } => {
            DataError::RowTooLong { path: table.path.clone(), line, found, limit }
        }
        other => other,
    }
}
