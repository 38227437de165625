//! Which tokens of a packed batch meet in attention.

use std::collections::BTreeMap;

use super::{HeadMasks, Ragged, ShapeError};

/// The sequences of a packed batch, the heads that attend in each, and masks that fit both.
#[derive(Debug, Clone, Copy)]
pub struct Pairs<'a> {
    ragged: &'a Ragged,
    heads: usize,
    masks: Option<&'a HeadMasks>,
}

impl<'a> Pairs<'a> {
    /// All pairs of tokens of a sequence, in each head only those that its mask allows.
    ///
    /// # Errors
    /// [`ShapeError::Heads`], [`ShapeError::TooLong`], or [`ShapeError::EmptyRow`] when a short
    /// sequence leaves a token with nothing to attend to.
    pub fn new(
        ragged: &'a Ragged,
        heads: usize,
        masks: Option<&'a HeadMasks>,
    ) -> Result<Self, ShapeError> {
        masks.map_or(Ok(()), |masks| masks.check(ragged, heads))?;
        Ok(Self { ragged, heads, masks })
    }

    /// The sequences.
    #[must_use]
    pub fn ragged(&self) -> &'a Ragged {
        self.ragged
    }

    /// The number of heads.
    #[must_use]
    pub fn heads(&self) -> usize {
        self.heads
    }

    /// The masks, where any pair is not allowed.
    #[must_use]
    pub fn masks(&self) -> Option<&'a HeadMasks> {
        self.masks
    }

    /// Number of allowed pairs of the batch, over all heads.
    #[must_use]
    pub fn count(&self) -> usize {
        let mut known = BTreeMap::new();
        let lengths = self.ragged.lengths();
        lengths.map(|length| *known.entry(length).or_insert_with(|| self.count_of(length))).sum()
    }

    /// Those of one sequence of this length.
    fn count_of(&self, length: usize) -> usize {
        let Some(masks) = self.masks else { return self.heads * length * length };
        let of_head =
            |head| masks.square(head, length).into_iter().filter(|&allowed| allowed).count();
        (0..self.heads).map(of_head).sum()
    }
}
