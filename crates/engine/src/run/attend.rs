//! `attend` (1.4 of `docs/program-format.md`).

use noctule_program::{bits::BitMatrix, interpret::Site};

use super::{
    buffers::{Heads, Scratch},
    probe::{At, Probe},
    product::multiply,
    quantize::quantize,
    rows::{Layout, Rows, RowsMut},
    softmax::{Allowed, Weigher},
    transpose::transpose,
};
use crate::{
    kernels::Kernel,
    prepare::{Attention, Digits, Panels},
};

/// Lays the keys and values of all heads out as right operands.
pub(crate) fn gather(heads: &mut Heads, key: Rows<'_>, value: Rows<'_>) {
    let count = key.layout.segments;
    for (head, panels) in heads.keys[..count].iter_mut().enumerate() {
        gather_rows(panels, key, head);
    }
    for (head, panels) in heads.values[..count].iter_mut().enumerate() {
        gather_columns(panels, value, head);
    }
}

/// One row a token.
fn gather_rows(panels: &mut Panels, rows: Rows<'_>, head: usize) {
    let Layout { digits, length, .. } = rows.layout;
    panels.reshape(digits, rows.count(), length);
    for token in 0..rows.count() {
        for plane in 0..digits.planes() {
            for word in 0..panels.words() {
                panels.put(plane, token, word, rows.word(token, plane, head, word));
            }
        }
    }
    panels.sum_rows();
}

/// One row a channel, its bits the tokens.
fn gather_columns(panels: &mut Panels, rows: Rows<'_>, head: usize) {
    let Layout { digits, length, .. } = rows.layout;
    panels.reshape(digits, length, rows.count());
    for plane in 0..digits.planes() {
        for tokens in 0..panels.words() {
            for channels in 0..rows.layout.words() {
                let mut block = [0; 64];
                for (bit, token) in (64 * tokens..rows.count()).take(64).enumerate() {
                    block[bit] = rows.word(token, plane, head, channels);
                }
                transpose(&mut block);
                for (bit, channel) in (64 * channels..length).take(64).enumerate() {
                    panels.put(plane, channel, tokens, block[bit]);
                }
            }
        }
    }
    panels.sum_rows();
}

/// Everything about the attention of one layer that its blocks of queries share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attend<'a> {
    pub(crate) kernel: &'a dyn Kernel,
    pub(crate) attention: &'a Attention,
    /// The program's masks.
    pub(crate) masks: &'a [BitMatrix],
    pub(crate) heads: &'a Heads,
    pub(crate) tokens: usize,
}

impl Attend<'_> {
    /// Context codes of a block of queries, the first of them token `first`.
    ///
    /// Fills `scratch.codes`, in the layout [`Self::context_layout`].
    pub(crate) fn block(
        &self,
        query: Rows<'_>,
        first: usize,
        scratch: &mut Scratch,
        at: &At<'_, impl Probe>,
    ) {
        for head in 0..self.attention.heads {
            self.weigh(query, head, first, scratch, at);
            self.sum(query.count(), head, scratch);
        }
        let channels = self.attention.heads * self.attention.depth;
        let mut codes = scratch.codes.rows_mut(self.context_layout(), query.count());
        for (r, sums) in scratch.context.chunks_exact(channels).take(query.count()).enumerate() {
            at.row(Site::ContextSum, first + r, channels, || sums.iter().copied());
            quantize(self.kernel, &self.attention.context, sums, &mut codes, r);
        }
    }

    pub(crate) fn context_layout(&self) -> Layout {
        let channels = self.attention.heads * self.attention.depth;
        Layout::flat(Digits::of_codes(self.attention.context.codes), channels)
    }

    /// Attention codes of one head into `scratch.attention`.
    fn weigh(
        &self,
        query: Rows<'_>,
        head: usize,
        first: usize,
        scratch: &mut Scratch,
        at: &At<'_, impl Probe>,
    ) {
        let Scratch { sums, attention, exponents, .. } = scratch;
        let stride = multiply(self.kernel, query, head, &self.heads.keys[head], sums);
        let mut rows = attention.rows_mut(self.codes_layout(), query.count());
        for (r, scores) in sums.chunks_exact(stride).take(query.count()).enumerate() {
            let scores = &scores[..self.tokens];
            self.weigh_row(head, first + r, scores, exponents, (&mut rows, r));
            let row = head * self.tokens + first + r;
            at.row(Site::Scores, row, self.tokens, || scores.iter().copied());
            at.row(Site::Attention, row, self.tokens, || rows.as_rows().codes(r));
        }
    }

    fn weigh_row(
        &self,
        head: usize,
        token: usize,
        scores: &[i32],
        exponents: &mut [i32],
        into: (&mut RowsMut<'_>, usize),
    ) {
        let attention = self.attention;
        let mask = attention.masks[head].map(|mask| self.masks[usize::from(mask)].row(token));
        let end = if attention.causal { token + 1 } else { self.tokens };
        let weigher = Weigher { kernel: self.kernel, form: &attention.form, head };
        weigher.row(scores, Allowed { end, mask }, exponents, into);
    }

    /// Context sums of one head into its channels of `scratch.context`.
    fn sum(&self, rows: usize, head: usize, scratch: &mut Scratch) {
        let Attention { heads, depth, .. } = *self.attention;
        let Scratch { sums, attention, context, .. } = scratch;
        let codes = attention.rows(self.codes_layout(), rows);
        let stride = multiply(self.kernel, codes, 0, &self.heads.values[head], sums);
        let from = sums.chunks_exact(stride);
        for (context, sums) in context.chunks_exact_mut(heads * depth).zip(from).take(rows) {
            context[head * depth..][..depth].copy_from_slice(&sums[..depth]);
        }
    }

    fn codes_layout(&self) -> Layout {
        Layout::flat(self.attention.digits(), self.tokens)
    }
}
