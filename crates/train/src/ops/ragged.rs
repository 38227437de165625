//! Where each sequence lies in a packed batch, and which pairs of tokens may attend.

use std::ops::Range;

/// A batch or a mask that the operations cannot take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// The offsets do not describe at least one sequence of at least one token.
    #[error("ragged batch: offsets must start at 0 and rise strictly, got {0:?}")]
    Offsets(Vec<usize>),
    /// A mask is not square over the stated number of positions.
    #[error(
        "attention mask of head {head}: {found} entries, expected {expected} (positions squared)"
    )]
    MaskSize {
        /// The head whose mask is wrong.
        head: usize,
        /// Entries given.
        found: usize,
        /// Entries needed.
        expected: usize,
    },
    /// A token of a sequence of this length could attend to nothing.
    #[error(
        "attention mask of head {head}: token {row} of {length} may attend to no token; allow at least one"
    )]
    EmptyRow {
        /// The head whose mask is empty.
        head: usize,
        /// The token with nothing to attend to.
        row: usize,
        /// The sequence length at which that happens.
        length: usize,
    },
    /// A sequence is longer than the masks.
    #[error("attention masks cover {positions} positions, a sequence has {length}")]
    TooLong {
        /// Positions covered.
        positions: usize,
        /// Length of the longest sequence.
        length: usize,
    },
    /// The masks are for another number of heads.
    #[error("attention masks are for {masks} heads, the layer has {heads}")]
    Heads {
        /// Heads of the masks.
        masks: usize,
        /// Heads of the layer.
        heads: usize,
    },
}

/// Where each sequence lies in a packed batch: sequence `i` is rows `offsets[i]..offsets[i + 1]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ragged {
    offsets: Vec<usize>,
}

impl Ragged {
    /// From `batch + 1` strictly rising offsets that start at 0.
    ///
    /// # Errors
    /// [`ShapeError::Offsets`] when they are not.
    pub fn new(offsets: Vec<usize>) -> Result<Self, ShapeError> {
        let rises = offsets.windows(2).all(|pair| pair[0] < pair[1]);
        if offsets.len() < 2 || offsets[0] != 0 || !rises {
            return Err(ShapeError::Offsets(offsets));
        }
        Ok(Self { offsets })
    }

    /// From the length of each sequence.
    ///
    /// # Errors
    /// [`ShapeError::Offsets`] when there is no sequence or one is empty.
    pub fn from_lengths(lengths: &[usize]) -> Result<Self, ShapeError> {
        let mut offsets = vec![0];
        let mut end = 0;
        offsets.extend(lengths.iter().map(|length| {
            end += length;
            end
        }));
        Self::new(offsets)
    }

    /// The offsets, `batch + 1` of them.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// Number of sequences.
    pub fn batch(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Sum of the sequence lengths.
    pub fn rows(&self) -> usize {
        self.offsets[self.batch()]
    }

    /// The rows of sequence `index`.
    pub fn rows_of(&self, index: usize) -> Range<usize> {
        self.offsets[index]..self.offsets[index + 1]
    }

    /// The length of each sequence.
    pub fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        self.offsets.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// The first row of each sequence (its token 0).
    pub fn first_rows(&self) -> Vec<u32> {
        self.offsets[..self.batch()].iter().map(|&row| row as u32).collect()
    }
}

/// Which pairs of token positions may attend, for each head.
///
/// A sequence shorter than the masks uses their leading square.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadMasks {
    positions: usize,
    heads: Vec<Option<Vec<bool>>>,
    causal: bool,
}

impl HeadMasks {
    /// Masks over `positions` token positions: for each head none (all pairs) or `positions`
    /// squared entries, row-major, true where the row's token may attend to the column's.
    /// With `causal`, tokens also never attend to later ones.
    ///
    /// # Errors
    /// [`ShapeError::MaskSize`] or, when a token may attend to nothing, [`ShapeError::EmptyRow`].
    pub fn new(
        positions: usize,
        heads: Vec<Option<Vec<bool>>>,
        causal: bool,
    ) -> Result<Self, ShapeError> {
        let masks = Self { positions, heads, causal };
        masks.check_sizes()?;
        masks.check_rows(positions)?;
        Ok(masks)
    }

    /// Whether token `row` may attend to token `column` in `head`.
    pub fn allows(&self, head: usize, row: usize, column: usize) -> bool {
        let earlier = !self.causal || column <= row;
        let masked = self.heads[head].as_ref();
        earlier && masked.is_none_or(|mask| mask[row * self.positions + column])
    }

    /// Whether these masks fit the batch and the layer.
    ///
    /// # Errors
    /// [`ShapeError::Heads`], [`ShapeError::TooLong`], or [`ShapeError::EmptyRow`] when a short
    /// sequence leaves a token with nothing to attend to.
    pub(super) fn check(&self, ragged: &Ragged, heads: usize) -> Result<(), ShapeError> {
        if self.heads.len() != heads {
            return Err(ShapeError::Heads { masks: self.heads.len(), heads });
        }
        let mut lengths: Vec<usize> = ragged.lengths().filter(|&l| l != self.positions).collect();
        lengths.sort_unstable();
        lengths.dedup();
        match lengths.last() {
            Some(&length) if length > self.positions => {
                Err(ShapeError::TooLong { positions: self.positions, length })
            }
            _ => lengths.into_iter().try_for_each(|length| self.check_rows(length)),
        }
    }

    /// Entry `row * length + column` of one head's mask for sequences of `length` tokens.
    pub(crate) fn square(&self, head: usize, length: usize) -> Vec<bool> {
        let pairs = (0..length).flat_map(|row| (0..length).map(move |column| (row, column)));
        pairs.map(|(row, column)| self.allows(head, row, column)).collect()
    }

    fn check_sizes(&self) -> Result<(), ShapeError> {
        let expected = self.positions * self.positions;
        for (head, mask) in self.heads.iter().enumerate() {
            let found = mask.as_ref().map_or(expected, Vec::len);
            if found != expected {
                return Err(ShapeError::MaskSize { head, found, expected });
            }
        }
        Ok(())
    }

    fn check_rows(&self, length: usize) -> Result<(), ShapeError> {
        for head in 0..self.heads.len() {
            for row in 0..length {
                if !(0..length).any(|column| self.allows(head, row, column)) {
                    return Err(ShapeError::EmptyRow { head, row, length });
                }
            }
        }
        Ok(())
    }
}
