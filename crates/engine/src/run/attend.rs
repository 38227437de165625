//! `attend` (1.4 of `docs/program-format.md`).

use noctule_program::{bits::BitMatrix, interpret::Site};

use super::{
    buffers::{Heads, Scratch},
    operator::Operator,
    probe::{At, Probe},
    product::product,
    quantize::Codes,
    rows::{Layout, Rows, RowsMut},
    softmax::{Allowed, Weigher},
};
use crate::{
    kernels::{Kernel, PANEL},
    prepare::{Attention, Panels},
    threads,
};

/// Lays the keys and values of all heads out as right operands of the queries and attention codes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gather<'a> {
    pub(crate) attention: &'a Attention,
    /// Codes of all tokens.
    pub(crate) key: Rows<'a>,
    pub(crate) value: Rows<'a>,
}

impl Gather<'_> {
    /// Into as many heads as the layer has, by so many threads.
    pub(crate) fn all<P: Probe>(self, heads: &mut Heads, threads: usize, at: &At<'_, P>) {
        let count = self.attention.heads;
        self.heads(0, (&mut heads.keys[..count], &mut heads.values[..count]), threads, at);
    }

    /// Into the heads from number `first` on.
    fn heads<P: Probe>(
        self,
        first: usize,
        (keys, values): (&mut [Panels], &mut [Panels]),
        threads: usize,
        at: &At<'_, P>,
    ) {
        let threads = threads.min(keys.len());
        if threads <= 1 {
            return self.run(first, keys.iter_mut().zip(values), at);
        }
        let (half, middle) = (threads / 2, keys.len() * (threads / 2) / threads);
        let (keys, more_keys) = keys.split_at_mut(middle);
        let (values, more_values) = values.split_at_mut(middle);
        threads::join(
            || self.heads(first, (keys, values), half, at),
            || self.heads(first + middle, (more_keys, more_values), threads - half, at),
        );
    }

    fn run<'a, P: Probe>(
        self,
        first: usize,
        heads: impl Iterator<Item = (&'a mut Panels, &'a mut Panels)>,
        at: &At<'_, P>,
    ) {
        at.enter();
        for (n, (keys, values)) in heads.enumerate() {
            gather_rows(keys, self.attention, self.key, first + n);
            gather_columns(values, self.attention, self.value, first + n);
        }
        at.mark(Operator::Gather);
    }
}

/// One row a token.
fn gather_rows(panels: &mut Panels, attention: &Attention, rows: Rows<'_>, head: usize) {
    let Layout { digits, length, .. } = rows.layout;
    let (kernel, left) = (attention.kernels[0], attention.query.output.digits);
    panels.fill(kernel, [digits, left], [rows.count(), length], |plane, panel, word, chunk| {
        for (out, token) in chunk.0.iter_mut().zip(PANEL * panel..rows.count()) {
            *out = rows.word(token, plane, head, word);
        }
    });
}

/// One row a channel, its bits the tokens.
fn gather_columns(panels: &mut Panels, attention: &Attention, rows: Rows<'_>, head: usize) {
    let Layout { digits, length, .. } = rows.layout;
    let (kernel, left) = (attention.kernels[1], attention.digits());
    panels.fill(kernel, [digits, left], [length, rows.count()], |plane, panel, word, chunk| {
        for (out, token) in chunk.0.iter_mut().zip(64 * word..rows.count()) {
            *out = rows.word(token, plane, head, panel);
        }
        kernel.transpose(&mut chunk.0);
    });
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
        scratch.codes.clear(self.context_layout(), query.count());
        at.mark(Operator::Clear);
        for head in 0..self.attention.heads {
            self.score(query, head, scratch, at);
            self.weigh(query.count(), head, first, scratch, at);
            self.sum(query.count(), head, first, scratch, at);
            at.mark(Operator::Context);
        }
    }

    pub(crate) fn context_layout(&self) -> Layout {
        let channels = self.attention.heads * self.attention.depth;
        Layout::flat(self.attention.context.digits, channels)
    }

    /// Scores of one head into `scratch.scores`.
    fn score(&self, query: Rows<'_>, head: usize, scratch: &mut Scratch, at: &At<'_, impl Probe>) {
        let Scratch { left, tile, scores, .. } = scratch;
        let (keys, stride) = (&self.heads.keys[head], self.stride());
        let left = left.pack(keys.kernel(), query, head);
        at.mark(Operator::Pack);
        product(left, keys, tile, |row, key, tile| {
            let scores = &mut scores[row * stride + key..];
            self.kernel.settle(tile, scores.first_chunk_mut().expect("rows of whole panels"));
        });
        at.mark(Operator::Scores);
    }

    /// Attention codes of one head into `scratch.attention`.
    fn weigh(
        &self,
        count: usize,
        head: usize,
        first: usize,
        scratch: &mut Scratch,
        at: &At<'_, impl Probe>,
    ) {
        let Scratch { scores, attention, exponents, .. } = scratch;
        let mut rows = attention.clear(self.codes_layout(), count);
        for (r, scores) in scores.chunks_exact_mut(self.stride()).take(count).enumerate() {
            let row = head * self.tokens + first + r;
            at.row(Site::Scores, row, self.tokens, || scores[..self.tokens].iter().copied());
            self.weigh_row(head, first + r, scores, exponents, (&mut rows, r));
            at.row(Site::Attention, row, self.tokens, || rows.as_rows().codes(r));
        }
        at.mark(Operator::Attention);
    }

    fn weigh_row(
        &self,
        head: usize,
        token: usize,
        scores: &mut [i32],
        exponents: &mut [u16],
        into: (&mut RowsMut<'_>, usize),
    ) {
        let attention = self.attention;
        let mask = attention.masks[head].map(|mask| self.masks[usize::from(mask)].row(token));
        let end = if attention.causal { token + 1 } else { self.tokens };
        let weigher = Weigher { kernel: self.kernel, form: &attention.form, head };
        weigher.row((scores, self.tokens), Allowed { end, mask }, exponents, into);
    }

    /// Context codes of one head into its channels of `scratch.codes`.
    fn sum(
        &self,
        count: usize,
        head: usize,
        first: usize,
        scratch: &mut Scratch,
        at: &At<'_, impl Probe>,
    ) {
        let Scratch { codes, attention, left, tile, .. } = scratch;
        let Attention { heads, depth, .. } = *self.attention;
        let values = &self.heads.values[head];
        let left = left.pack(values.kernel(), attention.rows(self.codes_layout(), count), 0);
        at.mark(Operator::Pack);
        let quantizer = Codes { kernel: self.kernel, quantizer: &self.attention.context };
        let mut codes = codes.rows_mut(self.context_layout(), count);
        product(left, values, tile, |row, channel, tile| {
            let (at_head, count) = (head * depth + channel, PANEL.min(depth - channel));
            quantizer.put(tile, at_head, count, &mut codes, row, at_head);
            let number = (first + row) * heads * depth + at_head;
            at.part(Site::ContextSum, number, count, || tile.all().into_iter().take(count));
        });
    }

    fn codes_layout(&self) -> Layout {
        Layout::flat(self.attention.digits(), self.tokens)
    }

    /// From a row of scores to the next.
    fn stride(&self) -> usize {
        self.tokens.next_multiple_of(PANEL)
    }
}
