//! Attention: scores, mask, weights, bits and context of each sequence in one go.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::heads::{Heads, Sequence, head_score_gradients, head_scores};
use super::lanes::update;
use super::node::{Host, Input, record};
use super::parallel::{ordered_sum, wide};
use super::tile::{View, multiply, transpose};
use super::weigh::Weigh;
use crate::ops::{AttentionForm, Pairs};

/// As [`crate::ops::plain::attention`].
pub fn attention([q, k, v]: [Tensor<2>; 3], pairs: Pairs<'_>, form: AttentionForm) -> Tensor<2> {
    let heads = Heads::new(pairs, q.dims()[1]);
    let (scale, threshold, weigh) = host_form(form);
    let inputs = [Input::new(q), Input::new(k), Input::new(v), scale, threshold];
    let [q, k, v, _, _] = inputs.each_ref().map(Input::host);
    let mut pass = Pass { heads, weigh, q, k, v, kept: Vec::new() };
    let output = pass.forward();
    record(inputs, output, move |gradient, _| pass.backward(&gradient))
}

fn host_form(form: AttentionForm) -> (Input, Input, Weigh) {
    match form {
        AttentionForm::Float => (Input::absent(), Input::absent(), Weigh::Float),
        AttentionForm::Softmax { scale, bits, table } => {
            let scale = Input::new(scale);
            let weigh = Weigh::softmax(bits, scale.host().values()[0], table);
            (scale, Input::absent(), weigh)
        }
        AttentionForm::Sps { scale, threshold, reach } => {
            let (scale, threshold) = (Input::new(scale), Input::new(threshold));
            let thresholds = threshold.host().values().to_vec();
            let reach = Input::new(reach).host().values()[0];
            let weigh = Weigh::sps(scale.host().values()[0], reach, thresholds);
            (scale, threshold, weigh)
        }
    }
}

struct Pass {
    heads: Heads,
    weigh: Weigh,
    q: Host,
    k: Host,
    v: Host,
    /// What each score became, for the gradient.
    kept: Vec<f32>,
}

/// Buffers of one sequence.
#[derive(Default)]
struct Scratch {
    lines: Vec<f32>,
    weights: Vec<f32>,
    gradient: Vec<f32>,
}

impl Pass {
    fn forward(&mut self) -> Host {
        let [rows, width] = self.q.dims();
        let mut context = vec![0.0; rows * width];
        let mut kept = vec![0.0; self.heads.scores()];
        let parts = self.heads.split_rows(&mut context).into_par_iter();
        let parts = parts.zip(self.heads.split_scores(&mut kept)).enumerate();
        parts.for_each(|(index, (context, kept))| {
            wide(
                #[inline(always)]
                || self.forward_sequence(index, context, kept),
            );
        });
        self.kept = kept;
        Host::new(context, [rows, width])
    }

    fn sequences(&self, index: usize) -> [Sequence<'_>; 3] {
        [&self.q, &self.k, &self.v].map(|rows| self.heads.sequence(rows, index))
    }

    #[inline(always)]
    fn forward_sequence(&self, index: usize, context: &mut [f32], kept: &mut [f32]) {
        let [q, k, v] = self.sequences(index);
        let (length, depth) = (q.length, self.heads.depth());
        let mut scratch = Scratch::default();
        scratch.weights.resize(length * length, 0.0);
        for (head, kept) in kept.chunks_exact_mut(length * length).enumerate() {
            head_scores(&self.heads, head, q, k, &mut scratch.lines, kept);
            if let Some(mask) = self.heads.mask(length, head) {
                update(
                    kept,
                    mask,
                    #[inline(always)]
                    |z, mask| z + mask,
                );
            }
            self.weigh.keep(kept, length);
            self.weigh.weights(head, kept, &mut scratch.weights);
            let (weights, values) = (View::new(&scratch.weights, length), v.view(head * depth));
            let context = &mut context[head * depth..];
            multiply(weights, values, [length, length, depth], 1.0, context, self.heads.width);
        }
    }

    /// Gradients of queries, keys, values, scale and thresholds.
    fn backward(&self, gradient: &Host) -> [Option<Host>; 5] {
        let [rows, width] = self.q.dims();
        let [mut dq, mut dk, mut dv] = [(); 3].map(|()| vec![0.0; rows * width]);
        let parts = self.heads.split_rows(&mut dq).into_par_iter();
        let parts = parts.zip(self.heads.split_rows(&mut dk)).zip(self.heads.split_rows(&mut dv));
        let sums = parts.enumerate().map(|(index, ((dq, dk), dv))| {
            let mut sums = vec![0.0; 1 + self.heads.count];
            wide(
                #[inline(always)]
                || self.backward_sequence(index, gradient, [dq, dk, dv], &mut sums),
            );
            sums
        });
        let sums = ordered_sum(1 + self.heads.count, &sums.collect::<Vec<_>>());
        let scale = Host::new(vec![sums[0] * self.weigh.gain(self.heads.pairs)], [1]);
        let thresholds = Host::new(sums[1..].to_vec(), [self.heads.count]);
        let [dq, dk, dv] = [dq, dk, dv].map(|values| Some(Host::new(values, [rows, width])));
        [dq, dk, dv, Some(scale), Some(thresholds)]
    }

    #[inline(always)]
    fn backward_sequence(
        &self,
        index: usize,
        gradient: &Host,
        [dq, dk, dv]: [&mut [f32]; 3],
        sums: &mut [f32],
    ) {
        let [q, k, v] = self.sequences(index);
        let gradient = self.heads.sequence(gradient, index);
        let kept = self.heads.scores_of(&self.kept, index);
        let mut scratch = Scratch::default();
        for (head, kept) in kept.chunks_exact(q.length * q.length).enumerate() {
            self.value_gradient(head, kept, gradient, &mut scratch, dv);
            self.weight_gradient(head, v, gradient, &mut scratch);
            let dz = &mut scratch.gradient;
            self.weigh.gradients(head, kept, dz, q.length, sums);
            let lines = &mut scratch.lines;
            head_score_gradients(&self.heads, head, [q, k], dz, lines, [&mut *dq, &mut *dk]);
        }
    }

    /// `dv = w' g`.
    #[inline(always)]
    fn value_gradient(
        &self,
        head: usize,
        kept: &[f32],
        gradient: Sequence,
        scratch: &mut Scratch,
        dv: &mut [f32],
    ) {
        let (length, depth) = (gradient.length, self.heads.depth());
        scratch.weights.resize(kept.len(), 0.0);
        scratch.lines.resize(kept.len(), 0.0);
        self.weigh.weights(head, kept, &mut scratch.weights);
        transpose(View::new(&scratch.weights, length), length, length, &mut scratch.lines);
        let (weights, gradient) = (View::new(&scratch.lines, length), gradient.view(head * depth));
        let dv = &mut dv[head * depth..];
        multiply(weights, gradient, [length, length, depth], 1.0, dv, self.heads.width);
    }

    /// `dw = g v'`, into `scratch.gradient`.
    #[inline(always)]
    fn weight_gradient(&self, head: usize, v: Sequence, gradient: Sequence, scratch: &mut Scratch) {
        let (length, depth) = (v.length, self.heads.depth());
        scratch.gradient.resize(length * length, 0.0);
        let values = v.transposed(head * depth, depth, &mut scratch.lines);
        let (gradient, out) = (gradient.view(head * depth), &mut scratch.gradient);
        multiply(gradient, values, [length, depth, length], 1.0, out, length);
    }
}
