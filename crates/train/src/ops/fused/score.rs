//! The loss of scores against a teacher's.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::heads::{Heads, head_score_gradients, head_scores};
use super::lanes::{sum, update};
use super::node::{Host, Input, record};
use super::parallel::{ordered_sum, wide};
use crate::ops::Pairs;

/// As [`crate::ops::plain::score_loss`].
pub fn score_loss(student: [Tensor<2>; 2], teacher: [Tensor<2>; 2], pairs: Pairs<'_>) -> Tensor<1> {
    let heads = Heads::new(pairs, student[0].dims()[1]);
    let inputs = student.map(Input::new);
    let [q, k] = inputs.each_ref().map(Input::host);
    let teacher = teacher.map(|rows| Input::new(rows).host());
    let mut pass = Pass { heads, student: [q, k], differences: Vec::new() };
    let output = pass.forward(&teacher);
    record(inputs, output, move |gradient, _| pass.backward(gradient.values()[0]))
}

struct Pass {
    heads: Heads,
    /// Queries and keys.
    student: [Host; 2],
    /// Student's less teacher's score of each pair, 0 where it may not attend.
    differences: Vec<f32>,
}

impl Pass {
    fn forward(&mut self, teacher: &[Host; 2]) -> Host {
        let mut differences = vec![0.0; self.heads.scores()];
        let parts = self.heads.split_scores(&mut differences).into_par_iter().enumerate();
        let sums = parts.map(|(index, part)| {
            wide(
                #[inline(always)]
                || self.forward_sequence(index, teacher, part),
            );
            vec![wide(
                #[inline(always)]
                || {
                    sum(
                        part,
                        #[inline(always)]
                        |mine| mine * mine,
                    )
                },
            )]
        });
        let total = ordered_sum(1, &sums.collect::<Vec<_>>());
        self.differences = differences;
        Host::new(vec![total[0] / self.heads.pairs as f32], [1])
    }

    #[inline(always)]
    fn forward_sequence(&self, index: usize, teacher: &[Host; 2], part: &mut [f32]) {
        let [q, k] = self.student.each_ref().map(|rows| self.heads.sequence(rows, index));
        let [teacher_q, teacher_k] =
            teacher.each_ref().map(|rows| self.heads.sequence(rows, index));
        let length = q.length;
        let (mut lines, mut theirs) = (Vec::new(), vec![0.0; length * length]);
        for (head, part) in part.chunks_exact_mut(length * length).enumerate() {
            head_scores(&self.heads, head, q, k, &mut lines, part);
            head_scores(&self.heads, head, teacher_q, teacher_k, &mut lines, &mut theirs);
            update(
                part,
                &theirs,
                #[inline(always)]
                |mine, theirs| mine - theirs,
            );
            if let Some(mask) = self.heads.mask(length, head) {
                update(
                    part,
                    mask,
                    #[inline(always)]
                    |mine, mask| if mask == 0.0 { mine } else { 0.0 },
                );
            }
        }
    }

    /// Gradients of queries and keys.
    fn backward(&self, gradient: f32) -> [Option<Host>; 2] {
        let [rows, width] = self.student[0].dims();
        let factor = gradient * 2.0 / self.heads.pairs as f32;
        let [mut dq, mut dk] = [(); 2].map(|()| vec![0.0; rows * width]);
        let parts = self.heads.split_rows(&mut dq).into_par_iter();
        parts.zip(self.heads.split_rows(&mut dk)).enumerate().for_each(|(index, (dq, dk))| {
            wide(
                #[inline(always)]
                || self.backward_sequence(index, factor, dq, dk),
            );
        });
        [dq, dk].map(|values| Some(Host::new(values, [rows, width])))
    }

    #[inline(always)]
    fn backward_sequence(&self, index: usize, factor: f32, dq: &mut [f32], dk: &mut [f32]) {
        let sequences = self.student.each_ref().map(|rows| self.heads.sequence(rows, index));
        let pairs = sequences[0].length * sequences[0].length;
        let differences = self.heads.scores_of(&self.differences, index);
        let mut lines = Vec::new();
        for (head, part) in differences.chunks_exact(pairs).enumerate() {
            let dz: Vec<f32> = part.iter().map(|difference| difference * factor).collect();
            head_score_gradients(
                &self.heads,
                head,
                sequences,
                &dz,
                &mut lines,
                [&mut *dq, &mut *dk],
            );
        }
    }
}
