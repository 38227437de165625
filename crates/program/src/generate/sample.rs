//! The values of a few inputs on their way through a program in the making.

use alloc::vec::Vec;

use super::{random::Random, source};
use crate::{
    interpret::{attend::Reach, embed::embed},
    parts::Source,
    shape::Shape,
};

/// Inputs of a sample.
const INPUTS: usize = 6;
/// Multiplications a sample may cost, about.
const COST: usize = 1 << 30;

/// The residual streams of some inputs, one after the other.
pub(super) struct Sample {
    /// `[rows, width]`.
    pub(super) x: Vec<i32>,
    pub(super) width: usize,
    /// Rows of each input: its first tokens.
    pub(super) lengths: Vec<usize>,
}

/// The scores of one token with the tokens it may attend to.
pub(super) struct ScoreRow<'a> {
    pub(super) head: usize,
    pub(super) scores: &'a [i32],
    pub(super) allowed: Vec<usize>,
}

impl ScoreRow<'_> {
    /// The allowed scores.
    pub(super) fn reached(&self) -> impl Iterator<Item = i32> {
        self.allowed.iter().map(|&j| self.scores[j])
    }
}

impl Sample {
    /// Random inputs for a source, embedded; fewer tokens of them where the shape is large.
    pub(super) fn new(shape: &Shape, source: &Source, random: &mut Random) -> Self {
        let most = (COST / shape.weights() / INPUTS).clamp(2, 24);
        let mut sample = Self { x: Vec::new(), width: shape.width, lengths: Vec::new() };
        for _ in 0..INPUTS {
            let input = source::input(source, shape.tokens, random);
            let mut x = embed(source, &input, shape.width);
            x.truncate(most * shape.width);
            sample.lengths.push(x.len() / shape.width);
            sample.x.extend(x);
        }
        sample
    }

    /// Values `[rows, channels]` of each input.
    pub(super) fn split<'a>(&self, mut values: &'a [i32]) -> Vec<&'a [i32]> {
        let channels = values.len() / self.lengths.iter().sum::<usize>();
        let piece = |length: &usize| {
            let (piece, rest) = values.split_at(length * channels);
            values = rest;
            piece
        };
        self.lengths.iter().map(piece).collect()
    }

    /// Every row of the scores `[H, t, t]` of each input in which something is allowed.
    pub(super) fn score_rows<'a>(
        &self,
        scores: &'a [Vec<i32>],
        reach: &Reach<'_>,
    ) -> Vec<ScoreRow<'a>> {
        let mut rows = Vec::new();
        for (scores, &t) in scores.iter().zip(&self.lengths) {
            for (n, scores) in scores.chunks(t).enumerate() {
                let (head, allowed) = (n / t, reach.allowed(n / t, n % t, t));
                rows.push(ScoreRow { head, scores, allowed });
            }
        }
        rows.retain(|row| !row.allowed.is_empty());
        rows
    }
}
