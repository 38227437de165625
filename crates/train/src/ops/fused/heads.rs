//! Heads that lie side by side in packed rows, and their scores.

use std::collections::BTreeMap;

use super::node::Host;
use super::parallel::split_parts;
use super::tile::{View, multiply, transpose};
use crate::ops::{HeadMasks, Pairs, Ragged};

/// A packed batch cut into sequences and heads.
#[derive(Clone)]
pub(super) struct Heads {
    pub(super) ragged: Ragged,
    pub(super) count: usize,
    /// Width of a row: of all heads together.
    pub(super) width: usize,
    /// Allowed pairs of the batch, over all heads.
    pub(super) pairs: usize,
    masks: BTreeMap<usize, Vec<f32>>,
}

impl Heads {
    /// `width` is that of a row.
    pub(super) fn new(pairs: Pairs<'_>, width: usize) -> Self {
        let (ragged, count) = (pairs.ragged(), pairs.heads());
        let mut squares = BTreeMap::new();
        if let Some(masks) = pairs.masks() {
            for length in ragged.lengths() {
                squares.entry(length).or_insert_with(|| added(masks, count, length));
            }
        }
        Self { ragged: ragged.clone(), count, width, pairs: pairs.count(), masks: squares }
    }

    /// Width of one head.
    pub(super) fn depth(&self) -> usize {
        self.width / self.count
    }

    /// `1 / sqrt(d)`.
    pub(super) fn factor(&self) -> f32 {
        1.0 / (self.depth() as f32).sqrt()
    }

    /// Scores of the batch: all pairs of all heads, sequence after sequence.
    pub(super) fn scores(&self) -> usize {
        self.score_parts().sum()
    }

    fn score_parts(&self) -> impl Iterator<Item = usize> + '_ {
        self.ragged.lengths().map(|length| self.count * length * length)
    }

    /// Cuts scores into those of each sequence.
    pub(super) fn split_scores<'a>(&self, scores: &'a mut [f32]) -> Vec<&'a mut [f32]> {
        split_parts(scores, self.score_parts())
    }

    /// Cuts packed rows into those of each sequence.
    pub(super) fn split_rows<'a>(&self, rows: &'a mut [f32]) -> Vec<&'a mut [f32]> {
        split_parts(rows, self.ragged.lengths().map(|length| length * self.width))
    }

    /// The scores of sequence `index`.
    pub(super) fn scores_of<'a>(&self, scores: &'a [f32], index: usize) -> &'a [f32] {
        let start: usize = self.score_parts().take(index).sum();
        let length = self.ragged.rows_of(index).len();
        &scores[start..start + self.count * length * length]
    }

    /// The rows of sequence `index`.
    pub(super) fn sequence<'a>(&self, rows: &'a Host, index: usize) -> Sequence<'a> {
        let range = self.ragged.rows_of(index);
        let values = &rows.values()[range.start * self.width..range.end * self.width];
        Sequence { values, length: range.len(), width: self.width }
    }

    /// What is added to the scores of one head: 0, or minus infinity where a pair may not attend.
    pub(super) fn mask(&self, length: usize, head: usize) -> Option<&[f32]> {
        let pairs = length * length;
        self.masks.get(&length).map(|mask| &mask[head * pairs..][..pairs])
    }
}

fn added(masks: &HeadMasks, heads: usize, length: usize) -> Vec<f32> {
    let squares = (0..heads).flat_map(|head| masks.square(head, length));
    squares.map(|allowed| if allowed { 0.0 } else { f32::NEG_INFINITY }).collect()
}

/// Rows of one sequence.
#[derive(Clone, Copy)]
pub(super) struct Sequence<'a> {
    values: &'a [f32],
    pub(super) length: usize,
    width: usize,
}

impl<'a> Sequence<'a> {
    /// The columns that start at `column`.
    #[inline(always)]
    pub(super) fn view(self, column: usize) -> View<'a> {
        View::new(&self.values[column..], self.width)
    }

    /// `depth` columns from `column`, transposed into `out [depth, length]`.
    #[inline(always)]
    pub(super) fn transposed<'b>(
        self,
        column: usize,
        depth: usize,
        out: &'b mut Vec<f32>,
    ) -> View<'b> {
        out.resize(depth * self.length, 0.0);
        transpose(self.view(column), self.length, depth, out);
        View::new(out, self.length)
    }
}

/// `z = q k' / sqrt(d)` of one head into `out [length, length]`.
#[inline(always)]
pub(super) fn head_scores(
    heads: &Heads,
    head: usize,
    q: Sequence,
    k: Sequence,
    scratch: &mut Vec<f32>,
    out: &mut [f32],
) {
    let (length, depth) = (q.length, heads.depth());
    let keys = k.transposed(head * depth, depth, scratch);
    multiply(q.view(head * depth), keys, [length, depth, length], heads.factor(), out, length);
}

/// Gradients of one head's queries and keys from those of its scores.
#[inline(always)]
pub(super) fn head_score_gradients(
    heads: &Heads,
    head: usize,
    [q, k]: [Sequence; 2],
    dz: &[f32],
    scratch: &mut Vec<f32>,
    [dq, dk]: [&mut [f32]; 2],
) {
    let (length, depth, width) = (q.length, heads.depth(), heads.width);
    let (column, dims) = (head * depth, [length, length, depth]);
    let dz = View::new(dz, length);
    multiply(dz, k.view(column), dims, heads.factor(), &mut dq[column..], width);
    scratch.resize(length * length, 0.0);
    transpose(dz, length, length, scratch);
    let dz = View::new(scratch, length);
    multiply(dz, q.view(column), dims, heads.factor(), &mut dk[column..], width);
}
